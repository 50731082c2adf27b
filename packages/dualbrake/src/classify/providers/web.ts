import { edgeDatabases } from './edge-databases.ts';
import { provide } from './provide.ts';
import { webApis } from './web-apis.ts';

/** The clients that browsers and Workers have most: a bundle must not carry tables that nobody there can use. */
export const providers = provide([webApis, edgeDatabases]);
