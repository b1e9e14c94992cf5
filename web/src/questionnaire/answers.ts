/** Answers as they stand in the form, and as they are sent. Pure. */
import type { Indicator, Methodology } from '../lib/api/types'
import type { CellOut, CellState, Entry, Place, Source } from './api'

/** `answer` is the code of an option with `option:` before it, or a state without one. Empty texts are none. */
export interface Form {
  answer: string | null
  evidence: string
  comment: string
  sources: { url: string; title: string; date: string }[]
}

export const STATES = ['not_applicable', 'not_competent', 'missing'] as const

export const keyOf = ({ indicator, group }: Place): string => `${indicator}/${group}`

export const formOf = (cell: Pick<CellOut, 'state' | 'option' | 'evidence' | 'comment' | 'sources'>): Form => ({
  answer: cell.state === 'scored' ? `option:${cell.option}` : cell.state,
  evidence: cell.evidence ?? '',
  comment: cell.comment ?? '',
  sources: cell.sources.map(({ url, title, date }) => ({ url, title: title ?? '', date: date ?? '' })),
})

/** What can be sent of a form; null while no answer is chosen. Sources that are not whole yet stay here. */
export function entryOf(form: Form): Entry | null {
  if (!form.answer) return null
  const option = optionOf(form.answer)
  const text = (value: string) => value.trim() || null
  return {
    state: option === null ? (form.answer as CellState) : 'scored',
    option,
    evidence: text(form.evidence),
    comment: text(form.comment),
    sources: form.sources.filter((one) => !sourceFault(one)).map(({ url, title, date }): Source => ({ url: url.trim(), title: text(title), date: text(date) })),
  }
}

export const optionOf = (answer: string | null): string | null => (answer?.startsWith('option:') ? answer.slice(7) : null)

const ADDRESS = /^https?:\/\/[^\s|<>"\\^`{}\u0000-\u001f\u007f-\u009f]+$/
const DATE = /^[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$/
const TITLE = /^([^|\s]([^\u0000-\u001f]*[^|\s])?)?$/

/** Which part of a source cannot be sent as it stands; empty lines have no fault, and are not sent either. */
export function sourceFault({ url, title, date }: Form['sources'][number]): 'url' | 'title' | 'date' | null {
  if (!ADDRESS.test(url.trim())) return 'url'
  if (!TITLE.test(title.trim())) return 'title'
  return date.trim() && !DATE.test(date.trim()) ? 'date' : null
}

/** Every cell in the order of the questionnaire. */
export const placesOf = (methodology: Pick<Methodology, 'indicators' | 'groups'>): Place[] =>
  methodology.indicators.flatMap((one) => methodology.groups.filter(({ code }) => one.groups.includes(code)).map(({ code }) => ({ indicator: one.code, group: code })))

/** The indicators of one dimension of an axis; all where the axis does not name any. */
export const inSection = (one: Pick<Indicator, 'tags'>, axis: string, section: string): boolean => (one.tags[axis] ?? []).includes(section)

/** The dimensions of an axis with answered and asked cells, counted as the service counts them. */
export function sectionsOf(methodology: Methodology, axis: string, answered: (place: Place) => boolean): { code: string; name: string; answered: number; total: number }[] {
  return (methodology.axes.find(({ code }) => code === axis)?.dimensions ?? []).map(({ code, name }) => {
    const places = placesOf({ groups: methodology.groups, indicators: methodology.indicators.filter((one) => inSection(one, axis, code)) })
    return { code, name, answered: places.filter(answered).length, total: places.length }
  })
}

/** The next cell without an answer, going round; null when there is none. */
export function nextOpen(places: readonly Place[], answered: (place: Place) => boolean, after: string | null): Place | null {
  const start = after === null ? 0 : places.findIndex((place) => keyOf(place) === after) + 1
  return [...places.slice(start), ...places.slice(0, start)].find((place) => !answered(place)) ?? null
}

/** Cells by their question, the questions by governance element, in the order of the questionnaire. */
export function questionsOf(methodology: Pick<Methodology, 'axes' | 'indicators'>, places: readonly Place[]): { code: string; name: string; questions: { it: Indicator; places: Place[] }[] }[] {
  const questions = methodology.indicators.map((it) => ({ it, places: places.filter(({ indicator }) => indicator === it.code) })).filter((one) => one.places.length)
  const names = new Map(methodology.axes.find(({ code }) => code === 'element')?.dimensions.map(({ code, name }) => [code, name]))
  const codes = new Set(questions.map(({ it }) => it.tags.element?.[0] ?? ''))
  return [...codes].map((code) => ({ code, name: names.get(code) ?? '', questions: questions.filter(({ it }) => (it.tags.element?.[0] ?? '') === code) }))
}

/** The cell that a pointer of a problem names, `/F01/TCN/comment`. */
export function placeOf(pointer: string | null | undefined): Place | null {
  const [, indicator, group] = (pointer ?? '').split('/')
  return indicator && group ? { indicator, group } : null
}

const MEDIA: Record<string, string> = { csv: 'text/csv', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', json: 'application/json' }

/** The kind of an answers file by the end of its name; null for another one. */
export const mediaOf = (name: string): string | null => MEDIA[name.toLowerCase().split('.').pop() ?? ''] ?? null

const MOST_NAMED = 12

/** What an import would have taken, in a line: a long list is cut, and says so. */
export function allowedText(allowed: unknown): string {
  if (!Array.isArray(allowed)) return typeof allowed === 'string' ? allowed : ''
  const named = allowed.slice(0, MOST_NAMED).join(', ')
  return allowed.length > MOST_NAMED ? `${named}, … (${allowed.length})` : named
}
