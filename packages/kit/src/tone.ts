/** How a thing stands. Never shown by colour alone: every use brings a word and a shape as well. */
export type Tone = 'neutral' | 'info' | 'success' | 'warning' | 'danger';
