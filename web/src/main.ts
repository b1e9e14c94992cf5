import { mount } from 'svelte'

import App from './App.svelte'
import { api } from './lib/api/client'
import { research } from './lib/api/research'
import { speech } from './lib/i18n.svelte'
import { at, startRouter } from './lib/router.svelte'
import { opened } from './pages'
import './styles/base.css'

/** How long what the server wrote stays when the first answers do not come. */
const PATIENCE_MS = 4000

startRouter()
const target = document.getElementById('app')!
const served = target.childElementCount > 0
// Without words there is nothing to show; with a dictionary that failed to load, its keys are better than a blank page.
await Promise.all([speech.follow().catch((reason: unknown) => console.error(reason)), served ? ready() : null])
// What the server wrote there for readers without scripts.
target.replaceChildren()
mount(App, { target })

/** The page and what it reads first, so that it takes the place of what the server wrote without a loading state. */
function ready(): Promise<unknown> {
  const { page, code, id } = at.route
  const answers = page === 'region' && code ? [api.region(code), research.editions()] : page === 'practice' && id ? [api.practice(id)] : []
  // A failure is said by the page that asks again.
  return Promise.race([Promise.allSettled([opened(page), ...answers]), new Promise((done) => setTimeout(done, PATIENCE_MS))])
}
