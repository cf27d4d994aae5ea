import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { describe, type ExpectStatic } from "vitest";
import { readGlobalFlags } from "../src/commands/flags/global-flags.ts";
import { commands, findCommand } from "../src/program/commands.ts";
import { createProgram } from "../src/program/program.ts";
import { topics } from "../src/program/topics.ts";
import { contextOf, findCommandPaths } from "./support/command-paths.ts";
import { test } from "./support/rcwh.ts";

const root = join(import.meta.dirname, "..");

/** The subcommands with their own help. */
const subcommands = [
  "filters show",
  "cron print",
  "profile list",
  "profile use",
  "profile remove",
  "emulator clock",
  "emulator event",
  "emulator fault",
  "emulator fault list",
  "emulator fault clear",
  "emulator state",
  "emulator log",
  "emulator settings",
  "emulator blacklist",
  "emulator cut",
  "emulator exec",
  "completion suggest",
  "completion refresh",
];
const paths = [...commands.map(({ name }) => name), ...subcommands];

describe("rcwh --help", () => {
  test("lists commands, global flags and topics", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("--help");

    const list = stdout.slice(stdout.indexOf("Webhooks:"), stdout.indexOf("\n\nFlags:"));
    expect(list).toBe(listOfCommands());
    expect(stdout.replace(list, "<commands>")).toMatchInlineSnapshot(`
      "Usage: rcwh <command> [flags]

      Manage RingCentral webhook subscriptions.

      <commands>

      Flags:
        -V, --version               print the version
        -p, --profile <name>        use this profile (RCWH_PROFILE)
        -o, --output <format>       table, tsv, json, ndjson, csv or yaml
                                    (RCWH_OUTPUT)
        --json                      the same as -o json
        -q, --quiet                 print only data, warnings and errors
        -v, --verbose               print more details
        --debug                     trace HTTP requests on stderr, without secrets
        -y, --yes                   skip all confirmations
        --no-input                  never prompt; fail instead
        --no-color                  print without colors (NO_COLOR)
        --timeout <duration>        limit for one request (default: 30s)
        --deadline <duration>       limit for the whole run (default: 90s)
        --api <api>                 platform, webinar or all (default: the ones in
                                    use)
        --credentials-file <path>   read credentials from a .env file
        --access-token-file <path>  use an existing access token from this file
        --store <url>               keep tokens and records in a shared store
                                    (RCWH_STORE)
        --no-token-cache            do not save the access token; revoke it at the end
        --show-secrets              print the query strings of webhook URLs

      Topics:
        rcwh help environment     variables, credentials, proxies
        rcwh help selectors       how to name subscriptions
        rcwh help event-filters   what --filter accepts
        rcwh help output          tables, TSV, JSON and the rest
        rcwh help exit-codes      what scripts may rely on
        rcwh help scheduling      renewing from cron
        rcwh help docs            the pages of the documentation

      Start with \`rcwh demo\` (no account needed) or \`rcwh login\`.
      "
    `);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });

  test("is what `rcwh help` prints", async ({ rcwh, expect }) => {
    const help = await rcwh("--help");

    for (const words of ["help", "help help", "help --help", "--help -h"]) {
      expect(await rcwh(words), words).toEqual(help);
    }
  });

  test("never takes more than 80 columns", async ({ rcwh, expect }) => {
    const { stdout } = await rcwh("--help", { tty: true, columns: 200 });

    expect(linesOver(80, stdout)).toEqual([]);
  });

  test("touches no file and no network", async ({ rcwh, emulator, expect }) => {
    const env = { RCWH_CONFIG_DIR: "", HOME: "" };

    for (const path of paths) {
      expect(await rcwh(`${path} --help`, { env })).toMatchObject({ exitCode: 0, stderr: "" });
    }
    expect(emulator.requests).toEqual([]);
  });
});

describe("rcwh <command> --help", () => {
  test("exists for every command", async ({ expect }) => {
    expect(await findCommandPaths()).toEqual([...commands.map(({ name }) => name), ...subcommands]);
  });

  test("describes create", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("create --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh create [flags] [filter] [url]

      Create a webhook subscription. RingCentral first sends a Validation-Token to the
      URL, and creates the subscription only if the endpoint echoes it. On a terminal
      it asks for what is missing, and lets you search for a filter that it does not
      know.

      Arguments:
        filter                            events to deliver, as for --filter
        url                               https URL of your endpoint, as for --url

      What and where:
        -f, --filter <filter>             events to deliver; repeat or separate with
                                          commas
        -u, --url <url>                   https URL of your endpoint
        --expires-in <duration>           7d, 36h, 10y, max, or an RFC 3339 time
                                          (default: 7d)
        --remind <threshold>              add a reminder before expiry, such as 3d or
                                          3d/12h
        --if-exists <action>              error, reuse or new (default: error)
        --extensions <selector>           whose events to deliver instead of your own:
                                          all (every enabled user), extension numbers
                                          or ids, queue:<name>, site:<name> or
                                          department:<name>; repeat or separate with
                                          commas
        --filters-per-subscription <n>    with --extensions: filters in one
                                          subscription (default: 100)

      Verification token (sent with every delivery):
        --generate-verification-token     generate a token, and print it once
        --verification-token-out <file>   write it to this new file (0600) instead
        --verification-token-file <path>  read the token from a file, or - (stdin)
        --verification-token <token>      the token itself; \`ps\` shows it to everybody

      Other:
        --allow-unknown-filter            send filters that are not in the catalogue
        --dry-run                         print the request without sending it

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # new posts, for 7 days
        rcwh create posts https://example.com/hook
        # two filters, for as long as RingCentral allows
        rcwh create sms,voicemail https://example.com/hook --expires-in 10y
        # a filter with a query: quote it
        rcwh create --filter 'account/~/extension/~/message-store?type=SMS' --url https://…
        # safe to run again, with a secret that every delivery carries
        rcwh create presence https://… --if-exists reuse --generate-verification-token
        # everybody's text messages, in as few subscriptions as possible
        rcwh create sms https://… --extensions all
        # print the request without sending it
        rcwh create posts https://… --dry-run

      JSON:
        { "schemaVersion": 1, "subscriptions": [ { …as RingCentral has it, "profile", "api" } ] }

      Exit codes:
        0  success, or nothing to do
        1  RingCentral refused it, or it already exists (see --if-exists)
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
        4  not signed in, credentials rejected, or permission missing
        5  try again later: network, timeout, 5xx, 429, or another run has the lock
        6  the endpoint failed RingCentral's handshake; nothing was created
        7  --extensions: only some of the subscriptions were created
        8  it exists, but is unhealthy or has less than you asked for
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes list", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("list --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh list|ls [flags]

      List your subscriptions, soonest to expire first. RingCentral shows each app and
      user only its own subscriptions.

      Display:
        -i, --interactive             full screen: search, and act with single keys;
                                      \`reset\` repairs it after kill -9
        --watch [interval]            refresh the list repeatedly (default: every 30s)
        --recorded                    in every format, include what is only on record
                                      (Expired, Gone)
        --fail-on <conditions>        exit with 8 on any of expiring=24h, blacklisted,
                                      disabled-filters, gone

      Selection (rcwh help selectors):
        --url <glob>                  delivering to this address
        --filter <glob>               with this event filter or alias
        --status <status>             active, unhealthy, or a status such as
                                      Blacklisted
        --transport <type>            WebHook, WebSocket, PubNub …
        --expiring-within <duration>  expiring within this time, such as 48h

      Several accounts (--profile also accepts a glob):
        --all-profiles                use every profile that is signed in
        --profiles-from <source>      read accounts as NDJSON from a file, - (stdin)
                                      or '!command'
        --concurrency <n>             accounts to work on at a time (default: 16)
        --shard <i/n>                 work on one share of the accounts, such as 0/4
                                      (RCWH_SHARDS)

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # everything this user created with this app
        rcwh list
        # what needs renewing soon
        rcwh list --expiring-within 48h
        # the whole terminal: search, watch the lifetimes, renew, recover, delete
        rcwh list -i
        # include what is only on record: expired or deleted
        rcwh list --recorded --json
        # exit code 8 if any of these is true, for a monitor
        rcwh list --fail-on expiring=24h,blacklisted,disabled-filters
        # everything unhealthy, for several accounts in one table
        rcwh list --profile 'acme-*' --status unhealthy

      JSON:
        { "schemaVersion": 1, "subscriptions": [ { "id", "status", "expirationTime", "eventFilters",
          "deliveryMode": { "transportType", "address" }, …, "profile", "api" } ] }
        For several accounts also "failures": [ { "profile", "error" } ].

      Exit codes:
        0  success, or nothing to do
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
        3  profile not found
        4  not signed in, credentials rejected, or permission missing
        5  try again later: network, timeout, 5xx or 429
        7  some of several accounts could not be listed
        8  a condition of --fail-on is met, or a record cannot be read
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes show", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("show --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh show [flags] <selector>

      Show one subscription in full, with what rcwh recorded about it. On a terminal,
      it asks for what is missing.

      Arguments:
        selector                    an id, a unique prefix of one, or a URL

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # the first characters of the id are enough
        rcwh show 3f2a
        # by its URL
        rcwh show https://example.com/hook
        # one value, for a script
        rcwh show 3f2a --json | jq '.subscriptions[0].eventFilters'

      JSON:
        { "schemaVersion": 1, "subscriptions": [ { …as RingCentral has it, "profile", "api" } ] }

      Exit codes:
        0  shown, whatever its status
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
        3  no such subscription, only its record is left, or no such profile
        4  not signed in, credentials rejected, or permission missing
        5  try again later: network, timeout, 5xx or 429
        8  a record in the list cannot be read
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes renew", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("renew --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh renew [flags] [selector...]

      Renew the subscriptions that are due, or the selected ones. A subscription is
      due in the last third of its recorded lifetime, or in its last 48 hours if that
      is the default or unknown. Renewing never shortens a lifetime and keeps disabled
      filters. Only one run per profile works at a time: a second one exits with 5.

      Arguments:
        selector                      ids, unique prefixes of ids, or URLs

      Renewal:
        -i, --interactive             pick the subscriptions from a list, due or not
        --within <duration>           renew what expires within this time
        --expires-in <duration>       new lifetime (default: as recorded, else 7d)
        --recover                     replace blacklisted subscriptions, each URL once
                                      in 24 hours
        --recreate                    re-create expired subscriptions from their
                                      records
        --ignore <selector>           do not report problems with this subscription;
                                      repeatable
        --max-changes <n>             change nothing if more subscriptions than this
                                      would be touched
        --dry-run                     print what would be done without doing it
        --jitter <duration>           start after a random pause of up to this long
        --wait                        wait for the other run instead of exiting with 5

      Selection (rcwh help selectors):
        --url <glob>                  delivering to this address
        --filter <glob>               with this event filter or alias
        --status <status>             active, unhealthy, or a status such as
                                      Blacklisted
        --transport <type>            WebHook, WebSocket, PubNub …
        --expiring-within <duration>  expiring within this time, such as 48h
        --all                         every subscription, due or not

      Several accounts (--profile also accepts a glob):
        --all-profiles                use every profile that is signed in
        --profiles-from <source>      read accounts as NDJSON from a file, - (stdin)
                                      or '!command'
        --concurrency <n>             accounts to work on at a time (default: 16)
        --shard <i/n>                 work on one share of the accounts, such as 0/4
                                      (RCWH_SHARDS)
        --retry-failed                also try accounts that are skipped after
                                      permanent failures

      Monitoring:
        --on-renewed <command>        run this after a run that renewed or recovered
                                      something
        --on-failure <command>        run this after a run whose exit code is not 0
        --hook-timeout <duration>     end these commands after this long (default:
                                      60s)
        --metrics-file <path>         write metrics for node_exporter's textfile
                                      collector
        --ping-url <url>              ping a dead man's switch at start and end
                                      (RCWH_PING_URL)

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # everything that is due
        rcwh renew
        # from cron: silent while all is well
        rcwh renew -q --recover --jitter 5m
        # one subscription, due or not
        rcwh renew 3f2a
        # everything, for as long as RingCentral allows
        rcwh renew --all --expires-in max
        # what would be renewed in the next three days
        rcwh renew --dry-run --within 3d
        # every profile, with a hook
        rcwh renew -q --all-profiles --on-failure 'mail -s rcwh me'

      JSON:
        { "schemaVersion": 1, "results": [ { "id", "profile",
          "outcome": "renewed|not-due|unchanged|degraded|disabled-filters|blacklisted|skipped|
            shortened|refused|gone|try-later|not-tried|recovered|recreated|duplicate|
            deleted|unfinished|malformed|interrupted|
            would-renew|would-recover|would-recreate",
          "subscription", "newId", "gap": { "from", "to" }, "error" } ] }
        refused is permanent, try-later is temporary. For several accounts also
        "failures": [ { "profile", "error" } ]; -o ndjson streams the results.

      Exit codes:
        0  success, or nothing to do
        1  RingCentral refused to renew, or shortened a lifetime
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
        3  no such subscription, or no such profile
        4  not signed in, credentials rejected, or permission missing
        5  try again later: network, timeout, 5xx, 429, or another run has the lock
        6  --recover, --recreate: an endpoint failed RingCentral's handshake
        7  some could not be renewed, or all failed for different reasons
        8  some need attention: blacklisted, gone, disabled filters or duplicates
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes update", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("update --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh update [flags] <selector>

      Change a subscription. Filters and lifetime change in place. RingCentral cannot
      change a URL or a verification token: for those, rcwh creates a new
      subscription, waits until it works, and deletes the old one. Until then both
      deliver. On a terminal, it asks for what is missing.

      Arguments:
        selector                          an id, a unique prefix of one, or a URL

      In place:
        --add-filter <filter>             also deliver these events; repeatable
        --remove-filter <filter>          stop delivering these events; repeatable
        -f, --filter <filter>             replace the whole set of filters; repeatable
        --expires-in <duration>           7d, 36h, 10y, max, or an RFC 3339 time
        --allow-shorter                   let --expires-in shorten the lifetime

      By replacement:
        -u, --url <url>                   new URL
        --generate-verification-token     generate a token, and print it once
        --verification-token-out <file>   write it to this new file (0600) instead
        --verification-token-file <path>  read the token from a file, or - (stdin)
        --verification-token <token>      the token itself; \`ps\` shows it to everybody
        --require-token                   refuse if rcwh does not know the token in
                                          use
        --break-before-make               at the subscription limit, delete the old
                                          one first; loses events

      Other:
        --allow-unknown-filter            send filters that are not in the catalogue
        --dry-run                         print what would be done without doing it

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # one more filter, everything else stays
        rcwh update 3f2a --add-filter voicemail
        # these filters, and no others
        rcwh update 3f2a --filter sms,posts
        # a longer life
        rcwh update 3f2a --expires-in 10y
        # move it without losing an event
        rcwh update 3f2a --url https://example.com/new
        # change the secret, unattended
        rcwh update 3f2a --generate-verification-token --yes

      JSON:
        { "schemaVersion": 1, "results": [ { "id", "profile",
          "outcome": "updated|replaced|unchanged|would-update|would-replace",
          "subscription", "newId", "requests": [ …what --dry-run would send ],
          "gap": { "from", "to" } } ], "verificationToken" }

      Exit codes:
        0  success, or nothing to do
        1  RingCentral refused the change
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
        3  no such subscription, or no such profile
        4  not signed in, credentials rejected, or permission missing
        5  try again later: network, timeout, 5xx, 429, or another run has the lock
        6  the endpoint failed RingCentral's handshake; the old one is unchanged
        8  changed, but is unhealthy, or lacks filters or lifetime that you asked for
        9  a replacement was declined, or nobody could confirm it (see --yes)
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes delete", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("delete --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh delete|rm [flags] [selector...]

      Delete subscriptions, after a confirmation. RingCentral keeps no copy. On a
      terminal, it asks for what is missing.

      Arguments:
        selector                      ids, unique prefixes of ids, or URLs

      Selection (rcwh help selectors):
        --url <glob>                  delivering to this address
        --filter <glob>               with this event filter or alias
        --status <status>             active, unhealthy, or a status such as
                                      Blacklisted
        --transport <type>            WebHook, WebSocket, PubNub …
        --expiring-within <duration>  expiring within this time, such as 48h
        --all                         every subscription

      Other:
        --max-changes <n>             delete nothing if there are more than this
        --dry-run                     print what would be deleted without deleting it

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # one, after a confirmation
        rcwh delete 3f2a
        # two, unattended
        rcwh delete 3f2a 91bc --yes
        # everything that delivers to an old host
        rcwh delete --url 'https://old.example.com/*'
        # but nothing if there are more than five
        rcwh delete --status Blacklisted --max-changes 5
        # what would be deleted
        rcwh delete --all --dry-run

      JSON:
        { "schemaVersion": 1, "results": [ { "id", "profile",
          "outcome": "deleted|gone|forgotten|refused|try-later|not-tried|interrupted|
            would-delete|would-forget",
          "subscription", "error" } ] }

      Exit codes:
        0  success, or nothing to do
        1  RingCentral refused to delete
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
        3  a subscription that you named does not exist, or no such profile
        4  not signed in, credentials rejected, or permission missing
        5  try again later: network, timeout, 5xx or 429
        7  some could not be deleted, or all failed for different reasons
        8  a record in the list cannot be read; it was left alone
        9  declined, or nobody could confirm (see --yes); nothing was deleted
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes filters", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("filters --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh filters [flags] [command] [query...]

      Search the catalogue of event filters by name, path, alias, scope or summary.
      Every word must match. Needs no account.

      Commands:
        show <filter>               show one filter

      Arguments:
        query                       words to look for

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # the whole catalogue
        rcwh filters
        # filters for text messages
        rcwh filters sms
        # filters that need a scope
        rcwh filters ReadPresence
        # one filter, with a sample event
        rcwh filters show voicemail
        # print paths for a script
        rcwh filters presence --json | jq -r '.filters[].filter'

      JSON:
        { "schemaVersion": 1, "filters": [ { "filter", "name", "category", "summary", "permission", "query": [],
          "api", "aliases": [], "confidence", … } ] }

      Exit codes:
        0  shown, also when no filter matches
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes filters show", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("filters show --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh filters show [flags] <filter>

      Show an event filter in full, with a sample of the event it delivers.

      Arguments:
        filter                      an alias, a path or a name

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # by its alias
        rcwh filters show voicemail
        # by its path
        rcwh filters show account/~/presence
        # a sample event, for a script
        rcwh filters show sms --json | jq '.filters[0].sample'

      JSON:
        { "schemaVersion": 1, "filters": [ { "filter", "name", "category", "summary", "permission", "query": [],
          "api", "aliases": [], "confidence", …, "sample" } ] }

      Exit codes:
        0  shown
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
        3  no such filter
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes explain", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("explain --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh explain [flags] [code...]

      Explain an error code or a reason for blacklisting: what it means, what causes
      it and what to do. Knows RingCentral's codes, HTTP statuses, rcwh's own codes
      and its exit codes, alone or in what a run printed. Needs no account.

      Arguments:
        code                        codes such as SUB-525, or a message; - or a pipe:
                                    stdin

      Flags:
        --list                      list every code

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # explain a code
        rcwh explain SUB-525
        # explain a reason or message as printed
        rcwh explain 'Webhook responses with code: [404], reason: [Not Found]'
        # explain an exit code
        rcwh explain 8
        # explain what another command printed
        rcwh renew 2>&1 | rcwh explain
        # list every code
        rcwh explain --list
        # print what to do, for a script
        rcwh explain SUB-525 --json | jq -r '.explanations[0].remedies[]'

      JSON:
        { "schemaVersion": 1, "explanations": [ { "code", "kind": "ringcentral|oauth|blacklist|http|rcwh",
          "status", "exitCode", "meaning", "causes": [], "remedies": [], "open" } ] }

      Exit codes:
        0  explained
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes cron", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("cron --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh cron <command> [flags]

      Schedule \`rcwh renew\`.

      Commands:
        print [format] [flags...]            print a schedule, and change nothing

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # a line for crontab
        rcwh cron print
        # a service and its timer
        rcwh cron print systemd
        # check that it works under cron
        rcwh doctor --cron

      JSON:
        { "schemaVersion": 1, "files": [ { "path", "text" } ],
          "schedule": { "format", "intervalSeconds", "command": [], "environment": {} } }

      Exit codes:
        0  printed
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
        3  profile not found
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes cron print", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("cron print --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh cron print [flags] [format] [-- <flag of renew...>]

      Print a schedule for \`rcwh renew\` or \`rcwh ensure\`, and change nothing. Runs
      often enough to survive three failed runs, based on your shortest lifetime, at a
      minute picked for this machine. Uses the current profile and configuration, and
      contains no secret.

      Arguments:
        format                      crontab, systemd, launchd, kubernetes,
                                    github-actions (default: crontab)
        flags                       after --: flags for the runs

      Schedule:
        --ensure <path>             run \`rcwh ensure\` with this file (crontab,
                                    systemd, launchd)
        --lifetime <duration>       shortest lifetime (default: as recorded, else 7d)
        --image <name>              the container image (default:
                                    registry.example.com/rcwh:0.1.0)
        --only <file>               print only this file of the schedule

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # a line for \`crontab -e\`
        rcwh cron print
        # with flags for \`rcwh renew\`
        rcwh cron print crontab -- --recover
        # for \`rcwh ensure\` with this file
        rcwh cron print --ensure /etc/rcwh.yaml
        # one of its files
        rcwh cron print systemd --only rcwh-renew.timer
        # a CronJob
        rcwh cron print kubernetes --image registry.example.com/rcwh:1
        # a workflow, without asking RingCentral
        rcwh cron print github-actions --lifetime 30d

      JSON:
        { "schemaVersion": 1, "files": [ { "path", "text" } ],
          "schedule": { "format", "intervalSeconds", "command": [], "environment": {} } }

      Exit codes:
        0  printed
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
        3  profile not found
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes doctor", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("doctor --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh doctor [flags] [-- <flag of renew...>]

      Check the configuration, credentials, server, clock, quota and subscriptions.
      Signs in if necessary, and changes nothing else. A failure exits with the code
      that other commands would exit with, a warning with 8.

      Arguments:
        flags                       with --cron, after --: flags for the runs of \`rcwh
                                    renew\`

      Checks:
        --cron                      dry-run the line of \`rcwh cron print\` in cron's
                                    environment

      Several accounts (--profile also accepts a glob):
        --all-profiles              use every profile that is signed in
        --profiles-from <source>    read accounts as NDJSON from a file, - (stdin) or
                                    '!command'
        --concurrency <n>           accounts to work on at a time (default: 16)
        --shard <i/n>               work on one share of the accounts, such as 0/4
                                    (RCWH_SHARDS)

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # check everything that a run needs
        rcwh doctor
        # also try the line of \`rcwh cron print\` as cron would run it
        rcwh doctor --cron
        # with flags for \`rcwh renew\`
        rcwh doctor --cron -- --recover
        # every account
        rcwh doctor --all-profiles
        # for a script
        rcwh doctor --json | jq -r '.checks[] | select(.status != "pass") | .rule'

      JSON:
        { "schemaVersion": 1, "checks": [ { "rule", "status": "pass|warn|fail|skip",
          "measured", "limit", "code", "hint", "profile", "exitCode" } ] }

      Exit codes:
        0  everything passed
        1  a check failed for a reason not listed below
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
        3  profile not found
        4  not signed in, credentials rejected, or permission missing
        5  RingCentral cannot be reached, is overloaded, or its quota is used up
        7  several checks failed, for different reasons
        8  nothing failed, but there are warnings
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes login", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("login --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh login [flags]

      Sign in with a JWT, and save the credentials once the server accepts them.
      Prompts for what flags and variables do not provide.

      Credentials:
        --server <url>               RingCentral's server (default:
                                     https://platform.ringcentral.com)
        --client-id <id>             the app's client id
        --client-secret-file <path>  read the app's client secret from a file
        --jwt-file <path>            read the JWT from a file
        --jwt-stdin                  read the JWT from standard input
        --client-secret <secret>     the client secret itself; visible to others in
                                     process lists
        --jwt <jwt>                  the JWT itself; visible to others in process
                                     lists

      Profile:
        --replace                    replace the profile's credentials of another
                                     user, app or server

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # answer prompts
        rcwh login
        # sign in without prompts
        rcwh login --client-id aBcD --client-secret-file s.txt --jwt-file jwt.txt
        # read the JWT from a password manager
        pass rc/jwt | rcwh login --client-id aBcD --client-secret-file s.txt --jwt-stdin
        # keep a second user, app or server
        rcwh login --profile acme
        # use RingCentral's sample .env file
        rcwh login --credentials-file .env

      JSON:
        { "schemaVersion": 1, "identities": [ { "profile", "server", "source",
          "clientId", "extensionId", "accountId", "extensionNumber", "name",
          "scopes": [], "tokenExpirationTime" } ] }

      Exit codes:
        0  success, or nothing to do
        1  RingCentral refused the sign-in, or the credentials cannot be saved
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
        4  RingCentral rejected the client id, the secret or the JWT
        5  try again later: network, timeout, 5xx or 429
        9  would replace another user's credentials: declined, or without --replace
        130  interrupted; nothing was saved
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes logout", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("logout --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh logout [flags]

      Revoke a profile's session and forget its credentials. Subscriptions stay, and
      so do rcwh's records of them for the next login.

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # sign out of the current profile
        rcwh logout
        # sign out of another profile
        rcwh logout --profile acme
        # print nothing unless something fails
        rcwh logout -q

      JSON:
        { "schemaVersion": 1, "results": [ { "profile", "outcome": "signed-out|removed|in-use" } ] }

      Exit codes:
        0  success, or nothing to do
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
        3  profile not found
        4  not signed in
        130  interrupted
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes whoami", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("whoami --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh whoami [flags]

      Show the signed-in user, the server, and the source of the credentials.

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # show the current user
        rcwh whoami
        # show the user of another profile
        rcwh whoami --profile acme
        # print one value for a script
        rcwh whoami --json | jq -r '.identities[0].server'

      JSON:
        { "schemaVersion": 1, "identities": [ { "profile", "server", "source",
          "clientId", "extensionId", "accountId", "extensionNumber", "name",
          "scopes": [], "tokenExpirationTime" } ] }

      Exit codes:
        0  signed in
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
        3  profile not found
        4  not signed in, or the credentials were rejected
        5  try again later: network, timeout, 5xx or 429
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes profile", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("profile --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh profile <command> [flags]

      Keep several users, apps or servers side by side.

      Commands:
        list|ls                     List the profiles with their users; * marks the
                                    one in use.
        use <name>                  Choose the profile that commands use.
        remove|rm <name>            Revoke a profile's session, and remove the profile
                                    with its records. Its subscriptions stay on the
                                    server.

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # add a profile
        rcwh login --profile acme
        # list them; * marks the one in use
        rcwh profile list
        # use it from now on
        rcwh profile use acme
        # use it once
        rcwh list --profile acme
        # remove it
        rcwh profile remove acme --yes

      JSON:
        { "schemaVersion": 1, "profiles": [ { "profile", "server", "clientId", "current", "extensionId",
          "accountId", "extensionNumber", "name" } ] }

      Exit codes:
        0  success, or nothing to do
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
        3  profile not found
        9  remove: declined, or nobody could confirm (see --yes)
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes profile list", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("profile list --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh profile list|ls [flags]

      List the profiles with their users; * marks the one in use.

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # all profiles
        rcwh profile list
        # their names, one per line
        rcwh profile list | cut -f1
        # the one in use
        rcwh profile list --json | jq -r '.profiles[] | select(.current).profile'

      JSON:
        { "schemaVersion": 1, "profiles": [ { "profile", "server", "clientId", "current", "extensionId",
          "accountId", "extensionNumber", "name" } ] }

      Exit codes:
        0  success, or nothing to do
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes profile use", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("profile use --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh profile use [flags] <name>

      Choose the profile that commands use.

      Arguments:
        name                        the profile

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # from now on
        rcwh profile use acme
        # for one command
        rcwh list --profile acme
        # with a variable, for a script
        RCWH_PROFILE=acme rcwh list

      JSON:
        { "schemaVersion": 1, "results": [ { "profile", "outcome": "signed-out|removed|in-use" } ] }

      Exit codes:
        0  success, or nothing to do
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
        3  profile not found
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes profile remove", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("profile remove --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh profile remove|rm [flags] <name>

      Revoke a profile's session, and remove the profile with its records. Its
      subscriptions stay on the server.

      Arguments:
        name                        the profile

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # after a confirmation
        rcwh profile remove acme
        # unattended
        rcwh profile remove acme --yes
        # sign out, but keep the records for the next login
        rcwh logout --profile acme

      JSON:
        { "schemaVersion": 1, "results": [ { "profile", "outcome": "signed-out|removed|in-use" } ] }

      Exit codes:
        0  success, or nothing to do
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
        3  profile not found
        9  declined, or nobody could confirm (see --yes); nothing was removed
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes emulator", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("emulator --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh emulator [flags] [command]

      Run an emulated RingCentral on this machine: sign-in, both subscription APIs,
      the WebSocket gateway, handshakes, deliveries and rate limits. Its subcommands,
      run in another terminal, move its clock, send events and make requests fail. By
      default it listens on loopback and forgets everything when it ends.

      Commands:
        clock                           show or move its clock
        event <filter>                  send an event
        fault                           make requests fail
        state                           show or reset its state
        log                             show requests and deliveries
        settings [change...]            show or change its settings
        blacklist <id>                  blacklist a subscription
        cut                             cut every WebSocket
        exec <command...>               run a command with an emulator of its own

      Emulator:
        --port <port>                   port to listen on; 0 picks a free one
                                        (default: 4010)
        --host <address>                address to listen on (default: 127.0.0.1)
        --allow-host <name>             also answer requests for this host, such as a
                                        container's name (repeatable)
        --state <path>                  save state to this file, and resume from it
        --seed <text>                   make ids, tokens, sample events and random
                                        choices repeatable
        --rate-limit <limits>           requests per minute:
                                        <light>/<medium>/<heavy>/<auth>, or off
                                        (default: 50/40/10/5)
        --allow-remote                  also call webhook addresses outside this
                                        machine

      In a browser:
        --ui                            serve a page on this machine that shows
                                        events, and sends them again
        --ui-port <port>                port of the page; 0 picks a free one (default:
                                        4012, or a free one)

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # listen on port 4010 until Ctrl-C
        rcwh emulator
        # pick a free port, and print it for a script
        rcwh emulator --port 0 --json
        # use it from another terminal
        RCWH_SERVER=http://127.0.0.1:4010 RCWH_CLIENT_ID=emulator-client RCWH_CLIENT_SECRET=emulator-secret RCWH_JWT=user-1 rcwh list
        # watch it in a browser: clock, events, faults, requests
        rcwh emulator --ui
        # resume tomorrow where it stopped today
        rcwh emulator --state state.json
        # run a command with an emulator of its own
        rcwh emulator exec -- npm test

      JSON:
        { "schemaVersion": 1, "url", "clientId", "clientSecret", "jwt" } on one line, once it listens

      Exit codes:
        0  ended by itself, because its output was closed
        1  cannot listen, or cannot write the state file
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
        5  the port or the state file is in use
        130  stopped with Ctrl-C
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("describes demo", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("demo --help");

    expect(stdout).toMatchInlineSnapshot(`
      "Usage: rcwh demo [flags]

      Watch the whole life of a webhook, with an endpoint that fails, a blacklisted
      subscription and its recovery. The demo starts an emulated RingCentral and an
      endpoint on this machine, then runs the real commands and shows what they print.
      It needs no account and leaves your configuration alone.

      Flags:
        --fast                      do not wait for a key between the steps

      Global flags (see \`rcwh --help\`):
        -h, -p, -o, --json, -q, -v, --debug, -y, --no-input, --no-color, --timeout,
        --deadline, --api, --credentials-file, --access-token-file, --store,
        --no-token-cache, --show-secrets

      Examples:
        # no account needed, nothing left behind
        rcwh demo
        # without waiting for a key between the steps
        rcwh demo --fast
        # with every HTTP request
        rcwh demo --debug
        # page by page
        rcwh demo --no-color | less

      Exit codes:
        0  the demo ran to its end
        1  a step failed, which is a bug in rcwh
        2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
        130  interrupted; nothing is left behind
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("is what `rcwh help <command>` prints, also by an alias", async ({ rcwh, expect }) => {
    for (const path of paths) {
      expect(await rcwh(`help ${path}`), path).toEqual(await rcwh(`${path} --help`));
    }
    expect(await rcwh("help ls")).toEqual(await rcwh("list --help"));
    expect(await rcwh("help rm")).toEqual(await rcwh("delete --help"));
  });

  test("fits terminals of 80 and 60 columns", async ({ rcwh, expect }) => {
    for (const path of paths) {
      for (const columns of [80, 60]) {
        const { stdout } = await rcwh(`${path} --help`, { tty: true, columns });
        const wide = linesOver(columns, stdout);
        // A single word or quoted argument may be longer.
        expect(
          wide.filter((line) => /\S +\S/.test(line.replace(/'[^']*'/, ""))),
          path,
        ).toEqual([]);
      }
    }
  });

  test("wraps comments, commands, JSON and exit codes correctly", async ({ rcwh, expect }) => {
    const { stdout } = await rcwh("check --help", { tty: true, columns: 60 });

    expect(stdout.slice(stdout.indexOf("Examples:"))).toMatchInlineSnapshot(`
      "Examples:
        # the handshake, as RingCentral does it
        rcwh check https://example.com/hook
        # while developing: also delivers an event, needs no
        # account
        rcwh check http://localhost:5000/webhook
        # how long it takes: p50 and maximum
        rcwh check https://example.com/hook --samples 20
        # also deliver a sample text message, after a confirmation
        rcwh check https://example.com/hook --event sms \\
          --verification-token-file token.txt
        # for a script: the code that RingCentral would return
        rcwh check https://example.com/hook --json | jq -r \\
          '.checks[] | select(.status == "fail") | .code'

      JSON:
        { "schemaVersion": 1, "checks": [ { "rule", "status":
          "pass|warn|fail|skip",
          "measured", "limit", "code", "hint", "profile",
          "exitCode" } ] }

      Exit codes:
        0  RingCentral would accept the endpoint
        2  usage error: bad flag, unknown filter, ambiguous
           prefix, invalid file
        5  could not be tried from here: network or DNS failed
        6  the endpoint broke a rule; the error names it
        9  --event: declined, or nobody could confirm (see --yes)
        130  interrupted
      "
    `);
  });

  test("keeps each example on one line in a pipe", async ({ rcwh, expect }) => {
    const { stdout } = await rcwh("emulator --help", { columns: 60 });

    expect(stdout).toContain(
      "\n  RCWH_SERVER=http://127.0.0.1:4010 RCWH_CLIENT_ID=emulator-client RCWH_CLIENT_SECRET=emulator-secret RCWH_JWT=user-1 rcwh list\n",
    );
  });

  test("contains purpose, usage, three to six examples and exit codes for every command", async ({
    rcwh,
    expect,
  }) => {
    for (const path of paths) {
      const { stdout } = await rcwh(`${path} --help`);

      expect(stdout, path).toMatch(
        /^Usage: rcwh .+\n\n[A-Z].+\nExamples:\n.+\nExit codes:\n {2}0 /s,
      );
      const examples = stdout.split("\n").filter((line) => line.startsWith("  # "));
      expect(examples.length, path).toBeGreaterThanOrEqual(3);
      expect(examples.length, path).toBeLessThanOrEqual(6);
    }
  });

  test("says on a line each what the exit codes mean for that command", async ({
    rcwh,
    expect,
  }) => {
    const general = meaningsIn((await rcwh("help exit-codes")).stdout);
    for (const path of paths) {
      const { stdout } = await rcwh(`${path} --help`);
      const own = meaningsIn(stdout.slice(stdout.indexOf("Exit codes:")));
      expect([...own.keys()].slice(0, 1), path).toEqual([0]);
      expect(own.has(2), path).toBe(true);
      const vague = [1, 3, 6, 7, 8, 9].filter((code) => own.get(code) === general.get(code));
      expect(
        vague.filter((code) => own.has(code)),
        path,
      ).toEqual([]);
      expect(
        linesOver(80, [...own].map(([code, text]) => `  ${code}  ${text}`).join("\n")),
      ).toEqual([]);
    }
  });

  test("contains only valid examples", async ({ rcwh, expect }) => {
    for (const path of paths) {
      const { stdout } = await rcwh(`${path} --help`);
      const [, section = ""] = /\nExamples:\n(.*?)\n\n/s.exec(stdout) ?? [];
      for (const line of section.split("\n").filter((each) => !each.startsWith("  # "))) {
        await expectToParse(line, expect);
      }
    }
  });
});

describe("rcwh help <topic>", () => {
  test("prints each topic of the root help", async ({ rcwh, expect }) => {
    const { stdout } = await rcwh("--help");
    const named = [...stdout.matchAll(/rcwh help ([\w-]+)/g)].map(([, topic]) => topic);

    // The pages of the documentation are the build's.
    expect(named.sort()).toEqual([...topics.keys(), "docs"].sort());
    for (const topic of topics.keys()) {
      const help = await rcwh(`help ${topic}`);

      expect(help).toMatchObject({ exitCode: 0, stderr: "" });
      expect(linesOver(80, help.stdout)).toEqual([]);
    }
  });

  test("lists the topics for an unknown one", async ({ rcwh, expect }) => {
    expect(await rcwh("help webhooks")).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: Unknown command or help topic "webhooks".
      hint: See \`rcwh help\` for commands, or choose a topic: environment, exit-codes, output, event-filters, selectors, scheduling, docs.
      ",
        "stdout": "",
      }
    `);
  });

  test("explains the exit codes", async ({ rcwh, expect }) => {
    expect((await rcwh("help exit-codes")).stdout).toMatchInlineSnapshot(`
      "Exit codes

          0  success, or nothing to do
          1  refused by the server, or a bug in rcwh
          2  usage error: bad flag, unknown filter, ambiguous prefix, invalid file
          3  subscription or profile not found
          4  not signed in, credentials rejected, or permission missing
          5  try again later: network, timeout, 5xx, 429, or another run has the lock
          6  the endpoint breaks one of RingCentral's rules
          7  partial success
          8  needs attention: blacklisted, disabled filters, less granted than asked
          9  declined, or not confirmed
        130  interrupted (129: hangup, 143: terminated)

      A command on several subscriptions exits with the code of the failure if all
      failed in the same way, with 7 if only some failed or they failed in different
      ways, with 8 if anything needs attention, and otherwise with 0.
      "
    `);
  });
});

describe("rcwh never names", () => {
  test("a command or a topic that does not exist", async ({ expect }) => {
    const unknown: string[] = [];
    for (const file of await readdir(join(root, "src"), { recursive: true })) {
      if (!file.endsWith(".ts")) continue;
      const text = await readFile(join(root, "src", file), "utf8");
      for (const match of text.matchAll(/`rcwh ([a-z][a-z-]*)(?: ([a-z-]+))?/g)) {
        if (!isQuoted(text, match.index)) continue;
        const [phrase, word, topic] = match;
        const isTopic = topic === "docs" || topics.has(topic ?? "");
        const isHelp = word === "help" && (isTopic || topic === undefined || findCommand(topic));
        if (!isHelp && !findCommand(word)) unknown.push(`${file}: ${phrase}`);
      }
    }
    expect(unknown).toEqual([]);
  });
});

/** The lines of exit codes in a text. */
function meaningsIn(text: string): ReadonlyMap<number, string> {
  const lines = text.matchAll(/^ +(\d+) {2}(\S.*)$/gm);
  return new Map([...lines].map(([, code, meaning = ""]) => [Number(code), meaning]));
}

function linesOver(columns: number, text: string): string[] {
  return text.split("\n").filter(({ length }) => length > columns);
}

/** Whether a backtick is part of a text instead of a template. */
function isQuoted(code: string, index: number): boolean {
  const before = code.slice(code.lastIndexOf("\n", index) + 1, index);
  return before.endsWith("\\") || before.split('"').length % 2 === 0;
}

/** Each group under its heading, as in the root help. */
function listOfCommands(): string {
  const groups = new Set(commands.map(({ group }) => group));
  return [...groups]
    .map((heading) => {
      const lines = commands
        .filter(({ group }) => group === heading)
        .map(({ name, alias, summary }) => {
          const term = alias ? `${name}|${alias}` : name;
          return `  ${term.padEnd(28)}${summary}`;
        });
      return [heading, ...lines].join("\n");
    })
    .join("\n\n");
}

/** Parses a command line like rcwh, without running it. */
async function expectToParse(line: string, expect: ExpectStatic): Promise<void> {
  const words = shellWords(line);
  const start = words.indexOf("rcwh");
  if (start < 0) {
    expect(words[0], line).toBe("curl");
    return;
  }
  const end = words.findIndex((word, index) => index > start && /^[|>]$/.test(word));
  const argv = words.slice(start + 1, end < 0 ? undefined : end);
  const context = await contextOf(argv);
  const { words: operands, options } = readGlobalFlags(argv);
  const program = await createProgram(context, findCommand(operands[0]), options);
  let parsed: string | undefined;
  replaceActions(program, (name) => {
    parsed = name;
  });
  await program.parseAsync(argv, { from: "user" }).catch((error: unknown) => {
    throw new Error(`${line}: ${String(error)}`);
  });
  expect(parsed, line).toBe(argv.find((word) => word === parsed));
}

function replaceActions(command: CommandUnknownOpts, act: (name: string) => void): void {
  for (const each of command.commands) {
    // Other commands with subcommands do nothing alone.
    if (
      each.commands.length === 0 ||
      ["filters", "emulator", "fault", "completion"].includes(each.name())
    ) {
      each.action(() => act(each.name()));
    }
    replaceActions(each, act);
  }
}

/** The words of a command line, or of the rcwh call in its `$(…)`, without quotes; `|` is a separate word. */
function shellWords(line: string): string[] {
  const [, call = line] = /\$\((rcwh [^)]*)\)/.exec(line) ?? [];
  return [...call.matchAll(/(?:[^\s']|'[^']*')+/g)].map(([word]) => word.replaceAll("'", ""));
}
