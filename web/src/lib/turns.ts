/** Work that can wait: one piece after each painted frame, in the order asked for, so that the reader can press things meanwhile. */
const waiting: (() => void)[] = []
let busy = false

/** `first` goes before all that waits. Gives back what takes the piece out of the line. */
export function inTurn(piece: () => void, first = false): () => void {
  if (first) waiting.unshift(piece)
  else waiting.push(piece)
  if (!busy) next()
  return () => {
    const place = waiting.indexOf(piece)
    if (place >= 0) waiting.splice(place, 1)
  }
}

function next(): void {
  busy = waiting.length > 0
  // A frame is painted after its callbacks: what is asked for there comes after the paint.
  if (busy) requestAnimationFrame(() => setTimeout(take))
}

function take(): void {
  try {
    waiting.shift()?.()
  } finally {
    next()
  }
}
