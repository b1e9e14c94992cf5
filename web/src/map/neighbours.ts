/** Moving over the map with the arrow keys. Pure. */

export type Direction = 'ArrowUp' | 'ArrowDown' | 'ArrowLeft' | 'ArrowRight'

const STEP: Record<Direction, [number, number]> = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }

interface Place {
  code: string
  centre: [number, number]
}

export const isDirection = (key: string): key is Direction => key in STEP

/** The nearest place in the direction; going sideways costs three times as much. null at the edge of the map. */
export function nextPlace(places: readonly Place[], from: string, direction: Direction): string | null {
  const start = places.find((place) => place.code === from)
  if (!start) return places[0]?.code ?? null
  const [dx, dy] = STEP[direction]
  let best: string | null = null
  let least = Infinity
  for (const place of places) {
    const [x, y] = [place.centre[0] - start.centre[0], place.centre[1] - start.centre[1]]
    const along = x * dx + y * dy
    const aside = Math.abs(x * dy) + Math.abs(y * dx)
    const cost = along + 3 * aside
    if (place.code !== from && along > 0 && cost < least) [best, least] = [place.code, cost]
  }
  return best
}
