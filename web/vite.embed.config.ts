import { defineConfig } from 'vite'

import { embedWords } from './build/embed.ts'

/** The element for partners' pages: one file whose address never changes, `/embed/v1.js`. */
export default defineConfig({
  plugins: [embedWords('src/lib/i18n')],
  publicDir: false,
  build: {
    target: 'es2022',
    emptyOutDir: false,
    lib: { entry: 'src/embed/element.ts', formats: ['es'], fileName: () => 'embed/v1.js' },
    reportCompressedSize: true,
  },
})
