/**
 * How services tell each other how long an answer is waited for: milliseconds that are left, as a whole number. What is
 * left and not a time of day, because the clocks of two machines differ.
 */
export const deadlineHeader = 'x-deadline-ms';
