/** The layer as a file to keep: a table, or the map as a picture. */
import { csv, save } from '../lib/csv'
import { collator } from '../lib/i18n.svelte'
import { sorted } from './rows'
import type { Shown } from './shown.svelte'
import { viewOf } from './view'

const HEAD = ['region', 'name', 'country', 'layer', 'value', 'unit', 'period', 'state', 'flag', 'note', 'provenance', 'source', 'licence']

export function keepTable({ values, all, order, group }: Shown): void {
  if (!values) return
  const { layer, unit, period, source, licence } = values
  const lines = sorted(all, order, collator()).map((row) => [row.code, row.name, row.country, layer, row.value, unit, period, row.state, row.flag, row.note, row.provenance, source, licence])
  save(`${layer}${group ? `-${group}` : ''}.csv`, new Blob([csv([HEAD, ...lines])], { type: 'text/csv;charset=utf-8' }))
}

/** The part of Europe that is looked at, with title, legend and source inside. */
export async function keepPicture(kind: 'svg' | 'png', { europe, values, marks, scale, title, most, synthetic }: Shown, view: string | null): Promise<void> {
  if (!values || !europe.value) return
  const { savePicture } = await import('./picture')
  await savePicture(kind, { europe: europe.value, marks, scale, values, title, most, synthetic, view: viewOf(view, europe.value) })
}
