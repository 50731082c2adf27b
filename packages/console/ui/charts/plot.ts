/** A chunk of its own, loaded with the first chart. Its styles are imported by `charts.css`. */
export { default as Plot } from 'uplot';
