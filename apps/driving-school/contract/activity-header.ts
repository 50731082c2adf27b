/**
 * The request header with which pages say whether a person is at the device: `recent` or `none`. Without it, requests
 * count as activity, except for those that pages make by themselves.
 */
export const activityHeader = 'x-user-activity';
