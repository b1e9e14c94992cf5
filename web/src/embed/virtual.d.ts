declare module 'virtual:embed-words' {
  export type Word = string | Partial<Record<Intl.LDMLPluralRule, string>>
  const words: Record<string, Record<string, Word>>
  export default words
}
