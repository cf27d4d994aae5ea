import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe } from "vitest";
import { type Connection, connectMcp } from "../support/mcp.ts";
import { test as base, type Fixtures } from "../support/rcwh.ts";

interface Preview {
  readonly preview: Readonly<Record<string, unknown>> & { readonly commandLine?: string };
  readonly confirmation?: { readonly token: string; readonly expiresAt: string };
  readonly error?: { readonly code: string; readonly message: string };
}

const test = base.extend<{ readonly mcp: Connection; readonly first: string }>({
  mcp: async ({ rcwh }, use) => {
    await using mcp = await connectMcp(rcwh, ["--allow-write"]);
    await use(mcp);
  },
  /** A subscription. */
  first: async ({ rcwh, endpoint, emulator }, use) => {
    await rcwh(`create --filter posts --url ${endpoint.url}?key=abcdefgh12345`);
    await use(emulator.state().subscriptions[0]?.id ?? "");
  },
});

async function preview(mcp: Connection, name: string, values: object): Promise<Preview> {
  const { structuredContent } = await mcp.call(name, { ...values });
  return structuredContent as unknown as Preview;
}

/** Asks for a preview, and confirms it. */
async function change(mcp: Connection, name: string, values: object) {
  const { confirmation } = await preview(mcp, name, values);
  return mcp.call(name, { ...values, confirmation: confirmation?.token });
}

function ids(emulator: Fixtures["emulator"]): readonly string[] {
  return emulator.state().subscriptions.map(({ id }) => id);
}

describe("rcwh mcp --allow-write", () => {
  test("adds tools that say what they do", async ({ mcp, expect }) => {
    const { tools } = await mcp.client.listTools();
    const writes = tools.filter(({ annotations }) => !annotations?.readOnlyHint);
    expect(
      writes.map(({ name, annotations }) => `${name} ${annotations?.destructiveHint}`),
    ).toMatchInlineSnapshot(`
      [
        "rcwh_create false",
        "rcwh_update true",
        "rcwh_renew false",
        "rcwh_recover true",
        "rcwh_delete true",
        "rcwh_forget true",
        "rcwh_apply true",
      ]
    `);
    for (const { inputSchema } of writes) {
      expect(inputSchema.properties).toHaveProperty("confirmation");
    }
  });

  test("previews a deletion, and does what was previewed", async ({
    mcp,
    first,
    rcwh,
    endpoint,
    emulator,
    expect,
  }) => {
    const values = { url: `${new URL(endpoint.url).origin}*` };
    const shown = await preview(mcp, "rcwh_delete", values);
    expect(shown).toMatchObject({
      exitCode: 0,
      preview: {
        consequence: "Deletes these subscriptions: their events are no longer delivered.",
        commandLine: `rcwh delete --yes ${first}`,
        account: { extensionId: "7000000001" },
        results: [
          {
            id: first,
            outcome: "would-delete",
            subscription: { deliveryMode: { address: `${endpoint.url}?…` } },
          },
        ],
      },
      confirmation: { expiresAt: "2026-11-22T12:10:00Z" },
      _untrusted: { under: ["/preview"] },
    });
    expect(ids(emulator)).toEqual([first]);

    const later = await mcp.call("rcwh_delete", {
      ...values,
      confirmation: shown.confirmation?.token,
    });
    expect(later.structuredContent).toMatchObject({ results: [{ id: first, outcome: "deleted" }] });
    expect(ids(emulator)).toEqual([]);
    expect(mcp.lines.join("\n")).not.toContain("abcdefgh12345");
    // What its command line would have done is the same.
    const { stderr } = await rcwh(["delete", first, "--yes"]);
    expect(stderr).toContain("There is no subscription");
  });

  test("takes a token once, for its own call", async ({ mcp, first, clock, emulator, expect }) => {
    const values = { subscriptions: [first] };
    const refusals: unknown[] = [];
    const attempt = async (name: string, values: object, token: string | undefined) => {
      const result = await mcp.call(name, { ...values, confirmation: token });
      const { error } = result.structuredContent as unknown as Preview;
      refusals.push(result.isError && `${error?.code}: ${error?.message}`);
    };
    const token = async () => (await preview(mcp, "rcwh_delete", values)).confirmation?.token;

    await attempt("rcwh_delete", values, "made-up");
    await attempt("rcwh_renew", values, await token());
    await attempt("rcwh_delete", { status: "active" }, await token());
    const used = await token();
    await attempt("rcwh_delete", { subscriptions: [first, first] }, used);
    await attempt("rcwh_delete", values, used);
    const old = await token();
    clock.advance(10 * 60 * 1000);
    await attempt("rcwh_delete", values, old);
    expect(refusals).toMatchInlineSnapshot(`
      [
        "CONFIRMATION: The confirmation is not known, or was used before. Nothing was changed.",
        "CONFIRMATION: The confirmation is for rcwh_delete. Nothing was changed.",
        "CONFIRMATION: The confirmation is for other arguments. Nothing was changed.",
        "CONFIRMATION: The confirmation is for other arguments. Nothing was changed.",
        "CONFIRMATION: The confirmation is not known, or was used before. Nothing was changed.",
        "CONFIRMATION: The confirmation has expired. Nothing was changed.",
      ]
    `);
    expect(ids(emulator)).toEqual([first]);
  });

  test("refuses what has changed since its preview, with a new one", async ({
    mcp,
    first,
    rcwh,
    emulator,
    expect,
  }) => {
    const values = { subscriptions: [first] };
    const { confirmation } = await preview(mcp, "rcwh_delete", values);
    await rcwh(`update ${first} --add-filter sms`);
    const refused = await mcp.call("rcwh_delete", { ...values, confirmation: confirmation?.token });
    expect(refused.isError).toBe(true);
    const next = refused.structuredContent as unknown as Preview;
    expect(next).toMatchObject({
      error: { code: "CHANGED_SINCE_PREVIEW" },
      preview: { results: [{ subscription: { eventFilters: [expect.any(String), /./] } }] },
      exitCode: 9,
    });
    expect(ids(emulator)).toEqual([first]);

    const done = await mcp.call("rcwh_delete", {
      ...values,
      confirmation: next.confirmation?.token,
    });
    expect(done.structuredContent.exitCode).toBe(0);
    expect(ids(emulator)).toEqual([]);
  });

  test("does not confirm for another account", async ({ rcwh, server, emulator, expect }) => {
    const env = {};
    const signIn = (jwt: string) =>
      rcwh(
        ["login", "--replace", "--server", server, "--client-id", "emulator-client"].concat([
          "--client-secret",
          "emulator-secret",
          "--jwt",
          jwt,
        ]),
        { env },
      );
    await signIn("user-1");
    await using mcp = await connectMcp(rcwh, ["--allow-write"], { env });
    const values = { filters: ["posts"], url: "https://example.com/hook" };
    const { confirmation } = await preview(mcp, "rcwh_create", values);
    await signIn("user-2");
    const { structuredContent } = await mcp.call("rcwh_create", {
      ...values,
      confirmation: confirmation?.token,
    });
    expect(structuredContent).toMatchObject({
      error: { code: "CHANGED_SINCE_PREVIEW" },
      preview: { account: { extensionId: "7000000002" } },
    });
    expect(ids(emulator)).toEqual([]);
  });

  test("ends a confirmed call that is cancelled, whose token is used up", async ({
    mcp,
    endpoint,
    emulator,
    expect,
  }) => {
    const values = { filters: ["posts"], url: endpoint.url };
    const { confirmation } = await preview(mcp, "rcwh_create", values);
    const confirmed = { ...values, confirmation: confirmation?.token };
    const canceller = new AbortController();
    let ended: Promise<unknown> | undefined;
    emulator.intercept(async ({ method, url, signal }) => {
      if (method !== "POST" || !url.endsWith("/subscription")) return undefined;
      ended = new Promise((resolve) => signal.addEventListener("abort", resolve));
      canceller.abort();
      await ended;
      return new Response("", { status: 502 });
    }, Number.POSITIVE_INFINITY);
    const call = { name: "rcwh_create", arguments: confirmed };
    await expect(mcp.client.callTool(call, { signal: canceller.signal })).rejects.toThrow();
    await ended;
    expect(ended).toBeDefined();
    const again = await mcp.call("rcwh_create", confirmed);
    expect(again.structuredContent).toMatchObject({ error: { code: "CONFIRMATION" } });
    expect(ids(emulator)).toEqual([]);
  });

  test("shows no command line without the query of its URL, and takes none back", async ({
    mcp,
    emulator,
    expect,
  }) => {
    const url = "https://example.com/hook?key=abcdefgh12345";
    const shown = await preview(mcp, "rcwh_create", { filters: ["posts"], url });
    expect(shown.preview.commandLine).toBeUndefined();
    expect(shown.preview["noCommandLine"]).toContain("is left out: it has a URL whose query");
    const hidden = { filters: ["posts"], url: "https://example.com/hook?…" };
    const refused = await mcp.call("rcwh_create", hidden);
    expect(refused.structuredContent).toMatchObject({
      error: { message: expect.stringContaining("is not a whole URL") },
      exitCode: 2,
    });
    expect(ids(emulator)).toEqual([]);
  });

  test("creates, updates, renews and replaces", async ({ mcp, endpoint, emulator, expect }) => {
    const created = await change(mcp, "rcwh_create", { filters: ["posts"], url: endpoint.url });
    expect(created.structuredContent).toMatchObject({ subscriptions: [{ status: "Active" }] });
    const [id = ""] = ids(emulator);

    const update = { subscription: id.slice(0, 8), addFilters: ["sms"], expiresIn: "10d" };
    expect(await preview(mcp, "rcwh_update", update)).toMatchObject({
      preview: {
        commandLine: `rcwh update --add-filter=sms --expires-in=10d --yes ${id}`,
        results: [{ outcome: "would-update", requests: [{ method: "PUT" }] }],
      },
    });
    const updated = await change(mcp, "rcwh_update", update);
    expect(updated.structuredContent).toMatchObject({ results: [{ id, outcome: "updated" }] });
    expect(emulator.state().subscriptions[0]?.eventFilters).toHaveLength(2);

    expect(await preview(mcp, "rcwh_renew", {})).toEqual({
      schemaVersion: 1,
      exitCode: 0,
      preview: {
        consequence: "There is nothing to do.",
        account: expect.anything(),
        results: expect.anything(),
      },
      _untrusted: expect.anything(),
    });
    const renewed = await change(mcp, "rcwh_renew", { subscriptions: [id] });
    expect(renewed.structuredContent).toMatchObject({ results: [{ id, outcome: "renewed" }] });

    emulator.blacklist(id);
    const recovered = await change(mcp, "rcwh_recover", { status: "Blacklisted" });
    expect(recovered.structuredContent).toMatchObject({ results: [{ id, outcome: "recovered" }] });
    expect(ids(emulator)).not.toContain(id);
  });

  test("refuses what has no subscriptions named", async ({ mcp, first, emulator, expect }) => {
    for (const name of ["rcwh_delete", "rcwh_forget"]) {
      const { isError, structuredContent } = await mcp.call(name);
      expect({ isError, structuredContent }).toMatchObject({
        isError: true,
        structuredContent: { exitCode: 2 },
      });
    }
    const unknown = await mcp.call("rcwh_delete", { subscriptions: ["ffffffff"] });
    expect(unknown.structuredContent).toMatchObject({ error: { exitCode: 3 } });
    expect(ids(emulator)).toEqual([first]);
  });

  test("writes a generated token to a file, and nowhere else", async ({
    rcwh,
    first,
    directory,
    emulator,
    expect,
  }) => {
    const tokens = join(directory, "tokens");
    mkdirSync(tokens);
    await using mcp = await connectMcp(rcwh, ["--allow-write", "--token-directory", tokens]);
    const values = { subscription: first };
    const { confirmation, preview: shown } = await preview(mcp, "rcwh_rotate_token", values);
    expect(readdirSync(tokens)).toEqual([]);
    const rotated = await mcp.call("rcwh_rotate_token", {
      ...values,
      confirmation: confirmation?.token,
    });
    expect(rotated.structuredContent).toMatchObject({ results: [{ outcome: "replaced" }] });
    const [name = ""] = readdirSync(tokens);
    expect(shown.commandLine).toContain(name);
    const file = join(tokens, name);
    expect(rotated.structuredContent).toMatchObject({
      tokenFile: file,
      nextStep: expect.stringContaining("install it at the endpoint"),
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const token = readFileSync(file, "utf8").trim();
    expect(token).toHaveLength(32);
    expect(JSON.stringify(emulator.snapshot())).toContain(token);
    expect(mcp.lines.join("\n")).not.toContain(token);

    // Nothing listens there.
    const create = {
      filters: ["sms"],
      url: "http://127.0.0.1:9/",
      generateVerificationToken: true,
    };
    const failed = await change(mcp, "rcwh_create", create);
    expect(failed.structuredContent).toMatchObject({ error: { code: "SUB-521" } });
    expect(failed.structuredContent).not.toHaveProperty("tokenFile");
    emulator.intercept(
      ({ method, url }) =>
        method === "POST" && url.endsWith("/subscription")
          ? Response.json({ errorCode: "SUB-521", message: "no" }, { status: 400 })
          : undefined,
      1,
    );
    const [subscription] = ids(emulator);
    const refused = await change(mcp, "rcwh_rotate_token", { subscription });
    expect(refused.structuredContent).toMatchObject({ error: { code: "SUB-521" } });
    expect(refused.structuredContent).not.toHaveProperty("tokenFile");
    expect(readdirSync(tokens)).toEqual([name]);
    emulator.intercept(
      async ({ method, url }) =>
        method === "POST" && url.endsWith("/subscription")
          ? new Response("", { status: 502 })
          : undefined,
      Number.POSITIVE_INFINITY,
    );
    const unknown = await change(mcp, "rcwh_create", create);
    expect(unknown.isError).toBe(true);
    const { error, tokenFile } = unknown.structuredContent as { error?: { hint?: string } } & {
      tokenFile?: string;
    };
    expect(error?.hint).toContain(`If it was created, its verification token is in ${tokenFile}`);
  });

  test("applies a file, after its plan", async ({ mcp, endpoint, emulator, expect }) => {
    const inside = mkdtempSync("node_modules/.mcp-");
    try {
      const file = join(inside, "rcwh.yaml");
      const manifest = (more = "") =>
        `version: 1\nwebhooks:\n  posts:\n    url: ${endpoint.url}\n    filters: [posts]\n${more}`;
      writeFileSync(file, manifest("    verificationToken: { generate: true }\n"));
      const generating = await mcp.call("rcwh_apply", { file });
      expect(generating.structuredContent).toMatchObject({
        error: { message: expect.stringContaining("may not be shown here") },
      });
      writeFileSync(file, manifest());
      const { confirmation } = await preview(mcp, "rcwh_apply", { file });
      writeFileSync(file, manifest("    expiresIn: 5d\n"));
      const moved = await mcp.call("rcwh_apply", { file, confirmation: confirmation?.token });
      expect(moved.structuredContent).toMatchObject({ error: { code: "CHANGED_SINCE_PREVIEW" } });
      expect(ids(emulator)).toEqual([]);
      const applied = await change(mcp, "rcwh_apply", { file });
      expect(applied.structuredContent).toMatchObject({ changes: [{ action: "create" }] });
      expect(ids(emulator)).toHaveLength(1);
      const again = await preview(mcp, "rcwh_apply", { file });
      expect(again.preview["consequence"]).toBe("There is nothing to do.");
    } finally {
      rmSync(inside, { recursive: true });
    }
  });
});
