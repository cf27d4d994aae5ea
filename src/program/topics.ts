import { exitCodeMeanings } from "../commands/flags/exit-codes.ts";

const environment = `Environment and configuration

A value is taken from the first of these that has it: a flag, an RCWH_ variable, RingCentral's own
variables, the profile, the default. An empty variable counts as unset.

Credentials come in groups, and a group is taken whole, so that a client secret of one app never meets
the server of another:
  RCWH_SERVER, RCWH_CLIENT_ID, RCWH_CLIENT_SECRET, RCWH_JWT
  RC_SERVER_URL, RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET, RC_USER_JWT
  RC_CLIENT_ID, RC_CLIENT_SECRET, RC_JWT
  RINGCENTRAL_SERVER_URL, RINGCENTRAL_CLIENT_ID, RINGCENTRAL_CLIENT_SECRET,
    RINGCENTRAL_JWT or RINGCENTRAL_JWT_TOKEN
Without a server in its group, a group means https://platform.ringcentral.com.
\`--profile\` on the command line beats credentials in the environment; \`rcwh whoami\` says which won.
\`--env-file <path>\` reads a .env file; none is read unasked. (Node looks at this flag itself before
rcwh does: a file that it cannot read ends the run with its own message and exit code 9, and a
NODE_OPTIONS in the file counts.)

  RCWH_ACCESS_TOKEN   use this access token as it is; never refreshed, never revoked
  RCWH_PROFILE        the profile to act as
  RCWH_OUTPUT         the output format
  RCWH_PING_URL       the dead man's switch that \`rcwh renew\` tells how it goes
  RCWH_CONFIG_DIR     where configuration lives; enough where HOME is unset
  XDG_CONFIG_HOME     else <here>/rcwh, else ~/.config/rcwh (Windows: %APPDATA%\\rcwh)
  NO_COLOR, FORCE_COLOR, TERM=dumb, COLUMNS, CI
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY   loopback never goes through a proxy
  NODE_EXTRA_CA_CERTS                 additional certificate authorities
  RCWH_SHARDS, JOB_COMPLETION_INDEX   the share of many accounts, as \`--shard <i/n>\` (from 0)

One file, config.json, keeps profiles, access tokens and what rcwh knows of the subscriptions it made.
Its mode is 0600 in a directory of mode 0700. A file that others can read is an error. Accounts from
--profiles-from have a file each, without their secrets, in the directory accounts beside it.`;

const selectors = `Selectors: which subscriptions a command is about

  <id>                      the whole id
  <prefix>                  the first characters of an id, 4 or more, where only one fits
  <url>                     the address it delivers to
  --url <glob>              addresses that match, such as 'https://example.com/*'
  --filter <glob>           an event filter that matches, such as 'glip/*'
  --status <status>         active, unhealthy (anything but Active), or a status such as Blacklisted
  --transport <type>        WebHook, WebSocket, PubNub …
  --expiring-within <time>  90s, 15m, 36h, 7d, 2w
  --all                     every one

Flags narrow each other. A prefix that fits several is refused with the candidates (exit 2). An id that
does not exist is exit 3; flags that match nothing are exit 0 with a note. \`show\` and \`update\` take
exactly one id, prefix or URL.`;

const eventFilters = `Event filters: what --filter accepts

  an alias         sms, voicemail, posts, presence, telephony … (\`rcwh filters\` lists them)
  a short path     glip/posts, account/~/presence, team-messaging/v1/posts
  a whole path     /restapi/v1.0/account/~/extension/~/presence
  a reminder       reminder:3d/12h (three days before expiry, every 12 hours)

Repeat --filter, or separate filters by commas. Quote what has ? or & in it:
  --filter 'account/~/extension/~/message-store?type=SMS'

\`~\` means the signed-in user's own account or extension. It never means everyone: for all users take
an account-wide filter, or one filter for each extension id.
\`{accountId}\` and \`{extensionId}\` become ~; any other placeholder has to be filled in.
An unknown filter is refused, and the nearest ones are named; --allow-unknown-filter sends it as it is.
A deprecated spelling is sent as written, with the modern one noted.
Webinar filters go to the webinar API by themselves, and cannot share a subscription with others.`;

const output = `Output

Data goes to stdout, everything else to stderr. On a terminal you get a table, in a pipe TSV without a
heading. -o (or RCWH_OUTPUT) chooses: table, tsv, json, ndjson, csv, yaml; --json is -o json.

TSV and CSV of \`list\`: id, status, expirationTime, transportType, address, eventFilters (comma-joined),
profile, api. New columns only ever come at the end. CSV has a heading.

JSON is one object with schemaVersion 1 and the records under a key: subscriptions (create, list, show),
results (renew, update, delete, recover: id, profile, outcome, subscription, newId, error), filters,
identities (login, whoami), profiles, explanations, checks (doctor), runs (status), files (cron print). A
subscription keeps RingCentral's own keys and values, plus profile and api. Keys are only ever added.
Errors under --json are one object on stderr:
  {"schemaVersion":1,"error":{"code","message","hint","exitCode","status","requestId","retryAfter"}}
with "warnings" beside the error, or in its place, where there are any.

People see relative times (in 2 d 4 h), machines RFC 3339 in UTC. The query string of a webhook URL may
carry a secret: tables, TSV, CSV and messages show ?… in its place; --show-secrets shows it. json, ndjson
and yaml always give the whole URL.`;

const exitCodes = `Exit codes

${[...exitCodeMeanings].map(([code, meaning]) => `${String(code).padStart(5)}  ${meaning}`).join("\n")}

Several at once: all failed alike, that code; some failed, or in different ways, 7; else 8 if anything
needs attention; else 0.`;

const scheduling = `Renewing from cron

A subscription dies in silence when it expires, 7 days after it was made unless you asked for more.
\`rcwh renew\` extends what is due and leaves the rest alone; it never shortens a life.

  rcwh login                 as the user whose cron it is
  rcwh cron print            a line for crontab -e; also systemd, launchd, kubernetes, github-actions
  rcwh doctor --cron         whether it would work there
  rcwh status --max-age 26h  for a monitor: exit code 8 when no run has gone well for so long

The line runs \`rcwh renew -q\` with absolute paths, so often that three runs in a row may fail: every 8
hours for lives of 7 days. Flags for it go after --, such as \`rcwh cron print -- --recover\`.

cron mails what is printed: with -q that is nothing while all is well. Due is what has less left than a
third of the lifetime that rcwh recorded, or less than 48 hours where it recorded none; --within changes
that. The exit code says the rest: 0 all well, 5 try again later, 8 something needs attention, such as a
blacklisted subscription (see \`rcwh help exit-codes\`).`;

/** The help topics of \`rcwh help <topic>\`. */
export const topics: ReadonlyMap<string, string> = new Map([
  ["environment", environment],
  ["exit-codes", exitCodes],
  ["output", output],
  ["event-filters", eventFilters],
  ["selectors", selectors],
  ["scheduling", scheduling],
]);
