import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** The address of the server that `npm run dev` starts. */
const server = `http://127.0.0.1:${process.env['PORT'] ?? 3000}`;

/** Builds the school's pages from `web/` to `dist/web`, which the server serves. */
export default defineConfig({
  root: fileURLToPath(new URL('web', import.meta.url)),
  publicDir: false,
  // Preact needs no plugin, only the automatic JSX runtime.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [
    {
      // The script sets the theme. Block rendering until then, so that a dark page doesn't flash white.
      name: 'render-after-script',
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
    // The content security policy is `default-src 'self'`: no data: URLs, no inline scripts, no inline styles.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/admin': server, '/api': server, '/readyz': server } },
});
