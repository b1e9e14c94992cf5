/** Rounded numbers that still add up. Pure. */

/**
 * The values rounded to some decimals so that they add up to their rounded sum: each is rounded down, and what is then
 * missing goes to those that lost most (largest remainder). Equal losses go to the earlier ones.
 */
export function apportioned(values: readonly number[], decimals = 1): number[] {
  const unit = 10 ** decimals
  const floors = values.map((value) => Math.floor(value * unit + 1e-9))
  const sum = Math.round(values.reduce((total, value) => total + value, 0) * unit + 1e-9)
  let missing = sum - floors.reduce((total, floor) => total + floor, 0)
  const order = values.map((value, index) => ({ index, lost: value * unit - floors[index]! })).sort((a, b) => b.lost - a.lost || a.index - b.index)
  for (const { index } of order) if (missing-- > 0) floors[index]!++
  return floors.map((floor) => floor / unit)
}
