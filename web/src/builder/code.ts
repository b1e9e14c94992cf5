/** The code that a partner pastes, made of what was chosen on the builder's page. */
export interface Choices {
  lang: string
  regions: string[]
  countries: string[]
  areas: string[]
  size: number
  key: string
  accent: string
}

/** The attributes of the element, in the order in which they are written; what is as by default is left out. */
export function attributes(choices: Choices): [string, string][] {
  const all: [string, string][] = [
    ['lang', choices.lang],
    ['regions', choices.regions.join(',')],
    ['countries', choices.countries.join(',')],
    ['areas', choices.areas.join(',')],
    ['size', choices.size === 10 ? '' : String(choices.size)],
    ['key', choices.key.trim()],
  ]
  return all.filter(([, value]) => value)
}

/** The element, with plain links inside for readers without JavaScript. */
export function elementCode(site: string, choices: Choices, words: string): string {
  const list = attributes(choices).map(([name, value]) => ` ${name}="${escaped(value)}"`)
  const style = choices.accent ? ` style="--practice-search-accent: ${escaped(choices.accent)}"` : ''
  return [
    `<script type="module" src="${site}/embed/v1.js"></script>`,
    `<practice-search${list.join('')}${style}>`,
    `  <a href="${escaped(`${site}/practices?lang=${choices.lang}`)}">${escaped(words)}</a>`,
    `</practice-search>`,
  ].join('\n')
}

/** The frame, for sites that allow no scripts; the script that sets its height may be left out. */
export function frameCode(site: string, choices: Choices, title: string): string {
  const query = new URLSearchParams(attributes(choices)).toString()
  return [
    `<iframe src="${escaped(`${site}/embed/practices?${query}`)}" title="${escaped(title)}" style="width: 100%; height: 45rem; border: 0" loading="lazy"></iframe>`,
    `<script type="module" src="${site}/embed/resize.js"></script>`,
  ].join('\n')
}

export interface MapChoices {
  layer: string
  group: string
  view: string
  lang: string
  key: string
}

/** The map in a frame. Without a key only the platform's own pages may show it. */
export function mapCode(site: string, choices: MapChoices, title: string): string {
  const asked = Object.entries({ ...choices, key: choices.key.trim() || 'prk_' }).filter(([, value]) => value)
  return [
    `<iframe src="${escaped(`${site}/embed/map?${new URLSearchParams(asked).toString()}`)}" title="${escaped(title)}" style="width: 100%; height: 48rem; border: 0" loading="lazy"></iframe>`,
    `<script type="module" src="${site}/embed/resize.js"></script>`,
  ].join('\n')
}

/** A key as an operator gives it out, or none. */
export const isKey = (text: string): boolean => text.trim() === '' || /^prk_[A-Za-z0-9_-]{8,80}$/.test(text.trim())

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
