/** The comparison as a drawing to keep: a line per dimension, a lettered dot per region. Pure. */
import { escaped, line } from '../lib/sheet'
import { offsets, tall } from './dots'

export interface Strip {
  name: string
  dots: { letter: string; colour: string; score: number }[]
}

export const LETTERS = ['A', 'B', 'C', 'D', 'E']
/** Apart in hue and in lightness; the letters tell them apart without any colour. */
export const COLOURS = ['#0b3c49', '#b3460f', '#1b7f5c', '#6a3d9a', '#8a6d00']

const ROW = 30
const NAME = 270
const RADIUS = 10

export function drawing(strips: readonly Strip[], names: readonly string[], width = 860): { body: string; height: number } {
  const x = (score: number) => NAME + (score / 100) * (width - NAME - 16)
  const legend = names.map((name, index) => `<g transform="translate(${(index % 3) * (width / 3)} ${Math.floor(index / 3) * 26})"><circle cx="10" cy="10" r="10" fill="${COLOURS[index]}"/>${line(10, 15, LETTERS[index]!, 12, 'bold', 'middle', '#fff')}${line(28, 15, name, 14)}</g>`)
  const top = Math.ceil(names.length / 3) * 26 + 34
  const placed = strips.map((strip) => ({ ...strip, above: offsets(strip.dots.map((dot) => dot.score), (100 * 2 * RADIUS) / (width - NAME - 16)) }))
  let bottom = top
  const rows = placed.map(({ name, dots, above }) => {
    const row = tall(above, ROW)
    const y = bottom + row / 2
    bottom += row
    return `<line x1="${NAME}" x2="${width - 16}" y1="${y}" y2="${y}" stroke="#e0e6e4"/>${line(0, y + 4, name)}${dots.map((dot, index) => `<g><title>${escaped(`${dot.letter}: ${dot.score}`)}</title><circle cx="${x(dot.score)}" cy="${y + above[index]!}" r="${RADIUS}" fill="${dot.colour}" fill-opacity=".9" stroke="#fff"/>${line(x(dot.score), y + above[index]! + 4, dot.letter, 11, 'bold', 'middle', '#fff')}</g>`).join('')}`
  })
  const axis = [0, 20, 40, 60, 80, 100].map((score) => `<line x1="${x(score)}" x2="${x(score)}" y1="${top}" y2="${bottom}" stroke="#e0e6e4"/>${line(x(score), top - 8, String(score), 11, 'normal', 'middle', '#465462')}`)
  return { body: legend.join('') + axis.join('') + rows.join(''), height: bottom }
}
