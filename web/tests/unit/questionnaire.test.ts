import { describe, expect, it } from 'vitest'

import { allowedText, entryOf, formOf, mediaOf, nextOpen, placeOf, questionsOf, sourceFault } from '../../src/questionnaire/answers.ts'

const EMPTY = { answer: null, evidence: '', comment: '', sources: [] }

describe('an answer in the form', () => {
  it('is not sent before one is chosen', () => {
    expect(entryOf({ ...EMPTY, evidence: 'typed already' })).toBeNull()
  })
  it('comes back as it was sent', () => {
    const sources = [{ url: 'https://example.org/a', title: 'A', date: '2024-05' }]
    const form = { answer: 'option:b', evidence: 'Seen', comment: '', sources }
    expect(formOf(entryOf(form)!)).toEqual(form)
    expect(entryOf({ ...EMPTY, answer: 'not_competent' })).toMatchObject({ state: 'not_competent', option: null, evidence: null })
  })
  it('keeps back a source that is not whole yet', () => {
    const entry = entryOf({ ...EMPTY, answer: 'missing', sources: [{ url: 'htt', title: '', date: '' }, { url: 'http://a.b', title: '', date: '' }] })
    expect(entry?.sources.map(({ url }) => url)).toEqual(['http://a.b'])
  })
  it('says which part of a source is wrong', () => {
    const whole = { url: 'https://example.org', title: '', date: '' }
    expect(sourceFault(whole)).toBeNull()
    expect(sourceFault({ ...whole, url: 'javascript:alert(1)' })).toBe('url')
    expect(sourceFault({ ...whole, title: '| a' })).toBe('title')
    expect(sourceFault({ ...whole, date: '7.5.2024' })).toBe('date')
  })
})

describe('the next unanswered cell', () => {
  const places = ['A', 'B', 'C'].map((indicator) => ({ indicator, group: 'TCN' }))
  it('comes after the place of now, and goes round', () => {
    expect(nextOpen(places, ({ indicator }) => indicator === 'C', 'B/TCN')).toEqual(places[0])
    expect(nextOpen(places, () => false, 'A/TCN')).toEqual(places[1])
  })
  it('is none when all is answered', () => expect(nextOpen(places, () => true, null)).toBeNull())
})

it('puts what is missing in order: section, question, group', () => {
  const question = (code: string, element: string) => ({ code, tags: { element: [element] } })
  const methodology = {
    axes: [{ code: 'element', dimensions: [{ code: 'actions', name: 'Actions' }, { code: 'resources', name: 'Resources' }] }],
    indicators: [question('F01', 'resources'), question('F02', 'actions'), question('F03', 'resources'), question('F04', 'actions')],
  } as unknown as Parameters<typeof questionsOf>[0]
  const [one, other, last] = [{ indicator: 'F03', group: 'BIP' }, { indicator: 'F02', group: 'TCN' }, { indicator: 'F03', group: 'TCN' }]
  const sections = questionsOf(methodology, [one, other, last])
  expect(sections.map(({ name, questions }) => [name, questions.map(({ it, places }) => [it.code, places])])).toEqual([
    ['Actions', [['F02', [other]]]],
    ['Resources', [['F03', [one, last]]]],
  ])
  expect(questionsOf(methodology, [])).toEqual([])
})

it('reads which cell a pointer names', () => {
  expect(placeOf('/F01/TCN/comment')).toEqual({ indicator: 'F01', group: 'TCN' })
  expect(placeOf('')).toBeNull()
})

it('knows answers files by the end of their names', () => {
  expect(mediaOf('Answers.CSV')).toBe('text/csv')
  expect(mediaOf('answers.pdf')).toBeNull()
})

describe('what an import would have taken', () => {
  it('is named, and a list that is cut says so', () => {
    expect(allowedText(['a', 'b'])).toBe('a, b')
    expect(allowedText('url | title | date')).toBe('url | title | date')
    expect(allowedText(Array.from({ length: 61 }, (_, index) => `F${index + 1}`))).toMatch(/F12, … \(61\)$/)
    expect(allowedText(null)).toBe('')
  })
})
