/** An evaluation as a form holds it and as a body has it; which parts it has and what they lack. Pure. */
import { isEmpty } from '../desk/merge'

export interface Question {
  code: string
  /** The field of the questionnaire that answers it. */
  field: string
  label?: string
  text: string
  look_for: string[]
}

interface Labelled {
  code: string
  label: string
  text: string
}

export interface Framework {
  title: string
  introduction: string
  framing: Labelled[]
  judgements: Labelled[]
  blocks: Record<string, { label: string; help: string; why?: string }>
  criteria: { code: string; label: string; definition: string; why: string; questions: Question[] }[]
  aspects: { code: string; label: string; definition: string; inspiring: string[]; room_for_improvement: string[] }[]
  transferability: Question[]
  reflection: Question[]
}

export interface Judgement {
  judgement: string
  reason: string
}

export type Sides = { inspiring: string[]; room: string[] }

/** Every place is there, so that it can be typed into. */
export interface Form {
  framing: Record<string, string>
  judgements: Record<string, Judgement>
  aspects: Record<string, Sides>
  transferability: Record<string, string>
  reflection: Record<string, string>
}

export interface Answers {
  framing: Record<string, string | null>
  judgements: Record<string, { judgement: string; reason: string | null }>
  aspects: Record<string, Sides>
  transferability: Record<string, string>
  reflection: Record<string, string>
}

/** What is merged entry by entry when two windows write. */
export const DEEP = ['framing', 'judgements', 'aspects', 'transferability', 'reflection']

const each = <T>(codes: string[], make: (code: string) => T): Record<string, T> => Object.fromEntries(codes.map((code) => [code, make(code)]))
export const judged = (framework: Framework): string[] => framework.criteria.flatMap(({ code, questions }) => questions.map((question) => `${code}.${question.code}`))
const codes = (parts: { code: string }[]) => parts.map(({ code }) => code)

export function formOf(answers: Partial<Answers>, framework: Framework): Form {
  return {
    framing: each(codes(framework.framing), (code) => answers.framing?.[code] ?? ''),
    judgements: each(judged(framework), (code) => ({ judgement: answers.judgements?.[code]?.judgement ?? '', reason: answers.judgements?.[code]?.reason ?? '' })),
    aspects: each(codes(framework.aspects), (code) => ({ inspiring: [...(answers.aspects?.[code]?.inspiring ?? [])], room: [...(answers.aspects?.[code]?.room ?? [])] })),
    transferability: each(codes(framework.transferability), (code) => answers.transferability?.[code] ?? ''),
    reflection: each(codes(framework.reflection), (code) => answers.reflection?.[code] ?? ''),
  }
}

/** What can be sent: a reason without a judgement waits for it. */
export function answersOf(form: Form): Answers {
  const lines = (list: string[]) => list.map((line) => line.trim()).filter(Boolean)
  const said = (texts: Record<string, string>) => Object.fromEntries(Object.entries(texts).flatMap(([code, text]) => (text.trim() ? [[code, text.trim()]] : [])))
  return {
    framing: Object.fromEntries(Object.entries(form.framing).map(([code, text]) => [code, text.trim() || null])),
    judgements: Object.fromEntries(Object.entries(form.judgements).flatMap(([code, { judgement, reason }]) => (judgement ? [[code, { judgement, reason: reason.trim() || null }]] : []))),
    aspects: Object.fromEntries(Object.entries(form.aspects).flatMap(([code, { inspiring, room }]) => (isEmpty([inspiring, room]) ? [] : [[code, { inspiring: lines(inspiring), room: lines(room) }]]))),
    transferability: said(form.transferability),
    reflection: said(form.reflection),
  }
}

/** Where two judgements say something else. */
export const differ = (sides: Answers[], code: string): boolean => new Set(sides.map(({ judgements }) => judgements[code]?.judgement ?? '')).size > 1

/** A first wording of what is agreed on: where both judge alike, that judgement; both texts, one under the other. */
export function together(sides: Answers[], framework: Framework): Form {
  const form = formOf(sides[0] ?? {}, framework)
  const texts = (found: (string | null | undefined)[]) => [...new Set(found.flatMap((text) => (text?.trim() ? [text.trim()] : [])))]
  for (const code of judged(framework)) {
    const all = sides.map(({ judgements }) => judgements[code])
    const same = new Set(all.map((one) => one?.judgement ?? '')).size === 1
    form.judgements[code] = { judgement: same ? (all[0]?.judgement ?? '') : '', reason: texts(all.map((one) => one?.reason)).join('\n').slice(0, 3000) }
  }
  for (const { code } of framework.aspects) form.aspects[code] = { inspiring: texts(sides.flatMap(({ aspects }) => aspects[code]?.inspiring ?? [])), room: texts(sides.flatMap(({ aspects }) => aspects[code]?.room ?? [])) }
  for (const { code } of framework.framing) form.framing[code] = texts(sides.map(({ framing }) => framing[code])).join('; ').slice(0, 500)
  for (const part of ['transferability', 'reflection'] as const) for (const { code } of framework[part]) form[part][code] = texts(sides.map((side) => side[part][code])).join('\n').slice(0, 3000)
  return form
}

/** The part of the page in which a place stands: `relevance` of `/judgements/relevance.needs/reason`. */
export function partOf(pointer: string): string {
  const [block = '', code = ''] = pointer.replace(/^\//, '').split('/')
  return block === 'judgements' ? code.split('.')[0]! : block
}

/** What a place is called: the question, the aspect, the text. */
export function labelOf(framework: Framework, place: string): string {
  const [block = '', code = ''] = place.replace(/^\//, '').split('/')
  if (block === 'judgements') {
    const [first, second] = code.split('.')
    return framework.criteria.find((one) => one.code === first)?.questions.find((one) => one.code === second)?.text ?? code
  }
  const parts = framework[block as 'framing' | 'aspects' | 'transferability' | 'reflection'] as { code: string; label?: string; text?: string }[] | undefined
  const found = parts?.find((one) => one.code === code)
  return found?.label ?? found?.text ?? code
}

/** A value as text for people. */
export function textOf(framework: Framework, value: unknown): string {
  if (typeof value === 'string') return value
  const one = (value ?? {}) as Partial<Judgement & Sides>
  if (one.inspiring || one.room) return [...(one.inspiring ?? []), ...(one.room ?? [])].join('\n')
  return [framework.judgements.find(({ code }) => code === one.judgement)?.label, one.reason].filter(Boolean).join('\n')
}
