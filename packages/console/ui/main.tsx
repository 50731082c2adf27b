// The kit declares the order of the layers, so its styles come first.
import '@dualbrake/kit/kit.css';
import './parts/parts.css';
import './actions/actions.css';
import { render } from 'preact';
import { watchActivity } from '@dualbrake/kit/activity';
import { App } from './app.tsx';
import { createApi } from './live/api.ts';
import { createLive } from './live/live.ts';
import { readPageFacts } from './live/page-facts.ts';

// Relative to where the page was loaded, so that the console works under any path.
const base = new URL('.', document.baseURI).pathname.replace(/\/$/, '');
const api = createApi(base);
const live = createLive(base, api);
watchActivity();
live.start();

const root = document.getElementById('app');
if (root !== null) render(<App context={{ api, live, base }} facts={readPageFacts()} />, root);
