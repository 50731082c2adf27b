import '@dualbrake/kit/kit.css';
import './console.css';
import { render } from 'preact';
import { watchActivity } from '@dualbrake/kit/activity';
import { App } from './app.tsx';
import { createApi } from './live/api.ts';
import { createLive } from './live/live.ts';
import { readPageFacts } from './live/page-facts.ts';

// The page works under any path: everything is found from where it was loaded.
const base = new URL('.', document.baseURI).pathname.replace(/\/$/, '');
const api = createApi(base);
const live = createLive(base, api);
watchActivity();
live.start();

const root = document.getElementById('app');
if (root !== null) render(<App api={api} live={live} base={base} facts={readPageFacts()} />, root);
