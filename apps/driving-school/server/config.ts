import { isIP } from 'node:net';
import { resolve } from 'node:path';

/** How much is logged, least first. */
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Everything that the environment decides. Read once, at the start. */
export interface Config {
  /** TCP port; 0 takes any free one. Default 3000. */
  readonly port: number;
  /** Address to listen on. Default `127.0.0.1`: this machine only. */
  readonly host: string;
  /** Absolute path of the data folder. Default `./data`. */
  readonly dataDirectory: string;
  /** PostgreSQL to use instead of the embedded database. */
  readonly databaseUrl: string | undefined;
  readonly logLevel: LogLevel;
  /** `text` for people, `json` for programs: one line per event on standard output. */
  readonly logFormat: 'text' | 'json';
  /** Further names under which browsers may reach the application, without port. */
  readonly allowedHosts: readonly string[];
  /** Secret that several instances share; otherwise the data folder keeps one. */
  readonly appSecret: string | undefined;
  /** People are signed out when they have done nothing for this long, in minutes. Default 30. */
  readonly sessionIdleMinutes: number;
  /** Whether an empty database is filled with fictional students. */
  readonly demoData: boolean;
  /** Whether the pages are taken as they are instead of being built when they are out of date. */
  readonly skipBuild: boolean;
  /** Addresses or networks of proxies that may say who the client is and whether it came by https. Default: none. */
  readonly trustedProxies: readonly string[];
}

/** The environment holds values that make no sense: all of them, so that they can be put right in one go. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'INVALID_CONFIG';
  /** One sentence per value. */
  readonly issues: readonly string[];

  constructor(issues: readonly string[]) {
    super(issues.join('\n'));
    this.issues = issues;
  }
}

interface Surroundings {
  /** Whether standard output is a terminal, or `npm start` shows it to somebody. */
  readonly watched?: boolean;
  /** Relative paths start here. Default: the current directory. */
  readonly directory?: string;
}

/**
 * Reads the configuration.
 *
 * @param environment such as `process.env`; an empty value counts as absent
 * @throws ConfigError naming every variable that is wrong, its value, and what would be right
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  { watched = false, directory = process.cwd() }: Surroundings = {},
): Config {
  const issues: string[] = [];
  const read = <T>(name: string, whenAbsent: T, parse: (value: string) => T | Wrong): T => {
    const value = environment[name]?.trim();
    if (value === undefined || value === '') return whenAbsent;
    const parsed = parse(value);
    if (!(parsed instanceof Wrong)) return parsed;
    issues.push(`${name} is ${parsed.shown ?? JSON.stringify(value)}. ${parsed.wanted}`);
    return whenAbsent;
  };

  const databaseUrl = read('DATABASE_URL', undefined, postgresUrl);
  const config: Config = {
    port: read(
      'PORT',
      3000,
      integer(0, 65_535, 'It must be a TCP port: a whole number from 0 (any free port) to 65535.'),
    ),
    host: read('HOST', '127.0.0.1', hostName),
    dataDirectory: resolve(
      directory,
      read('DATA_DIR', './data', (value) => value),
    ),
    databaseUrl,
    logLevel: read('LOG_LEVEL', 'info', oneOf(logLevels)),
    logFormat: read('LOG_FORMAT', watched ? 'text' : 'json', oneOf(['text', 'json'] as const)),
    allowedHosts: read('ALLOWED_HOSTS', [], hostNames),
    appSecret: read('APP_SECRET', undefined, longSecret),
    sessionIdleMinutes: read(
      'SESSION_IDLE_MINUTES',
      30,
      integer(5, 720, 'It must be a number of minutes: a whole number from 5 to 720.'),
    ),
    demoData: read('DEMO_DATA', databaseUrl === undefined, yesOrNo),
    skipBuild: read('SKIP_BUILD', false, yesOrNo),
    trustedProxies: read('TRUSTED_PROXIES', [], networks),
  };
  if (issues.length > 0) throw new ConfigError(issues);
  return config;
}

/** What `--help` prints. */
export const usage = `Ontario Driving School Manager

Usage: npm start
       npm start -- --help | --version
       npm run owner-link    a new link for an owner who cannot sign in any more

Environment:
  PORT             port to listen on (3000; 0 takes any free one)
  HOST             address to listen on (127.0.0.1: this machine only)
  DATA_DIR         folder for the database, keys and copies (./data)
  DATABASE_URL     PostgreSQL 15 or newer to use instead of the embedded database,
                   such as postgres://user:password@host:5432/school
  DEMO_DATA        yes fills an empty database with fictional students
                   (yes with the embedded database, no with DATABASE_URL)
  LOG_LEVEL        ${logLevels.join(', ')} (info)
  LOG_FORMAT       text for people, json for programs
                   (text on a terminal and under npm start, otherwise json; with json the
                   address and the sign-in link go to standard error)
  ALLOWED_HOSTS    names under which browsers may reach it, separated by commas
                   (loopback names and HOST always may)
  APP_SECRET       at least 32 characters, the same for all instances (made on the first start)
  SESSION_IDLE_MINUTES
                   people are signed out after so many minutes without activity, 5 to 720 (30)
  TRUSTED_PROXIES  addresses or networks of the reverse proxies in front, such as
                   10.0.0.2,172.16.0.0/12 (none)
  SKIP_BUILD       yes takes the pages as they are (no: builds them when they are out of date)
  RECOVERY_CONSOLE_READONLY
                   1 makes /admin view-only
`;

/** A value that cannot be used, and what could. */
class Wrong {
  readonly wanted: string;
  /** Instead of the value, where it is secret. */
  readonly shown: string | undefined;

  constructor(wanted: string, shown?: string) {
    this.wanted = wanted;
    this.shown = shown;
  }
}

function integer(min: number, max: number, wanted: string) {
  return (value: string): number | Wrong => {
    const number = Number(value);
    return /^\d+$/.test(value) && number >= min && number <= max ? number : new Wrong(wanted);
  };
}

function oneOf<const T extends string>(allowed: readonly T[]) {
  return (value: string): T | Wrong =>
    allowed.find((one) => one === value.toLowerCase()) ?? new Wrong(`It must be one of ${allowed.join(', ')}.`);
}

function yesOrNo(value: string): boolean | Wrong {
  const answer = value.toLowerCase();
  if (['yes', 'true', '1'].includes(answer)) return true;
  if (['no', 'false', '0'].includes(answer)) return false;
  return new Wrong('It must be yes or no.');
}

function hostName(value: string): string | Wrong {
  const bare = value.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) !== 0 || isDomainName(bare)) return bare;
  return new Wrong('It must be an IP address or a host name, without scheme and port, such as 127.0.0.1.');
}

function hostNames(value: string): string[] | Wrong {
  const names = value
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const usable = names.map(hostName);
  const wrong = names.filter((_, at) => usable[at] instanceof Wrong);
  if (wrong.length > 0) {
    return new Wrong(
      `${wrong.join(' and ')} cannot be a host name: write names without scheme and port, separated by commas.`,
    );
  }
  return usable.filter((name) => typeof name === 'string');
}

function networks(value: string): string[] | Wrong {
  const given = value.split(',').map((network) => network.trim());
  const wrong = given.filter((network) => {
    const [address = '', bits, ...rest] = network.split('/');
    const family = isIP(address);
    const bitsMax = family === 4 ? 32 : 128;
    return (
      family === 0 || rest.length > 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax))
    );
  });
  if (wrong.length === 0) return given;
  return new Wrong(`${wrong.join(' and ')} is no IP address or network: write such as 10.0.0.2 or 172.16.0.0/12.`);
}

function isDomainName(value: string): boolean {
  return value.length <= 253 && value.split('.').every((part) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(part));
}

function postgresUrl(value: string): string | Wrong {
  const wanted = 'It must look like postgres://user:password@host:5432/database.';
  // Never shown as it is: it may hold a password.
  const url = URL.parse(value);
  if (url === null) return new Wrong(wanted, 'not an address');
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') {
    return new Wrong(wanted, `an address that begins with ${url.protocol}//`);
  }
  return value;
}

function longSecret(value: string): string | Wrong {
  if (value.length >= 32) return value;
  return new Wrong(
    'It needs at least 32 random characters, such as the output of: openssl rand -base64 32',
    'too short',
  );
}
