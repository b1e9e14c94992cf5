import { speech } from '../lib/i18n.svelte'
import '../practice/terms'

speech.add(import.meta.glob<string>('../lib/i18n/*/builder.json', { query: '?url', import: 'default', eager: true }))
speech.add(import.meta.glob<string>('../lib/i18n/*/embed.json', { query: '?url', import: 'default', eager: true }))
