/** The words around the questions of an instrument. */
import { speech } from '../lib/i18n.svelte'

speech.add(import.meta.glob<string>('../lib/i18n/*/instrument.json', { query: '?url', import: 'default', eager: true }))
