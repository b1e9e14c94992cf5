/** Title and summary of a practice in the reader's language where its author gave them, else as they were written. Pure. */
export interface Told {
  language: string
  title: string
  summary?: string | null
}

/** A practice as far as it is told here. */
export interface Written extends Told {
  /** Not there in the answer of an index that was made before it held them. */
  translations?: Told[]
}

/** The same texts with what was found marked in them, as far as they were looked through. */
export interface Marks {
  title?: string
  summary?: string | null
  translations?: Omit<Marks, 'translations'>[]
}

/** A text, marked where marks were given, and its language for the attribute `lang`. */
export interface Spoken {
  text: string
  language: string
}

/** Where the reader's translation is in the list; -1 for the texts as they were written. */
const placeFor = ({ language, translations = [] }: Written, reader: string): number => (language === reader ? -1 : translations.findIndex((one) => one.language === reader))

export const translationFor = (practice: Written, reader: string): Told | null => practice.translations?.[placeFor(practice, reader)] ?? null

/** A translation without a summary leaves the written one; the summary is null where there is none at all. */
export function spoken(practice: Written, reader: string, marks: Marks = {}): { title: Spoken; summary: Spoken | null } {
  const written = { ...practice, marks }
  const translation = translationFor(practice, reader)
  const translated = translation && { ...translation, marks: marks.translations?.[placeFor(practice, reader)] }
  const titled = translated ?? written
  const summed = translated?.summary ? translated : written
  return {
    title: { text: titled.marks?.title ?? titled.title, language: titled.language },
    summary: summed.summary ? { text: summed.marks?.summary ?? summed.summary, language: summed.language } : null,
  }
}
