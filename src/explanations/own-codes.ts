import { ExitCode } from "../errors.ts";
import type { Explanation } from "./explanation.ts";

type OwnCodes = Readonly<
  Record<string, Omit<Explanation, "code" | "kind" | "exitCode"> & { readonly exitCode: ExitCode }>
>;

const debugAgain = "Run it again with `--debug`, which shows what is sent and answered.";

/** What rcwh itself says as `code` under `--json`, where RingCentral gave none. */
export const ownCodes: OwnCodes = {
  USAGE: {
    exitCode: ExitCode.usage,
    meaning:
      "rcwh cannot do what the command line, a variable or a file asks for; nothing was sent.",
    causes: ["A flag, a filter, a selector, a duration or a file is not what it has to be."],
    remedies: ["See what the command takes with `rcwh help <command>`."],
  },
  NOT_SIGNED_IN: {
    exitCode: ExitCode.auth,
    meaning: "rcwh has no credentials to work with.",
    causes: [
      "Nobody has signed in on this machine as this user of the operating system.",
      "Variables are set in part: a group of them counts only when it is whole.",
      "A job of cron has another HOME, and so another configuration.",
    ],
    remedies: [
      "Sign in with `rcwh login`.",
      "See which variables are read with `rcwh help environment`.",
    ],
  },
  NO_SUCH_PROFILE: {
    exitCode: ExitCode.notFound,
    meaning: "There is no profile of this name.",
    causes: ["The name is misspelt, or the profile is kept in another configuration directory."],
    remedies: ["See which there are with `rcwh profile list`."],
  },
  NO_SUCH_FILTER: {
    exitCode: ExitCode.notFound,
    meaning: "The catalogue has no such event filter.",
    causes: ["The name is misspelt."],
    remedies: ["Search with `rcwh filters <word>`."],
  },
  NOT_FOUND: {
    exitCode: ExitCode.notFound,
    meaning: "There is no such subscription.",
    causes: [
      "It has expired, or somebody deleted or replaced it.",
      "It belongs to another user or app: each sees only its own.",
    ],
    remedies: ["See what there is with `rcwh list`.", "See who is signed in with `rcwh whoami`."],
  },
  NETWORK: {
    exitCode: ExitCode.unavailable,
    meaning: "The server gave no answer, or only a part of one.",
    causes: [
      "The server's name does not resolve, nothing listens there, or a firewall is in between.",
      "The connection broke while the answer was on its way.",
    ],
    remedies: ["Check the connection and the server with `rcwh doctor`.", debugAgain],
  },
  TIMEOUT: {
    exitCode: ExitCode.unavailable,
    meaning: "One request took longer than `--timeout` allows.",
    causes: ["The server, or the proxy before it, is slow or silent."],
    remedies: ["Try again, or allow each request more time, such as `--timeout 1m`."],
  },
  DEADLINE: {
    exitCode: ExitCode.unavailable,
    meaning: "The run would have taken longer than `--deadline` allows, so it ended at once.",
    causes: ["RingCentral asks to wait, or the server is slow."],
    remedies: ["Allow the run more time, such as `--deadline 5m`."],
  },
  PROXY: {
    exitCode: ExitCode.unavailable,
    meaning: "The proxy refused to connect to the server.",
    causes: ["The proxy wants credentials, or does not allow the server."],
    remedies: ["Check HTTPS_PROXY and NO_PROXY; `rcwh help environment` tells how they are read."],
  },
  CERTIFICATE: {
    exitCode: ExitCode.unavailable,
    meaning: "The server's certificate cannot be trusted, so nothing was sent.",
    causes: [
      "The network inspects TLS with a certificate authority of its own.",
      "The clock of this machine is wrong.",
      "The server's name is not one of those in its certificate.",
    ],
    remedies: [
      "If the network inspects TLS, point NODE_EXTRA_CA_CERTS at its certificate authority.",
    ],
  },
  UNEXPECTED_ANSWER: {
    exitCode: ExitCode.failure,
    meaning: "The server answered in JSON, but not with what the request is for.",
    causes: ["The server is no RingCentral server, or its API has changed."],
    remedies: [
      "Check that the server is a RingCentral one with `rcwh whoami`, and run it again with `--debug`.",
    ],
  },
  LOCKED: {
    exitCode: ExitCode.unavailable,
    meaning: "Another rcwh is at the same work, and did not end in time.",
    causes: ["Two jobs run at once, or one hangs."],
    remedies: ["Wait for the other run to end, then try again."],
  },
  PORT: {
    exitCode: ExitCode.failure,
    meaning: "rcwh cannot listen on the port, most often because it is in use.",
    causes: ["Another program, perhaps another emulator, has it already."],
    remedies: ["Use another port with --port, or --port 0 to pick a free one."],
  },
  HOST: {
    exitCode: ExitCode.failure,
    meaning: "The address to listen on is not one of this machine's.",
    causes: ["`rcwh listen --host` names another machine, or one that nobody knows."],
    remedies: ["Choose one of this machine's with `--host`, or leave it out for 127.0.0.1."],
  },
  LISTENER_LOST: {
    exitCode: ExitCode.unavailable,
    meaning: "`rcwh listen` cannot go on: its subscription has ended, and no other can be made.",
    causes: ["RingCentral could not be reached for as long as the subscription lived."],
    remedies: [
      "Check the connection with `rcwh doctor`, then start `rcwh listen` again.",
      "Fetch what was missed through the API itself: events of that time are not delivered later.",
    ],
  },
  RECORD: {
    exitCode: ExitCode.failure,
    meaning: "The file that `rcwh listen --record` writes to takes no more.",
    causes: ["The disk is full."],
    remedies: ["Make room, then start `rcwh listen --record <file>` again: it appends."],
  },
  DUPLICATE: {
    exitCode: ExitCode.failure,
    meaning:
      "There is a subscription with the same URL and filters, and a second one means every event twice.",
    causes: ["The command ran before."],
    remedies: ["Keep the one there is with `rcwh create --if-exists reuse`."],
  },
  DISABLED_FILTERS: {
    exitCode: ExitCode.attention,
    meaning: "The subscription lives, but RingCentral has disabled some of its filters.",
    causes: ["The user lacks a permission that they need; see `rcwh explain SUB-412`."],
    remedies: [
      "Have the permission added to the user's role, then ask again with `rcwh update <id> --add-filter <filter>`.",
    ],
  },
  SHORTER_LIFETIME: {
    exitCode: ExitCode.attention,
    meaning: "RingCentral granted a shorter life than was asked for.",
    causes: ["The wish was over RingCentral's maximum."],
    remedies: ["Have `rcwh renew` run from cron, which keeps it alive: `rcwh help scheduling`."],
  },
  SHORTENED: {
    exitCode: ExitCode.failure,
    meaning: "A renewal left the subscription with less time than it had.",
    causes: ["The server granted less than was asked for."],
    remedies: ["Ask for the lifetime again with `rcwh renew <id> --expires-in <duration>`."],
  },
  DEGRADED: {
    exitCode: ExitCode.attention,
    meaning: "The subscription was renewed, but not as it should have been.",
    causes: ["RingCentral refused its disabled filters, or its lifetime, so rcwh asked for less."],
    remedies: ["See `rcwh show <id>`."],
  },
  UNHEALTHY: {
    exitCode: ExitCode.attention,
    meaning: "The subscription is not active, and delivers nothing.",
    causes: ["Its endpoint failed for some time; see `rcwh explain blacklisted`."],
    remedies: ["See the reason with `rcwh show <id>`."],
  },
  NOT_KEPT: {
    exitCode: ExitCode.failure,
    meaning: "A replacement was not begun, because rcwh cannot write down what it is about.",
    causes: ["The disk is full, or the directory of the configuration cannot be written to."],
    remedies: ["Free some space there, or set RCWH_CONFIG_DIR to a directory of your own."],
  },
  NOT_ACTIVE: {
    exitCode: ExitCode.endpoint,
    meaning: "What was to replace a subscription was not active, so the old one stays.",
    causes: ["The endpoint failed as soon as events arrived."],
    remedies: [
      "Mend the endpoint until `rcwh check <url> --event` finds nothing, then run the same command again.",
    ],
  },
  EXPIRED: {
    exitCode: ExitCode.attention,
    meaning:
      "A subscription is gone, and its recorded expiry has passed: nobody renewed it in time.",
    causes: ["No run of `rcwh renew` came through before it expired."],
    remedies: [
      "Make it anew with `rcwh renew --recreate`.",
      "See with `rcwh status` when the last run ended, and how.",
    ],
  },
  DELETED: {
    exitCode: ExitCode.attention,
    meaning: "A subscription is gone before it could expire, so somebody deleted it.",
    causes: [
      "Another program, or another rcwh without this one's records, deleted or replaced it.",
    ],
    remedies: ["If it is missed, make it again with `rcwh create`. It is reported once."],
  },
  EXPIRING: {
    exitCode: ExitCode.attention,
    meaning: "A subscription expires sooner than `rcwh list --fail-on expiring` allows.",
    causes: ["`rcwh renew` does not run often enough, or not at all."],
    remedies: ["Renew what is due with `rcwh renew`, and see `rcwh status`."],
  },
  RUN_FAILED: {
    exitCode: ExitCode.attention,
    meaning: "The last unattended run ended badly.",
    causes: ["Its exit code, which `rcwh status` shows, says what was wrong."],
    remedies: ["Run `rcwh renew` by hand, and follow its hint."],
  },
  RUN_OVERDUE: {
    exitCode: ExitCode.attention,
    meaning: "The last successful run ended longer ago than `--max-age` allows.",
    causes: ["The schedule is gone or its machine is off, or each run since has failed."],
    remedies: ["Look at the schedule, then run `rcwh doctor --cron`."],
  },
  RUN_NEVER: {
    exitCode: ExitCode.attention,
    meaning: "No unattended run is on record.",
    causes: ["None has ended yet, or they run as another user or with another RCWH_CONFIG_DIR."],
    remedies: ["Make a schedule with `rcwh cron print`."],
  },
  HOOK_FAILED: {
    exitCode: ExitCode.attention,
    meaning:
      "A program given as `--on-renewed` or `--on-failure` could not start, failed or ran too long.",
    causes: ["Its own messages stand on stderr. Nothing that the run did is undone."],
    remedies: ["Run the program by itself, with the results as JSON on its standard input."],
  },
  METRICS_FAILED: {
    exitCode: ExitCode.attention,
    meaning: "The metrics file could not be written. Nothing that the run did is undone.",
    causes: ["Its directory is missing, full, or not writable for this user."],
    remedies: ["Make the directory writable, or name another file with `--metrics-file`."],
  },
  CHECKS_FAILED: {
    exitCode: ExitCode.failure,
    meaning: "A check of `rcwh doctor` failed, or needs attention.",
    causes: ["Each row says what was found; the exit code is that of what failed."],
    remedies: ["Follow the hint of each row, then run `rcwh doctor` again."],
  },
  NO_ACCOUNTS: {
    exitCode: ExitCode.notFound,
    meaning: "What `--profiles-from` reads, or the shard of it, holds no account.",
    causes: [
      "The file or the program's output is empty, or comes to nothing without its variables.",
    ],
    remedies: ["Check what `--profiles-from` reads: each line is one account, as a JSON object."],
  },
  PROFILES_FROM: {
    exitCode: ExitCode.failure,
    meaning:
      "The program of `--profiles-from` failed, so there may be more accounts than it named.",
    causes: ["The secret store could not be reached, or refused."],
    remedies: ["Run the program of `--profiles-from` by itself."],
  },
  PARTIAL: {
    exitCode: ExitCode.partial,
    meaning: "Several subscriptions had different errors.",
    causes: ["Each result has an error of its own, with a code of its own."],
    remedies: ["Look at each with `rcwh show <id>`."],
  },
  CONFIRMATION_NEEDED: {
    exitCode: ExitCode.declined,
    meaning: "The command asks before it does this, and nobody could answer.",
    causes: ["It does not run in a terminal, or `--no-input`, `--json` or CI is set."],
    remedies: ["Add `--yes` to say yes beforehand."],
  },
  DECLINED: {
    exitCode: ExitCode.declined,
    meaning: "The question was answered with no; nothing was changed.",
    causes: ["Somebody said so."],
    remedies: ["Run it again, and say yes or add `--yes`."],
  },
  OUTPUT: {
    exitCode: ExitCode.failure,
    meaning: "The output could not be written; what the command was to do is done all the same.",
    causes: ["The disk that it was to go to is full, or the terminal is gone."],
    remedies: ["Free some space there, or write the output elsewhere."],
  },
  INTERRUPTED: {
    exitCode: ExitCode.interrupted,
    meaning: "The run was told to stop.",
    causes: ["Ctrl-C, or a signal: SIGTERM ends with 143, SIGHUP with 129."],
    remedies: ["See what there is now with `rcwh list`."],
  },
  NOT_AN_EMULATOR: {
    exitCode: ExitCode.failure,
    meaning: "What answers at this address is no emulator.",
    causes: ["The address is that of another program, or of RingCentral itself."],
    remedies: ["Name the address that `rcwh emulator` printed with `--url`."],
  },
  DELIVERY_FAILED: {
    exitCode: ExitCode.endpoint,
    meaning: "The emulator could not deliver the event to an endpoint.",
    causes: ["The endpoint does not run, answers another status than 200, or takes too long."],
    remedies: [
      "Look at what the endpoint does with an event, such as with `rcwh check <url>`: it has 3 s to answer 200.",
    ],
  },
  DEMO: {
    exitCode: ExitCode.failure,
    meaning: "One of the demo's commands failed.",
    causes: ["What that command printed tells why."],
    remedies: ["Run `rcwh demo` again with `--debug`."],
  },
  FAILED: {
    exitCode: ExitCode.failure,
    meaning: "Something failed that has no code of its own.",
    causes: ["The message tells what: a file that cannot be written, for example."],
    remedies: [debugAgain],
  },
  BUG: {
    exitCode: ExitCode.failure,
    meaning: "rcwh did something that it never should.",
    causes: ["A mistake in rcwh, not in what you asked for."],
    remedies: ["Report it, with the text that was printed and the output of `rcwh --version`."],
  },
};
