/**
 * `<practice-search>`: the search over practices on a partner's page. One file without a framework; the page's styles do
 * not reach in and ours do not reach out. What stands inside the element is shown where the search cannot be.
 */
import words, { type Word } from 'virtual:embed-words'

import { spoken } from '../lib/spoken'
import { listed, pieces, question, sizeOf, understood, type Choice, type Found, type Hit, type Preset } from './ask'
import css from './style.css?inline'

const SITE = new URL(import.meta.url).origin
const PAUSE_MS = 200
const PATIENCE_MS = 10_000

const style = new CSSStyleSheet()
style.replaceSync(css)

/** An element with attributes and children; every text becomes a text node. */
function make<Name extends keyof HTMLElementTagNameMap>(name: Name, attributes: Record<string, string> = {}, ...children: (Node | string)[]): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value)
  element.append(...children)
  return element
}

class PracticeSearch extends HTMLElement {
  static observedAttributes = ['lang', 'regions', 'countries', 'areas', 'results', 'size', 'key', 'q']

  #root = this.attachShadow({ mode: 'open' })
  #choice: Choice = { words: '', country: '', area: '', shown: 0 }
  #running: AbortController | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #input = make('input', { type: 'search', maxlength: '200', autocomplete: 'off' })
  #country = make('select')
  #area = make('select')
  #count = make('p', { class: 'count', role: 'status' })
  #list = make('ol')
  #more = make('button', { type: 'button' })
  #fault = make('div', { class: 'fault', role: 'alert' })
  #built = false

  connectedCallback(): void {
    this.#root.adoptedStyleSheets = [style]
    this.#listen()
    this.#build()
  }

  disconnectedCallback(): void {
    this.#running?.abort()
    clearTimeout(this.#timer)
  }

  attributeChangedCallback(): void {
    if (this.#built) this.#build()
  }

  get #language(): string {
    const asked = this.getAttribute('lang') ?? this.closest('[lang]')?.getAttribute('lang') ?? navigator.language
    const short = asked.slice(0, 2).toLowerCase()
    return short in words ? short : 'en'
  }

  get #preset(): Preset {
    const list = (name: string) => listed(this.getAttribute(name))
    return { regions: list('regions'), countries: list('countries'), areas: list('areas'), results: list('results'), size: sizeOf(this.getAttribute('size')) }
  }

  #t(key: string, n?: number): string {
    const phrase: Word = words[this.#language]![key] ?? key
    if (typeof phrase === 'string') return phrase
    const form = phrase[new Intl.PluralRules(this.#language).select(n ?? 0)] ?? phrase.other!
    return form.replace('{n}', new Intl.NumberFormat(this.#language).format(n ?? 0))
  }

  #listen(): void {
    if (this.#built) return
    this.#built = true
    this.#input.addEventListener('input', () => {
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#change({ words: this.#input.value }), PAUSE_MS)
    })
    this.#country.addEventListener('change', () => this.#change({ country: this.#country.value }))
    this.#area.addEventListener('change', () => this.#change({ area: this.#area.value }))
    this.#more.addEventListener('click', () => this.#change({ shown: this.#choice.shown + this.#preset.size }, true))
  }

  /** Everything that depends on the language and the attributes; what the reader typed stays. */
  #build(): void {
    const preset = this.#preset
    const label = (key: string, field: HTMLElement, kind = '') => make('label', kind ? { class: kind } : {}, this.#t(key), field)
    const form = make('form', { role: 'search', 'aria-label': this.#t('embed.title') }, label('embed.words', this.#input, 'words'))
    if (preset.countries.length !== 1 && preset.regions.length !== 1) form.append(label('embed.country', this.#country))
    if (preset.areas.length !== 1) form.append(label('embed.area', this.#area))
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      clearTimeout(this.#timer)
      this.#change({ words: this.#input.value })
    })
    if (!this.#input.value) this.#input.value = this.getAttribute('q') ?? ''
    this.#more.textContent = this.#t('embed.more')
    this.#fault.hidden = this.#more.hidden = true
    const source = make('p', { class: 'source' }, this.#link('/practices', this.#t('embed.source')))
    const body = make('div', { lang: this.#language }, form, this.#count, this.#fault, this.#list, this.#more, source)
    this.#root.replaceChildren(body)
    this.#choice = { ...this.#choice, words: this.#input.value, shown: preset.size }
    void this.#ask()
  }

  #change(part: Partial<Choice>, keepFocus = false): void {
    this.#choice = { ...this.#choice, shown: this.#preset.size, ...part }
    const had = this.#list.children.length
    void this.#ask().then(() => {
      // Reading goes on at the first practice that was not there before.
      if (keepFocus) this.#list.children[had]?.querySelector('a')?.focus()
    })
  }

  async #ask(): Promise<void> {
    this.#running?.abort()
    const running = (this.#running = new AbortController())
    const patience = setTimeout(() => running.abort('slow'), PATIENCE_MS)
    this.#list.setAttribute('aria-busy', 'true')
    try {
      const found = await this.#fetched(running.signal)
      this.#show(found)
    } catch (reason) {
      if (running !== this.#running) return // a later question took its place
      this.#fail(reason)
    } finally {
      clearTimeout(patience)
      if (running === this.#running) this.#list.removeAttribute('aria-busy')
    }
  }

  async #fetched(signal: AbortSignal): Promise<Found> {
    const key = this.getAttribute('key')
    const answer = await fetch(`${SITE}/api/v1/search/multi-search`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...(key ? { Authorization: `Bearer ${key}` } : {}) },
      body: JSON.stringify(question(this.#preset, this.#choice)),
      credentials: 'omit',
      signal,
    })
    const body: unknown = await answer.json()
    if (!answer.ok) throw new Error((body as { detail?: string; message?: string }).detail ?? (body as { message?: string }).message ?? `status ${answer.status}`)
    return understood(body)
  }

  #show(found: Found): void {
    this.#fault.hidden = true
    this.#count.textContent = found.total ? this.#t('embed.count', found.total) : this.#t('embed.none')
    this.#list.replaceChildren(...found.hits.map((hit) => this.#item(hit)))
    this.#more.hidden = found.hits.length >= found.total
    const countries = new Intl.DisplayNames([this.#language], { type: 'region' })
    this.#options(this.#country, found.countries, this.#choice.country, 'embed.anywhere', (code) => countries.of(code) ?? code)
    this.#options(this.#area, found.areas, this.#choice.area, 'embed.anything', (area) => this.#t(`area.${area.replaceAll(' ', '-')}`))
  }

  #item(hit: Hit): HTMLLIElement {
    const { title } = spoken(hit, this.#language, hit._formatted)
    const marked = pieces(title.text).map(({ text, found }) => (found ? make('mark', {}, text) : text))
    const areas = hit.filter_areas.map((area) => this.#t(`area.${area.replaceAll(' ', '-')}`)).join(', ')
    const facts = [hit.filter_regions.join(', '), areas, hit.year ?? ''].filter(Boolean).join(' · ')
    const link = this.#link(`/practices/${encodeURIComponent(hit.id)}`, ...marked)
    link.lang = title.language
    return make('li', {}, link, make('p', {}, facts))
  }

  #options(select: HTMLSelectElement, counts: Record<string, number>, chosen: string, all: string, name: (value: string) => string): void {
    const values = Object.entries(counts)
    if (chosen && !(chosen in counts)) values.push([chosen, 0])
    const options = values.map(([value, count]) => ({ value, text: `${name(value)} (${new Intl.NumberFormat(this.#language).format(count)})` }))
    options.sort((one, other) => one.text.localeCompare(other.text, this.#language))
    select.replaceChildren(make('option', { value: '' }, this.#t(all)), ...options.map(({ value, text }) => make('option', { value }, text)))
    select.value = chosen
  }

  #fail(reason: unknown): void {
    const again = make('button', { type: 'button' }, this.#t('embed.again'))
    again.addEventListener('click', () => void this.#ask())
    const detail = reason instanceof Error && !(reason instanceof TypeError) ? ` ${reason.message}` : ''
    this.#fault.replaceChildren(make('p', {}, this.#t('embed.fault') + detail), make('slot'), again)
    this.#fault.hidden = false
    this.#count.textContent = ''
    this.#more.hidden = true
  }

  #link(path: string, ...children: (Node | string)[]): HTMLAnchorElement {
    const address = new URL(path, SITE)
    address.searchParams.set('lang', this.#language)
    const target = this.getAttribute('target')
    const link = make('a', { href: address.href, ...(target ? { target, rel: 'noopener' } : {}) }, ...children)
    if (target === '_blank') link.append(make('span', { class: 'hidden' }, ` ${this.#t('embed.window')}`))
    return link
  }
}

// Two copies of the script on one page are one too many, but no reason to break it.
if (!customElements.get('practice-search')) customElements.define('practice-search', PracticeSearch)
