import { defineConfig } from 'vite';

/** The console's pages: `ui/` is built to `dist/ui`, from where the console serves them under any path. */
export default defineConfig({
  root: new URL('ui', import.meta.url).pathname,
  base: './',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: new URL('dist/ui', import.meta.url).pathname,
    emptyOutDir: true,
    target: ['chrome123', 'edge123', 'firefox121', 'safari17.5'],
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
  },
});
