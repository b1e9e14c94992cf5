/** Classes and colours of the map: from thresholds to what is drawn and what the legend says. Pure. */

export interface Class {
  /** First value inside; null for the lowest class. */
  from: number | null
  /** First value beyond; null for the highest class. */
  to: number | null
  colour: string
}

// ColorBrewer YlGnBu: stays apart in greyscale and for colour-blind readers, with dark outlines.
const RISING: Record<number, string[]> = {
  1: ['#41b6c4'],
  2: ['#a1dab4', '#225ea8'],
  3: ['#edf8b1', '#7fcdbb', '#2c7fb8'],
  4: ['#ffffcc', '#a1dab4', '#41b6c4', '#225ea8'],
  5: ['#ffffcc', '#a1dab4', '#41b6c4', '#2c7fb8', '#253494'],
  6: ['#ffffcc', '#c7e9b4', '#7fcdbb', '#41b6c4', '#2c7fb8', '#253494'],
  7: ['#ffffcc', '#c7e9b4', '#7fcdbb', '#41b6c4', '#1d91c0', '#225ea8', '#0c2c84'],
}
/** For values below zero: another hue, darker the further from zero. */
const BELOW_ZERO: Record<number, string[]> = { 1: ['#fdae6b'], 2: ['#e6550d', '#fdae6b'], 3: ['#a63603', '#e6550d', '#fdae6b'] }

export function classes(breaks: readonly number[]): Class[] {
  const below = Math.min(breaks.filter((limit) => limit <= 0).length, breaks.length)
  const colours = [...palette(BELOW_ZERO, below), ...palette(RISING, breaks.length + 1 - below)]
  return colours.map((colour, index) => ({ from: breaks[index - 1] ?? null, to: breaks[index] ?? null, colour }))
}

/** The colours for so many classes; more classes than we have colours for share the last one. */
function palette(table: Record<number, string[]>, count: number): string[] {
  if (count <= 0) return []
  const most = Math.max(...Object.keys(table).map(Number))
  const colours = table[Math.min(count, most)]!
  return [...colours, ...Array<string>(Math.max(0, count - most)).fill(colours.at(-1)!)]
}

/** The class that a value falls in: a value that equals a limit belongs to the class above it. */
export const classOf = (value: number, breaks: readonly number[]): number => breaks.filter((limit) => value >= limit).length

/** Radius of a count bubble, so that its area grows with the count. */
export const bubbleRadius = (count: number, most: number, largest = 23, smallest = 7): number =>
  most <= 0 ? smallest : Math.max(smallest, largest * Math.sqrt(count / most))

/** Black or white, whichever is easier to read on the colour. */
export function inkOn(colour: string): string {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b! > 0.25 ? '#111' : '#fff'
}
