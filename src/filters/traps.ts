import { matchPath } from "./match.ts";
import type { Problem } from "./query.ts";
import { platformRoot } from "./uri.ts";

/** Explains a common mistake in a path that is not in the catalogue. */
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
      message: `The filter ${path} does not exist: it has no /restapi/v1.0 prefix.`,
      hint: `Write ${rest}`,
    }),
  },
  {
    pattern: /\/(?:account|extension)s?\/(\*|%2A|all|any|everyone|everybody)(?=\/|$)/i,
    problem: ([, everyone]) => ({
      message:
        `"${everyone}" does not mean everyone: a filter names one extension by its id, ` +
        "and ~ is only the signed-in user.",
      hint: "Use account-presence, account-telephony or extensions for the whole account, or one filter per extension id.",
    }),
  },
  {
    pattern: /\/a2p-sms\/batch(?=\/|$)/,
    problem: ({ input }) => ({
      message: "The filter a2p-sms/batch does not exist: its name is plural.",
      hint: `Write ${input.replace("/a2p-sms/batch", "/a2p-sms/batches")}`,
    }),
  },
  {
    pattern: /\/account\/[^/]+\/message-store(?:\/|$)/,
    problem: () => ({
      message: "There is no message store for a whole account: each extension has its own.",
      hint: "Write account/~/extension/<id>/message-store, one filter per extension.",
    }),
  },
  {
    pattern: /\/call-log(?=\/|$)/,
    problem: () => ({
      message: "There is no call-log filter, although some guides mention one.",
      hint: "Use telephony or account-telephony, and read the call log after each call.",
    }),
  },
  {
    pattern: /\/account\/[^/]+\/extension\/[^/]+\/glip\/(posts|groups|teams)$/,
    problem: ([, what]) => ({
      message: "The old glip filters have no account or extension in their path.",
      hint: `Write ${what === "posts" ? "posts" : "chats"}, or glip/${what} for the old spelling.`,
    }),
  },
];

function missingPrefix(path: string, prefix: string, rest: string): Problem {
  const whole = prefix + rest;
  const example = matchPath(whole).length > 0 ? whole : `${platformRoot}account/~/presence`;
  return {
    message: `The filter ${path} lacks the prefix ${prefix}.`,
    hint: `Write the whole URI, such as ${example}, or a short path without the leading slash.`,
  };
}
