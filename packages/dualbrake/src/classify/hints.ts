import { evidence, notSent, row, type Found, type Row } from './rule.ts';
import { constructorName, readText } from './safe-read.ts';

const conventions = 'conventions: what people name their errors';
const ours = { scope: 'request' } as const;
const timeout = row('hint.timeout', 'timeout', 'transient', conventions);
const cancelled = row('hint.cancelled', 'cancelled', 'cancelled', conventions);
const limited = row('hint.rate-limit', 'rate-limit', 'transient', conventions, { countsAgainstBreaker: false });
const auth = row('hint.auth', 'auth', 'persistent', conventions, ours);
const missing = row('hint.not-found', 'not-found', 'persistent', conventions, ours);
const invalid = row('hint.invalid', 'invalid', 'persistent', conventions, ours);
const conflict = row('hint.conflict', 'conflict', 'transient', conventions, { countsAgainstBreaker: false });
const unavailable = row('hint.unavailable', 'unavailable', 'transient', conventions);
const connection = row('hint.connection', 'connection-lost', 'transient', conventions);
const memory = row('hint.memory', 'memory', 'system', conventions);
/** A client that reports a missing key has not sent anything. */
const unconfigured = row('hint.configuration', 'configuration', 'persistent', 'the words of SDKs that miss a setting', {
  ...notSent,
  ...ours,
});

/** Class names that indicate a classification. */
const names: readonly (readonly [RegExp, Row])[] = [
  [/Time(?:d)?_?Out(?:Error|Exception|Expired)?$/i, timeout],
  [/^(?:Request|Operation|Task|User|Query|Job)?(?:Abort(?:ed)?|Cancel(?:l?ed|lation)?)(?:Error|Exception)$/, cancelled],
  [/(?:RateLimit(?:ed|Exceeded|Reached)?|TooManyRequests|Throttl(?:ed|ing))(?:Error|Exception)?$/i, limited],
  [
    /(?:Unauthori[sz]ed|Unauthenticated|Forbidden|AccessDenied|PermissionDenied|Authentication(?:Failed|Failure)?|Authori[sz]ation(?:Failed)?|InvalidCredentials?|InvalidToken|InvalidApiKey|TokenExpired|CredentialUnavailable)(?:Error|Exception)$/i,
    auth,
  ],
  [/(?:^|[a-z])(?<!Host|Server|Address)(?:NotFound|DoesNotExist)(?:Error|Exception)$/, missing],
  [
    /(?:Validation|Validator|InvalidArgument|InvalidParameter|InvalidInput|InvalidRequest|InvalidOptions?|InvalidConfig(?:uration)?|InvalidOperation|BadRequest|UnprocessableEntity|Schema|NotImplemented|NotSupported|Unsupported\w*|Config(?:uration)?|AlreadyExists|Usage)(?:Error|Exception)$/,
    invalid,
  ],
  [/(?:Deadlock\w*|OptimisticLock\w*|WriteConflict|LockNotAvailable)(?:Error|Exception)?$/, conflict],
  [/(?:Unavailable|Overload(?:ed)?|ServerBusy)(?:Error|Exception)$/, unavailable],
  [
    /(?:Network|Socket|Transport|Disconnected|Connect(?:ion)?(?:Closed|Lost|Reset|Refused|Failed|Aborted|Terminated)?)(?:Error|Exception)$/,
    connection,
  ],
  [
    /^(?:ValiError|\$ZodError|StructError|DrizzleError|TypeBoxError|Transform(?:De|En)code\w*Error|MissingRefError|MulterError|Invalid\w+(?<!Response)Error)$/,
    invalid,
  ],
  [/OutOfMemory(?:Error|Exception)$/, memory],
];

/** Messages of unknown origin. Weak evidence: anyone who controls the message controls the classification. */
const words: readonly (readonly [RegExp, Row])[] = [
  [
    /\b(?:pass|provid|set|specif|configur|missing|required|no)\w*\b.{0,80}\b(?:api ?keys?|apiKey|credentials?|access tokens?|auth tokens?|client secret)\b.{0,160}\b(?:environment variables?|constructor|option|parameter|pass|set the)\b/i,
    unconfigured,
  ],
  [
    /^Could not load the default credentials|\bcredential is unavailable\b|\bwas instantiated without any options\b|^Streaming is required for operations\b|\bAPI key is missing\b|^Missing (?:credentials|API key)\b|\b(?:neither|either) apiKey\b|\bapi ?key does not start\b|^Unable to detect a Project Id\b|\bno .{0,24}connection string was provided\b|\bno (?:API key|credentials?|auth(?:entication)? method) (?:provided|set|found|configured|specified)\b/i,
    unconfigured,
  ],
  [
    /\btimed out\b|\btimeout (?:of|exceeded|expired|after|while|waiting|reached)\b|\b(?:request|connection|read|query|operation|socket|response|handshake|connect|idle|network|upstream|statement|keep-?alive) ?timeout\b|^timeout\b/i,
    timeout,
  ],
  [/\b(?:rate[ -]?limit(?:ed|s|ing)?|too many requests|throttl(?:ed|ing))\b/i, limited],
  [
    /\b(?:invalid|incorrect|wrong|bad|expired) (?:api[ -]?key|credentials?|password|username or password|access token|token|client secret|signature)\b|\b(?:authentication|authori[sz]ation|login) (?:failed|failure|incorrect|was refused)\b|\b(?:unauthori[sz]ed|unauthenticated|access denied|permission denied|not authori[sz]ed)\b/i,
    auth,
  ],
  [
    /\bhang up\b|\bother side closed\b|\bnot connected\b|\bclosing connection\b|\bpremature(?:ly)? (?:close|end|closed|ended)\b|\bstream ended\b|\bunexpected(?:ly)? (?:closed?|end of (?:file|stream)|disconnect(?:ed)?)\b|\b(?:connection|socket|stream|session|peer)\b.{0,24}\b(?:closed|lost|reset|refused|terminated|dropped|aborted|broken|disconnected)\b|\b(?:could not|failed to|unable to|cannot|can't) (?:connect|reach)\b|\b(?:ECONN(?:REFUSED|RESET|ABORTED)|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|EPIPE)\b/i,
    connection,
  ],
  [
    /^[\w.'"`]+ (?:is|are) required\b|\bmust (?:not )?be (?:an?|one of|of type|set|provided|specified|defined|greater|less|between|at least|at most|non-empty|positive|unique)\b|^syntax error: |^(?:invalid|unknown|unsupported|missing required|unrecognized) (?:option|argument|parameter|value|type|configuration|config|column|field|property|key|name|format|url|uri|protocol|scheme|sql type)\b/i,
    invalid,
  ],
  [/^cannot parse (?:private ?key|certificate|pem)\b/i, invalid],
  [
    /\b(?:temporarily|currently|service|server) unavailable\b|\boverload(?:ed)?\b|\b(?:server|system|service|database) is (?:too )?busy\b|\btry again (?:later|in )/i,
    unavailable,
  ],
];
/** The start of each pattern: a fast check, because few messages match any. */
const begins =
  /tim|rate|many|throttl|inval|incor|wrong|bad|expire|auth|login|denied|hang|side|prematur|ended|unexp|conn|sock|stream|session|peer|reach|unavail|overload|busy|again|required|must|connect|parse|detect|syntax|unkn|unsupp|missing|unrec|key|creden|token|secret|instantiated|streaming|found|eai_|epipe/;

/** The last source: classifies by the class name or the message. */
export function hintRule(error: unknown): Found | undefined {
  const found =
    byName(readText(error, 'name')) ?? byName(constructorName(error)) ?? byWords(readText(error, 'message'));
  return found && { row: found, rank: evidence.hint };
}

function byName(name: string | undefined): Row | undefined {
  if (name === undefined || name.length < 7 || name === 'TypeError') return undefined;
  return names.find(([pattern]) => pattern.test(name))?.[1];
}

function byWords(message: string | undefined): Row | undefined {
  if (message === undefined || message === '' || !begins.test(message.toLowerCase())) return undefined;
  return words.find(([pattern]) => pattern.test(message))?.[1];
}

/** The rows of the table. */
export const hintRows: readonly Row[] = [
  timeout,
  cancelled,
  limited,
  auth,
  missing,
  invalid,
  conflict,
  unavailable,
  connection,
  memory,
  unconfigured,
];
