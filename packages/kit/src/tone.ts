/** The meaning that a colour carries. Never shown by colour alone: add a word and a shape. */
export type Tone = 'neutral' | 'info' | 'success' | 'warning' | 'danger';
