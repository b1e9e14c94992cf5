import { expect, it } from 'vitest'

import { returnPath } from '../../src/session/return.ts'

it('leads back to pages of this site only', () => {
  expect(returnPath('/desk/practices?lang=de')).toBe('/desk/practices?lang=de')
  for (const foreign of [null, '', 'https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '/a\nb']) expect(returnPath(foreign)).toBe('/desk')
})
