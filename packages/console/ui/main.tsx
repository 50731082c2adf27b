import '../kit/kit.css';
import './console.css';
import { render } from 'preact';
import { createApi } from './api.ts';
import { NowPage } from './now-page.tsx';
import { createLive } from './stream.ts';

// The page works under any path: everything is found from where it was loaded.
const base = new URL('.', document.baseURI).pathname.replace(/\/$/, '');
const api = createApi(base);
const live = createLive(base, api);
live.start();

const root = document.getElementById('app');
if (root !== null) render(<NowPage api={api} live={live} base={base} />, root);
