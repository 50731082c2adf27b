/**
 * The request header in which pages report whether the user has been active: `recent` or `none`. Without it, requests
 * count as activity, except those that pages make automatically.
 */
export const activityHeader = 'x-user-activity';
