import fc from "fast-check";
import { describe, test } from "vitest";
import { CliError, ExitCode, UsageError } from "../../src/errors.ts";
import {
  isSelective,
  type Selector,
  selectOne,
  selectSubscriptions,
} from "../../src/subscriptions/select.ts";
import { now, subscription } from "./builders.ts";

const ids = {
  posts: "8f3c2e10-94b1-4a7e-9d55-0c1f6a2b7e44",
  presence: "8f3c9999-0000-4000-8000-000000000002",
  dead: "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
  socket: "77777777-0000-4000-8000-000000000004",
} as const;

const at = (address: string) => ({ transportType: "WebHook", address });

const all = [
  subscription(ids.posts, { deliveryMode: at("https://example.com/hook?key=s3cret") }),
  subscription(ids.presence, {
    deliveryMode: at("https://Example.org/Presence"),
    eventFilters: ["/restapi/v1.0/account/1/extension/2/presence?detailedTelephonyState=true"],
    expiresIn: 3600,
  }),
  subscription(ids.dead, {
    deliveryMode: at("https://example.com/hook?key=s3cret"),
    status: "Blacklisted",
    disabledFilters: [{ filter: "/restapi/v1.0/glip/groups", reason: "SUB-412" }],
  }),
  subscription(ids.socket, { deliveryMode: { transportType: "WebSocket" } }),
];

function select(selector: Partial<Selector>, own?: { accountId: string; extensionId: string }) {
  const found = selectSubscriptions(all, { ids: [], ...selector }, { now, own });
  return Object.entries(ids).flatMap(([name, id]) =>
    found.some((one) => one.id === id) ? [name] : [],
  );
}

function failure(run: () => unknown): CliError {
  try {
    run();
  } catch (error) {
    if (error instanceof CliError) return error;
  }
  throw new Error("no CliError");
}

describe("an id", () => {
  test("selects one, whole or by a unique prefix, in any case", ({ expect }) => {
    expect(select({ ids: [ids.posts] })).toEqual(["posts"]);
    expect(select({ ids: ["1b9d"] })).toEqual(["dead"]);
    expect(select({ ids: ["1B9D6BCD"] })).toEqual(["dead"]);
  });

  test("beats a prefix of another id", ({ expect }) => {
    const short = [subscription("abcd-1"), subscription("abcd"), subscription("a")];
    expect(selectOne(short, "abcd").id).toBe("abcd");
    expect(selectOne(short, "a").id).toBe("a");
  });

  test("must not be ambiguous", ({ expect }) => {
    const error = failure(() => select({ ids: ["8f3c"] }));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toBe(
      `"8f3c" matches 2 subscriptions: ${ids.posts} (https://example.com/hook?…), ${ids.presence} (https://Example.org/Presence).`,
    );
  });

  test("must have four characters", ({ expect }) => {
    for (const id of ["1b9", ""]) {
      expect(failure(() => select({ ids: [id] })).exitCode).toBe(ExitCode.usage);
    }
  });

  test("must exist", ({ expect }) => {
    const error = failure(() => select({ ids: [ids.posts, "0000-nothing"] }));
    expect(error).toMatchObject({
      exitCode: ExitCode.notFound,
      code: "NOT_FOUND",
      message: "There is no subscription 0000-nothing.",
    });
  });

  test("is not repeated, and the result has the list's order", ({ expect }) => {
    const found = selectSubscriptions(all, { ids: [ids.dead, "1b9d", ids.posts] }, { now });
    expect(found.map(({ id }) => id)).toEqual([ids.posts, ids.dead]);
  });
});

describe("a URL", () => {
  test("selects all that deliver to it", ({ expect }) => {
    expect(select({ ids: ["https://example.com/hook?key=s3cret"] })).toEqual(["posts", "dead"]);
    expect(select({ ids: ["https://EXAMPLE.com/hook?…"] })).toEqual(["posts", "dead"]);
    expect(select({ ids: ["https://example.org/Presence"] })).toEqual(["presence"]);
  });

  test("that no subscription has is unknown, and its query is not repeated", ({ expect }) => {
    const error = failure(() => select({ ids: ["https://me:pw@example.com/other?key=s3cret"] }));
    expect(error.exitCode).toBe(ExitCode.notFound);
    expect(error.message).toBe("No subscription delivers to https://…@example.com/other?….");
    expect(failure(() => select({ ids: ["https://example.org/presence"] })).exitCode).toBe(3);
  });
});

describe("flags", () => {
  test("--url takes a glob in which ? stands for itself", ({ expect }) => {
    expect(select({ url: "https://example.com/*" })).toEqual(["posts", "dead"]);
    expect(select({ url: "https://EXAMPLE.*/presence" })).toEqual([]);
    expect(select({ url: "https://EXAMPLE.*/Presence" })).toEqual(["presence"]);
    expect(select({ url: "*hook?key=*" })).toEqual(["posts", "dead"]);
    expect(select({ url: "*hook?" })).toEqual([]);
    expect(select({ url: "https://example.org/Presence" })).toEqual(["presence"]);
    expect(select({ url: "https://example.com" })).toEqual([]);
    expect(select({ url: "*" })).toEqual(["posts", "presence", "dead", "socket"]);
  });

  test("--filter takes a glob over URIs and short paths", ({ expect }) => {
    expect(select({ filter: "*/presence*" })).toEqual(["presence"]);
    expect(select({ filter: "account/*" })).toEqual(["presence"]);
    expect(select({ filter: "/restapi/v1.0/account/*" })).toEqual(["presence"]);
    expect(select({ filter: "/account/*" })).toEqual([]);
    expect(select({ filter: "Account/*" })).toEqual([]);
    expect(select({ filter: "*?detailedTelephonyState=*" })).toEqual(["presence"]);
    expect(select({ filter: "glip/groups" })).toEqual(["dead"]);
    expect(select({ filter: "team-messaging/v1/posts" })).toEqual(["posts", "dead", "socket"]);
    expect(select({ filter: "team-messaging/*" })).toContain("posts");
    expect(select({ filter: "." })).toEqual([]);
  });

  test("--filter with ~ matches the user's ids, or any if they are unknown", ({ expect }) => {
    const glob = "account/~/extension/~/presence*";
    expect(select({ filter: glob })).toEqual(["presence"]);
    expect(select({ filter: glob }, { accountId: "1", extensionId: "2" })).toEqual(["presence"]);
    expect(select({ filter: glob }, { accountId: "1", extensionId: "3" })).toEqual([]);
    const whole = "account/~/extension/~/presence?detailedTelephonyState=true";
    expect(select({ filter: whole }, { accountId: "1", extensionId: "2" })).toEqual(["presence"]);
    expect(select({ filter: whole }, { accountId: "1", extensionId: "3" })).toEqual([]);

    const batches = subscription("b", {
      eventFilters: ["/restapi/v1.0/account/1/a2p-sms/batches?to=+15551230001&from=+15551230002"],
    });
    const filter = "account/~/a2p-sms/batches?to=+1555*";
    expect(
      selectSubscriptions([batches], { ids: [], filter }, { now, own: { accountId: "1" } }),
    ).toEqual([batches]);
  });

  test("--status takes any status of the server and two of rcwh's own", ({ expect }) => {
    expect(select({ status: "active" })).toEqual(["posts", "presence", "socket"]);
    expect(select({ status: "Unhealthy" })).toEqual(["dead"]);
    expect(select({ status: "blacklisted" })).toEqual(["dead"]);
    expect(select({ status: "Suspended" })).toEqual([]);
  });

  test("--transport and --expiring-within", ({ expect }) => {
    expect(select({ transport: "websocket" })).toEqual(["socket"]);
    expect(select({ expiringWithin: 3_600_000 })).toEqual(["presence"]);
    expect(select({ expiringWithin: 3_599_999 })).toEqual([]);
  });

  test("narrow each other, and the ids", ({ expect }) => {
    expect(select({ url: "https://example.com/*", status: "active" })).toEqual(["posts"]);
    expect(select({ all: true, status: "active", transport: "WebHook" })).toEqual([
      "posts",
      "presence",
    ]);
    expect(select({ ids: [ids.dead], status: "active" })).toEqual([]);
    expect(select({ all: true })).toHaveLength(4);
  });

  test("never select more when more are given", ({ expect }) => {
    const selector = fc.record(
      {
        url: fc.constantFrom("*", "https://example.com/*", "nowhere"),
        filter: fc.constantFrom("*", "account/*", "team-messaging/v1/posts"),
        status: fc.constantFrom("active", "unhealthy"),
        transport: fc.constantFrom("WebHook", "websocket"),
        expiringWithin: fc.constantFrom(1, 3_600_000, 1e12),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(selector, selector, (some, others) => {
        const fewer = select({ all: true, ...others, ...some });
        const both = select({ all: true, ...some });
        for (const name of fewer) expect(both).toContain(name);
      }),
    );
  });

  test("cannot all be empty", ({ expect }) => {
    for (const empty of [{}, { all: false }, { url: undefined }]) {
      expect(isSelective({ ids: [], ...empty })).toBe(false);
      expect(failure(() => select(empty)).hint).toContain("--all selects");
    }
    expect(isSelective({ ids: ["x"] })).toBe(true);
    expect(isSelective({ ids: [], expiringWithin: 1 })).toBe(true);
  });
});

describe("selectOne", () => {
  test("returns the one subscription", ({ expect }) => {
    expect(selectOne(all, "1b9d")).toBe(all[2]);
    expect(selectOne(all, "https://example.org/Presence")).toBe(all[1]);
  });

  test("refuses a URL that matches several, without its query", ({ expect }) => {
    const error = failure(() => selectOne(all, "https://example.com/hook?key=s3cret"));
    expect(error.exitCode).toBe(ExitCode.usage);
    expect(error.message).toBe(
      `2 subscriptions deliver to https://example.com/hook?…: ${ids.posts} (/team-messaging/v1/posts), ${ids.dead} (/team-messaging/v1/posts).`,
    );
  });
});
