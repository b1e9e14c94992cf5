/** Dots of regions on a line from 0 to 100, in the table and in the drawing to keep. Pure. */

/** From the middle of one dot to that of the next one below. */
export const STEP = 15

/**
 * How far each dot stands above (-) or below (+) its line, in pixels, so that none hides another.
 * scores: in points, null where there is none. apart: from how many points on two dots do not touch.
 */
export function offsets(scores: readonly (number | null)[], apart: number): number[] {
  const lanes: number[] = []
  const lane = scores.map(() => 0)
  const order = scores.flatMap((score, index) => (score === null ? [] : [{ score, index }])).sort((a, b) => a.score - b.score)
  for (const { score, index } of order) {
    const free = lanes.findIndex((last) => score - last >= apart)
    lane[index] = free < 0 ? lanes.length : free
    lanes[lane[index]] = score
  }
  return lane.map((one) => (one - (lanes.length - 1) / 2) * STEP)
}

/** How high a strip with such dots is. */
export const tall = (above: readonly number[], row: number): number => row + Math.max(0, ...above.map((one) => 2 * Math.abs(one)))
