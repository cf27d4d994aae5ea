import type { RunOptions } from "../support/rcwh.ts";
import { subscribe } from "../support/subscriptions.ts";
import type { Held, World } from "./world.ts";

/** The start of a command: one subscription that is a day old, and a cached token. */
export interface Scene {
  /** The subscription's id. */
  readonly id: string;
  /** Another endpoint that answers correctly. */
  readonly otherUrl: string;
}

/** One command that calls the API. */
export interface CommandRow {
  readonly name: string;
  readonly words: (scene: Scene) => readonly string[];
  readonly options?: RunOptions;
  /** Preparation before the command. */
  readonly prepare?: (world: World, scene: Scene) => unknown;
  /** The decisive request of the command. */
  readonly decides: { readonly method: string; readonly path: string };
  /** Whether that is the command's first request. */
  readonly isFirst?: true;
  /** The expected state after the command; the same as before if it only reads. */
  readonly meant?: (before: readonly Held[], after: readonly Held[], scene: Scene) => boolean;
  /** An interrupted run has left both, and the next one completes it. */
  readonly replaces?: true;
}

const collection = "/restapi/v1.0/subscription";
const each = `${collection}/*`;

const replacement: Pick<CommandRow, "words" | "meant" | "replaces"> = {
  words: ({ id, otherUrl }) => ["update", id, "--url", otherUrl, "--yes"],
  meant: ([old], [made, ...more], { otherUrl }) =>
    more.length === 0 && made?.address === otherUrl && sameFilters(made, old),
  replaces: true,
};

export const commandRows: readonly CommandRow[] = [
  {
    name: "list",
    words: () => ["list"],
    decides: { method: "GET", path: collection },
    isFirst: true,
  },
  {
    name: "show",
    words: ({ id }) => ["show", id],
    decides: { method: "GET", path: collection },
    isFirst: true,
  },
  {
    name: "whoami",
    words: () => ["whoami"],
    decides: { method: "GET", path: "/restapi/v1.0/account/~/extension/~" },
    isFirst: true,
  },
  {
    name: "create",
    words: ({ otherUrl }) => ["create", "--filter", "posts", "--url", otherUrl],
    decides: { method: "POST", path: collection },
    meant: ([old], [kept, made, ...more], { otherUrl }) =>
      more.length === 0 && isSame(kept, old) && made?.address === otherUrl,
  },
  {
    name: "renew",
    words: ({ id }) => ["renew", id],
    decides: { method: "POST", path: `${each}/renew` },
    meant: ([old], [renewed, ...more]) =>
      more.length === 0 && livesLonger(renewed, old) && sameFilters(renewed, old),
  },
  {
    name: "update",
    words: ({ id }) => ["update", id, "--add-filter", "sms"],
    decides: { method: "PUT", path: each },
    meant: ([old], [updated, ...more]) =>
      more.length === 0 && livesLonger(updated, old) && updated?.eventFilters.length === 2,
  },
  { name: "update --url", ...replacement, decides: { method: "POST", path: collection } },
  { name: "its delete", ...replacement, decides: { method: "DELETE", path: each } },
  {
    name: "delete",
    words: ({ id }) => ["delete", id, "--yes"],
    decides: { method: "DELETE", path: each },
    meant: (_before, after) => after.length === 0,
  },
  {
    name: "recover",
    words: ({ id }) => ["recover", id, "--yes"],
    prepare: ({ emulator }, { id }) => emulator.blacklist(id),
    decides: { method: "POST", path: collection },
    meant: ([old], [made, ...more]) =>
      more.length === 0 &&
      made?.id !== old?.id &&
      made?.status === "Active" &&
      made.address === old?.address &&
      sameFilters(made, old),
    replaces: true,
  },
  {
    name: "login",
    words: () => ["login"],
    decides: { method: "POST", path: "/restapi/oauth/token" },
    isFirst: true,
  },
  {
    name: "logout",
    words: () => ["logout"],
    options: { env: {} },
    prepare: ({ rcwh, signedIn }) => rcwh("login", { env: signedIn }),
    decides: { method: "POST", path: "/restapi/oauth/revoke" },
    isFirst: true,
  },
];

export async function setScene({ rcwh, emulator, endpoint, clock }: World): Promise<Scene> {
  const id = await subscribe(emulator, endpoint.url);
  clock.advance(86_400_000);
  await rcwh("list");
  return { id, otherUrl: `${endpoint.url}/other` };
}

function isSame(one: Held | undefined, other: Held | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function sameFilters(one: Held | undefined, other: Held | undefined): boolean {
  return one?.eventFilters.join() === other?.eventFilters.join();
}

function livesLonger(one: Held | undefined, other: Held | undefined): boolean {
  return one?.id === other?.id && (one?.expirationTime ?? "") > (other?.expirationTime ?? "");
}
