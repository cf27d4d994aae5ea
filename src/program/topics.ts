import { exitCodeMeanings } from "../commands/flags/exit-codes.ts";

const environment = `Environment and configuration

rcwh takes a value from the first of these that sets it: a flag, an RCWH_
variable, RingCentral's own variables, the profile, the default. An empty
variable counts as unset.

Credentials come in groups. A group is used as a whole, so that a client secret
is never sent to the server of another app:
  RCWH_SERVER, RCWH_CLIENT_ID, RCWH_CLIENT_SECRET, RCWH_JWT
  RC_SERVER_URL, RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET, RC_USER_JWT
  RC_CLIENT_ID, RC_CLIENT_SECRET, RC_JWT
  RINGCENTRAL_SERVER_URL, RINGCENTRAL_CLIENT_ID, RINGCENTRAL_CLIENT_SECRET,
    RINGCENTRAL_JWT or RINGCENTRAL_JWT_TOKEN
The default server of a group is https://platform.ringcentral.com.
--profile on the command line overrides credentials in the environment;
\`rcwh whoami\` says which credentials are in use.
--credentials-file reads a .env file; rcwh reads none by itself. Its old name,
--env-file, is one of Node's own flags: Node reads the file before rcwh does,
and obeys a NODE_OPTIONS in it.

  RCWH_ACCESS_TOKEN   use this access token; never refreshed, never revoked
  RCWH_PROFILE        the profile to use
  RCWH_OUTPUT         the output format
  RCWH_PING_URL       the dead man's switch that \`rcwh renew\` reports to
  RCWH_PAGER, PAGER   shows help and pages that are longer than the screen, on a
                      terminal; by default less (Windows: none); none if it is
                      empty or cat, with CI, and with TERM=dumb
  RCWH_CONFIG_DIR     the configuration directory; works without HOME
  XDG_CONFIG_HOME     else <here>/rcwh, else ~/.config/rcwh
                      (Windows: %APPDATA%\\rcwh)
  RCWH_STORE          the store that machines share, as --store; it may hold a
                      password
  RCWH_STORE_KEY      encrypts the tokens in it; <new key>,<old key> changes it
  RCWH_SHARDS, JOB_COMPLETION_INDEX   the share of the accounts, as --shard
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY   loopback never goes through a proxy
  NODE_EXTRA_CA_CERTS                 additional certificate authorities
  NO_COLOR, FORCE_COLOR, TERM=dumb, COLUMNS, CI

The file config.json keeps profiles, access tokens and records of the
subscriptions that rcwh made. Its mode is 0600 in a directory of mode 0700; a
file that others can read is an error. Each account of --profiles-from has a
file of its own, without its secrets, in the directory accounts beside it.
With --store, config.json has only profiles; the rest is in PostgreSQL or Redis,
where other machines can use it.`;

const selectors = `Selectors: which subscriptions a command is about

  <id>                      a whole id
  <prefix>                  the first 4 or more characters of one id
  <url>                     the address it delivers to
  --url <glob>              matching addresses, such as 'https://example.com/*'
  --filter <glob>           matching event filters, such as 'glip/*'
  --status <status>         active, unhealthy (anything but Active), or a status
                            such as Blacklisted; for \`list\` and \`forget\` also
                            Expired and Gone: only on record
  --transport <type>        WebHook, WebSocket, PubNub …
  --expiring-within <time>  90s, 15m, 36h, 7d, 2w
  --all                     all of them

Several flags select what matches all of them. A prefix that matches several
subscriptions exits with 2 and lists them. An id that does not exist exits with
3; flags that match nothing exit with 0 and a note, but a status, transport or
filter that nothing can match exits with 2. \`rcwh show\` and
\`rcwh update\` take exactly one id, prefix or URL.`;

const eventFilters = `Event filters: what --filter accepts

  an alias         sms, voicemail, posts, presence, telephony …
                   (\`rcwh filters\` lists them)
  a short path     glip/posts, account/~/presence, team-messaging/v1/posts
  a whole path     /restapi/v1.0/account/~/extension/~/presence
  a reminder       reminder:3d/12h (three days before expiry, every 12 hours)

Repeat --filter, or separate filters with commas. Quote a filter that contains
? or &:
  --filter 'account/~/extension/~/message-store?type=SMS'

\`~\` is the signed-in user's own account or extension, never everyone. For all
users choose an account-wide filter, or one filter per extension id.
\`{accountId}\` and \`{extensionId}\` become ~; fill in any other placeholder.
rcwh refuses an unknown filter and suggests the nearest ones;
--allow-unknown-filter sends it unchanged. A deprecated spelling is sent
unchanged, with a note that names the modern one.
Webinar filters use the webinar API automatically, and need a subscription of
their own.`;

const output = `Output

Data goes to stdout, everything else to stderr. On a terminal you get a table,
in a pipe TSV without a heading. -o (or RCWH_OUTPUT) chooses table, tsv, json,
ndjson, csv or yaml; --json is -o json.

The columns of \`rcwh list\` in TSV and CSV are id, status, expirationTime,
transportType, address, eventFilters (joined by commas), profile, api. New
columns are only added at the end. CSV has a heading.

JSON is one object with schemaVersion 1 and the records under a key:
subscriptions (create, list, show), results (renew, update, delete, recover: id,
profile, outcome, subscription, newId, error), filters, identities (login,
whoami), profiles, explanations, checks (doctor), runs (status), files (cron
print). A subscription keeps RingCentral's own keys and values, plus profile and
api. Keys are only ever added. Errors under --json are one object on stderr:
  { "schemaVersion": 1, "error": { "code", "message", "hint", "exitCode",
    "status", "requestId", "retryAfter" }, "warnings": [] }
Without an error, the object has only the warnings.

People see relative times (in 2 d 4 h), programs RFC 3339 in UTC. The query
string of a webhook URL may contain a secret: tables, TSV, CSV and messages show
?… instead, unless you add --show-secrets. JSON, NDJSON and YAML always contain
the whole URL.`;

const exitCodes = `Exit codes

${[...exitCodeMeanings].map(([code, meaning]) => `${String(code).padStart(5)}  ${meaning}`).join("\n")}

A command on several subscriptions exits with the code of the failure if all
failed in the same way, with 7 if only some failed or they failed in different
ways, with 8 if anything needs attention, and otherwise with 0.`;

const scheduling = `Renewing from cron

A subscription expires silently, 7 days after it was created unless you asked
for more. \`rcwh renew\` extends those that are due and leaves the others alone;
it never shortens a lifetime.

  rcwh login                 as the user whose cron runs it
  rcwh cron print            print a line for \`crontab -e\`, or files for
                             systemd, launchd, Kubernetes or GitHub Actions
  rcwh doctor --cron         check that it would work there
  rcwh status --max-age 26h  for a monitor: exit with 8 if the last successful
                             run is older than that

The line runs \`rcwh renew -q\` with absolute paths, often enough to survive three
failed runs: every 8 hours for lifetimes of 7 days. Flags for it go after --, as
in \`rcwh cron print -- --recover\`.

cron mails whatever a run prints, and -q prints nothing while all is well. A
subscription is due when less than a third of its recorded lifetime is left, or
less than 48 hours if rcwh has no record of it; --within changes that. Exit code
0 means that all is well, 5 to try again later, 8 that something needs
attention, such as a blacklisted subscription (\`rcwh help exit-codes\`).`;

/** The pages of `rcwh help <topic>`. */
export const topics: ReadonlyMap<string, string> = new Map([
  ["environment", environment],
  ["exit-codes", exitCodes],
  ["output", output],
  ["event-filters", eventFilters],
  ["selectors", selectors],
  ["scheduling", scheduling],
]);
