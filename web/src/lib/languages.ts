/** The languages of the interface, each by its own name. The first is the one used when nothing fits. */
export const LANGUAGES = {
  en: 'English',
  fr: 'Français',
  de: 'Deutsch',
  it: 'Italiano',
  es: 'Español',
  pt: 'Português',
  sv: 'Svenska',
  ca: 'Català',
} as const

export type Language = keyof typeof LANGUAGES

export const isLanguage = (code: string | null | undefined): code is Language => !!code && code in LANGUAGES

/** The language asked for in the address, else the reader's first one that we speak, else English. */
export function chooseLanguage(asked: string | null, preferred: readonly string[]): Language {
  if (isLanguage(asked)) return asked
  return preferred.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage) ?? 'en'
}
