import { speech } from '../lib/i18n.svelte'
import '../practice/terms'

speech.add(import.meta.glob<string>('../lib/i18n/*/region.json', { query: '?url', import: 'default', eager: true }))
