import { describe, expect, it } from 'vitest'

import { answersOf, differ, formOf as evaluationOf, partOf, together, type Framework } from '../../src/evaluation/evaluation'
import { typeOf } from '../../src/submission/import'
import { bodyOf, faultsOf, formOf, numberOf, progress, textOf } from '../../src/submission/record'
import { authorRegions } from '../../src/submission/regions'
import type { Field, Template } from '../../src/submission/template'
import { alike, merged, withPlace } from '../../src/desk/merge'

const field = (code: string, type: Field['type'], more: Partial<Field> = {}): Field => ({ code, label: code, help: '', why: '', type, required: false, limits: {}, record: `/${code}`, personal: false, prompts: [], shows: [], parts: [], ...more })
const part = (code: string, type: Field['type'], more: Partial<Field> = {}) => ({ code, label: code, help: '', type, required: false, limits: {}, ...more })
const title = field('title', 'line', { required: true, limits: { min_length: 3, max_length: 20 } })
const lines = field('activities', 'lines', { limits: { max_items: 2, item_max_length: 10 } })
const links = field('links', 'groups', { parts: [part('title', 'line', { required: true }), part('url', 'address', { required: true })] })
const period = field('period', 'group', { parts: [part('start', 'moment'), part('end', 'moment')] })
const budget = field('budget', 'group', { parts: [part('stated', 'line', { required: true }), part('amount_eur', 'number', { limits: { minimum: 0 } })] })
const need = field('criteria.relevance.needs', 'text', { required: true, record: '/questionnaire/criteria.relevance.needs' })
const template: Template = {
  title: '',
  introduction: '',
  language: 'en',
  vocabularies: { areas: [{ value: 'health', label: 'Health' }] },
  steps: [
    { code: 'short', label: '', help: '', sections: [{ code: 'all', label: '', help: '', fields: [title, lines, field('areas', 'choices', { vocabulary: 'areas' }), links, period, budget, field('language', 'choice')] }] },
    { code: 'questionnaire', label: '', help: '', sections: [{ code: 'relevance', label: '', help: '', fields: [need] }] },
  ],
}
const empty = formOf({ title: 'A desk' }, template)

describe('two people who write', () => {
  it('lose nothing when they wrote in different places', () => {
    const found = merged({ a: '1', b: '1', q: { x: '1' } }, { a: '2', b: '1', q: { x: '1', y: 'mine' } }, { a: '1', b: '3', q: { x: '4' } }, ['q'])
    expect(found).toEqual({ value: { a: '2', b: '3', q: { x: '4', y: 'mine' } }, clashes: [], taken: ['b', 'q/x'] })
  })
  it('are asked when they wrote in the same place', () => {
    expect(merged({ a: '1' }, { a: '2' }, { a: '3' }).clashes).toEqual([{ place: 'a', mine: '2', theirs: '3' }])
  })
  it('are not asked about spaces, empty rows or the order of names', () => {
    expect(alike({ a: ' x ', rows: [{ t: '', u: '' }] }, { rows: [], a: 'x' })).toBe(true)
    expect(merged({ a: '' }, { a: ['x'] }, { a: ['x', ' '] }).clashes).toEqual([])
  })
  it('may take one answer of many', () => {
    expect(withPlace({ q: { x: '1', y: '2' } }, 'q/x', '3')).toEqual({ q: { x: '3', y: '2' } })
    expect(withPlace({ q: { x: '1' } }, 'q/x', undefined)).toEqual({ q: {} })
  })
})

describe('the form', () => {
  it('becomes the body that it came from', () => {
    const record = { title: 'A desk', activities: ['one'], areas: ['health'], links: [{ title: 'x', url: 'https://x.org' }], period: { start: '2021', end: null }, budget: { stated: 'much', amount_eur: 1500.5 }, language: 'de', questionnaire: { 'criteria.relevance.needs': 'Because.' } }
    const form = formOf(record, template)
    expect(bodyOf(form, form, template)).toEqual(record)
  })
  it('leaves out empty rows and lines, and says nothing of what is not stated', () => {
    const form = { ...empty, activities: ['a', ' ', ''], links: [{ title: '', url: '' }] }
    expect(bodyOf(form, empty, template)).toEqual({ title: 'A desk', activities: ['a'], areas: [], links: [], period: { start: null, end: null }, budget: null, questionnaire: {} })
  })
  it('sends what stood there before for what cannot be sent yet', () => {
    const base = { ...empty, links: [{ title: 'x', url: 'https://x.org' }] }
    const body = bodyOf({ ...base, title: 'X', links: [{ title: 'x', url: 'www.x' }], activities: ['new'] }, base, template)
    expect([body.title, body.links, body.activities]).toEqual(['A desk', [{ title: 'x', url: 'https://x.org' }], ['new']])
  })
  it('says what is wrong, where', () => {
    expect(faultsOf(links, [{ title: '', url: 'x' }])).toEqual([{ key: 'part', part: 'title', row: 1 }, { key: 'address', part: 'url', row: 1 }])
    expect(faultsOf(lines, ['a', 'b', 'far too long a line'])).toEqual([{ key: 'many', n: 2 }, { key: 'long', n: 10, row: 3 }])
    expect(faultsOf(period, { start: '2021-13', end: '2021-09' })).toEqual([{ key: 'moment', part: 'start' }])
    expect(faultsOf(budget, { stated: 'x', amount_eur: '-1' })).toEqual([{ key: 'range', part: 'amount_eur' }])
  })
  it('does not send again what the service refused, until it is changed', () => {
    const refused = { title: { value: 'A desk', detail: 'no' } }
    expect(faultsOf(title, 'A desk', refused)).toEqual([{ key: 'refused', detail: 'no' }])
    expect(faultsOf(title, 'A desk!', refused)).toEqual([])
  })
  it('reads numbers as people of Europe write them', () => {
    expect(['1 000', '1.000', '1,000', '1,5', '1.5', '1.000.000', "1'000"].map(numberOf)).toEqual([1000, 1000, 1000, 1.5, 1.5, 1000000, 1000])
    expect(numberOf('many')).toBeNaN()
  })
  it('counts what is filled in and names what is missing', () => {
    expect(progress([title, lines, need], empty)).toMatchObject({ filled: 1, of: 3, missing: [need] })
  })
  it('is text for people', () => {
    expect(textOf(field('areas', 'choices', { vocabulary: 'areas' }), ['health', 'x'], template)).toBe('Health\nx')
    expect(textOf(links, [{ title: 'x', url: 'https://x.org' }, { title: '', url: '' }], template)).toBe('x · https://x.org')
  })
})

it('an author writes for the regions of that role only', () => {
  expect(authorRegions({ roles: [{ role: 'region-editor', region: 'ES51' }, { role: 'publisher', region: '*' }] })).toEqual(['ES51'])
  expect(authorRegions({ roles: [{ role: 'region-editor', region: 'ES51' }, { role: 'region-editor', region: '*' }] })).toEqual(['*'])
})

it('knows the kind of a file by its name, else by what the browser says', () => {
  expect([typeOf('a.CSV'), typeOf('a.jsonl'), typeOf('a', 'application/json'), typeOf('a.doc', 'application/msword')]).toEqual(['text/csv', 'application/x-ndjson', 'application/json', null])
})

describe('an evaluation', () => {
  const labelled = (code: string) => ({ code, label: code, text: '' })
  const question = (code: string) => ({ code, field: code, text: code, look_for: [] })
  const framework: Framework = { title: '', introduction: '', framing: [labelled('population')], judgements: [labelled('convincing')], blocks: {}, criteria: [{ code: 'relevance', label: '', definition: '', why: '', questions: [question('needs'), question('validity')] }], aspects: [{ code: 'inclusion', label: '', definition: '', inspiring: [], room_for_improvement: [] }], transferability: [question('risks')], reflection: [] }
  const one = { framing: { population: 'All' }, judgements: { 'relevance.needs': { judgement: 'convincing', reason: 'Figures.' }, 'relevance.validity': { judgement: 'convincing', reason: null } }, aspects: { inclusion: { inspiring: ['a'], room: [] } }, transferability: { risks: 'Money.' }, reflection: {} }
  const two = { ...one, judgements: { 'relevance.needs': { judgement: 'not-convincing', reason: 'None.' }, 'relevance.validity': { judgement: 'convincing', reason: 'Yes.' } }, aspects: { inclusion: { inspiring: ['a', 'b'], room: [] } } }

  it('becomes the answers that it came from; a reason without a judgement waits', () => {
    expect(answersOf(evaluationOf(one, framework))).toEqual(one)
    expect(answersOf(evaluationOf({ judgements: { 'relevance.needs': { judgement: '', reason: 'Because.' } } }, framework)).judgements).toEqual({})
  })
  it('is brought together with the other: alike judgements stand, others are for the two to settle', () => {
    const form = together([one, two], framework)
    expect(form.judgements).toEqual({ 'relevance.needs': { judgement: '', reason: 'Figures.\nNone.' }, 'relevance.validity': { judgement: 'convincing', reason: 'Yes.' } })
    expect([form.aspects.inclusion, form.framing.population]).toEqual([{ inspiring: ['a', 'b'], room: [] }, 'All'])
    expect([differ([one, two], 'relevance.needs'), differ([one, two], 'relevance.validity')]).toEqual([true, false])
  })
  it('leads from what is missing to its part of the page', () => {
    expect([partOf('/judgements/relevance.needs/reason'), partOf('/transferability/risks')]).toEqual(['relevance', 'transferability'])
  })
})
