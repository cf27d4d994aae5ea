import { matchPath } from "./match.ts";
import type { Problem } from "./query.ts";
import { platformRoot } from "./uri.ts";

/** Explains a path that is not in the catalogue, but is a mistake that many people make. */
export function knownTrap(path: string): Problem | undefined {
  for (const { pattern, problem } of traps) {
    const match = pattern.exec(path);
    if (match) return problem(match);
  }
  return undefined;
}

interface Trap {
  readonly pattern: RegExp;
  readonly problem: (match: RegExpExecArray) => Problem;
}

const traps: readonly Trap[] = [
  {
    pattern:
      /^(?!\/restapi\/v\d)(?:\/restapi)?(?:\/v\d[\d.]*)?\/((?:accounts?|glip|subscription)\/.*)$/,
    problem: ([path, rest = ""]) =>
      missingPrefix(path, rest.startsWith("accounts/") ? "/restapi/v2/" : platformRoot, rest),
  },
  {
    pattern: /^\/restapi\/v1\.0(\/(?:team-messaging|webinar|ai)\/.*)$/,
    problem: ([path, rest = ""]) => ({
      message: `The filter ${path} does not exist: it begins at the root.`,
      hint: `Write ${rest}`,
    }),
  },
  {
    pattern: /\/(?:account|extension)s?\/(\*|%2A|all|any|everyone|everybody)(?=\/|$)/i,
    problem: ([, everyone]) => ({
      message:
        `"${everyone}" is not everyone: a filter names one extension by its id, ` +
        "and ~ is the signed-in user alone.",
      hint: "Use account-presence, account-telephony or extensions for the whole account, or one filter for each extension id.",
    }),
  },
  {
    pattern: /\/a2p-sms\/batch(?=\/|$)/,
    problem: ({ input }) => ({
      message: "There is no a2p-sms/batch: the filter is written in the plural.",
      hint: `Write ${input.replace("/a2p-sms/batch", "/a2p-sms/batches")}`,
    }),
  },
  {
    pattern: /\/account\/[^/]+\/message-store(?:\/.*)?$/,
    problem: () => ({
      message: "There is no message store of the whole account: each extension has its own.",
      hint: "Write account/~/extension/~/message-store, once for each extension with its id instead of ~.",
    }),
  },
  {
    pattern: /\/call-log(?=\/|$)/,
    problem: () => ({
      message: "There is no filter for the call log, although guides on the web name one.",
      hint: "Use telephony or account-telephony, and read the call log when a call is over.",
    }),
  },
  {
    pattern: /\/account\/[^/]+\/extension\/[^/]+\/glip\/(posts|groups|teams)$/,
    problem: ([, what]) => ({
      message: "The old glip filters have no account and no extension in their path.",
      hint: `Write ${what === "posts" ? "posts" : "chats"}, or glip/${what} for the old spelling.`,
    }),
  },
];

function missingPrefix(path: string, prefix: string, rest: string): Problem {
  const whole = prefix + rest;
  const example = matchPath(whole).length > 0 ? whole : `${platformRoot}account/~/presence`;
  return {
    message: `The filter ${path} lacks ${prefix} at its beginning.`,
    hint: `Write the whole URI, such as ${example}, or a short path without the first slash.`,
  };
}
