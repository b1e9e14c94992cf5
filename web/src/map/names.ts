/** Names of layers in the reader's language; the data's own English name where a dictionary has none. */
import type { Layer } from '../lib/api/types'
import { named, t } from '../lib/i18n.svelte'

type Named = Pick<Layer, 'id' | 'name' | 'kind'> & Partial<Pick<Layer, 'dimension'>>

export function layerName(layer: Named): string {
  if (layer.kind === 'practices') return t('layer.practices')
  if (layer.kind === 'outcome') return named('outcome', layer.id.replace(/^outcome\./, ''), layer.name)
  return named('dimension', layer.dimension ?? layer.id.split('.').at(-1), layer.name)
}

export const editionName = (edition: string): string => named('edition', edition, edition)
