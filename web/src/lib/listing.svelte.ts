/** A list that comes page by page. */
import { Resource } from './resource.svelte'

export interface Paged<Item> {
  items: Item[]
  next: string | null
}

/** The pages read so far as one list, and the way to the next. Made while a component is. */
export class Listing<Item> {
  first: Resource<Paged<Item>>
  items: Item[] = $state.raw([])
  next: string | null = $state.raw(null)
  /** Why the next page could not be had. */
  fault: unknown = $state.raw(null)
  #load: (cursor: string | null) => Promise<Paged<Item>> | null

  /** `load` without a cursor is read again whenever what it depends on changes. */
  constructor(load: (cursor: string | null) => Promise<Paged<Item>> | null) {
    this.#load = load
    this.first = new Resource(() => load(null))
    $effect(() => {
      const page = this.first.value
      ;[this.items, this.next, this.fault] = [page?.items ?? [], page?.next ?? null, null]
    })
  }

  more = async (): Promise<void> => {
    this.fault = null
    try {
      const page = await this.#load(this.next)
      if (page) [this.items, this.next] = [[...this.items, ...page.items], page.next]
    } catch (reason) {
      this.fault = reason
    }
  }
}
