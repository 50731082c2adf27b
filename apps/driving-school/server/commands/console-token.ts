import { readOperatorToken, rotateOperatorToken } from '../console/operator-token.ts';
import { announce, CommandError, runCommand } from './command.ts';

const usage = `Prints the operator's token for /admin/sign-in, or replaces it

Usage: npm run -s console-token
       npm run -s console-token -- --rotate

  --rotate  replace the token; the old token and its sessions end immediately
  --help    show this text

The program may be running or stopped.

Environment: DATA_DIR as for npm start.
`;

await runCommand({
  usage,
  options: { rotate: { type: 'boolean' } },
  run({ rotate = false }, { dataDirectory }) {
    const token = rotate ? newToken(dataDirectory) : readOperatorToken(dataDirectory);
    if (token === undefined) {
      throw new CommandError(
        `There is no token in ${dataDirectory} yet. Start the program once, or use --rotate to create one.`,
      );
    }
    announce(token);
  },
});

function newToken(dataDirectory: string): string {
  try {
    return rotateOperatorToken(dataDirectory);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`The token can't be written: ${reason}. Check DATA_DIR.`, { cause: error });
  }
}
