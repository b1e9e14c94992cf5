/** The dimensions of a set of scores, in the order in which they are shown. Pure. */
interface Of {
  axis: string
  dimension: string
  group: string
}

const ORDER = ['overall', 'element', 'phase', 'group', 'area']
const place = (axis: string): number => (ORDER.indexOf(axis) + ORDER.length + 1) % (ORDER.length + 1)

/** One line per dimension, for all groups, axis by axis; the order inside an axis stays as it is. */
export const forAllGroups = <T extends Of>(lines: readonly T[]): T[] =>
  lines.filter(({ group }) => group === 'ALL').sort((a, b) => place(a.axis) - place(b.axis))

/** The axes that occur, each with its lines. */
export function byAxis<T extends Of>(lines: readonly T[]): { axis: string; lines: T[] }[] {
  const sorted = forAllGroups(lines)
  return [...new Set(sorted.map(({ axis }) => axis))].map((axis) => ({ axis, lines: sorted.filter((line) => line.axis === axis) }))
}
