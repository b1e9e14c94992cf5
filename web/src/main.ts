import { mount } from 'svelte'

import App from './App.svelte'
import { speech } from './lib/i18n.svelte'
import { startRouter } from './lib/router.svelte'
import './styles/base.css'

startRouter()
// Without words there is nothing to show; with a dictionary that failed to load, its keys are better than a blank page.
await speech.follow().catch((reason: unknown) => console.error(reason))
const target = document.getElementById('app')!
// What the server wrote there for readers without scripts.
target.replaceChildren()
mount(App, { target })
