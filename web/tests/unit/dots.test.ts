import { describe, expect, it } from 'vitest'

import { offsets, STEP, tall } from '../../src/compare/dots'

describe('dots on a line', () => {
  it('stand on it as long as none hides another', () => {
    expect(offsets([10, 30, null, 50], 8)).toEqual([0, 0, 0, 0])
  })
  it('stand above and below it where they are near', () => {
    expect(offsets([60.1, 59.2], 8)).toEqual([STEP / 2, -STEP / 2])
    expect(offsets([50, 50, 50], 8)).toEqual([-STEP, 0, STEP])
  })
  it('use no more rows than they need', () => {
    const above = offsets([10, 14, 18, 22, 26], 8)
    expect(new Set(above).size).toBe(2)
    expect(tall(above, 26)).toBe(26 + STEP)
  })
  it('never overlap in one row', () => {
    const scores = [3, 9, 4, 90, 7, 11, 12, 88]
    const above = offsets(scores, 8)
    scores.forEach((one, i) => scores.forEach((other, j) => i < j && above[i] === above[j] && expect(Math.abs(one - other)).toBeGreaterThanOrEqual(8)))
  })
})
