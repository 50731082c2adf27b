/**
 * Connections of the pool by default. The embedded database serves one at a time, so more would only wait there. A file of
 * its own, because the configuration is read before anything else is loaded.
 */
export const connectionsDefault = 10;
