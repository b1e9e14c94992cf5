/** What the map page shows: the layer that the address asks for, its values, and what is made of them. */
import { loadEurope } from '../geo/load'
import type { Europe } from '../geo/shapes'
import { api } from '../lib/api/client'
import type { Layer, LayerValues, RegionItem } from '../lib/api/types'
import { collator, country, number, speech } from '../lib/i18n.svelte'
import { regionName } from '../lib/regions'
import { Resource } from '../lib/resource.svelte'
import { at } from '../lib/router.svelte'
import type { Mark } from './mark'
import { covered, drawable, orderOf, rowsOf, sorted, summary, type Row } from './rows'
import { bubbleRadius, classes, classOf } from './scale'
import { aloneOf, remarks, titleOf } from './words'

const FIRST_LAYER = 'outcome.employment-gap'
const UNDER_BUBBLES = '#d9e9e4'
const nothing: never[] = []

/** Made while the page is, since it reads while the page is there. */
export class Shown {
  europe = new Resource<Europe>(loadEurope)
  regions = new Resource<RegionItem[]>(() => api.regions())
  layers = new Resource<Layer[]>(() => api.layers())
  answer: Resource<LayerValues> = new Resource<LayerValues>(() => api.layer(this.layerId, this.group))

  /** Asked for before the list of layers is there; another one only where the list turns out not to hold it. */
  first = $derived(this.layers.value?.some((one) => one.id === FIRST_LAYER) === false ? (this.layers.value[0]?.id ?? FIRST_LAYER) : FIRST_LAYER)
  layerId = $derived(at.parameter('layer') ?? this.first)
  group = $derived(at.parameter('group'))
  selected = $derived(at.parameter('region'))
  order = $derived(orderOf(at.parameter('sort')))

  layer = $derived(this.layers.value?.find((one) => one.id === this.layerId) ?? null)
  values = $derived(this.answer.value)
  title = $derived(this.values ? titleOf(this.values, this.layer) : '')
  synthetic = $derived(this.values?.provenance === 'demonstration')
  scale = $derived(classes(this.values?.scale.breaks ?? nothing))

  /** Every region that the layer names, in no order. */
  all: Row[] = $derived(
    rowsOf(this.values?.values ?? nothing, this.regions.value ?? nothing, {
      region: (region, code) => (region ? regionName(region, speech.language) : code),
      country: (code, fallback) => (speech.language, country(code, fallback)),
    }),
  )
  rows = $derived(covered(this.all))
  ordered = $derived(sorted(this.rows, this.order, collator()))
  facts = $derived(summary(this.rows))
  most = $derived(Math.max(0, ...this.rows.map((row) => row.value ?? 0)))
  marks: Mark[] = $derived(
    drawable(this.rows)
      .filter((row) => this.values?.kind !== 'practices' || row.value)
      .map((row) => this.#mark(row)),
  )
  reading = $derived(this.#readingOf(this.all.find((row) => row.code === this.selected)))

  /** Asks once more for everything that went wrong. */
  again = (): void => {
    for (const one of [this.answer, this.layers, this.regions]) if (one.fault) one.again()
  }

  nameOf = (code: string): string => this.all.find((row) => row.code === code)?.name ?? code

  #mark(row: Row): Mark {
    const bubbles = this.values?.kind === 'practices'
    return {
      code: row.code,
      name: row.name,
      text: aloneOf(row, this.values),
      short: row.value === null || this.values?.unit === 'class' ? null : number(row.value, bubbles ? 0 : 1),
      colour: row.value === null ? null : bubbles ? UNDER_BUBBLES : (this.scale[classOf(row.value, this.values?.scale.breaks ?? nothing)]?.colour ?? null),
      bubble: bubbles ? bubbleRadius(row.value ?? 0, this.most) : null,
    }
  }

  #readingOf(row: Row | undefined) {
    return row ? { title: this.title, text: aloneOf(row, this.values), note: remarks(row) || null } : null
  }
}
