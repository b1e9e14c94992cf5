/** Which regions are compared, and by which dimensions. Pure. */

export const MOST_COMPARED = 5

/** Axis and code, in the order in which they are shown. */
export const DIMENSIONS = [
  ['overall', 'overall'],
  ['element', 'actions'],
  ['element', 'actors-and-relations'],
  ['element', 'resources'],
  ['phase', 'formulation'],
  ['phase', 'policy-output'],
  ['phase', 'implementation'],
  ['phase', 'evaluation'],
  ['group', 'TCN'],
  ['group', 'BIP'],
  ['area', 'antidiscrimination'],
  ['area', 'culture-and-religion'],
  ['area', 'education'],
  ['area', 'health'],
  ['area', 'housing'],
  ['area', 'labour-market'],
  ['area', 'language'],
  ['area', 'social-security-and-assistance'],
] as const

/** The regions of an address: each once, at most five; slugs stand for their codes, unknown names are told apart. */
export function askedRegions(text: string | null, known: readonly { code: string; slug: string; has_scores: boolean }[]): { codes: string[]; unknown: string[] } {
  const asked = [...new Set((text ?? '').split(',').map((word) => word.trim()).filter(Boolean))]
  const found = asked.map((word) => known.find(({ code, slug }) => code.toLowerCase() === word.toLowerCase() || slug === word.toLowerCase()))
  const codes = [...new Set(found.flatMap((region) => (region?.has_scores ? [region.code] : [])))]
  return { codes: codes.slice(0, MOST_COMPARED), unknown: asked.filter((_, index) => !found[index]?.has_scores) }
}
