/** Targets for a score. Pure. */

/** Where the better bands begin, and what lies between and beyond. */
export const TARGETS = [21, 41, 50, 60, 70, 80, 90, 100] as const

/** The target that the address asks for; without its word the next one above the score. */
export function targetOf(asked: string | null, score: number): number {
  const points = Number(asked)
  if (asked && TARGETS.some((target) => target === points)) return points
  return TARGETS.find((target) => target > score + 1e-9) ?? 100
}
