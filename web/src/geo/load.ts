/** The boundaries, fetched once for the visit. */
import europeFile from './europe.json?url'
import { decode, type Europe } from './shapes'

let loaded: Promise<Europe> | null = null

export function loadEurope(): Promise<Europe> {
  if (loaded) return loaded
  const loading = fetch(europeFile).then(async (answer) => {
    if (!answer.ok) throw new Error(`${answer.status}`)
    return decode(await answer.json())
  })
  loading.catch(() => (loaded = null))
  return (loaded = loading)
}
