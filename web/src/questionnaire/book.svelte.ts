/** One questionnaire in the hands of one person: every cell with its own saving, and how far it is. */
import type { Methodology } from '../lib/api/types'
import { Saver } from '../desk/saver.svelte'
import { entryOf, formOf, keyOf, placesOf, type Form } from './answers'
import { questionnaires, type Answers, type Assessment, type CellOut, type Place } from './api'

const tagOf = (cell: CellOut) => `"v${cell.version}"`

export class Book {
  it: Assessment = $state.raw() as Assessment
  etag: string = $state.raw('')
  answersTag: string = ''
  readonly methodology: Methodology
  readonly places: Place[]
  readonly savers: ReadonlyMap<string, Saver<Form>>

  constructor(it: Assessment, etag: string, methodology: Methodology, answers: Answers, answersTag: string, person: string) {
    ;[this.it, this.etag, this.methodology, this.answersTag] = [it, etag, methodology, answersTag]
    this.places = placesOf(methodology)
    this.savers = new Map(answers.items.map((cell) => [keyOf(cell), this.#saver(cell, this.locked ? 'read' : person)]))
  }

  get locked(): boolean {
    return !this.it.actions.includes('save')
  }

  saver = (place: Place): Saver<Form> => this.savers.get(keyOf(place))!

  /** Whether the server has an answer to it. */
  answered = (place: Place): boolean => !!this.savers.get(keyOf(place))?.base.answer

  get dirty(): Saver<Form>[] {
    return [...this.savers.values()].filter((saver) => saver.dirty)
  }

  get ended(): boolean {
    return this.dirty.some(({ standing }) => standing === 'ended')
  }

  /** Changes with every save. */
  get version(): string {
    return [...this.savers.values()].map(({ etag }) => etag).join('')
  }

  /** Sends all that waits; true when the server has it. */
  flush = async (): Promise<boolean> => {
    for (const saver of this.dirty) if (!(await saver.flush())) return false
    return true
  }

  /** Reads where it stands, and the answers, again. */
  again = async (): Promise<void> => {
    const [{ body, etag }, answers] = [await questionnaires.one(this.it.id), await questionnaires.answers(this.it.id)]
    ;[this.it, this.etag, this.answersTag] = [body, etag ?? '', answers.etag ?? '']
    for (const cell of answers.body.items) this.savers.get(keyOf(cell))?.adopt({ value: formOf(cell), etag: tagOf(cell) })
  }

  end = (): void => this.savers.forEach((saver) => saver.end())

  #saver(cell: CellOut, person: string): Saver<Form> {
    const place = { indicator: cell.indicator, group: cell.group }
    return new Saver<Form>(
      {
        key: `${person}:${this.it.id}:${keyOf(cell)}`,
        deep: [],
        read: async () => {
          const { body } = await questionnaires.answer(this.it.id, place)
          return { value: formOf(body), etag: tagOf(body) }
        },
        write: async (value, base, etag) => {
          const entry = entryOf(value)
          if (!entry) return { value: base, etag } // stays in this browser until an answer is chosen
          const { body } = await questionnaires.save(this.it.id, place, entry, etag)
          return { value: formOf(body), etag: tagOf(body) }
        },
      },
      { value: formOf(cell), etag: tagOf(cell) },
    )
  }
}
