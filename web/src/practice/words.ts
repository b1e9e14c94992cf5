import { speech } from '../lib/i18n.svelte'
import './terms'

speech.add(import.meta.glob<string>('../lib/i18n/*/practice.json', { query: '?url', import: 'default', eager: true }))
