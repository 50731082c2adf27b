import { config } from 'zod';

// zod tries `new Function` to see whether it may compile schemas. It may not (content security policy), and every try
// would be reported as a violation. This must be evaluated before the first schema is made: see app.tsx.
config({ jitless: true });
