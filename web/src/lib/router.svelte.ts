import { untrack } from 'svelte'

import { addressOf, routeOf, toPage, withChanges, type Changes, type Route } from './url'

interface Move {
  /** Replace the current entry of the history: for changes that Back should skip. */
  replace?: boolean
  /** Stay where the reader has scrolled to. */
  stay?: boolean
}

/** Where the reader is. Reading `at.url` or `at.route` in a component makes it follow the address. */
class Location {
  url: URL = $state.raw(addressOf(window.location.href))
  route: Route = $derived(routeOf(this.url.pathname))
  language: string | null = $derived(this.url.searchParams.get('lang'))

  parameter = (name: string): string | null => this.url.searchParams.get(name)

  /** The address of another page, language kept. */
  page = (path: string, parameters: Changes = {}): string => toPage(this.url, path, parameters)

  /** The address of this page with some parameters changed. */
  here = (changes: Changes): string => withChanges(this.url, changes)

  go = (address: string, { replace = false, stay = false }: Move = {}): void => {
    const next = new URL(address, this.url)
    if (next.href === this.url.href) return
    window.history[replace ? 'replaceState' : 'pushState'](null, '', next)
    const samePage = next.pathname === this.url.pathname
    this.url = next
    if (!stay && !samePage) window.scrollTo(0, 0)
  }

  /**
   * To the sign-in page, and back here afterwards. Called by effects, which must not follow the address for it: going
   * there changes it, and would lead there again, without end.
   */
  toSignIn = (): void => untrack(() => this.go(this.page('/sign-in', { return: this.url.pathname + this.url.search }), { replace: true }))

  change = (changes: Changes, move: Move = {}): void => this.go(this.here(changes), { stay: true, ...move })

  /** Takes over the address that something else has already written to the history. */
  adopt = (): void => {
    const now = addressOf(window.location.href)
    if (now.href !== this.url.href) this.url = now
  }
}

export const at = new Location()

/** Follows Back, Forward and plain clicks on links of our own; everything else is left to the browser. */
export function startRouter(): void {
  window.addEventListener('popstate', at.adopt)
  document.addEventListener('click', (event) => {
    const link = ourLink(event)
    if (!link) return
    event.preventDefault()
    at.go(link.href)
  })
}

function ourLink(event: MouseEvent): URL | null {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null
  const anchor = (event.target as Element | null)?.closest('a')
  const address = anchor?.getAttribute('href')
  if (!anchor || !address || anchor.hasAttribute('download') || anchor.getAttribute('target')) return null
  const url = new URL(address, window.location.href)
  if (url.origin !== window.location.origin || /^\/(api|openapi|docs)(\/|$)/.test(url.pathname)) return null
  if (url.hash && url.pathname === window.location.pathname && url.search === window.location.search) return null
  return url
}
