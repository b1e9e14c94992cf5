import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

import { completeDictionaries } from './build/dictionaries.ts'
import { embedWords } from './build/embed.ts'

// The gateway that `npm run dev` speaks to; the built app speaks to the address it was served from.
const gateway = process.env.GATEWAY ?? 'http://127.0.0.1:8000'

export default defineConfig({
  plugins: [svelte(), completeDictionaries('src/lib/i18n'), embedWords('src/lib/i18n')],
  build: {
    target: 'es2022',
    manifest: true, // the gateway names the files of a page in its head
    assetsInlineLimit: 0, // data: addresses would need a weaker content security policy
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: { proxy: { '/api': gateway } },
  test: { include: ['tests/unit/**/*.test.ts'], environment: 'node' },
})
