import '@dualbrake/kit/kit.css';
import './app.css';
import './zod-without-eval.ts';
import { render } from 'preact';
import { watchActivity } from '@dualbrake/kit/activity';
import { App } from './app.tsx';
import { startNavigation } from './navigation.ts';
import { startWatching } from './session.ts';

startNavigation();
watchActivity();
startWatching();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
