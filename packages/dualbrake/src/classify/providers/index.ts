import { databases } from './databases.ts';
import { edgeDatabases } from './edge-databases.ts';
import { local } from './local.ts';
import { messaging } from './messaging.ts';
import { moreWebApis } from './more-web-apis.ts';
import { protocols } from './protocols.ts';
import { provide } from './provide.ts';
import { sockets } from './sockets.ts';
import { webApis } from './web-apis.ts';

/**
 * All supported clients. Bundles for browsers and Workers contain `web.ts` instead of this file, by the field `browser` of
 * package.json.
 */
export const providers = provide([
  webApis,
  moreWebApis,
  messaging,
  edgeDatabases,
  databases,
  sockets,
  protocols,
  local,
]);
