import '../about/instrument'
import { speech } from '../lib/i18n.svelte'

speech.add(import.meta.glob<string>('../lib/i18n/*/whatif.json', { query: '?url', import: 'default', eager: true }))
