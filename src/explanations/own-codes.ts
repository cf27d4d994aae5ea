import { ExitCode } from "../errors.ts";
import { withExitCode } from "./explanation.ts";

const debugAgain = "Run it again with `--debug`, which shows requests and answers.";

/** The codes that rcwh itself uses in JSON, where RingCentral gave none. */
export const ownCodes: Readonly<Record<string, ReturnType<typeof withExitCode>>> = {
  USAGE: withExitCode(ExitCode.usage, {
    meaning: "The command line, a variable or a file is invalid; nothing was sent.",
    causes: "A flag, a filter, a selector, a duration or a file is invalid.",
    remedies: "See the command's flags with `rcwh help <command>`.",
  }),
  NOT_SIGNED_IN: withExitCode(ExitCode.auth, {
    meaning: "rcwh has no credentials.",
    causes: [
      "Nobody has signed in as this operating-system user on this machine.",
      "Environment variables are incomplete: a group counts only if all of it is set.",
      "A cron job has another HOME, and so another configuration.",
    ],
    remedies: [
      "Sign in with `rcwh login`.",
      "See which variables are read with `rcwh help environment`.",
    ],
  }),
  NO_SUCH_PROFILE: withExitCode(ExitCode.notFound, {
    meaning: "There is no profile of this name.",
    causes: "The name is misspelled, or the profile is in another configuration directory.",
    remedies: "See your profiles with `rcwh profile list`.",
  }),
  STORE: withExitCode(ExitCode.unavailable, {
    meaning:
      "The store that machines share (`--store`) cannot be used. Nothing is done without its locks.",
    causes: [
      "Its server is down, restarting or unreachable from this machine, or a replica that takes no writes.",
      "It is full, or has too many connections.",
    ],
    remedies: ["See what it answers with `rcwh doctor`.", "Run the command again when it is back."],
  }),
  STORE_REFUSED: withExitCode(ExitCode.usage, {
    meaning:
      "The store that machines share (`--store`) refuses, and will until something is changed. Nothing is done without its locks.",
    causes: [
      "The user, the password or the database in its URL is wrong, or the user is locked or lacks a right.",
      "The server cannot be a store: it is too old, one of a cluster, or without the TLS that the URL asks for; or its tables are a newer rcwh's.",
    ],
    remedies: [
      "See what it answers with `rcwh doctor`.",
      "Correct the URL in RCWH_STORE, or have the user's rights changed, then run the command again.",
    ],
  }),
  SEALED: withExitCode(ExitCode.failure, {
    meaning:
      "A secret entry of the store that machines share cannot be opened with RCWH_STORE_KEY.",
    causes: [
      "It was sealed with another key, or is not sealed yet.",
      "Somebody changed it, or put it in another's place.",
    ],
    remedies: [
      "Give the old key too: `RCWH_STORE_KEY=<new key>,<old key>`; `<key>,plain` reads what is not sealed yet.",
      "Else remove the entry that the message names: rcwh signs in again, and renews with more caution.",
    ],
  }),
  BACKED_OFF: withExitCode(ExitCode.auth, {
    meaning:
      "RingCentral has refused this account, so runs over many accounts leave it alone for one to seven days. Nothing was sent.",
    causes: [
      "Its JWT has expired or was revoked, or its app was disabled.",
      "The app or the user lacks a permission.",
    ],
    remedies: [
      "See why, since when and until when with `rcwh status --json`.",
      "Fix the cause, then try it at once with `rcwh renew --profile <name>`, or with `--retry-failed` in the run over many accounts. Other credentials are tried at once.",
    ],
  }),
  LOCK_LOST: withExitCode(ExitCode.unavailable, {
    meaning:
      "This run was suspended, or cut off from its store, for so long that another may work on the account.",
    causes:
      "The machine or its container was paused, or the store could not be reached for 15 seconds.",
    remedies: "Run the command again: it continues from what is on record.",
  }),
  NO_SUCH_FILTER: withExitCode(ExitCode.notFound, {
    meaning: "The catalogue has no such event filter.",
    causes: "The name is misspelled.",
    remedies: "Search with `rcwh filters <word>`.",
  }),
  REPLACING: withExitCode(ExitCode.unavailable, {
    meaning: "The subscription is being replaced; nothing was changed.",
    causes: [
      "`rcwh rotate-token --overlap` lets the old one and the new one deliver for a while.",
      "A replacement was cut off, and the next run finishes it.",
    ],
    remedies: [
      "See when the old one goes with `rcwh list`.",
      "Finish a replacement that was cut off with `rcwh renew`, then try again.",
    ],
  }),
  NOT_FOUND: withExitCode(ExitCode.notFound, {
    meaning: "The subscription does not exist.",
    causes: [
      "It has expired, or somebody deleted or replaced it.",
      "It belongs to another user or app: each sees only its own.",
    ],
    remedies: [
      "See your subscriptions with `rcwh list`.",
      "See who is signed in with `rcwh whoami`.",
    ],
  }),
  NETWORK: withExitCode(ExitCode.unavailable, {
    meaning: "The server did not answer, or only in part.",
    causes: [
      "The server's name does not resolve, nothing listens there, or a firewall blocks it.",
      "The connection broke during the answer.",
    ],
    remedies: ["Check the connection and the server with `rcwh doctor`.", debugAgain],
  }),
  TIMEOUT: withExitCode(ExitCode.unavailable, {
    meaning: "One request took longer than `--timeout` allows.",
    causes: "The server, or a proxy in front of it, is slow or silent.",
    remedies: "Try again, or allow each request more time, such as `--timeout 1m`.",
  }),
  DEADLINE: withExitCode(ExitCode.unavailable, {
    meaning: "The run would have exceeded `--deadline`, so it ended at once.",
    causes: "RingCentral asked rcwh to wait, or the server is slow.",
    remedies: "Allow the run more time, such as `--deadline 5m`.",
  }),
  PROXY: withExitCode(ExitCode.unavailable, {
    meaning: "The proxy refused to connect to the server.",
    causes: "The proxy requires credentials, or does not allow the server.",
    remedies: "Check HTTPS_PROXY and NO_PROXY; `rcwh help environment` says how they are read.",
  }),
  CERTIFICATE: withExitCode(ExitCode.unavailable, {
    meaning: "The server's certificate is not trusted, so nothing was sent.",
    causes: [
      "The network inspects TLS with its own certificate authority.",
      "This machine's clock is wrong.",
      "The certificate does not include the server's name.",
    ],
    remedies:
      "If the network inspects TLS, point NODE_EXTRA_CA_CERTS at its certificate authority.",
  }),
  UNEXPECTED_ANSWER: withExitCode(ExitCode.failure, {
    meaning: "The server's JSON answer has an unexpected shape.",
    causes: "The server is not RingCentral's, or its API has changed.",
    remedies:
      "Check that the server is a RingCentral one with `rcwh whoami`, and run it again with `--debug`.",
  }),
  LOCKED: withExitCode(ExitCode.unavailable, {
    meaning: "Another rcwh process has the lock, and did not finish in time.",
    causes: "Two jobs run at the same time, or one hangs.",
    remedies: "Wait for the other run to end, then try again.",
  }),
  PORT: withExitCode(ExitCode.failure, {
    meaning: "rcwh cannot listen on the port, most often because it is in use.",
    causes: "Another program, perhaps another emulator, already uses it.",
    remedies: "Use another port with --port, or --port 0 to pick a free one.",
  }),
  HOST: withExitCode(ExitCode.failure, {
    meaning: "The address to listen on does not belong to this machine.",
    causes: "`rcwh listen --host` names another machine, or an unknown host.",
    remedies: "Use one of this machine's addresses with `--host`, or leave it out for 127.0.0.1.",
  }),
  LISTENER_LOST: withExitCode(ExitCode.unavailable, {
    meaning: "`rcwh listen` lost its subscription and cannot create another.",
    causes: "RingCentral could not be reached until the subscription expired.",
    remedies: [
      "Check the connection with `rcwh doctor`, then start `rcwh listen` again.",
      "Fetch missed data through the API: missed events are never delivered later.",
    ],
  }),
  RECORD: withExitCode(ExitCode.failure, {
    meaning: "The file of `rcwh listen --record` cannot be written.",
    causes: "The disk is full.",
    remedies: "Free some disk space, then start `rcwh listen --record <file>` again: it appends.",
  }),
  DUPLICATE: withExitCode(ExitCode.failure, {
    meaning:
      "A subscription with the same URL and filters exists; a second one would deliver every event twice.",
    causes: "The command ran before.",
    remedies: "Reuse the existing one with `rcwh create --if-exists reuse`.",
  }),
  PENDING: withExitCode(ExitCode.attention, {
    meaning: "RingCentral does not have the webhooks of `rcwh.yaml` yet.",
    causes:
      "The file was changed, or somebody changed a subscription elsewhere: the plan says which.",
    remedies: "See the plan with `rcwh plan -v`, and apply it with `rcwh apply`.",
  }),
  PLAN_MOVED: withExitCode(ExitCode.attention, {
    meaning: "A saved or confirmed plan is out of date; nothing was changed.",
    causes:
      "The file, its variables or the subscriptions have changed, or the plan was applied already.",
    remedies: "See what would change now with `rcwh plan`.",
  }),
  NOT_DELETED: withExitCode(ExitCode.attention, {
    meaning: "A subscription exists that `rcwh.yaml` names no longer.",
    causes: "Nothing is deleted without `--allow-deletes`.",
    remedies:
      "Delete it with `rcwh apply --allow-deletes`, or give it its place in the file again.",
  }),
  HELD_BACK: withExitCode(ExitCode.attention, {
    meaning: "The filters of a webhook stay as they are, because its `extensions` match nobody.",
    causes: "Somebody left, or a call queue, site or department was renamed or is empty now.",
    remedies:
      "Correct its `extensions` in `rcwh.yaml`. Everything else is applied and renewed meanwhile.",
  }),
  NOT_TRIED: withExitCode(ExitCode.attention, {
    meaning: "A webhook was left as it is, because what takes over its filters failed.",
    causes: "Another change of the same run was refused: its own error says why.",
    remedies: "Fix what failed, then run the same command again.",
  }),
  FILE: withExitCode(ExitCode.failure, {
    meaning: "A file that completions are loaded from cannot be written; nothing was changed.",
    causes: "It belongs to somebody else, or the disk is full.",
    remedies: "Print the script with `rcwh completion <shell>`, and load it yourself.",
  }),
  MANAGED_ELSEWHERE: withExitCode(ExitCode.usage, {
    meaning: "A webhook is in two files for one account, which would deliver its events twice.",
    causes: "The record of the subscription says that another file manages it.",
    remedies: "Remove it from one of the two files.",
  }),
  AMBIGUOUS: withExitCode(ExitCode.failure, {
    meaning:
      "Several subscriptions can be one webhook of `rcwh.yaml` (exit 2), or one definition of rcwh/client's `ensure`.",
    causes: "Two definitions have the same URL, or somebody made subscriptions elsewhere.",
    remedies: [
      "Give each definition a URL of its own: a query is enough.",
      "Delete those that are not needed; see them with `rcwh list`.",
    ],
  }),
  EXISTS: withExitCode(ExitCode.failure, {
    meaning: "`recreate` of rcwh/client was asked for a subscription that exists.",
    causes: "Another process has re-created it, or it never was gone.",
    remedies: "Renew it instead.",
  }),
  ACCESS_TOKEN: withExitCode(ExitCode.unavailable, {
    meaning: "The function that rcwh/client was given as `accessToken` failed.",
    causes: "Whatever looks after the session could not give its token; the message quotes it.",
    remedies: "See what the function says, and try again.",
  }),
  UNEXPECTED: withExitCode(ExitCode.failure, {
    meaning:
      "A method of rcwh/client failed for a reason of its own, which is the error's `cause`.",
    causes: [
      "A function that it was given, such as `onToken`, has thrown.",
      "rcwh/client has a bug.",
    ],
    remedies: "See the stack of the error's `cause`.",
  }),
  DISABLED_FILTERS: withExitCode(ExitCode.attention, {
    meaning: "The subscription is active, but RingCentral has disabled some of its filters.",
    causes: "The user lacks a permission that the filters need; see `rcwh explain SUB-412`.",
    remedies:
      "Have the permission added to the user's role, then run `rcwh update <id> --add-filter <filter>`.",
  }),
  SHORTER_LIFETIME: withExitCode(ExitCode.attention, {
    meaning: "RingCentral granted a shorter lifetime than requested.",
    causes: "The requested lifetime exceeds RingCentral's maximum.",
    remedies: "Run `rcwh renew` from cron to keep it alive; see `rcwh help scheduling`.",
  }),
  SHORTENED: withExitCode(ExitCode.failure, {
    meaning: "After a renewal the subscription expires sooner than before.",
    causes: "The server granted less than requested.",
    remedies: "Ask for the lifetime again with `rcwh renew <id> --expires-in <duration>`.",
  }),
  DEGRADED: withExitCode(ExitCode.attention, {
    meaning: "The subscription was renewed, but with fewer filters or a shorter lifetime.",
    causes: "RingCentral refused its disabled filters or its lifetime, so rcwh requested less.",
    remedies: "See `rcwh show <id>`.",
  }),
  UNHEALTHY: withExitCode(ExitCode.attention, {
    meaning: "The subscription is not active and delivers nothing.",
    causes: "Its endpoint failed for some time; see `rcwh explain blacklisted`.",
    remedies: "See the reason with `rcwh show <id>`.",
  }),
  MALFORMED: withExitCode(ExitCode.attention, {
    meaning:
      "A record of RingCentral's list is not a subscription as it documents one. rcwh shows it as it came, leaves it alone, and works on the others.",
    causes: [
      "A member is missing or has another type, such as a number as id or a filter that is not text.",
      "Two records of the list have the same id.",
    ],
    remedies: [
      "See the record, and what is wrong with it, with `rcwh list --json`.",
      "Silence it in unattended runs with `rcwh renew --ignore <id>`.",
    ],
  }),
  NOT_KEPT: withExitCode(ExitCode.failure, {
    meaning: "A replacement was not started, because rcwh cannot write its journal.",
    causes: "The disk is full, or the configuration directory is not writable.",
    remedies: "Free some disk space, or set RCWH_CONFIG_DIR to a writable directory.",
  }),
  NOT_EXTENDED: withExitCode(ExitCode.unavailable, {
    meaning: "RingCentral confirmed a renewal, and the subscription still ends when it did before.",
    causes: "The server did not do what it confirmed, or has not done it yet.",
    remedies: "Run `rcwh renew` again; see when it ends with `rcwh show <id>`.",
  }),
  NOT_NEW: withExitCode(ExitCode.failure, {
    meaning:
      "RingCentral answered the request for a new subscription with one that existed already, and its list has no new one. Nothing was deleted, and no record was overwritten.",
    causes: "The server found a subscription with the same URL and filters, and returned that.",
    remedies: "See what exists with `rcwh list`, then run the same command again.",
  }),
  INCOMPLETE_LIST: withExitCode(ExitCode.unavailable, {
    meaning:
      "A list that comes in pages changed while it was read, repeated itself or ended early, three times in a row. Nothing was changed: whoever is missing from it would get no events.",
    causes: "People are joining or leaving the account, or the server counts wrong.",
    remedies: "Run the command again in a minute.",
  }),
  STILL_THERE: withExitCode(ExitCode.unavailable, {
    meaning: "RingCentral confirmed a deletion, and still has the subscription.",
    causes: "The server did not do what it confirmed, or has not done it yet.",
    remedies: "After a replacement run `rcwh renew`, else `rcwh delete <id>` again.",
  }),
  NOT_ACTIVE: withExitCode(ExitCode.endpoint, {
    meaning: "The new subscription of a replacement was not active, so the old one was kept.",
    causes: "The endpoint failed as soon as events arrived.",
    remedies:
      "Fix the endpoint until `rcwh check <url> --event` passes, then run the same command again.",
  }),
  EXPIRED: withExitCode(ExitCode.attention, {
    meaning: "A subscription has expired, by its recorded expiry: it was not renewed in time.",
    causes: "No run of `rcwh renew` succeeded before it expired.",
    remedies: [
      "Re-create it with `rcwh renew --recreate <id>`, or drop its record with `rcwh forget <id>`.",
      "See how the last run ended with `rcwh status`.",
    ],
  }),
  DELETED: withExitCode(ExitCode.attention, {
    meaning: "A subscription disappeared before its expiry, so somebody deleted it.",
    causes: "Another program, or another rcwh without this one's records, deleted or replaced it.",
    remedies:
      "Re-create it with `rcwh renew --recreate <id>`, or drop its record with `rcwh forget <id>`. `rcwh renew` reports it only once.",
  }),
  EXPIRING: withExitCode(ExitCode.attention, {
    meaning: "A subscription expires sooner than `rcwh list --fail-on expiring` allows.",
    causes: "`rcwh renew` does not run often enough, or not at all.",
    remedies: "Renew it with `rcwh renew`, and check the schedule with `rcwh status`.",
  }),
  GAP: withExitCode(ExitCode.attention, {
    meaning: "A subscription will expire although every scheduled run works.",
    causes:
      "`rcwh forecast` found its lifetime, or what is left of it, shorter than the time between two runs.",
    remedies:
      "Schedule `rcwh renew` as `rcwh cron print` says, or lengthen the lifetime with `rcwh renew <id> --expires-in 7d`.",
  }),
  RUN_FAILED: withExitCode(ExitCode.attention, {
    meaning: "The last unattended run failed.",
    causes: "`rcwh status` shows its exit code, which says what went wrong.",
    remedies: "Run `rcwh renew` by hand, and follow its hint.",
  }),
  RUN_OVERDUE: withExitCode(ExitCode.attention, {
    meaning: "The last successful run ended longer ago than `--max-age` allows.",
    causes: "The schedule is gone, its machine is off, or every run since has failed.",
    remedies: "Check the schedule, then run `rcwh doctor --cron`.",
  }),
  RUN_NEVER: withExitCode(ExitCode.attention, {
    meaning: "No unattended run is on record.",
    causes: "None has finished yet, or they run as another user or with another RCWH_CONFIG_DIR.",
    remedies: "Create a schedule with `rcwh cron print`.",
  }),
  HOOK_FAILED: withExitCode(ExitCode.attention, {
    meaning:
      "The program of `--on-renewed` or `--on-failure` could not start, failed, or ran too long.",
    causes: "Its messages are on stderr. Nothing that the run did is undone.",
    remedies: "Run the program by itself, with the results as JSON on its standard input.",
  }),
  METRICS_FAILED: withExitCode(ExitCode.attention, {
    meaning: "The metrics file could not be written. Nothing that the run did is undone.",
    causes: "Its directory is missing, full, or not writable for this user.",
    remedies: "Make the directory writable, or use another file with `--metrics-file`.",
  }),
  CHECKS_FAILED: withExitCode(ExitCode.failure, {
    meaning: "A check of `rcwh doctor` failed, or needs attention.",
    causes: "Each row says what was found; the exit code is that of the failed check.",
    remedies: "Follow the hint of each row, then run `rcwh doctor` again.",
  }),
  NO_ACCOUNTS: withExitCode(ExitCode.notFound, {
    meaning: "The source of `--profiles-from`, or this shard of it, has no accounts.",
    causes: "The file or the program's output is empty, or depends on variables that are not set.",
    remedies: "Check the source of `--profiles-from`: each line is one account, as a JSON object.",
  }),
  PROFILES_FROM: withExitCode(ExitCode.failure, {
    meaning: "The program of `--profiles-from` failed, so accounts may be missing.",
    causes: "The secret store could not be reached, or refused access.",
    remedies: "Run the program of `--profiles-from` by itself.",
  }),
  PARTIAL: withExitCode(ExitCode.partial, {
    meaning: "Several subscriptions had different errors.",
    causes: "Each result has its own error and code.",
    remedies: "Look at each one with `rcwh show <id>`.",
  }),
  CONFIRMATION_NEEDED: withExitCode(ExitCode.declined, {
    meaning: "The command needs a confirmation, and nobody could give it.",
    causes: "It is not running in a terminal, or `--no-input`, `--json` or CI is set.",
    remedies: "Add `--yes` to confirm in advance.",
  }),
  CONFIRMATION: withExitCode(ExitCode.declined, {
    meaning: "The confirmation of a tool of `rcwh mcp` does not count; nothing was changed.",
    causes: [
      "It has expired, was used before, or is of another run of `rcwh mcp`.",
      "The tool or its arguments are not those that were previewed.",
    ],
    remedies: 'Call the tool without "confirmation" for a new preview, then confirm that.',
  }),
  CHANGED_SINCE_PREVIEW: withExitCode(ExitCode.declined, {
    meaning:
      "What a tool of `rcwh mcp` would change is not what it was in the preview; nothing was changed.",
    causes: "Somebody changed a webhook or the manifest between the preview and the confirmation.",
    remedies: "Look at the new preview, and confirm that with its own token.",
  }),
  DECLINED: withExitCode(ExitCode.declined, {
    meaning: "The confirmation was declined; nothing was changed.",
    causes: "Somebody answered no.",
    remedies: "Run it again and answer yes, or add `--yes`.",
  }),
  INSTALLATION: withExitCode(ExitCode.failure, {
    meaning: "A file of rcwh is missing or broken.",
    causes: "The package was installed or copied incompletely.",
    remedies: "Install rcwh again, such as with `npm install -g rcwh`.",
  }),
  OUTPUT: withExitCode(ExitCode.failure, {
    meaning: "The output could not be written, but the command did its work.",
    causes: "The disk is full, or the terminal is gone.",
    remedies: "Free some disk space, or write the output elsewhere.",
  }),
  INTERRUPTED: withExitCode(ExitCode.interrupted, {
    meaning: "The run was interrupted.",
    causes: "Ctrl-C or a signal: SIGTERM exits with 143, SIGHUP with 129.",
    remedies: "See the current state with `rcwh list`.",
  }),
  NOT_AN_EMULATOR: withExitCode(ExitCode.failure, {
    meaning: "The server at this URL is not an emulator.",
    causes: "The URL is that of another program, or of RingCentral itself.",
    remedies: "Use the URL that `rcwh emulator` printed, with `--url`.",
  }),
  DELIVERY_FAILED: withExitCode(ExitCode.endpoint, {
    meaning: "The emulator could not deliver the event to an endpoint.",
    causes: "The endpoint is not running, answers with a status other than 200, or takes too long.",
    remedies: "Test the endpoint with `rcwh check <url> --event`: it has 3 s to answer 200.",
  }),
  DEMO: withExitCode(ExitCode.failure, {
    meaning: "One of the demo's commands failed.",
    causes: "See what that command printed.",
    remedies: "Run `rcwh demo` again with `--debug`.",
  }),
  FAILED: withExitCode(ExitCode.failure, {
    meaning: "Something failed that has no specific code.",
    causes: "The message says what, for example a file that cannot be written.",
    remedies: debugAgain,
  }),
  BUG: withExitCode(ExitCode.failure, {
    meaning: "rcwh hit an internal error.",
    causes: "A bug in rcwh, not a mistake of yours.",
    remedies: "Report it with the printed text and the output of `rcwh --version`.",
  }),
};
