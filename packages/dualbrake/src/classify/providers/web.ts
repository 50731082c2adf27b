import { edgeDatabases } from './edge-databases.ts';
import { provide } from './provide.ts';
import { webApis } from './web-apis.ts';

/** The most common clients in browsers and Workers. Keeps tables that are useless there out of bundles. */
export const providers = provide([webApis, edgeDatabases]);
