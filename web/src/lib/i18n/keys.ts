/** The keys of all phrases: of the site, and of the parts that bring their own dictionary. */
import type site from './en.json'
import type builder from './en/builder.json'
import type compare from './en/compare.json'
import type embed from './en/embed.json'
import type method from './en/method.json'
import type practice from './en/practice.json'
import type admin from './en/admin.json'
import type questionnaire from './en/questionnaire.json'
import type region from './en/region.json'
import type session from './en/session.json'
import type evaluation from './en/evaluation.json'
import type submission from './en/submission.json'
import type whatif from './en/whatif.json'
import type work from './en/work.json'

export type Key = keyof typeof site | keyof typeof builder | keyof typeof embed | keyof typeof compare | keyof typeof method | keyof typeof practice | keyof typeof region | keyof typeof session | keyof typeof whatif | keyof typeof evaluation | keyof typeof submission | keyof typeof work | keyof typeof admin | keyof typeof questionnaire
