import { config } from 'zod/v4/core';

// Zod tries `new Function` to check whether it can compile schemas, which the content security policy would report as a
// violation. Imported by main.tsx before any page, and so before the first schema is created.
config({ jitless: true });
