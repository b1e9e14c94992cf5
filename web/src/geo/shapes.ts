/** Reads `europe.json`: regions made of arcs that neighbours share, in whole units of a projected sheet. Pure. */

export interface EuropeFile {
  notice: string
  width: number
  height: number
  km: number
  insets: { codes: string[]; name: string; box: [number, number, number, number] }[]
  /** Codes of countries that are drawn but never coloured. */
  background: string[]
  /** Rings of each region: indexes into `arcs`, complemented (~i) where the arc runs backwards. */
  regions: Record<string, number[][]>
  /** Steps: x, y of the first corner, then dx, dy to each next one. */
  arcs: number[][]
}

type Corner = [number, number]

export interface Shape {
  code: string
  /** SVG path data. */
  path: string
  box: { x: number; y: number; width: number; height: number }
  /** Where a mark for the region stands: the middle of its largest part. */
  centre: Corner
  /** Area in square units. */
  size: number
}

export interface Europe {
  width: number
  height: number
  insets: EuropeFile['insets']
  notice: string
  shapes: Map<string, Shape>
  /** Everything that is land, as one path. */
  land: string
  /** Lines between two countries. */
  borders: string
}

export function decode(file: EuropeFile): Europe {
  const arcs = file.arcs.map(corners)
  const shapes = new Map(Object.entries(file.regions).map(([code, rings]) => [code, shape(code, rings, arcs)]))
  // Regions inside another drawn region (a NUTS 3 unit, a province) add nothing to the land.
  const tiles = Object.keys(file.regions).filter((code) => code.length === 4 || file.background.includes(code))
  return {
    width: file.width,
    height: file.height,
    insets: file.insets,
    notice: file.notice,
    shapes,
    land: tiles.map((code) => shapes.get(code)!.path).join(''),
    borders: borders(tiles, file.regions, arcs),
  }
}

function corners(steps: number[]): Corner[] {
  const out: Corner[] = []
  let x = 0
  let y = 0
  for (let i = 0; i + 1 < steps.length; i += 2) out.push([(x += steps[i]!), (y += steps[i + 1]!)])
  return out
}

function shape(code: string, rings: number[][], arcs: Corner[][]): Shape {
  const closed = rings.map((ring) => joined(ring, arcs))
  const largest = closed.reduce((best, ring) => (Math.abs(area(ring)) > Math.abs(area(best)) ? ring : best), closed[0] ?? [])
  const xs = closed.flat().map((corner) => corner[0])
  const ys = closed.flat().map((corner) => corner[1])
  const [x, y] = [Math.min(...xs), Math.min(...ys)]
  return {
    code,
    path: closed.map(pathOf).join(''),
    box: { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y },
    centre: centre(largest),
    size: Math.abs(area(largest)),
  }
}

/** The arcs of a ring end to end; the corner where two meet stands once. */
function joined(ring: number[], arcs: Corner[][]): Corner[] {
  return ring.flatMap((index, position) => {
    const arc = index < 0 ? [...arcs[~index]!].reverse() : arcs[index]!
    return position === 0 ? arc : arc.slice(1)
  })
}

const pathOf = (ring: Corner[]): string => `M${ring.map(([x, y]) => `${x} ${y}`).join('L')}Z`

function area(ring: Corner[]): number {
  let sum = 0
  for (let i = 0; i + 1 < ring.length; i++) sum += ring[i]![0] * ring[i + 1]![1] - ring[i + 1]![0] * ring[i]![1]
  return sum / 2
}

function centre(ring: Corner[]): Corner {
  const whole = area(ring)
  if (Math.abs(whole) < 1) return ring[0] ?? [0, 0] // too small to have a middle
  let x = 0
  let y = 0
  for (let i = 0; i + 1 < ring.length; i++) {
    const [ax, ay] = ring[i]!
    const [bx, by] = ring[i + 1]!
    const cross = ax * by - bx * ay
    x += (ax + bx) * cross
    y += (ay + by) * cross
  }
  return [Math.round(x / (6 * whole)), Math.round(y / (6 * whole))]
}

function borders(tiles: string[], regions: EuropeFile['regions'], arcs: Corner[][]): string {
  const countries = new Map<number, Set<string>>()
  for (const code of tiles) {
    for (const index of regions[code]!.flat()) {
      const arc = index < 0 ? ~index : index
      countries.set(arc, (countries.get(arc) ?? new Set()).add(code.slice(0, 2)))
    }
  }
  const between = [...countries].filter(([, sides]) => sides.size > 1)
  return between.map(([arc]) => `M${arcs[arc]!.map(([x, y]) => `${x} ${y}`).join('L')}`).join('')
}
