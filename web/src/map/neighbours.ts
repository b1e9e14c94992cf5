/** Moving over the map with the arrow keys. Pure. */

export type Direction = 'ArrowUp' | 'ArrowDown' | 'ArrowLeft' | 'ArrowRight'

const STEP: Record<Direction, [number, number]> = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }

interface Place {
  code: string
  centre: [number, number]
}

export const isDirection = (key: string): key is Direction => key in STEP

/** The nearest place that lies more in the direction than aside of it; else the nearest on that side at all; null at the edge. */
export function nextPlace(places: readonly Place[], from: string, direction: Direction): string | null {
  const start = places.find((place) => place.code === from)
  if (!start) return places[0]?.code ?? null
  const [dx, dy] = STEP[direction]
  const ahead = places.flatMap(({ code, centre }) => {
    const [x, y] = [centre[0] - start.centre[0], centre[1] - start.centre[1]]
    const along = x * dx + y * dy
    const aside = Math.abs(x * dy) + Math.abs(y * dx)
    return code !== from && along > 0 ? [{ code, straight: aside <= along, cost: along + 2 * aside }] : []
  })
  ahead.sort((a, b) => Number(b.straight) - Number(a.straight) || a.cost - b.cost)
  return ahead[0]?.code ?? null
}
