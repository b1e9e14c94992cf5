/** Goes to the part of the page that the address names, once it is there: the content of a page comes after the page. */
import { tick } from 'svelte'

import { decoded } from './url'

export async function goToAnchor(hash: string): Promise<void> {
  if (hash.length < 2) return
  await tick()
  const part = document.getElementById(decoded(hash.slice(1)))
  if (!part) return
  part.setAttribute('tabindex', '-1')
  part.focus({ preventScroll: true })
  part.scrollIntoView()
}
