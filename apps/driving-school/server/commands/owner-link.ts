import type { Config } from '../config.ts';
import type { IdentityTables } from '../platform/auth/identity-tables.ts';
import { newOwnerLink } from '../platform/auth/owner-link.ts';
import { announce, CommandError, runCommand } from './command.ts';
import { connectForCommand, isConnectionError, noAnswer } from './command-database.ts';

const usage = `Creates a one-time link that lets an owner choose a new password

Usage: npm run owner-link
       npm run owner-link -- --email owner@example.ca
       npm run owner-link -- --url https://school.example.ca

For an owner who has forgotten their password or lost their first link. The program may be running or stopped. Earlier
links stop working; the old password works until the new link is used. The audit log records that a link was created.

  --email ADDRESS  the owner's e-mail address, when there are several owners
  --url ADDRESS    address of the school (default: http:// with HOST and PORT)
  --help           show this text

Environment: DATA_DIR, DATABASE_URL, HOST and PORT as for npm start. See npm start -- --help.
`;

await runCommand({
  usage,
  options: { email: { type: 'string' }, url: { type: 'string' } },
  async run({ email, url }, config) {
    const origin = url === undefined ? undefined : originOf(url);
    await using database = await connectForCommand(config);
    const users = database.kysely.withTables<IdentityTables>();
    const { link, owner } = await newOwnerLink(users, { email }).catch((error: unknown) => {
      throw isConnectionError(error) ? noAnswer(config, error) : error;
    });
    const until = link.expiresAt.toLocaleString('en-CA');
    announce(`A link for ${owner.email ?? 'the first owner'}. It works once, until ${until}:\n`);
    announce(`  ${origin ?? addressOf(config)}/welcome#${link.token}\n`);
    if (origin === undefined) {
      announce('If the school has another address, replace the part before /welcome, or use --url.');
    }
  },
});

function originOf(given: string): string {
  const url = URL.parse(given);
  if (url !== null && /^https?:$/.test(url.protocol)) return url.origin;
  throw new CommandError(`--url is ${JSON.stringify(given)}. It must be an address such as https://school.example.ca.`);
}

function addressOf({ host, port }: Config): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}${port === 0 ? '' : `:${port}`}`;
}
