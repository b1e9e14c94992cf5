import { afterEach, describe, expect, it, vi } from 'vitest'

import { api, change } from '../../src/lib/api/client'

const CATALONIA = { code: 'ES51', name: 'Catalonia', search_label: 'Generalitat de Catalunya (Catalonia)', names: { en: 'Catalonia', de: 'Katalonien' } }
const BERLIN = { code: 'DE30', name: 'Berlin', search_label: 'Berlin (DE30)', names: { en: 'Berlin' } }

/** A server whose regions have one practice more each time that they are asked for. */
function serve(): { asked: string[] } {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (address: string, { method = 'GET' }: RequestInit) => {
    asked.push(`${method} ${address}`)
    return Response.json({ items: [CATALONIA, BERLIN].map((one) => ({ ...one, practice_count: asked.length })), next: null })
  })
  return { asked }
}

afterEach(async () => {
  serve()
  await change('POST', '/anything')
  vi.unstubAllGlobals()
})

describe('what was read', () => {
  it('is kept for the visit', async () => {
    const { asked } = serve()
    await Promise.all([api.regions(), api.regionNames('de')])
    expect(await api.regions()).toEqual(await api.regions())
    expect(asked).toHaveLength(1)
  })
  it('is asked for again after a change: regions have another number of practices', async () => {
    serve()
    const [before] = await api.regions()
    await change('POST', '/practices/1/withdraw')
    const [after] = await api.regions()
    expect(after!.practice_count).toBeGreaterThan(before!.practice_count)
  })
})

describe('the names of regions in a language', () => {
  it('are known by code and by what the search calls the region, where the language has one', async () => {
    serve()
    const names = await api.regionNames('de')
    expect([names.get('ES51'), names.get(CATALONIA.search_label)]).toEqual(['Katalonien', 'Katalonien'])
    expect(names.has('Berlin (DE30)')).toBe(false)
  })
  it('are not asked for in English, which every answer has', async () => {
    const { asked } = serve()
    expect((await api.regionNames('en')).size).toBe(0)
    expect(asked).toEqual([])
  })
  it('are none while the list cannot be had', async () => {
    vi.stubGlobal('fetch', async () => new Response(null, { status: 503 }))
    expect((await api.regionNames('de')).size).toBe(0)
  })
})
