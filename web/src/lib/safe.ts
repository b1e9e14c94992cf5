/** The host of a web address, without `www.`; the text itself when it is none. */
export function host(address: string): string {
  try {
    return new URL(address).hostname.replace(/^www\./, '')
  } catch {
    return address
  }
}
