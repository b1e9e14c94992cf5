/** The search in a frame: what the address asks for becomes attributes, and the page around is told the height. */
import '/embed/v1.js'

const asked = new URLSearchParams(location.search)
const search = document.createElement('practice-search')
for (const name of ['lang', 'regions', 'countries', 'areas', 'results', 'size', 'key', 'q']) {
  if (asked.has(name)) search.setAttribute(name, asked.get(name))
}
search.setAttribute('target', '_blank')
document.documentElement.lang = asked.get('lang') ?? 'en'
document.body.append(search)

if (parent !== window) {
  // Only a number is told, so it may be told to whoever frames us.
  new ResizeObserver(() => parent.postMessage({ practiceSearchHeight: document.documentElement.offsetHeight }, '*')).observe(document.body)
}
