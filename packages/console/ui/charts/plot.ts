/** A part of its own: it is fetched with the first chart. Its style sheet is in `charts.css`. */
export { default as Plot } from 'uplot';
