/** The form as the practices service describes it. */
import { read, segment } from '../lib/api/client'

export type FieldType = 'line' | 'text' | 'lines' | 'choice' | 'choices' | 'regions' | 'moment' | 'number' | 'address' | 'group' | 'groups'

export interface Limits {
  min_length?: number
  max_length?: number
  min_items?: number
  max_items?: number
  item_min_length?: number
  item_max_length?: number
  minimum?: number
  maximum?: number
}

export interface Part {
  code: string
  label: string
  help: string
  type: FieldType
  required: boolean
  limits: Limits
  vocabulary?: string
}

export interface Field extends Part {
  why: string
  record: string
  personal: boolean
  prompts: string[]
  shows: string[]
  parts: Part[]
}

export interface Section {
  code: string
  label: string
  help: string
  fields: Field[]
}

export interface Option {
  value: string
  label: string
  definition?: string
}

export interface Template {
  title: string
  introduction: string
  language: string
  steps: { code: 'short' | 'questionnaire'; label: string; help: string; sections: Section[] }[]
  vocabularies: Record<string, Option[]>
}

export const readTemplate = (language: string): Promise<Template> => read(`/practice-template?lang=${segment(language)}`)

export const fieldsOf = (template: Template, step: 'short' | 'questionnaire'): Field[] => template.steps.find(({ code }) => code === step)?.sections.flatMap(({ fields }) => fields) ?? []

/** Where a field stands in a form: `summary`, `questionnaire/criteria.relevance.needs`. */
export const placeOf = (field: Field): string => field.record.slice(1)

/** The section of the form in which a field stands. */
export const sectionOf = (template: Template, { record }: Field): string | null =>
  template.steps.flatMap(({ sections }) => sections).find(({ fields }) => fields.some((field) => field.record === record))?.code ?? null

/** The field to which a JSON pointer leads; null for the practice as a whole. */
export function fieldAt(template: Template, pointer: string | null): Field | null {
  if (!pointer) return null
  const [first = '', second] = pointer.split('/').slice(1)
  const place = first === 'questionnaire' && second !== undefined ? `${first}/${second}` : first
  return template.steps.flatMap(({ sections }) => sections.flatMap(({ fields }) => fields)).find((field) => placeOf(field) === place) ?? null
}
