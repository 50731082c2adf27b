/**
 * The request header that reports whether the user has been active: `recent` or `none`. Without it, a request counts as
 * activity, unless the page makes it automatically.
 */
export const activityHeader = 'x-user-activity';
