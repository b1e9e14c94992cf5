/** Tables as files. Pure but for `save`. */

/** A table as CSV (RFC 4180), with the mark that tells spreadsheets that it is UTF-8. */
export const csv = (rows: (string | number | null)[][]): string => '\uFEFF' + rows.map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n'

function cell(value: string | number | null): string {
  if (value === null) return ''
  // A text that begins like a formula would be run by a spreadsheet; the apostrophe keeps it a text.
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export function save(name: string, content: Blob): void {
  const address = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 1000)
}
