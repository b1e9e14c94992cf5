/** Copies of what is typed, in this browser, until the server has it. One for each person and address. */

export interface Copy {
  /** The tag of what the copy was written upon. */
  etag: string
  base: unknown
  value: unknown
  at: string
}

const name = (key: string) => `work:${key}`

/** False when the browser keeps nothing (full, or forbidden): the writer is then told. */
export function keep(key: string, copy: unknown): boolean {
  try {
    localStorage.setItem(name(key), JSON.stringify(copy))
    return true
  } catch {
    return false
  }
}

export function kept<T = Copy>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(name(key)) ?? 'null') as T | null
  } catch {
    return null
  }
}

export function drop(key: string): void {
  try {
    localStorage.removeItem(name(key))
  } catch {
    // Where nothing can be kept there is nothing to drop.
  }
}
