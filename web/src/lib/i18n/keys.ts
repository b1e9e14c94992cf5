/** The keys of all phrases: of the site, and of the parts that bring their own dictionary. */
import type site from './en.json'
import type about from './en/about.json'
import type admin from './en/admin.json'
import type builder from './en/builder.json'
import type compare from './en/compare.json'
import type embed from './en/embed.json'
import type evaluation from './en/evaluation.json'
import type instrument from './en/instrument.json'
import type method from './en/method.json'
import type practice from './en/practice.json'
import type questionnaire from './en/questionnaire.json'
import type region from './en/region.json'
import type session from './en/session.json'
import type submission from './en/submission.json'
import type terms from './en/terms.json'
import type whatif from './en/whatif.json'
import type work from './en/work.json'

export type Key =
  | keyof typeof site
  | keyof typeof about
  | keyof typeof admin
  | keyof typeof builder
  | keyof typeof compare
  | keyof typeof embed
  | keyof typeof evaluation
  | keyof typeof instrument
  | keyof typeof method
  | keyof typeof practice
  | keyof typeof questionnaire
  | keyof typeof region
  | keyof typeof session
  | keyof typeof submission
  | keyof typeof terms
  | keyof typeof whatif
  | keyof typeof work
