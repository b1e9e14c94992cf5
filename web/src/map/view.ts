/** The part of the sheet that is looked at. In the address as a name (`alps`) or as `x,y,zoom`. Pure. */
import type { Europe } from '../geo/shapes'

export interface View {
  x: number
  y: number
  width: number
  height: number
}

/** Regions that each named view must hold, as prefixes of their codes. */
const HOLDS: Record<string, string[]> = {
  alps: ['AT', 'CH', 'ITH', 'ITC', 'DE2', 'SI'],
  benelux: ['BE', 'NL', 'LU'],
  iberia: ['ES1', 'ES2', 'ES3', 'ES4', 'ES5', 'ES6', 'PT1'],
  italy: ['ITC', 'ITF', 'ITG', 'ITH', 'ITI', 'MT'],
  nordic: ['DK', 'SE', 'FI', 'NO'],
}
export const NAMED_VIEWS = ['europe', ...Object.keys(HOLDS), 'islands'] as const
const MOST = 12

export const whole = (europe: Europe): View => ({ x: 0, y: 0, width: europe.width, height: europe.height })

/** The view that the address asks for; all of Europe when it asks for none or for one that cannot be. */
export function viewOf(asked: string | null, europe: Europe): View {
  if (!asked) return whole(europe)
  if (asked === 'islands') return around(europe.insets.map(({ box: [x, y, width, height] }) => ({ x, y, width, height })), europe)
  const prefixes = HOLDS[asked]
  if (prefixes) return around([...europe.shapes.values()].filter((s) => prefixes.some((p) => s.code.startsWith(p))).map((s) => s.box), europe)
  const [x, y, zoom] = asked.split(',').map(Number)
  if (x === undefined || y === undefined || zoom === undefined || ![x, y, zoom].every(Number.isFinite)) return whole(europe)
  return at(x, y, zoom, europe)
}

/** The view centred on a point, kept on the sheet. */
export function at(x: number, y: number, zoom: number, europe: Europe): View {
  const scale = Math.min(Math.max(zoom, 1), MOST)
  const [width, height] = [europe.width / scale, europe.height / scale]
  const within = (centre: number, size: number, sheet: number) => Math.min(Math.max(centre - size / 2, 0), sheet - size)
  return { x: within(x, width, europe.width), y: within(y, height, europe.height), width, height }
}

export const zoomOf = (view: View, europe: Europe): number => europe.width / view.width

export const moved = (view: View, dx: number, dy: number, factor: number, europe: Europe): View =>
  at(view.x + view.width / 2 + dx, view.y + view.height / 2 + dy, zoomOf(view, europe) * factor, europe)

/** How the address names the view; null for all of Europe. */
export function addressOf(view: View, europe: Europe): string | null {
  const zoom = zoomOf(view, europe)
  if (zoom < 1.01) return null
  return [Math.round(view.x + view.width / 2), Math.round(view.y + view.height / 2), Math.round(zoom * 100) / 100].join(',')
}

function around(boxes: View[], europe: Europe): View {
  const [left, top] = [Math.min(...boxes.map((b) => b.x)), Math.min(...boxes.map((b) => b.y))]
  const [right, bottom] = [Math.max(...boxes.map((b) => b.x + b.width)), Math.max(...boxes.map((b) => b.y + b.height))]
  const zoom = Math.min(europe.width / (right - left), europe.height / (bottom - top)) * 0.94
  return at((left + right) / 2, (top + bottom) / 2, zoom, europe)
}
