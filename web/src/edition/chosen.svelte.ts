/** The edition that a page shows: the one of the address, else the one that fits its regions. */
import { research, type EditionItem } from '../lib/api/research'
import { named } from '../lib/i18n.svelte'
import { Resource } from '../lib/resource.svelte'
import { at } from '../lib/router.svelte'
import { editionFor, quotes } from './editions'

export const editionName = ({ id, title }: Pick<EditionItem, 'id' | 'title'>): string => named('edition', id, title)

/** Made while the page is, since it reads while the page is there. */
export class Chosen {
  #regions: () => readonly string[]
  #atLeast: number
  list = new Resource<EditionItem[]>(() => research.editions())
  found = $derived.by(() => editionFor(this.list.value ?? [], at.parameter('edition'), this.#regions(), this.#atLeast))
  edition = $derived(this.found.edition)
  id = $derived(this.edition?.id ?? null)
  /** The edition where its scores can be taken apart, compared and changed; null where it quotes them, or is not known yet. */
  answered = $derived(this.edition && !quotes(this.edition) ? this.edition.id : null)
  synthetic = $derived(this.edition?.provenance === 'demonstration')
  name = $derived(this.edition ? editionName(this.edition) : '')
  /** For what is kept: name, and the methodology where there is one. */
  source = $derived([this.name, this.edition?.methodology].filter(Boolean).join(', '))

  /** `regions`: the codes that the page shows; all of them should be in the edition, which has `atLeast` so many. */
  constructor(regions: () => readonly string[] = () => [], atLeast = 1) {
    this.#regions = regions
    this.#atLeast = atLeast
  }

  holds = (code: string): boolean => this.edition?.regions.includes(code) ?? false
}
