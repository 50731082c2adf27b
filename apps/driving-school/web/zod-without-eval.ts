import { config } from 'zod/v4/core';

// zod tries `new Function` to find out whether it can compile schemas. The content security policy forbids that and
// would report each try as a violation. main.tsx imports this before any page, so before the first schema is made.
config({ jitless: true });
