/** Prints the operator's token for the console, or replaces it. Works while the application runs, and while it does not. */
import { ConfigError, readConfig } from '../config.ts';
import { readOperatorToken, rotateOperatorToken } from '../console/operator-token.ts';

const usage = `Usage: npm run -s console-token              print the operator's token for /admin/sign-in
       npm run -s console-token -- --rotate  replace it: the old one and its sessions end at once

DATA_DIR names the data folder (./data).
`;

process.exitCode = main(process.argv.slice(2));

function main(words: readonly string[]): number {
  if (words.includes('--help') || words.includes('-h')) return print(process.stdout, usage, 0);
  const unknown = words.find((word) => word !== '--rotate');
  if (unknown !== undefined) return print(process.stderr, `Unknown option: ${unknown}\n\n${usage}`, 1);
  try {
    const { dataDirectory } = readConfig(process.env);
    const token = words.includes('--rotate') ? rotateOperatorToken(dataDirectory) : readOperatorToken(dataDirectory);
    if (token !== undefined) return print(process.stdout, `${token}\n`, 0);
    const text = `There is no token in ${dataDirectory} yet. Start the application once, or use --rotate to create one.\n`;
    return print(process.stderr, text, 1);
  } catch (error) {
    if (error instanceof ConfigError) return print(process.stderr, `${error.message}\n`, 1);
    if (error instanceof Error && 'code' in error) {
      return print(process.stderr, `The token can't be written: ${error.message}. Check DATA_DIR.\n`, 1);
    }
    throw error;
  }
}

function print(stream: NodeJS.WritableStream, text: string, code: number): number {
  stream.write(text);
  return code;
}
