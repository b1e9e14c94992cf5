/** Moments of work as the reader's language and clock write them. Pure. */
import { locale } from '../lib/format'

export const clock = (moment: Date, language: string): string => moment.toLocaleTimeString(locale(language), { hour: '2-digit', minute: '2-digit' })

export const day = (moment: string, language: string): string => new Date(moment).toLocaleDateString(locale(language), { day: 'numeric', month: 'long', year: 'numeric' })
