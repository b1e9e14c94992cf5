/** What the map page says of a layer and of its rows, in the reader's language. */
import type { Layer, LayerValues } from '../lib/api/types'
import { measure, named, t } from '../lib/i18n.svelte'
import { layerName } from './names'
import type { Row } from './rows'

/** Groups that go without saying: everybody, or the only ones that the layer counts. */
const UNSAID = ['ALL', 'NAT-FOR', 'TOTAL']

export function titleOf(values: LayerValues, layer: Layer | null): string {
  const name = layerName({ id: values.layer, name: values.name, kind: values.kind, dimension: values.layer === layer?.id ? layer.dimension : null })
  const whom = values.group && !UNSAID.includes(values.group) ? named('group', values.group, values.group_label ?? values.group) : null
  return [name, whom, values.kind === 'outcome' ? values.period : null].filter(Boolean).join(', ')
}

export function textOf(row: Row, values: LayerValues | null): string {
  if (row.value === null) return named('valuestate', row.state, t('legend.none'))
  if (values?.kind === 'practices') return t('practices.count', { n: row.value })
  return values?.unit === 'class' ? named('class', String(row.value)) : measure(row.value, values?.unit)
}

/** The value where it stands alone: a score says out of how many. */
export const aloneOf = (row: Row, values: LayerValues | null): string =>
  textOf(row, values) + (values?.kind === 'score' && row.value !== null ? ` ${t('score.of100')}` : '')

/** What one should know beside the value: how the territory fits, flags, reasons. */
export const remarks = (row: Row): string =>
  [
    row.value !== null && row.state !== 'ok' ? [named('valuestate', row.state), territories(row.note)].filter(Boolean).join(': ') : null,
    row.flag ? t('table.flag', { flag: row.flag }) : null,
    row.value !== null && row.state === 'ok' ? row.note : null,
  ]
    .filter(Boolean)
    .join('; ')

/** The codes of territories that a remark names; the remark itself is English. */
const territories = (note: string | null): string => (note?.match(/\b[A-Z]{2}[0-9A-Z]{1,3}\b/g) ?? []).join(', ')
