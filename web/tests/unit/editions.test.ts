import { describe, expect, it } from 'vitest'

import { sideBySide } from '../../src/compare/quoted'
import { editionFor, quotes, setOf } from '../../src/edition/editions'
import type { EditionItem, Profile, ScoreRow } from '../../src/lib/api/research'
import { toPage } from '../../src/lib/url'

const edition = (id: string, kind: string, date: string, regions: string[], state = 'published'): EditionItem => ({ id, kind, date, regions, state, revision: 1, title: id, notice: null, provenance: '', methodology: null, methodology_version: null, licence: '', source: '' })
const LIST = [
  edition('demonstration', 'demonstration', '2026-11-22', ['ES51', 'SE224']),
  edition('quoted', 'published', '2030', ['ES51']),
  edition('wave-1', 'answers', '2027-01-01', ['ES51', 'SE224']),
  edition('wave-2', 'answers', '2028-01-01', ['ES51']),
  edition('wave-3', 'answers', '2029-01-01', ['ES51'], 'draft'),
]
const chosen = (asked: string | null, regions: string[] = []) => editionFor(LIST, asked, regions).edition?.id

describe('the edition of a page', () => {
  it('is the one of the address', () => expect(chosen('quoted', ['SE224'])).toBe('quoted'))
  it('is else the newest that regions answered', () => expect(chosen(null, ['ES51'])).toBe('wave-2'))
  it('is an older one where the newest lacks a region', () => expect(chosen(null, ['ES51', 'SE224'])).toBe('wave-1'))
  it('is the demonstration where no region has answered', () => expect(chosen(null, ['PT20'])).toBe('demonstration'))
  it('has two regions at least where one would be no ranking', () => expect(editionFor(LIST, null, [], 2).edition?.id).toBe('wave-1'))
  it('is never one that is not published yet', () => expect(chosen('wave-3', ['ES51'])).toBe('wave-2'))
  it('tells a name that it does not know', () => expect(editionFor(LIST, 'wave-9')).toMatchObject({ unknown: 'wave-9' }))
  it('says nothing where there is no edition at all', () => expect(editionFor([], null)).toEqual({ edition: null, unknown: null }))
  it('can be taken apart unless it quotes', () => expect(LIST.filter(quotes).map(({ id }) => id)).toEqual(['quoted']))
  it('stays in the address from score to score, and leaves it elsewhere', () => {
    const here = new URL('https://example.org/rankings?edition=wave-1&lang=it')
    for (const path of ['/', '/regions/ES51', '/regions/ES51/brief', '/compare', '/what-if/ES51']) expect(toPage(here, path)).toContain('edition=wave-1')
    for (const path of ['/practices', '/about', '/method']) expect(toPage(here, path)).not.toContain('edition')
  })
})

const row = (region: string, dimension: string, score: number | null): ScoreRow => ({ region, axis: 'phase', dimension, name: dimension, group: 'ALL', score, coverage: null, state: score === null ? 'missing' : 'ok', band: null, rank: null, n_ranked: null, tie_size: null, provenance: 'published' })

describe('quoted scores', () => {
  it('stand side by side, a gap where nothing was published', () => {
    const lines = sideBySide([row('ES51', 'policy-output', 71), row('SE224', 'implementation', 81), row('ITF4', 'evaluation', 63)], ['ES51', 'SE224'])
    expect(lines.map((line) => [line.dimension, ...line.values.map(({ score }) => score)])).toEqual([['policy-output', 71, null], ['implementation', null, 81]])
  })
  it('have an overall only where one was published', () => {
    expect(setOf({ scores: [row('ES51', 'policy-output', 71)] } as unknown as Profile).overall).toBeNull()
    expect(setOf({ scores: [{ ...row('ES51', 'overall', 60), axis: 'overall' }] } as unknown as Profile)).toMatchObject({ overall: { score: 60 }, dimensions: [] })
  })
})
