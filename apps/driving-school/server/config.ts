import { resolve } from 'node:path';
import { z } from 'zod';
import { connectionsDefault } from './platform/database/connection-count.ts';
import { type DemoSize, demoSizes } from '../seed/demo-sizes.ts';

/** Log levels, from the fewest lines to the most; `silent` turns logging off. */
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The settings of the program, read from the environment once, at the start. */
export interface Config {
  /** TCP port; 0 means any free port. Default 3000. */
  readonly port: number;
  /** Address to listen on. Default `127.0.0.1`: this machine only. */
  readonly host: string;
  /** Absolute path of the data folder. Default `./data`. */
  readonly dataDirectory: string;
  /** URL of a PostgreSQL server to use instead of the embedded database. */
  readonly databaseUrl: string | undefined;
  readonly logLevel: LogLevel;
  /** One line per event on standard output: `text` for people, `json` for programs. */
  readonly logFormat: 'text' | 'json';
  /** Additional host names under which browsers may reach the application, without port. */
  readonly allowedHosts: readonly string[];
  /** Secret shared by several instances. Without it, the secret is a file in the data folder. */
  readonly appSecret: string | undefined;
  /** Minutes without activity after which users are signed out. Default 30. */
  readonly sessionIdleMinutes: number;
  /** The size of the fictional school that is added to an empty database; undefined for none. */
  readonly demoData: DemoSize | undefined;
  /** Where the school's clock starts, for demonstrations and tests. Default: the machine's clock. */
  readonly schoolNow: Temporal.Instant | undefined;
  /** Addresses or networks of proxies whose headers about the client's address and protocol are trusted. Default: none. */
  readonly trustedProxies: readonly string[];
  /** How long the program goes on serving after SIGTERM, not ready, so that proxies notice. Default: 5 with `databaseUrl`, otherwise 0. */
  readonly drainSeconds: number;
  /** Connections to the database, 4 to 100. Default 10. */
  readonly databaseConnections: number;
}

/** Environment variables are invalid. The message lists all of them. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'INVALID_CONFIG';
  /** One or two sentences per value. */
  readonly issues: readonly string[];

  constructor(issues: readonly string[]) {
    super(issues.join('\n'));
    this.issues = issues;
  }
}

const address = z.union([z.ipv4(), z.ipv6()]);
const hostName = z
  .string()
  .transform((value) => value.replace(/^\[(.*)\]$/, '$1'))
  .pipe(z.union([address, z.hostname()]));
const network = z.union([address, z.cidrv4(), z.cidrv6()]);
const yesOrNo = z.stringbool({ truthy: ['yes', 'true', '1'], falsy: ['no', 'false', '0'] });

/** Every environment variable. `description` is for `--help`; `title` describes a valid value. */
const variables = z.object({
  PORT: wholeNumber(0, 65_535).default(3000).meta({
    description: 'port to listen on (3000; 0 means any free port)',
    title: 'It must be a TCP port: a whole number from 0 (any free port) to 65535.',
  }),
  HOST: hostName.default('127.0.0.1').meta({
    description: 'address to listen on (127.0.0.1: this machine only)',
    title: 'It must be an IP address or a host name, without scheme and port, such as 127.0.0.1.',
  }),
  DATA_DIR: z.string().default('./data').meta({ description: 'folder for the database, keys and copies (./data)' }),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .meta({
      description:
        'PostgreSQL 15 or newer, instead of the embedded database,\nsuch as postgres://user:password@host:5432/school',
      title: 'It must look like postgres://user:password@host:5432/database.',
    }),
  DATABASE_CONNECTIONS: wholeNumber(4, 100)
    .default(connectionsDefault)
    .meta({
      description: `connections to the database, 4 to 100 (${connectionsDefault})`,
      title: 'It must be a whole number from 4 to 100.',
    }),
  DEMO_DATA: z
    .string()
    .toUpperCase()
    .transform((value) => demoWords[value] ?? value)
    .pipe(z.enum(['NO', ...demoSizes]))
    .optional()
    .meta({
      description:
        'a fictional school for an empty database: no, S, M, L or XL; M has\n2,000 students (M with the embedded database, no with DATABASE_URL)',
      title: 'It must be no, S, M, L or XL.',
    }),
  SCHOOL_NOW: z.iso.datetime({ offset: true }).optional().meta({
    description:
      'for demonstrations and tests: the school’s clock starts at this\ninstant, such as 2026-03-09T08:00:00-04:00',
    title: 'It must be an instant with its offset, such as 2026-03-09T08:00:00-04:00.',
  }),
  ALLOW_TEST_HANDLES: yesOrNo.optional().meta({
    description: 'yes allows SCHOOL_NOW together with DATABASE_URL (no)',
    title: 'It must be yes or no.',
  }),
  LOG_LEVEL: z
    .string()
    .toLowerCase()
    .pipe(z.enum(logLevels))
    .default('info')
    .meta({
      description: `${logLevels.join(', ')} (info)`,
      title: `It must be one of ${logLevels.join(', ')}.`,
    }),
  LOG_FORMAT: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['text', 'json']))
    .optional()
    .meta({
      description:
        'text for people, json for programs\n(text on a terminal and under npm start, otherwise json; with json, the\n' +
        'address and the sign-in link are printed to standard error)',
      title: 'It must be one of text, json.',
    }),
  ALLOWED_HOSTS: listOf(z.string().toLowerCase().pipe(hostName)).meta({
    description:
      'host names under which browsers may reach the program, separated\nby commas (loopback names and HOST are always allowed)',
    title: 'It must be host names without scheme and port, separated by commas.',
  }),
  APP_SECRET: z.string().min(32).optional().meta({
    description: 'at least 32 characters, the same for all instances\n(a random secret, created at the first start)',
    title: 'It needs at least 32 random characters, such as the output of: openssl rand -base64 32',
  }),
  SESSION_IDLE_MINUTES: wholeNumber(5, 720).default(30).meta({
    description: 'minutes without activity after which users are signed out, 5 to 720 (30)',
    title: 'It must be a number of minutes: a whole number from 5 to 720.',
  }),
  TRUSTED_PROXIES: listOf(network).meta({
    description: 'addresses or networks of reverse proxies, such as\n10.0.0.2,172.16.0.0/12 (none)',
    title: 'It must be IP addresses or networks, separated by commas, such as 10.0.0.2,172.16.0.0/12.',
  }),
  DRAIN_SECONDS: wholeNumber(0, 300).optional().meta({
    description:
      'seconds to go on serving after SIGTERM while /readyz says no, so that\na proxy sends requests elsewhere, 0 to 300 (5 with DATABASE_URL, otherwise 0)',
    title: 'It must be a number of seconds: a whole number from 0 to 300.',
  }),
  RECOVERY_CONSOLE_READONLY: z.string().optional().meta({ description: '1 makes /admin view-only' }),
});
/** Other spellings of DEMO_DATA. */
const demoWords: Readonly<Record<string, string>> = { YES: 'M', TRUE: 'M', 1: 'M', FALSE: 'NO', 0: 'NO' };
/** Values never shown in messages: they are secrets or contain a password. */
const secret = new Set(['DATABASE_URL', 'APP_SECRET']);

interface ReadOptions {
  /** Whether a person reads standard output: it is a terminal or belongs to `npm start`. */
  readonly interactive?: boolean;
  /** Base of relative paths. Default: the current directory. */
  readonly directory?: string;
}

/**
 * Reads the configuration from environment variables.
 *
 * @param environment such as `process.env`; an empty value counts as absent
 * @throws ConfigError with every invalid variable, its value, and what would be valid
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  { interactive = false, directory = process.cwd() }: ReadOptions = {},
): Config {
  const given = Object.entries(environment).map(([name, value]) => [name, value?.trim() || undefined] as const);
  const { data, error } = variables.safeParse(Object.fromEntries(given));
  if (data === undefined) throw new ConfigError(problemsOf(error, environment));
  if (data.SCHOOL_NOW !== undefined && data.DATABASE_URL !== undefined && data.ALLOW_TEST_HANDLES !== true) {
    throw new ConfigError([
      'SCHOOL_NOW is set together with DATABASE_URL. A changed clock must not reach real data: remove SCHOOL_NOW, or set ' +
        'ALLOW_TEST_HANDLES to yes for a test database.',
    ]);
  }
  const demoData = data.DEMO_DATA ?? (data.DATABASE_URL === undefined ? 'M' : 'NO');
  return {
    port: data.PORT,
    host: data.HOST,
    dataDirectory: resolve(directory, data.DATA_DIR),
    databaseUrl: data.DATABASE_URL,
    logLevel: data.LOG_LEVEL,
    logFormat: data.LOG_FORMAT ?? (interactive ? 'text' : 'json'),
    allowedHosts: data.ALLOWED_HOSTS,
    appSecret: data.APP_SECRET,
    sessionIdleMinutes: data.SESSION_IDLE_MINUTES,
    demoData: demoData === 'NO' ? undefined : demoData,
    schoolNow: data.SCHOOL_NOW === undefined ? undefined : Temporal.Instant.from(data.SCHOOL_NOW),
    trustedProxies: data.TRUSTED_PROXIES,
    databaseConnections: data.DATABASE_CONNECTIONS,
    drainSeconds: data.DRAIN_SECONDS ?? (data.DATABASE_URL === undefined ? 0 : 5),
  };
}

/** The text of `--help`. */
export function usage(): string {
  const indent = ' '.repeat(19);
  const lines = Object.entries(variables.shape).map(([name, variable]) => {
    const text = variable.meta()?.description?.replaceAll('\n', `\n${indent}`) ?? '';
    return name.length > 16 ? `  ${name}\n${indent}${text}` : `  ${name.padEnd(17)}${text}`;
  });
  return `Ontario Driving School Manager

Usage: npm start
       npm start -- --help | --version
       npm run owner-link    create a link for an owner who can no longer sign in

Environment variables, with defaults in parentheses:
${lines.join('\n')}
`;
}

/** One or two sentences per invalid variable, in the order of the table. */
function problemsOf({ issues }: z.ZodError, environment: Readonly<Record<string, string | undefined>>): string[] {
  const invalid = new Set(issues.map(({ path }) => path[0]));
  return Object.entries(variables.shape)
    .filter(([name]) => invalid.has(name))
    .map(([name, variable]) => {
      const shown = secret.has(name) ? 'invalid' : JSON.stringify(environment[name]?.trim());
      return `${name} is ${shown}. ${variable.meta()?.title}`;
    });
}

/** Decimal digits only: no signs, exponents or other notations. */
function wholeNumber(min: number, max: number) {
  return z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(min).max(max));
}

function listOf(item: z.ZodType<string, string>) {
  return z
    .string()
    .transform((value) => value.split(',').map((part) => part.trim()))
    .pipe(z.array(item))
    .default([]);
}
