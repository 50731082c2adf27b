const shared = `
Options of all commands:
  --url URL           Where the console is mounted. Default: DUALBRAKE_URL, else http://127.0.0.1:3000/admin
  --token-file FILE   File with its access token, readable only by you. Default: DUALBRAKE_TOKEN_FILE;
                      DUALBRAKE_TOKEN holds the token itself
  --json              Print JSON instead of text
  --help              Show this help

Exit codes: 0 done; 1 the console refused, or for status: something needs attention; 2 invalid command; 3 the
console can't be reached.
`;

export const help = `Watch and control a running application's console from a terminal.

  dualbrake status                       Show what is broken, since when and why
  dualbrake isolate BREAKER --reason …   Reject all calls of a breaker for a while
  dualbrake release BREAKER --reason …   End that
  dualbrake tail                         Follow events as they happen
  dualbrake incidents [NUMBER]           List incidents, or show one
  dualbrake --version

See "dualbrake COMMAND --help" for details.
${shared}`;

/** By command. */
export const commandHelp: Readonly<Record<string, string>> = {
  status: `dualbrake status

Shows the verdict in a sentence, what needs attention, then breakers and services, the most urgent first.
Exits with 0 when nothing needs attention and with 1 otherwise, for use in scripts.
${shared}`,
  isolate: `dualbrake isolate BREAKER --reason TEXT [--for TIME]

Rejects all calls of a breaker, as if it were open, until the time is up or someone releases it.

  BREAKER        Its id, or its name if that is unique
  --reason TEXT  Reason of 3 to 500 characters; others will read it
  --for TIME     How long, such as 90s, 15m or 2h; 24h at most. Default: 30 minutes
${shared}`,
  release: `dualbrake release BREAKER --reason TEXT

Ends an isolation or a hold: the breaker returns to its automatic state.

  BREAKER        Its id, or its name if that is unique
  --reason TEXT  Reason of 3 to 500 characters; others will read it
${shared}`,
  tail: `dualbrake tail [--level LEVEL] [--breaker ID]

Shows state changes, operator actions, incidents, settings and operations as they happen, until Ctrl-C. Reconnects
and resumes after a lost connection.

  --level LEVEL  Include log lines of this level (trace, debug, info, warn, error, fatal) and above
  --breaker ID   Only this breaker
${shared}`,
  incidents: `dualbrake incidents [NUMBER] [--open] [--limit COUNT]

Lists incidents, newest first; with a number, shows that one with its timeline, as Markdown.

  --open         Only open incidents
  --limit COUNT  1 to 200. Default: 20
${shared}`,
};
