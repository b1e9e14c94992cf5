/** What evaluators agreed on, and the framework that names its parts in the reader's language. */
import { ifOffered, read, segment } from './client'
import type { Practice } from './types'

export interface Evaluation {
  evaluators: number
  date: string
  framing: { population: string | null; context: string | null; period: string | null }
  judgements: Record<string, { judgement: string; reason: string | null }>
  aspects: Record<string, { inspiring: string[]; room: string[] }>
  transferability: Record<string, string>
  reflection: Record<string, string>
}

interface Part {
  code: string
  label: string
  text?: string
}

export interface Framework {
  framing: Part[]
  judgements: Part[]
  blocks: Record<string, { label: string }>
  criteria: { code: string; label: string; questions: { code: string; text: string }[] }[]
  aspects: Part[]
  transferability: Part[]
  reflection: Part[]
}

export interface Version {
  version: number
  published_at: string
  reason: string | null
  provenance: string
}

export const evaluations = {
  framework: (language: string): Promise<Framework> => read(`/evaluation-framework?lang=${segment(language)}`),
  /** The practice as it was published once. */
  version: (id: string, version: string): Promise<Practice> => read(`/practices/${segment(id)}/versions/${segment(version)}`),
  versions: (id: string): Promise<Version[] | null> => ifOffered(read<{ items: Version[] }>(`/practices/${segment(id)}/versions`).then(({ items }) => items)),
}
