import { hintWithoutLogin } from "../config/profile-name.ts";
import { tryHandshake, withEndpoint } from "../explanations/check-hint.ts";
import type { Codes } from "../explanations/explanation.ts";
import { generalCodes, unexplainedCodes } from "../explanations/general-codes.ts";
import { handshakeCodes } from "../explanations/handshake-codes.ts";
import { httpStatuses } from "../explanations/http-statuses.ts";
import { oauthWords, signInCodes } from "../explanations/sign-in-codes.ts";
import { subscriptionCodes } from "../explanations/subscription-codes.ts";
import { memberOf } from "../machine/json.ts";
import { isLoopback } from "../machine/loopback.ts";
import { parseUrl } from "../machine/parse-url.ts";
import { shellWord } from "../machine/shell-word.ts";
import { formatWait } from "../subscriptions/lifetime.ts";
import { type ApiErrorBody, waitHint } from "./errors.ts";
import type { Operation } from "./operations.ts";

export interface ErrorFacts extends ApiErrorBody {
  readonly status: number;
  readonly retryAfter: number | undefined;
  /** The refused operation. */
  readonly operation: Pick<Operation, "method" | "namesSubscription" | "signsIn" | "endpoint">;
  /** Whether the access token is somebody else's. */
  readonly tokenIsBorrowed: boolean;
  /** The source of the credentials, unless `rcwh login` keeps them. */
  readonly credentialsIn?: string | undefined;
  /** Whether nothing can be signed in to: the profile `emulator`. */
  readonly hasNoLogin?: boolean | undefined;
}

/** One imperative sentence for a refusal: by its code, else by its HTTP status. */
export function hintFor(facts: ErrorFacts): string | undefined {
  const { credentialsIn, operation, retryAfter } = facts;
  const chosen = withEndpoint(chooseHint(facts), operation.endpoint);
  const hint =
    retryAfter === undefined
      ? chosen
      : chosen?.replace(/^Wait a minute\b/, `Wait ${formatWait(retryAfter)}`);
  if (facts.hasNoLogin) return hintWithoutLogin(hint);
  if (credentialsIn === undefined) return hint;
  const correction = `correct ${credentialsIn}.`;
  return hint
    ?.replace(
      /then run `rcwh login` again\.$/,
      operation.signsIn ? `then ${correction}` : "then try again.",
    )
    .replace(/^Sign in again with `rcwh login`\.$/, `C${correction.slice(1)}`);
}

function chooseHint(facts: ErrorFacts): string | undefined {
  const { operation, status, code = "", permissionName, retryAfter } = facts;
  if (status === 401 && facts.tokenIsBorrowed) {
    return "Get a new access token from the source of this one, or sign in with `rcwh login`.";
  }
  if ((code === "CMN-401" || code === "SUB-528") && /web-?socket/i.test(permissionName ?? "")) {
    return webSocketScope;
  }
  if ((code === "CMN-401" || code === "SUB-528") && permissionName) {
    return `Add the scope ${permissionName} to the app in the Developer Console, then run \`rcwh login\` again.`;
  }
  if (code === "CMN-408" && permissionName) {
    return `Ask the account's administrator to give the user's role the permission ${permissionName}, then try again.`;
  }
  // Limits that are undefined are not over in a minute.
  if (status === 429 && !/^CMN-30[23]$/.test(code)) return waitHint(retryAfter);
  if (code === "CMN-101" || code === "InvalidParameter") return parameterHint(facts);
  if (code === "SUB-521") return reachHint(facts);
  if (code === "CMN-102" && !operation.namesSubscription && operation.method === "GET") {
    return checkServer;
  }
  const known = remedyFor(code);
  if (known) return known;
  if (operation.signsIn && status >= 400 && status < 500) return checkCredentials;
  if (status === 404 && !operation.namesSubscription) return checkServer;
  return remedyFor(`HTTP_${Math.min(status, 500)}`);
}

/** The first remedy for an error code; undefined for an unexplained one. */
export function remedyFor(code: string): string | undefined {
  return memberOf(serverCodes, code)?.remedies[0];
}

const serverCodes: Codes = {
  ...subscriptionCodes,
  ...handshakeCodes,
  ...generalCodes,
  ...signInCodes,
  ...oauthWords,
  ...unexplainedCodes,
  ...httpStatuses,
};

/** Sources disagree about the scope's name in the console. */
const webSocketScope =
  "Add the scope for WebSockets (the Developer Console calls it WebSocket, WebSocketsSubscription or SubscriptionWebSocket) to the app, then run `rcwh login` again.";
const checkServer =
  "Check the server's address in RCWH_SERVER, or in the profile with `rcwh profile list`.";
const checkCredentials =
  "Check the client id, the client secret and the JWT, then run `rcwh login` again.";

/** An emulator also calls this machine, and by default no other. */
function reachHint({ message = "", operation: { endpoint } }: ErrorFacts): string | undefined {
  if (/the emulator calls only this machine/.test(message)) {
    return "Give an address on this machine, such as http://127.0.0.1:8080/hook, where `rcwh listen --receive-only --port 8080 --path /hook` answers. For other machines, run `rcwh emulator --allow-remote`, and use the variables that it prints.";
  }
  const { protocol, hostname = "", port, pathname = "/" } = parseUrl(endpoint ?? "") ?? {};
  return protocol === "http:" && isLoopback(hostname) && /ECONNREFUSED/.test(message)
    ? `Start the endpoint, such as \`rcwh listen --receive-only --port ${port || 80} --path ${shellWord(pathname)}\` in another terminal.`
    : remedyFor("SUB-521");
}

/** Only a creation and an update send parameters that people chose. */
function parameterHint({ operation, parameterName }: ErrorFacts): string | undefined {
  if (operation.signsIn) return checkCredentials;
  const known = parameterHints.find(({ pattern }) => pattern.test(parameterName ?? ""));
  if (known) return known.hint;
  if (operation.method === "PUT") {
    return "Correct the parameter that the message names; `rcwh update --dry-run` shows what would be sent.";
  }
  if (operation.method === "POST" && !operation.namesSubscription) {
    return remedyFor("CMN-101");
  }
  return "Run it again with `--debug`, and check whether a proxy changes requests.";
}

const parameterHints: readonly { readonly pattern: RegExp; readonly hint: string }[] = [
  {
    pattern: /address/i,
    hint: `Give a public https address whose endpoint answers the handshake; ${tryHandshake}.`,
  },
  {
    pattern: /expiresIn/i,
    hint: "Give a lifetime between one second and ten years, such as `--expires-in 30d`.",
  },
  {
    pattern: /eventFilters/i,
    hint: "Look up the right spelling of the filter with `rcwh filters`.",
  },
  {
    pattern: /verificationToken/i,
    hint: "Give another verification token, or generate one with `--generate-verification-token`.",
  },
];
