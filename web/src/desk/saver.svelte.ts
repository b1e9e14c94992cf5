/** Something written over time that saves itself: debounced, never over the work of others, never losing what is typed. */
import { untrack } from 'svelte'

import { ApiProblem } from '../lib/api/client'
import { session } from '../session/session.svelte'
import { drop, keep, kept } from './kept'
import { alike, merged, withPlace, type Clash } from './merge'

type Tree = Record<string, unknown>

/** saved: the server has it; unsaved: it will in a moment; failed: it said no, or nothing; ended: nobody is signed in. */
export type Standing = 'saved' | 'unsaved' | 'saving' | 'failed' | 'conflict' | 'ended'

export interface Stored<T> {
  value: T
  etag: string
}

export interface Way<T> {
  /** Names the copy in this browser. */
  key: string
  /** Names whose entries are merged one by one. */
  deep: readonly string[]
  read: () => Promise<Stored<T>>
  /** `base` is what the server had: it stands in for what cannot be sent yet. */
  write: (value: T, base: T, etag: string) => Promise<Stored<T>>
}

const PAUSE_MS = 900
const RETRY_MS = 8_000

export class Saver<T extends object> {
  value: T = $state() as T
  standing: Standing = $state('saved')
  savedAt: Date | null = $state.raw(null)
  fault: unknown = $state.raw(null)
  clashes: Clash[] = $state.raw([])
  /** Places that somebody else changed and that were taken in. */
  taken: string[] = $state.raw([])
  /** When what was restored from this browser had been typed; null when nothing was. */
  restored: string | null = $state.raw(null)
  /** Something that is typed cannot be sent as it is; it stays in this browser. */
  partly = $state(false)
  /** False when this browser keeps no copies. */
  keeps = $state(true)
  base: T = $state.raw() as T
  etag: string = $state.raw('')
  #way: Way<T>
  #text: string
  #timer: ReturnType<typeof setTimeout> | undefined
  #saving: Promise<void> | null = null

  constructor(way: Way<T>, { value, etag }: Stored<T>) {
    this.#way = way
    ;[this.base, this.etag] = [value, etag]
    this.value = structuredClone(value)
    this.#text = JSON.stringify(value)
    this.#restore()
  }

  get dirty(): boolean {
    return this.standing !== 'saved'
  }

  /** Called inside an effect: takes note of every change of the value. */
  follow = (): void => {
    const text = JSON.stringify(this.value)
    untrack(() => {
      if (text === this.#text) return
      this.#text = text
      this.#keep()
      if (this.standing === 'conflict' || this.standing === 'ended') return
      if (this.standing !== 'saving') this.standing = 'unsaved'
      this.#later(PAUSE_MS)
    })
  }

  /** Saves now what is not saved yet; true when the server has all of it. */
  flush = async (): Promise<boolean> => {
    this.follow()
    while (this.dirty && this.standing !== 'conflict') {
      await this.#save()
      if (this.standing === 'failed' || this.standing === 'ended') break
    }
    return !this.dirty
  }

  /** Goes on with one of the two versions for each place in question. */
  choose = (theirs: ReadonlySet<string>): Promise<boolean> => {
    let value = $state.snapshot(this.value) as Tree
    for (const clash of this.clashes) if (theirs.has(clash.place)) value = withPlace(value, clash.place, clash.theirs)
    this.value = value as T
    ;[this.clashes, this.standing] = [[], 'unsaved']
    return this.flush()
  }

  /** Another version is the current one: a step was taken, or the page was told of it. */
  adopt = ({ value, etag }: Stored<T>): void => {
    this.#bring(value, etag)
  }

  end = (): void => {
    clearTimeout(this.#timer)
    if (this.standing === 'unsaved') void this.#save()
  }

  #later(milliseconds: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#save(), milliseconds)
  }

  #save = (): Promise<void> => (this.#saving ??= this.#try().finally(() => (this.#saving = null)))

  async #try(): Promise<void> {
    clearTimeout(this.#timer)
    const text = this.#text
    this.standing = 'saving'
    try {
      const { value, etag } = await this.#way.write($state.snapshot(this.value) as T, this.base, this.etag)
      ;[this.base, this.etag, this.fault, this.savedAt] = [value, etag, null, new Date()]
      this.#settle(text === this.#text)
    } catch (reason) {
      await this.#explain(reason)
    }
  }

  #settle(same: boolean): void {
    this.standing = same ? 'saved' : 'unsaved'
    if (!same) this.#later(PAUSE_MS)
    // What could not be sent yet (half an address) stays in this browser.
    else if (!(this.partly = !alike(this.value, this.base))) drop(this.#way.key)
    else this.#keep()
  }

  async #explain(reason: unknown): Promise<void> {
    const status = reason instanceof ApiProblem ? reason.problem.status : -1
    this.fault = reason
    if (session.ended(reason)) this.standing = 'ended'
    else if (status === 412) await this.#meet()
    else {
      this.standing = 'failed'
      if (status === 0 || status === 429 || status >= 500) this.#later(RETRY_MS)
    }
  }

  /** Somebody saved in between: reads what stands there now and brings both together. */
  async #meet(): Promise<void> {
    try {
      const { value, etag } = await this.#way.read()
      this.fault = null
      this.#bring(value, etag)
    } catch (reason) {
      ;[this.fault, this.standing] = [reason, 'failed']
      this.#later(RETRY_MS)
    }
  }

  #bring(theirs: T, etag: string): void {
    const found = merged(this.base as Tree, $state.snapshot(this.value) as Tree, theirs as Tree, this.#way.deep)
    this.value = found.value as T
    ;[this.base, this.etag, this.clashes] = [theirs, etag, found.clashes]
    if (found.taken.length) this.taken = found.taken
    this.#text = JSON.stringify(found.value)
    if (found.clashes.length) this.standing = 'conflict'
    else if (alike(found.value, theirs)) [this.standing, this.savedAt] = ['saved', this.savedAt ?? new Date()]
    else {
      this.standing = 'unsaved'
      this.#later(PAUSE_MS)
    }
    if (this.dirty) this.#keep()
    else drop(this.#way.key)
  }

  #keep(): void {
    this.keeps = keep(this.#way.key, { etag: this.etag, base: this.base, value: $state.snapshot(this.value), at: new Date().toISOString() })
  }

  /** What was typed here before and did not reach the server. */
  #restore(): void {
    const copy = kept(this.#way.key)
    if (!copy || typeof copy.value !== 'object' || copy.value === null) return
    if (alike(copy.value, this.base)) return drop(this.#way.key)
    const [theirs, etag] = [this.base, this.etag]
    this.value = structuredClone(copy.value) as T
    this.base = (copy.etag === etag ? theirs : copy.base) as T
    this.restored = copy.at
    this.#bring(theirs, etag)
  }
}
