/** The pages that are fetched when they are first opened: all but the map. Which address opens which: `lib/url.ts`. */
import type { Component } from 'svelte'

import { speech } from './lib/i18n.svelte'
import type { PageName } from './lib/url'

type Later = () => Promise<{ default: Component }>

const LATER: Partial<Record<PageName, Later>> = {
  region: () => import('./region/RegionPage.svelte'),
  brief: () => import('./brief/BriefPage.svelte'),
  compare: () => import('./compare/ComparePage.svelte'),
  rankings: () => import('./rankings/RankingsPage.svelte'),
  whatif: () => import('./whatif/WhatIfPage.svelte'),
  practices: () => import('./practices/PracticesPage.svelte'),
  practice: () => import('./practice/PracticePage.svelte'),
  builder: () => import('./builder/BuilderPage.svelte'),
  embedmap: () => import('./map/EmbedMap.svelte'),
  signin: () => import('./session/SignInPage.svelte'),
  account: () => import('./session/AccountPage.svelte'),
  work: () => import('./desk/WorkPage.svelte'),
  worknew: () => import('./submission/NewPage.svelte'),
  workimport: () => import('./submission/ImportPage.svelte'),
  workpractice: () => import('./submission/DraftPage.svelte'),
  workevaluation: () => import('./evaluation/EvaluationPage.svelte'),
  assessments: () => import('./questionnaire/AssessmentsPage.svelte'),
  assessment: () => import('./questionnaire/AssessmentPage.svelte'),
  review: () => import('./questionnaire/ReviewPage.svelte'),
  admin: () => import('./admin/AdminPage.svelte'),
  about: () => import('./about/AboutPage.svelte'),
  method: () => import('./method/MethodPage.svelte'),
  methodology: () => import('./about/MethodologyPage.svelte'),
}

const pages = new Map<string, Promise<Component>>()

/** The page with its words; null for one that is not fetched. A failed download is tried again when it is next opened. */
export function opened(page: PageName | 'unknown'): Promise<Component> | null {
  const fetch = page === 'unknown' ? undefined : LATER[page]
  if (!fetch) return null
  const known = pages.get(page)
  if (known) return known
  // A part may bring a dictionary (`speech.add` in its `words.ts`): nothing is shown before it is there.
  const opening = fetch().then(async ({ default: component }) => {
    await speech.follow().catch((reason: unknown) => console.error(reason))
    return component
  })
  pages.set(page, opening)
  opening.catch(() => pages.delete(page))
  return opening
}
