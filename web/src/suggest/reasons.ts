/** Why a practice is suggested, as keys of the dictionary: the server's own sentences are English. Pure. */
import type { Why } from '../lib/api/types'
import type { Key } from '../lib/i18n.svelte'

/** What the practice is measured against: another practice, or a gap of a region. */
export type Against = 'practice' | 'gap'

export interface Reason {
  label: Key
  /** Names with the dictionary's prefix for them; words of the text have none. */
  values: { prefix: string | null; value: string }[]
}

const LABELS: Record<Against, Record<string, Key>> = {
  practice: { area: 'why.area.same', target_group: 'why.group.same', words: 'why.words', result: 'why.result' },
  gap: { area: 'why.area', target_group: 'why.group', phase: 'why.phase', result: 'why.result', confidence: 'why.confidence' },
}
const PREFIXES: Record<string, string> = { area: 'area', target_group: 'target', result: 'result', phase: 'sign' }
/** Its label says it all. */
const BARE = 'confidence'

/** null for a kind of reason that this page has no words for: the server's sentence is shown then. */
export function reasonOf({ kind, values }: Why, against: Against): Reason | null {
  const label = LABELS[against][kind]
  if (!label) return null
  return { label, values: kind === BARE ? [] : values.map((value) => ({ prefix: PREFIXES[kind] ?? null, value })) }
}
