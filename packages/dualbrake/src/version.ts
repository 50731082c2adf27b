/** Of this package, as metrics tell it. A test holds it to package.json. */
export const packageVersion = '0.1.0';
