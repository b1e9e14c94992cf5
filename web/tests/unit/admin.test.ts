import { expect, it } from 'vitest'

import { lastDays, originsOf } from '../../src/admin/api.ts'

it('shows thirty days, those without use as zero', () => {
  const days = lastDays([{ day: '2026-11-21', requests: 4, refused: 1 }], new Date('2026-11-22T12:00:00Z'))
  expect(days).toHaveLength(30)
  expect(days.slice(-2)).toEqual([{ day: '2026-11-21', requests: 4, refused: 1 }, { day: '2026-11-22', requests: 0, refused: 0 }])
})

it('takes origins one a line or with commas', () => expect(originsOf(' https://a.example,\nhttps://b.example ')).toEqual(['https://a.example', 'https://b.example']))
