/** Regions side by side where an edition quotes scores: what there is, without places and differences. */
import { research, type Comparison, type EditionItem, type ScoreRow } from '../lib/api/research'

/** What a comparison shows side by side; the differences need answers. */
export type Side = Pick<Comparison, 'dimensions' | 'edition' | 'provenance' | 'licence'>

export const quotedSide = (edition: EditionItem, codes: string[]): Promise<Side> =>
  research.scores(edition.id, {}).then((rows) => ({ edition: edition.id, provenance: edition.provenance, licence: edition.licence, dimensions: sideBySide(rows, codes) }))

/** A line for each dimension that has a score of one of the regions; the others are missing there, not zero. */
export function sideBySide(rows: readonly ScoreRow[], codes: readonly string[]): Side['dimensions'] {
  const held = rows.filter((row) => codes.includes(row.region) && row.score !== null)
  const lines = new Map(held.map((row) => [[row.axis, row.dimension, row.group].join(), row]))
  return [...lines.values()].map(({ axis, dimension, name, group }) => ({
    axis,
    dimension,
    name,
    group,
    values: codes.map((region) => {
      const row = held.find((one) => one.region === region && one.axis === axis && one.dimension === dimension && one.group === group)
      return { region, score: row?.score ?? null, coverage: row?.coverage ?? null, state: row?.state ?? 'missing', band: row?.band ?? null, rank: null, n_ranked: 0, tie_size: 0 }
    }),
  }))
}
