/** The words for what a practice is sorted by (areas, roles, groups, results) and for why it is suggested. */
import { speech } from '../lib/i18n.svelte'

speech.add(import.meta.glob<string>('../lib/i18n/*/terms.json', { query: '?url', import: 'default', eager: true }))
