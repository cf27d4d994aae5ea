import type { RingCentralClient } from "../../api/client.ts";
import { ApiError, UnexpectedAnswerError } from "../../api/errors.ts";
import { proxyFor } from "../../api/proxy.ts";
import { type Check, rule } from "../../check/check.ts";
import type { CachedToken, Identity } from "../../config/credentials.ts";
import { emulatorProfile, hintWithoutLogin, localServer } from "../../config/profile-name.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, Interruption, withHint } from "../../errors.ts";
import { takeInventory } from "../../lifecycle/inventory.ts";
import { findMissing } from "../../lifecycle/missing.ts";
import { findUnderWay } from "../../lifecycle/replacement/under-way.ts";
import { serverNow } from "../../lifecycle/server-clock.ts";
import { membersOf, parseJson } from "../../machine/json.ts";
import { isLoopback } from "../../machine/loopback.ts";
import { shellWord } from "../../machine/shell-word.ts";
import { relativeExpiry } from "../../subscriptions/time.ts";
import { openAccount } from "../open-account.ts";
import { checkClock, checkQuota } from "./header-checks.ts";
import {
  checkLastRun,
  checkScope,
  checkSubscriptions,
  ofList,
  webhooksOf,
} from "./subscription-checks.ts";
import { checkThreads } from "./thread-checks.ts";

/** The rules of an account, in the order of their rows. */
export const ofCredentials = rule("credentials", "a complete group");
const ofProxy = rule("proxy", "the address of an HTTP proxy, or none");
const ofServer = rule("server", "an answer");
const ofSignIn = rule("sign-in", "accepted");

/** Checks the credentials, the server and the subscriptions of one account. Signs in if necessary; changes nothing else. */
export async function checkAccount(context: CommandContext): Promise<readonly Check[]> {
  let identity: Identity;
  try {
    identity = await context.identity();
  } catch (error) {
    const { profile } = context.settings;
    return withProfile([ofCredentials.failWith(asCliError(error)), ...notTried()], profile);
  }
  const { profile, source, server } = identity;
  const rows = [
    ofCredentials.pass(`${source}, for ${server}`),
    ...checkJwt(identity, context.clock.now()),
    checkProxy(identity, context),
  ];
  const hasProxy = rows.every(({ status }) => status !== "fail");
  const others = hasProxy ? await checkServer(identity, context) : notTried();
  return withProfile([...rows, ...others.map(withoutLogin(identity))], profile);
}

/** Without hints that lead out of the profile `emulator`. */
function withoutLogin({ profile }: Identity): (check: Check) => Check {
  return (check) => {
    const hint = profile === emulatorProfile ? hintWithoutLogin(check.hint) : check.hint;
    return hint === undefined ? check : { ...check, hint };
  };
}

function withProfile(rows: readonly Check[], profile: string | undefined): readonly Check[] {
  return profile === undefined ? rows : rows.map((row) => ({ ...row, profile }));
}

function notTried(): readonly Check[] {
  return [ofServer, ofSignIn, ofList].map(({ skip }) => skip("not tried"));
}

/** JWTs may expire, and the token endpoint reports that only afterwards. */
function checkJwt({ credentials }: Identity, now: number): readonly Check[] {
  const expiresAt = credentials.kind === "jwt" ? expiryOf(credentials.jwt) : undefined;
  if (expiresAt === undefined) return [];
  const { pass, warn, fail } = rule("jwt", "valid for 30 d or more");
  const left = expiresAt - now;
  const hint = "Create a new JWT in the Developer Console, then run `rcwh login` again.";
  const measured = relativeExpiry(left);
  if (left <= 0) return [fail(measured, { hint, exitCode: ExitCode.auth })];
  return [left < 30 * 86_400_000 ? warn(measured, { hint }) : pass(measured)];
}

/** Milliseconds since the epoch; undefined if the JWT does not expire, or cannot be read. */
function expiryOf(jwt: string): number | undefined {
  const payload = Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString();
  const { exp } = membersOf(parseJson(payload));
  return typeof exp === "number" ? exp * 1000 : undefined;
}

function checkProxy({ server }: Identity, { env }: CommandContext): Check {
  if (server === localServer) return ofProxy.pass("none: the server is inside rcwh");
  try {
    const proxy = proxyFor(new URL(server), env);
    return ofProxy.pass(proxy?.host ?? "none");
  } catch (error) {
    return ofProxy.failWith(asCliError(error));
  }
}

async function checkServer(identity: Identity, context: CommandContext): Promise<readonly Check[]> {
  const client = await context.api();
  let session: CachedToken | undefined;
  try {
    session = await client.session();
    const account = await openAccount(context);
    const inventory = await takeInventory(account);
    const missing = await findMissing(account, inventory);
    return [
      ofServer.pass(describeAnswer(identity, client)),
      ...checkClock(client.lastAnswer, identity.server),
      // The session may be a new one, if the server had ended the cached one.
      ...checkSession(await client.session(), identity, context),
      ...checkQuota(client.lastAnswer),
      ...checkSubscriptions(
        inventory,
        missing,
        await findUnderWay(account),
        await client.session(),
        serverNow(account),
      ),
      ...(await checkThreads(webhooksOf(inventory), client)),
      await checkLastRun(context),
    ];
  } catch (error) {
    const failure = asCliError(error);
    const isUnavailable =
      failure.exitCode === ExitCode.unavailable || failure instanceof UnexpectedAnswerError;
    if (isUnavailable) {
      return [
        ofServer.failWith(withWayOut(failure, identity)),
        ofSignIn.skip("not known"),
        ofList.skip("not known"),
      ];
    }
    return [
      ofServer.pass(describeAnswer(identity, client)),
      ...checkClock(client.lastAnswer, identity.server),
      // A cached session that the server has ended needs a new one.
      ...(session && !(failure instanceof ApiError && failure.isOfSignIn)
        ? [...checkSession(session, identity, context), ofList.failWith(failure)]
        : [ofSignIn.failWith(failure), ofList.skip("not known")]),
    ];
  }
}

/** Other commands name `rcwh doctor` when nothing answers. Here it would lead back to this row. */
function withWayOut(failure: CliError, { server }: Identity): CliError {
  if (!failure.hint?.includes("rcwh doctor")) return failure;
  const { hostname, port } = new URL(server);
  const hint = isLoopback(hostname)
    ? `If the server is an emulator, start it with \`rcwh emulator --port ${port || 80}\`.`
    : `Check whether this machine reaches it with \`curl -sSI ${shellWord(server)}\`.`;
  return withHint(failure, hint);
}

function describeAnswer({ server }: Identity, { lastAnswer }: RingCentralClient): string {
  if (!lastAnswer) return server;
  return `${server} answered in ${Math.round(lastAnswer.receivedAt - lastAnswer.sentAt)} ms`;
}

function checkSession(
  session: CachedToken,
  { credentials }: Identity,
  { clock }: CommandContext,
): readonly Check[] {
  const { ownerId, expiresAt } = session;
  const user = ownerId === undefined ? "" : `as extension ${ownerId}; `;
  const measured =
    credentials.kind === "token"
      ? "with an access token"
      : `${user}the session expires ${relativeExpiry(expiresAt - clock.now())}`;
  return [ofSignIn.pass(measured), checkScope(session)];
}

/** Rethrows bugs and interruptions. */
function asCliError(error: unknown): CliError {
  if (!(error instanceof CliError) || error instanceof Interruption) throw error;
  return error;
}
