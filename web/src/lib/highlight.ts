/** Highlights as the search engine marks them, in the words of InstantSearch. Pure. */
export const MARKS = { highlightPreTag: '__ais-highlight__', highlightPostTag: '__/ais-highlight__' }

export interface Piece {
  text: string
  hit: boolean
}

/**
 * Splits a highlighted text into pieces, so that it is shown as text and never as HTML. A hit reaches to the end of its
 * word: the engine marks only as many letters as were typed.
 */
export function pieces(marked: string): Piece[] {
  const whole = marked.replace(/__\/ais-highlight__([\p{L}\p{N}]+)/gu, '$1__/ais-highlight__')
  return whole.split(/(__ais-highlight__.*?__\/ais-highlight__)/s).flatMap((part) => {
    const hit = part.startsWith('__ais-highlight__')
    const text = part.replaceAll('__ais-highlight__', '').replaceAll('__/ais-highlight__', '')
    return text ? [{ text, hit }] : []
  })
}
