import 'uplot/dist/uPlot.min.css';

/** A part of its own: it is fetched with the first chart. */
export { default as Plot } from 'uplot';
