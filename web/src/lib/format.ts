/** Numbers, dates and names as the reader's language writes them. Pure. */

/** How Europe writes: without this, English would be American and Portuguese Brazilian. */
const LOCALES: Record<string, string> = { en: 'en-GB', pt: 'pt-PT' }
export const locale = (language: string): string => LOCALES[language] ?? language

/** Makes each tool once: making one takes longer than using it a hundred times, and a page uses it by the thousand. */
function once<Tool>(make: (language: string, options: string) => Tool): (language: string, options?: object) => Tool {
  const made = new Map<string, Tool>()
  return (language, options = {}) => {
    const wanted = JSON.stringify(options)
    const key = language + wanted
    const known = made.get(key)
    if (known !== undefined) return known
    const tool = make(locale(language), wanted)
    made.set(key, tool)
    return tool
  }
}

const numbers = once((tag, options) => new Intl.NumberFormat(tag, JSON.parse(options) as Intl.NumberFormatOptions))
const dates = once((tag, options) => new Intl.DateTimeFormat(tag, JSON.parse(options) as Intl.DateTimeFormatOptions))
const countries = once((tag) => new Intl.DisplayNames([tag], { type: 'region', fallback: 'none' }))
const plurals = once((tag) => new Intl.PluralRules(tag))

/** Which form of a phrase a number takes. */
export const plural = (value: number, language: string): Intl.LDMLPluralRule => plurals(language).select(value)

/** A true minus, as print has it, where the language writes a hyphen. */
const minus = (text: string): string => text.replace(/^(\D{0,2})-/, '$1−')

export const number = (value: number, language: string, decimals = 1, atLeast = 0): string =>
  minus(numbers(language, { minimumFractionDigits: atLeast, maximumFractionDigits: decimals }).format(value))

/** A value with its unit, given in the reader's language: percentages and points get one decimal, counts none. */
export function measure(value: number, unit: string | null | undefined, language: string, unitText = unit ?? ''): string {
  switch (unit) {
    case '%':
    case 'percent':
      return minus(numbers(language, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value / 100))
    case 'persons':
    case 'practices':
      return number(value, language, 0)
    case 'points':
    case null:
    case undefined:
      return number(value, language, 1)
    case 'percentage points':
      return `${number(value, language, 1, 1)} ${unitText}`
    default:
      return `${number(value, language, 1)} ${unitText}`.trim()
  }
}

/** A year, a month or a day, as exact as it is given. Anything else comes back unchanged. */
export function date(value: string, language: string): string {
  const [, year, month, day] = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(?:T.*)?$/.exec(value) ?? []
  if (!year || !month) return value
  const options: Intl.DateTimeFormatOptions = { year: 'numeric', month: 'long', timeZone: 'UTC', ...(day ? { day: 'numeric' } : {}) }
  const moment = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day ?? 1)))
  return Number.isNaN(moment.valueOf()) ? value : dates(language, options).format(moment)
}

/** Codes that the European institutions write otherwise than ISO 3166. */
const ISO: Record<string, string> = { EL: 'GR', UK: 'GB' }

/** The country's name in the reader's language; the fallback where the code is unknown. */
export function country(code: string, language: string, fallback = code): string {
  const iso = ISO[code] ?? code
  if (!/^[A-Z]{2}$/.test(iso)) return fallback
  return countries(language).of(iso) ?? fallback
}

let codes: Map<string, string> | undefined

/** The country with this English name, in the reader's language: for facets, whose values are English names. */
export function countryNamed(name: string, language: string): string {
  codes ??= codesByName()
  const code = codes.get(name)
  return code ? country(code, language, name) : name
}

function codesByName(): Map<string, string> {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
  const all = letters.flatMap((first) => letters.map((second) => first + second))
  return new Map(all.map((code) => [countries('en').of(code) ?? code, code]))
}

/** The name of a language, such as that of a source, in the reader's own. */
export function languageName(code: string, language: string): string {
  try {
    return new Intl.DisplayNames([locale(language)], { type: 'language', fallback: 'code' }).of(code) ?? code
  } catch {
    return code
  }
}

/** Text for comparing: no accents, no case. `Skåne` and `skane` are the same. */
export const folded = (text: string): string =>
  text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ø', 'o').replaceAll('ł', 'l').replaceAll('ß', 'ss')
