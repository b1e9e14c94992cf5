import { speech } from '../lib/i18n.svelte'

speech.add(import.meta.glob<string>('../lib/i18n/*/work.json', { query: '?url', import: 'default', eager: true }))
