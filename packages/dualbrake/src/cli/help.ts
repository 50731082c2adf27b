const shared = `
Options of all commands:
  --url URL           Where the console is mounted. Default: DUALBRAKE_URL, else http://127.0.0.1:3000/admin
  --token-file FILE   File with the token that opens it, readable by you alone. Default: DUALBRAKE_TOKEN_FILE;
                      DUALBRAKE_TOKEN holds the token itself
  --json              For programs: JSON instead of text
  --help              This text

Ends with 0 when it is done, 1 when the console refused (status: when something is not well), 2 when the command
makes no sense, 3 when the console cannot be asked.
`;

export const help = `Asks and steers the console of a running application, from a terminal.

  dualbrake status                       What is broken, since when and why
  dualbrake isolate BREAKER --reason …   Refuses all calls of a breaker for a while
  dualbrake release BREAKER --reason …   Takes that back
  dualbrake tail                         Shows what happens, as it happens
  dualbrake incidents [NUMBER]           Lists incidents, or tells one
  dualbrake --version

"dualbrake COMMAND --help" tells more of each.
${shared}`;

/** By command. */
export const commandHelp: Readonly<Record<string, string>> = {
  status: `dualbrake status

The verdict in a sentence, then breakers, services and open incidents, the most urgent first.
Ends with 0 when all is well and with 1 when it is not, so that a script can tell.
${shared}`,
  isolate: `dualbrake isolate BREAKER --reason TEXT [--for TIME]

Refuses all calls of a breaker, as if it were open, until its time is over or somebody releases it.

  BREAKER        Its id, or its name where only one has it
  --reason TEXT  Why, in 3 to 500 characters; others will read it
  --for TIME     How long, such as 90s, 15m or 2h; 24h at most. Default: 30 minutes
${shared}`,
  release: `dualbrake release BREAKER --reason TEXT

Takes back what was ordered: the breaker goes by its own judgement again.

  BREAKER        Its id, or its name where only one has it
  --reason TEXT  Why, in 3 to 500 characters; others will read it
${shared}`,
  tail: `dualbrake tail [--level LEVEL] [--breaker ID]

Shows changes of state, orders, incidents, settings and operations as they happen, until Ctrl-C. When the stream is
lost it goes on where it was.

  --level LEVEL  Lines of the log, too: this level (trace, debug, info, warn, error, fatal) and above
  --breaker ID   Of this breaker only
${shared}`,
  incidents: `dualbrake incidents [NUMBER] [--open] [--limit COUNT]

Lists incidents, newest first; with a number tells that one with its timeline, as Markdown.

  --open         Only those that are not over
  --limit COUNT  1 to 200. Default: 20
${shared}`,
};
