import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { ExitCode, Interruption } from "../../src/errors.ts";
import { crashAt } from "../support/faults.ts";
import { test as base } from "../support/rcwh.ts";
import { onlyId, ownFilters, stored, subscribe } from "../support/subscriptions.ts";

/** Three webhooks: two of rcwh's, and one of another client. */
const test = base.extend<{ readonly three: () => Promise<void>; readonly origin: string }>({
  origin: async ({ endpoint }, use) => use(new URL(endpoint.url).origin),
  three: async ({ emulator, endpoint, rcwh }, use) =>
    use(async () => {
      const { url } = endpoint;
      await rcwh(
        `create --filter sms,voicemail --url ${url}/orders --expires-in 10y --remind 3d/12h --verification-token s3cret-token`,
      );
      await rcwh(`create --filter posts --url ${url}/chat.php?key=s3cr3t-k3y-of-url`);
      await rcwh(
        `update ${url}/chat.php?key=s3cr3t-k3y-of-url --add-filter presence,glip/groups --expires-in 240h`,
      );
      await subscribe(emulator, `${url}/v1/fax`, {
        eventFilters: [
          "/restapi/v1.0/account/~/extension/~/fax?direction=Inbound",
          ownFilters.presence,
        ],
        expiresIn: 90 * 86_400,
      });
    }),
});

const steadyOrigin = "http://127.0.0.1:50100";

describe("rcwh export", () => {
  test("writes what create, update and other clients made, and plan finds nothing to do", async ({
    three,
    origin,
    rcwh,
    expect,
  }) => {
    await three();
    const exported = await rcwh("export");
    expect(exported.stdout).not.toContain("s3cret-token");
    expect(exported).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "3 webhooks.
      ",
        "stdout": "# yaml-language-server: $schema=./rcwh.schema.json
      # (\`rcwh schema > rcwh.schema.json\` writes that file, for editors)
      version: 1
      webhooks:
        # 00000005-0000-4000-8000-000000000000, Active, expires 2036-11-19T12:00:00.000Z
        orders:
          url: http://127.0.0.1:50100/hook/orders
          filters: [voicemail, sms]
          expiresIn: 10y
          remind: 3d/12h
          # It has a verification token, which is on record. To set it from a variable:
          # verificationToken: { env: ORDERS_TOKEN }
        # 00000009-0000-4000-8000-000000000000, Active, expires 2026-12-02T12:00:00.000Z
        chat:
          url: http://127.0.0.1:50100/hook/chat.php?key=s3cr3t-k3y-of-url
          filters:
            - glip/groups
            - presence
            - posts
          expiresIn: 10d
        # 0000000f-0000-4000-8000-000000000000, Active, expires 2027-02-20T12:00:00.000Z
        fax:
          url: http://127.0.0.1:50100/hook/v1/fax
          filters: [presence, fax]
          # expiresIn: 10y  (unknown: stays unchanged)
          # RingCentral does not say whether it has a verification token. If it does, set it from a variable:
          # verificationToken: { env: FAX_TOKEN }
      ",
      }
    `);
    const file = exported.stdout.replaceAll(steadyOrigin, origin);
    expect(await rcwh("plan -f -", { stdin: file })).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "No changes; 3 found as the file says, 0 unchanged, 0 not managed.
      ",
        "stdout": "adopt	orders	00000005-0000-4000-8000-000000000000	it exists, but this file did not name it yet	http://127.0.0.1:50100/hook/orders	/restapi/v1.0/subscription/~?threshold=259200&interval=43200,/restapi/v1.0/account/~/extension/~/voicemail,/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS	environment
      adopt	chat	00000009-0000-4000-8000-000000000000	it exists, but this file did not name it yet	http://127.0.0.1:50100/hook/chat.php?…	/restapi/v1.0/glip/groups,/restapi/v1.0/account/~/extension/~/presence,/team-messaging/v1/posts	environment
      adopt	fax	0000000f-0000-4000-8000-000000000000	it exists, but this file did not name it yet	http://127.0.0.1:50100/hook/v1/fax	/restapi/v1.0/account/~/extension/~/presence,/restapi/v1.0/account/~/extension/~/fax?direction=Inbound	environment
      ",
      }
    `);
    const { stdout: json } = await rcwh("export --url *orders --json");
    expect(JSON.parse(json)).toMatchObject({
      ...{ schemaVersion: 1, version: 1 },
      webhooks: { orders: { url: expect.any(String), remind: "3d/12h" } },
    });
    expect(
      (await rcwh("plan -f -", { stdin: json.replaceAll(steadyOrigin, origin) })).stdout,
    ).toMatch(/^adopt\torders\t/);
  });

  test("writes a file once, and replaces it only if asked", async ({
    three,
    directory,
    rcwh,
    expect,
  }) => {
    await three();
    const path = join(directory, "rcwh.yaml");
    const first = await rcwh(`export --out ${path} --url *orders`);
    expect(first).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "1 webhook in /tmp/rcwh-test/rcwh.yaml.
      ",
        "stdout": "",
      }
    `);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await writeFile(path, "mine");
    expect(await rcwh(`export -O ${path}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 9,
        "stderr": "Replace /tmp/rcwh-test/rcwh.yaml? Cannot prompt for confirmation here. Nothing was changed.
      hint: Add --yes to confirm.
      ",
        "stdout": "",
      }
    `);
    expect(await readFile(path, "utf8")).toBe("mine");
    const declined = await rcwh(`export -O ${path}`, { tty: true, answers: [false] });
    expect(declined.exitCode).toBe(ExitCode.declined);
    expect(await readFile(path, "utf8")).toBe("mine");
    expect((await rcwh(`export -O ${path} --yes`)).exitCode).toBe(ExitCode.ok);
    expect(await readFile(path, "utf8")).toContain("orders:");
    const nowhere = await rcwh(`export -O ${directory}/none/rcwh.yaml`);
    expect(nowhere).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: --out: cannot write /tmp/rcwh-test/none/rcwh.yaml (ENOENT). Nothing was changed.
      hint: Give a path that you can write to.
      ",
        "stdout": "",
      }
    `);
  });

  test("--adopt keeps the names on record, which survive a new export and make deletions possible", async ({
    three,
    directory,
    origin,
    rcwh,
    expect,
  }) => {
    await three();
    const exported = await rcwh("export --adopt --name billing");
    const names = (await stored(directory, "records")).map(({ managedAs }) => managedAs);
    expect(names).toMatchObject([
      { manifest: "billing", webhook: "orders" },
      { manifest: "billing", webhook: "chat" },
      { manifest: "billing", webhook: "fax" },
    ]);
    const again = await rcwh("export");
    expect(again.stdout).toBe(exported.stdout);
    const file = again.stdout.replaceAll(steadyOrigin, origin);
    const planned = await rcwh("plan -f - --json", { stdin: file });
    expect(planned.exitCode).toBe(ExitCode.ok);
    expect(JSON.parse(planned.stdout).changes).toMatchObject(
      ["orders", "chat", "fax"].map((name) => ({ name, action: "unchanged" })),
    );
    const less = await rcwh("plan -f -", { stdin: "version: 1\nname: billing\nwebhooks: {}\n" });
    expect(less.stderr).toContain("3 to delete");
    const other = await rcwh("export --name other");
    expect(other.stdout).toMatch(/webhooks: \{\}.*it is "orders" of the file named "billing"/s);
  });

  test("names a URL that no file can have once", async ({ emulator, endpoint, rcwh, expect }) => {
    await subscribe(emulator, `${endpoint.url}/hook#top`);
    expect((await rcwh("export")).stdout).toContain(
      "/hook#top): it has a fragment, which is never sent to a server",
    );
  });

  test("leaves out what no file can have", async ({ emulator, endpoint, origin, rcwh, expect }) => {
    const { url } = endpoint;
    await subscribe(emulator, `${url}/same`);
    await subscribe(emulator, `${url}/same`);
    await subscribe(emulator, `${url}/hook?rcwh-listen=${"a".repeat(24)}`);
    const exported = await rcwh("export");
    expect(exported).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "0 webhooks. 3 are left out: see the end of the file.
      ",
        "stdout": "# yaml-language-server: $schema=./rcwh.schema.json
      # (\`rcwh schema > rcwh.schema.json\` writes that file, for editors)
      version: 1
      webhooks: {}

      # Left out:
      # - 0000000c-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/hook?rcwh-listen=aaaaaaaaaaaaaaaaaaaaaaaa): \`rcwh listen\` made it, and deletes it when it ends
      # - 00000004-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/same): it delivers the same events to the same URL as 00000008-0000-4000-8000-000000000000, and it is unclear which one is meant: \`rcwh export --adopt\` chooses one
      # - 00000008-0000-4000-8000-000000000000 (http://127.0.0.1:50100/hook/same): it delivers the same events to the same URL as 00000004-0000-4000-8000-000000000000, and it is unclear which one is meant: \`rcwh export --adopt\` chooses one
      ",
      }
    `);
    const file = exported.stdout.replaceAll(steadyOrigin, origin);
    expect((await rcwh("plan -f -", { stdin: file })).exitCode).toBe(ExitCode.ok);
    const adopted = await rcwh("export --adopt");
    expect(adopted.stdout).toMatch(/ {2}same:\n.*Left out:\n.*delivers the same events/s);
    const planned = await rcwh("plan -f -", {
      stdin: adopted.stdout.replaceAll(steadyOrigin, origin),
    });
    expect(planned.exitCode).toBe(ExitCode.ok);
  });

  test.for([
    { crash: 2, when: "before the new one was on record" },
    { crash: 3, when: "before the old one was deleted" },
  ])(
    "writes a webhook that is half replaced once: $when",
    async ({ crash }, { directory, emulator, endpoint, origin, rcwh, expect }) => {
      const path = join(directory, "rcwh.yaml");
      const file = (url: string) =>
        `version: 1\nwebhooks: { w0: { url: "${url}", filters: [sms], expiresIn: 30d } }\n`;
      const before = file(`${endpoint.url}/old`);
      expect(await rcwh("apply -f - --yes", { stdin: before })).toMatchObject({ exitCode: 0 });
      await writeFile(path, file(`${endpoint.url}/new`));
      const stop = new AbortController();
      const restore = crashAt(emulator, crash, {
        processed: crash === 2,
        onCrash: () => stop.abort(new Interruption()),
      });
      const cut = await rcwh(`apply -f ${path} --yes`, { signal: stop.signal });
      restore();
      expect(cut.exitCode).toBe(130);
      // The platform goes on with a request whose client has left.
      await expect.poll(() => emulator.state().subscriptions).toHaveLength(2);
      const [old, made] = emulator.state().subscriptions.map(({ id }) => id);

      const exported = await rcwh("export");
      const text = exported.stdout.replaceAll(steadyOrigin, origin);
      expect(text.match(/^ {2}[^# ].*|^ {4}url.*|^# - .*/gm)).toEqual([
        "  w0:",
        `    url: ${endpoint.url}/new`,
        `# - ${old} (${endpoint.url}/old): it is being replaced by ${made}; \`rcwh renew\` finishes that`,
      ]);
      if (crash === 3) {
        // No change; what is left is to finish the replacement.
        const planned = await rcwh("plan -f -", { stdin: text });
        expect(planned).toMatchObject({
          exitCode: ExitCode.attention,
          stdout: expect.stringContaining("unchanged"),
        });
      }
      await rcwh("renew");
      expect((await rcwh("export")).stdout).not.toContain("Left out");
    },
  );

  test("says until when the old one of a replacement delivers, too", async ({
    emulator,
    endpoint,
    origin,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter sms --url ${endpoint.url}`);
    await rcwh(`rotate-token ${onlyId(emulator)} --yes -q --overlap 2d --no-wait`);
    const [old, made] = emulator.state().subscriptions.map(({ id }) => id);

    const text = (await rcwh("export")).stdout.replaceAll(steadyOrigin, origin);
    expect(text.match(/^ {4}url.*|^# - .*/gm)).toEqual([
      `    url: ${endpoint.url}`,
      `# - ${old} (${endpoint.url}): it is being replaced by ${made}, and both deliver until 2026-11-24T12:00:00Z: the first \`rcwh renew\` after that deletes it`,
    ]);
  });

  test("names what is only on record, and cannot be in the file", async ({
    clock,
    endpoint,
    rcwh,
    expect,
  }) => {
    await rcwh(`create --filter sms --url ${endpoint.url}/sms`);
    await rcwh(`create --filter posts --url ${endpoint.url}/posts`);
    clock.advance(8 * 86_400_000);
    const { stderr, exitCode } = await rcwh("export");
    expect({ stderr, exitCode }).toEqual({
      stderr: "0 webhooks.\n2 are only on record: see `rcwh list --recorded`.\n",
      exitCode: ExitCode.ok,
    });
    expect((await rcwh("export --filter sms")).stderr).toBe("0 webhooks.\n");
  });

  test("gives a name that two have on record to one of them", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    for (const path of ["one", "two"])
      await rcwh(`create --filter sms --url ${endpoint.url}/${path}`);
    await rcwh("export --adopt");
    const config = join(directory, "config", "config.json");
    const text = await readFile(config, "utf8");
    await writeFile(config, text.replace(/"webhook": *"two"/, '"webhook":"one"'));
    const { stdout, stderr } = await rcwh("export");
    const [one, two] = emulator.state().subscriptions.map(({ id }) => id);
    expect(stdout.match(/^ {2}[^# ].*/gm)).toEqual(["  one:"]);
    expect(stdout).toContain(
      `# - ${two} (${steadyOrigin}/hook/two): it is called "one" on record, as ${one} is`,
    );
    expect(stderr).toContain("1 webhook. 1 is left out");
  });

  test("of an account without subscriptions is a file without webhooks", async ({
    rcwh,
    expect,
  }) => {
    const { stdout, stderr, exitCode } = await rcwh("export");
    expect({ stderr, exitCode }).toEqual({ stderr: "0 webhooks.\n", exitCode: ExitCode.ok });
    expect((await rcwh("plan -f -", { stdin: stdout })).exitCode).toBe(ExitCode.ok);
    expect((await rcwh("export nosuchid")).exitCode).toBe(ExitCode.notFound);
    expect((await rcwh(["export", "--name", "a b"])).exitCode).toBe(ExitCode.usage);
  });
});
