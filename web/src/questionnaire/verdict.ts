/** Answers in words. */
import type { Indicator } from '../lib/api/types'
import { named, t } from '../lib/i18n.svelte'
import type { CellOut } from './api'

/** State and option of an answer; the options are those of its indicator. */
export function verdictOf(options: Indicator['options'], one: Pick<CellOut, 'state' | 'option'>): string {
  if (one.state === 'scored') return `${one.option} · ${options.find(({ code }) => code === one.option)?.text ?? ''}`
  return one.state ? named('quest.cell', one.state) : t('quest.cell.none')
}
