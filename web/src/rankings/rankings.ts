/** The rows of the ranking, and the ranking as a drawing. Pure. */
import type { RankBand, ScoreRow } from '../lib/api/research'
import { line } from '../lib/sheet'

export interface Ranked {
  code: string
  name: string
  country: string
  score: number | null
  coverage: number | null
  band: string | null
  state: string
  rank: number | null
  low: number | null
  high: number | null
}

interface Names {
  region: (code: string) => string
  country: (code: string) => string
  band: (row: ScoreRow) => string | null
  compare: (a: string, b: string) => number
}

/** Best first; regions without a score last, by name. */
export function rankedRows(rows: readonly ScoreRow[], bands: readonly RankBand[], { region, country, band, compare }: Names): Ranked[] {
  const byRegion = new Map(bands.map((one) => [one.region, one]))
  const ranked = rows.map((row) => ({
    code: row.region,
    name: region(row.region),
    country: country(row.region),
    score: row.score,
    coverage: row.coverage,
    band: band(row),
    state: row.state,
    rank: row.rank,
    low: byRegion.get(row.region)?.q05 ?? null,
    high: byRegion.get(row.region)?.q95 ?? null,
  }))
  return ranked.sort((a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity) || compare(a.name, b.name))
}

const ROW = 24
const NAME = 230
const RIGHT = 60

/** One line per region: a dot at its rank, a bar over the ranks that it also had. */
export function drawing(rows: readonly Ranked[], say: (row: Ranked) => string, width = 860): { body: string; height: number } {
  const ranked = rows.filter((row) => row.rank !== null)
  const most = Math.max(2, ...ranked.map((row) => row.high ?? row.rank!))
  const x = (rank: number) => NAME + ((rank - 1) / (most - 1)) * (width - NAME - RIGHT - 20)
  const body = ranked.map((row, index) => {
    const y = index * ROW + ROW / 2
    const bar = row.low !== null && row.high !== null ? `<line x1="${x(row.low) - 4}" x2="${x(row.high) + 4}" y1="${y}" y2="${y}" stroke="#7fcdbb" stroke-width="9" stroke-linecap="round"/>` : ''
    return `<line x1="${NAME}" x2="${width - RIGHT - 20}" y1="${y}" y2="${y}" stroke="#e6ebea"/>${bar}<circle cx="${x(row.rank!)}" cy="${y}" r="5" fill="#0b3c49"/>${line(0, y + 4, `${row.rank}. ${row.name}`)}${line(width, y + 4, say(row), 13, 'bold', 'end')}`
  })
  return { body: body.join(''), height: ranked.length * ROW }
}
