import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** The pages: `web/` built to `dist/web`, where the server finds them. */
export default defineConfig({
  root: fileURLToPath(new URL('web', import.meta.url)),
  publicDir: false,
  // Preact needs no plugin: the automatic JSX runtime is all there is to it.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [
    {
      // The program sets the chosen appearance; nothing is painted before that, so a dark page does not flash white.
      name: 'paint-after-the-program',
      transformIndexHtml: {
        order: 'post',
        handler: (html) => html.replace('<script type="module"', '<script type="module" blocking="render"'),
      },
    },
  ],
  build: {
    outDir: fileURLToPath(new URL('dist/web', import.meta.url)),
    emptyOutDir: true,
    target: ['chrome123', 'edge123', 'firefox121', 'safari17.5'],
    // The content security policy is `default-src 'self'`: no data: addresses, no inline script, no inline style.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:3000', '/readyz': 'http://127.0.0.1:3000' } },
});
