/**
 * The record of a practice as a form holds it (no null: a field has a value to type into) and as a body has it. Pure.
 */
import { alike, isEmpty } from '../desk/merge'
import { fieldsOf, placeOf, type Field, type Part, type Template } from './template'

export type Form = Record<string, unknown>
export type Fault = { key: 'short' | 'long' | 'many' | 'address' | 'moment' | 'number' | 'part' | 'range' | 'refused'; n?: number; detail?: string; part?: string; row?: number }

/** What the service said of a value, so that the same value is not sent again. */
export type Refused = Record<string, { value: unknown; detail: string }>

const ADDRESS = /^https?:\/\/[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?(:\d{1,5})?([/?#][^\s<>"\\^`{|}]*)?$/
const MOMENT = /^[12]\d{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/
const LISTS: ReadonlySet<string> = new Set(['lines', 'choices', 'regions', 'groups'])

const text = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '')
const rows = (value: unknown): Form[] => (Array.isArray(value) ? (value as Form[]) : [])
const group = (parts: Part[], value: unknown): Form => Object.fromEntries(parts.map(({ code }) => [code, text((value as Form | null)?.[code])]))

/** An empty row of a field of type `groups`. */
export const emptyRow = (field: Field): Form => group(field.parts, null)

export function formOf(record: Record<string, unknown>, template: Template): Form {
  const form: Form = {}
  for (const field of fieldsOf(template, 'short')) {
    const value = record[field.code]
    if (field.type === 'group') form[field.code] = group(field.parts, value)
    else if (field.type === 'groups') form[field.code] = rows(value).map((row) => group(field.parts, row))
    else form[field.code] = LISTS.has(field.type) ? [...((value as string[] | null) ?? [])] : text(value)
  }
  return { ...form, questionnaire: { ...((record.questionnaire as Form | null) ?? {}) } }
}

/** What a field holds in a form. */
export const valueAt = (form: Form, field: Field): unknown => (field.record.startsWith('/questionnaire/') ? ((form.questionnaire ?? {}) as Form)[field.code] : form[field.code])

/** The body to save. A field that cannot be sent as it is stands as it was in `base`, so that the others are saved. */
export function bodyOf(form: Form, base: Form, template: Template, refused: Refused = {}): Record<string, unknown> {
  const sendable = (field: Field) => valueAt(faultsOf(field, valueAt(form, field), refused).length ? base : form, field)
  const body: Record<string, unknown> = {}
  for (const field of fieldsOf(template, 'short')) body[field.code] = sent(field, sendable(field))
  const answers = fieldsOf(template, 'questionnaire').map((field): [string, string] => [field.code, text(sendable(field)).trim()])
  body.questionnaire = Object.fromEntries(answers.filter(([, answer]) => answer))
  // Both have a value of their own when nothing is said.
  for (const name of ['language', 'licence']) if (body[name] === null) delete body[name]
  return body
}

function sent(field: Field, value: unknown): unknown {
  if (field.type === 'group') return isEmpty(value) ? (field.code === 'period' ? { start: null, end: null } : null) : groupSent(field.parts, value as Form)
  if (field.type === 'groups') return rows(value).filter((row) => !isEmpty(row)).map((row) => groupSent(field.parts, row))
  if (LISTS.has(field.type)) return ((value ?? []) as string[]).map((one) => one.trim()).filter(Boolean)
  return single(field, value)
}

const groupSent = (parts: Part[], value: Form): Form => Object.fromEntries(parts.map((part) => [part.code, single(part, value[part.code])]))

function single({ type }: Part, value: unknown): unknown {
  const written = text(value).trim()
  if (!written) return null
  return type === 'number' ? numberOf(written) : written
}

/** A number as people of Europe write it: 1 000, 1.000 and 1,000 are a thousand, 1,5 and 1.5 one and a half. */
export function numberOf(written: string): number {
  const close = written.replace(/[\s\u00a0\u202f'’]/g, '')
  return Number(/^\d{1,3}([.,])\d{3}(\1\d{3})*$/.test(close) ? close.replace(/[.,]/g, '') : close.replace(',', '.'))
}

/** What is wrong with what is typed, so far. Nothing typed is never wrong: it may be missing. */
export function faultsOf(field: Field, value: unknown, refused: Refused = {}): Fault[] {
  const no = refused[placeOf(field)]
  if (no && alike(no.value, value)) return [{ key: 'refused', detail: no.detail }]
  if (isEmpty(value)) return field.code === 'title' ? [{ key: 'short', n: 3 }] : field.code === 'regions' ? [{ key: 'part', part: 'regions' }] : []
  const { limits } = field
  if (field.type === 'group') return partFaults(field.parts, value as Form)
  if (field.type === 'groups') return [...tooMany(value, limits.max_items), ...rows(value).flatMap((row, index) => (isEmpty(row) ? [] : partFaults(field.parts, row).map((fault) => ({ ...fault, row: index + 1 }))))]
  if (LISTS.has(field.type)) {
    const lines = (value as string[]).map((one) => one.trim())
    return [...tooMany(lines.filter(Boolean), limits.max_items), ...lines.flatMap((line, index) => (limits.item_max_length && line.length > limits.item_max_length ? [{ key: 'long' as const, n: limits.item_max_length, row: index + 1 }] : []))]
  }
  return singleFaults(field, text(value).trim())
}

const tooMany = (value: unknown, most: number | undefined): Fault[] => (most !== undefined && (value as unknown[]).length > most ? [{ key: 'many', n: most }] : [])

function partFaults(parts: Part[], value: Form): Fault[] {
  return parts.flatMap((part): Fault[] => {
    const written = text(value[part.code]).trim()
    if (!written) return part.required ? [{ key: 'part', part: part.code }] : []
    return singleFaults(part, written).map((fault) => ({ ...fault, part: part.code }))
  })
}

function singleFaults({ type, limits }: Part, written: string): Fault[] {
  if (limits.min_length !== undefined && written.length < limits.min_length) return [{ key: 'short', n: limits.min_length }]
  if (limits.max_length !== undefined && [...written].length > limits.max_length) return [{ key: 'long', n: limits.max_length }]
  if (type === 'address' && !ADDRESS.test(written)) return [{ key: 'address' }]
  if (type === 'moment' && !MOMENT.test(written)) return [{ key: 'moment' }]
  if (type === 'number') {
    const number = numberOf(written)
    if (!Number.isFinite(number)) return [{ key: 'number' }]
    if (number < (limits.minimum ?? -Infinity) || number > (limits.maximum ?? Infinity)) return [{ key: 'range' }]
  }
  return []
}

/** How far a section is: fields that hold something, and the required ones that hold nothing. */
export function progress(fields: Field[], form: Form): { filled: number; of: number; missing: Field[] } {
  const empty = fields.filter((field) => isEmpty(valueAt(form, field)))
  return { filled: fields.length - empty.length, of: fields.length, missing: empty.filter(({ required }) => required) }
}

/** A value as text for people: choices by their labels, rows one under the other; moments as `momentName` writes them. */
export function textOf(field: Part & { parts?: Part[] }, value: unknown, template: Template, regionName: (code: string) => string = (code) => code, momentName: (moment: string) => string = (moment) => moment): string {
  if (isEmpty(value)) return ''
  const label = (one: string) => template.vocabularies[field.vocabulary ?? '']?.find((option) => option.value === one)?.label ?? one
  const parts = (one: Form) => (field.parts ?? []).flatMap((part) => (isEmpty(one[part.code]) ? [] : [textOf(part, one[part.code], template, regionName, momentName)])).join(' · ')
  switch (field.type) {
    case 'group':
      return parts(value as Form)
    case 'groups':
      return rows(value).map(parts).filter(Boolean).join('\n')
    case 'regions':
      return (value as string[]).map(regionName).join('\n')
    case 'lines':
    case 'choices':
      return (value as string[]).map(label).join('\n')
    case 'moment':
      return momentName(text(value))
    default:
      return label(text(value))
  }
}
