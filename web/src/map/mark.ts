/** What the map draws for one region. */
export interface Mark {
  code: string
  name: string
  /** The value as it is read out and shown. */
  text: string
  /** The number alone, printed on the map where there is room; null for no data. */
  short: string | null
  /** null is hatched: no data. */
  colour: string | null
  /** Radius in CSS pixels of a count bubble; null on layers without bubbles. */
  bubble: number | null
}
