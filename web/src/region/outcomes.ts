/** How a value of the outcome statistics is said. Pure but for the language, which is handed in. */
import type { Outcome } from '../lib/api/types'
import type { Key } from '../lib/i18n/keys'

interface Say {
  measure: (value: number, unit: string | null | undefined) => string
  named: (prefix: string, code: string | null | undefined, fallback?: string | null) => string
  t: (key: Key, values?: Record<string, string | number>) => string
}

export const labelOf = (one: Outcome, { named }: Say): string =>
  named('outcome', one.indicator, one.name) + (one.indicator.endsWith('-by-birth') ? `, ${named('group', one.population_group, one.group_label)}` : '')

export const valueOf = (one: Outcome, { measure, named }: Say): string =>
  one.value === null ? '—' : one.unit === 'class' ? named('class', String(one.value)) : measure(one.value, one.unit)

/** The lowest and the highest of the parts, where the region has no value of its own: rates are not averaged. */
function range(one: Outcome, { measure, t }: Say): string | null {
  const values = (one.parts ?? []).flatMap((part) => (part.value === null ? [] : [part.value]))
  if (one.value !== null || one.unit === 'class' || values.length < 2) return null
  return t('profile.parts', { from: measure(Math.min(...values), one.unit), to: measure(Math.max(...values), one.unit), n: values.length })
}

export function remarksOf(one: Outcome, say: Say): string {
  const { named, t } = say
  const meaning = named('flag', one.flag, '')
  const fit = one.territorial_fit
  return [
    one.flag ? t('table.flag', { flag: one.flag }) + (meaning ? ` (${meaning})` : '') : null,
    range(one, say) ?? (one.value === null ? named('valuestate', fit?.kind ?? 'missing') : null),
    one.value !== null && fit && fit.kind !== 'matches' ? `${named('valuestate', fit.kind)}${t('site.colon')}${fit.codes.join(', ')}` : null,
  ]
    .filter(Boolean)
    .join('; ')
}
