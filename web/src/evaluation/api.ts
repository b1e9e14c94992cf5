/** Evaluations and what is agreed on, as the service keeps them. */
import { ApiProblem, change, read, readNow, segment, type Done } from '../lib/api/client'
import type { Gap } from '../desk/api'
import type { Answers, Framework } from './evaluation'

export interface Own {
  evaluator: string
  round: number
  answers: Answers
  missing: Gap[]
  submitted_at: string | null
}

export interface Listed {
  round: number
  complete: boolean
  items: { evaluator: string; submitted_at: string | null; answers: Answers | null }[]
}

export interface Consensus {
  answers: Answers
  agreed: string[]
  settled: boolean
}

const of = (id: string) => `/practices/${segment(id)}`

export const judging = {
  framework: (language: string): Promise<Framework> => read(`/evaluation-framework?lang=${segment(language)}`),
  listed: async (id: string): Promise<Listed> => (await readNow<Listed>(`${of(id)}/evaluations`)).body,
  own: (id: string, me: string): Promise<Done<Own>> => readNow(`${of(id)}/evaluations/${segment(me)}`),
  save: (id: string, me: string, body: Answers, etag: string): Promise<Done<Own>> => change('PUT', `${of(id)}/evaluations/${segment(me)}`, body, { etag }),
  submit: (id: string, me: string, etag: string, key: string): Promise<Done<Own>> => change('POST', `${of(id)}/evaluations/${segment(me)}/submit`, undefined, { etag, key }),
  /** null while nobody has written it. */
  consensus: (id: string): Promise<Done<Consensus> | null> =>
    readNow<Consensus>(`${of(id)}/consensus`).catch((reason: unknown) => {
      if (reason instanceof ApiProblem && reason.problem.status === 404) return null
      throw reason
    }),
  propose: (id: string, body: Answers, etag: string): Promise<Done<Consensus>> => change('PUT', `${of(id)}/consensus`, body, { etag }),
  confirm: (id: string, etag: string, key: string): Promise<Done<Consensus>> => change('POST', `${of(id)}/consensus/confirm`, undefined, { etag, key }),
}
