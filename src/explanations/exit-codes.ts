import { ExitCode } from "../errors.ts";
import { withExitCode } from "./explanation.ts";

const seeMessage = "Read the line `error:` or `attention:`, and follow its hint.";

/** What rcwh ends with, as scripts and cron see it. */
export const exitCodes: Readonly<Record<string, ReturnType<typeof withExitCode>>> = {
  "exit-0": withExitCode(ExitCode.ok, {
    meaning: "The run succeeded, or had nothing to do.",
    causes: "Everything is as it was asked for.",
    remedies: "Nothing is to be done; `rcwh status` shows what is due next.",
  }),
  "exit-1": withExitCode(ExitCode.failure, {
    meaning: "RingCentral refused the request, something else failed, or rcwh has a bug.",
    causes: "The message has RingCentral's code in brackets, or says what failed.",
    remedies: [
      "Explain the code in the message with `rcwh explain <code>`.",
      "Run it again with `--debug`, which shows requests and answers.",
    ],
  }),
  "exit-2": withExitCode(ExitCode.usage, {
    meaning: "The command line, a variable or a file is invalid; nothing was sent.",
    causes: "A flag, a filter, a duration or a file is wrong, or an id's prefix fits several.",
    remedies: "See the command's flags with `rcwh help <command>`.",
  }),
  "exit-3": withExitCode(ExitCode.notFound, {
    meaning: "A subscription, profile or filter of this name does not exist.",
    causes: "It has expired or was deleted, or it belongs to another user or app.",
    remedies: "See your subscriptions with `rcwh list`, and who is signed in with `rcwh whoami`.",
  }),
  "exit-4": withExitCode(ExitCode.auth, {
    meaning: "Nobody is signed in, the credentials were rejected, or a permission is missing.",
    causes: "A cron job has another HOME, a session has ended, or the app lacks a scope.",
    remedies: "Find out which with `rcwh doctor`, then sign in with `rcwh login`.",
  }),
  "exit-5": withExitCode(ExitCode.unavailable, {
    meaning: "It did not work this time: try again later.",
    causes:
      "The network or RingCentral failed, too many requests were sent, or another run has the lock.",
    remedies: "Run it again later; `rcwh doctor` checks the connection.",
  }),
  "exit-6": withExitCode(ExitCode.endpoint, {
    meaning: "The endpoint breaks one of RingCentral's rules.",
    causes: "It did not answer the handshake or an event as RingCentral demands.",
    remedies: "See which rule with `rcwh check <url> --event`.",
  }),
  "exit-7": withExitCode(ExitCode.partial, {
    meaning: "Some of several items failed, with different errors.",
    causes: "Each result has its own error and code.",
    remedies: "Read the result of each item, and look at one with `rcwh show <id>`.",
  }),
  "exit-8": withExitCode(ExitCode.attention, {
    meaning: "The run worked, but something needs your attention.",
    causes: "A subscription is blacklisted or gone, a filter is disabled, or less was granted.",
    remedies: [seeMessage, "See the status of each subscription with `rcwh list`."],
  }),
  "exit-9": withExitCode(ExitCode.declined, {
    meaning: "A confirmation was declined, or nobody could give it.",
    causes: "Somebody answered no, or the command does not run in a terminal.",
    remedies: "Run it again and answer yes, or add `--yes`.",
  }),
  "exit-129": withExitCode(ExitCode.hangup, {
    meaning: "The run ended because its terminal was closed.",
    causes: "The signal SIGHUP.",
    remedies: "See the current state with `rcwh list`.",
  }),
  "exit-130": withExitCode(ExitCode.interrupted, {
    meaning: "The run was interrupted.",
    causes: "Ctrl-C, the signal SIGINT.",
    remedies: "See the current state with `rcwh list`.",
  }),
  "exit-143": withExitCode(ExitCode.terminated, {
    meaning: "The run was told to end.",
    causes: "The signal SIGTERM, for example from systemd or a container.",
    remedies: "See the current state with `rcwh list`.",
  }),
};
