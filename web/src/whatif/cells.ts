/** Changed answers as an address holds them: `F01.TCN.a,F02.BIP.b`; a state stands in place of an option. Pure. */
import type { Cell } from '../lib/api/research'

const STATES: Record<string, string> = { '-missing': 'missing', '-na': 'not_applicable', '-nc': 'not_competent' }
const SIGNS = Object.fromEntries(Object.entries(STATES).map(([sign, state]) => [state, sign]))
const MOST = 1000

export const cellsText = (cells: readonly Cell[]): string => cells.map(({ indicator, group, state, option }) => `${indicator}.${group}.${state === 'scored' ? option : SIGNS[state]}`).join(',')

/** The cells that a text names, each once: the last word on a cell counts. What cannot be read is passed over. */
export function cellsOf(text: string | null): Cell[] {
  const cells = new Map<string, Cell>()
  for (const word of (text ?? '').split(',').slice(0, MOST)) {
    const [indicator, group, answer, ...more] = word.split('.')
    if (!indicator || !group || !answer || more.length) continue
    const state = STATES[answer] ?? 'scored'
    cells.delete(`${indicator}.${group}`)
    cells.set(`${indicator}.${group}`, { indicator, group, state, option: state === 'scored' ? answer : null })
  }
  return [...cells.values()]
}

/** The cells with one more change; a cell that goes back to its own answer is no change any more. */
export function withCell(cells: readonly Cell[], changed: Cell, own: { state: string; option: string | null }): Cell[] {
  const rest = cells.filter((cell) => cell.indicator !== changed.indicator || cell.group !== changed.group)
  return changed.state === own.state && changed.option === own.option ? rest : [...rest, changed]
}
