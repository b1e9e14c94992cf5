import { describe, expect, it } from 'vitest'

import file from '../../src/geo/europe.json'
import { decode, type EuropeFile } from '../../src/geo/shapes'
import { nextPlace } from '../../src/map/neighbours'
import { addressOf, at, viewOf, whole, zoomOf } from '../../src/map/view'

const europe = decode(file as unknown as EuropeFile)
const MIPEX_R = 'AT13 AT34 AT33 BE2 BE3 DE8 DE2 DE3 ITF3 ITH5 ITH4 ITF4 ITH3 ITH2 ITH1 PT20 PT17 ES51 ES62 ES22 ES21 ES52 ES64 SE224 SE232'.split(' ')
const inside = (code: string, [x, y, width, height]: readonly number[]) => {
  const { box } = europe.shapes.get(code)!
  return box.x >= x! && box.y >= y! && box.x + box.width <= x! + width! && box.y + box.height <= y! + height!
}

describe('the geometry', () => {
  it('holds the 25 regions of MIPEX-R', () => {
    expect(MIPEX_R.filter((code) => !europe.shapes.has(code))).toEqual([])
    expect(MIPEX_R).toHaveLength(25)
  })
  it('weighs at most 30 kB when compressed', async () => {
    const { gzipSync } = await import('node:zlib')
    expect(gzipSync(JSON.stringify(file), { level: 9 }).length).toBeLessThan(30_000)
  })
  it('lies on the sheet, but for the countries that are only background', () => {
    const coloured = [...europe.shapes.keys()].filter((code) => code.length > 2)
    expect(coloured.filter((code) => !inside(code, [0, 0, europe.width, europe.height]))).toEqual([])
  })
  it('puts far islands into boxes that overlap neither one another nor the land', () => {
    const boxes = europe.insets.map(({ box }) => box)
    for (const { codes, box } of europe.insets) for (const code of codes) expect(inside(code, box)).toBe(true)
    const apart = (a: number[], b: number[]) => a[0]! + a[2]! <= b[0]! || b[0]! + b[2]! <= a[0]! || a[1]! + a[3]! <= b[1]! || b[1]! + b[3]! <= a[1]!
    boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => expect(apart(a, b)).toBe(true)))
    const mainland = [...europe.shapes.values()].filter(({ code }) => !europe.insets.some(({ codes }) => codes.includes(code)))
    for (const box of boxes) expect(mainland.filter((s) => !apart([s.box.x, s.box.y, s.box.width, s.box.height], box)).map((s) => s.code).filter((code) => code !== 'TR')).toEqual([])
  })
  it('keeps areas: Bavaria is 70,000 square km', () => {
    const km2 = europe.shapes.get('DE2')!.size * file.km ** 2
    expect(km2).toBeGreaterThan(67_000)
    expect(km2).toBeLessThan(73_000)
  })
  it('draws closed rings and names its source', () => {
    for (const { path } of europe.shapes.values()) expect(path).toMatch(/^(M-?\d+ -?\d+(L-?\d+ -?\d+)+Z)+$/)
    expect(europe.notice).toContain('EuroGeographics')
  })
  it('gives a region of a larger one a place inside it', () => {
    const [x, y] = europe.shapes.get('SE224')!.centre
    const { box } = europe.shapes.get('SE22')!
    expect(x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height).toBe(true)
  })
})

describe('the arrow keys', () => {
  const places = ['ES51', 'ES24', 'ES52', 'ITH1', 'ITH2', 'AT33'].map((code) => ({ code, centre: europe.shapes.get(code)!.centre }))
  it('go to the neighbour on that side', () => {
    expect(nextPlace(places, 'ES51', 'ArrowLeft')).toBe('ES24')
    expect(nextPlace(places, 'ES51', 'ArrowDown')).toBe('ES52')
    expect(nextPlace(places, 'ITH2', 'ArrowUp')).toBe('ITH1')
    expect(nextPlace(places, 'ITH1', 'ArrowUp')).toBe('AT33')
  })
  it('stop at the edge of the map', () => expect(nextPlace([places[0]!], 'ES51', 'ArrowUp')).toBeNull())
})

describe('the view', () => {
  it('is all of Europe when nothing, or nonsense, is asked for', () => {
    for (const asked of [null, '', 'atlantis', '1,2', 'a,b,c', 'NaN,1,1']) expect(viewOf(asked, europe)).toEqual(whole(europe))
  })
  it('holds the Alps when the Alps are asked for', () => {
    const view = viewOf('alps', europe)
    for (const code of ['AT13', 'ITH1', 'CH01']) expect(inside(code, [view.x, view.y, view.width, view.height])).toBe(true)
    expect(zoomOf(view, europe)).toBeGreaterThan(2)
  })
  it('never leaves the sheet', () => {
    const view = at(-500, 99_999, 3, europe)
    expect(view.x).toBe(0)
    expect(view.y + view.height).toBeCloseTo(europe.height)
  })
  it('comes back from the address as it went in', () => {
    const view = at(1300, 1700, 3.25, europe)
    expect(viewOf(addressOf(view, europe), europe)).toEqual(view)
    expect(addressOf(whole(europe), europe)).toBeNull()
  })
})
