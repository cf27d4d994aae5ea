import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { parseMetrics } from "../support/metrics.ts";
import { now, test } from "../support/rcwh.ts";
import { answerList, ownFilters, subscribe, subscription } from "../support/subscriptions.ts";

const list = { method: "GET", path: "/restapi/v1.0/subscription" } as const;
const hour = 3_600_000;
const seconds = now / 1000;

/** The values of a metric by all labels except the profile. */
function valuesOf(path: string, metric: string): Readonly<Record<string, number>> {
  const samples = parseMetrics(readFileSync(path, "utf8")).filter(({ name }) => name === metric);
  return Object.fromEntries(
    samples.map(({ labels: { profile, ...others }, value }) => [
      Object.values(others).join(" ") || (profile ?? ""),
      value,
    ]),
  );
}

describe("rcwh renew --metrics-file", () => {
  test("is checked by a dry run and not written", async ({ directory, rcwh, expect }) => {
    mkdirSync(join(directory, "taken.prom"));
    const good = join(directory, "rcwh.prom");
    expect(await rcwh(["renew", "--dry-run", "--metrics-file", good])).toMatchObject({
      exitCode: 0,
    });
    expect(readdirSync(directory)).not.toContain("rcwh.prom");
    const problems: string[] = [];
    for (const name of ["no/such/rcwh.prom", "taken.prom"]) {
      const path = join(directory, name);
      const { exitCode, stderr } = await rcwh(["renew", "--dry-run", "--metrics-file", path]);
      expect(await rcwh(["renew", "--metrics-file", path])).toEqual({
        exitCode,
        stderr,
        stdout: "",
      });
      problems.push(stderr);
    }
    expect(problems.join("")).toMatchInlineSnapshot(`
      "No subscriptions.
      attention: Could not write the metrics to /tmp/rcwh-test/no/such/rcwh.prom: no such file or directory.
      hint: Allow the user of rcwh to write to the directory, or choose another one with \`--metrics-file\`.
      No subscriptions.
      attention: Could not write the metrics to /tmp/rcwh-test/taken.prom: it is a directory instead of a file.
      hint: Move it away with \`mv /tmp/rcwh-test/taken.prom /tmp/rcwh-test/taken.prom.aside\`.
      "
    `);
  });

  test("writes a file that node_exporter reads", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const path = join(directory, "rcwh.prom");
    const id = await subscribe(emulator, `${endpoint.url}?key=secret`);
    const due = await subscribe(emulator, endpoint.url, {
      eventFilters: [ownFilters.sms],
      expiresIn: 3600,
    });
    const { exitCode, stderr } = await rcwh(["renew", "-q", "--metrics-file", path]);
    expect({ exitCode, stderr }).toEqual({ exitCode: ExitCode.ok, stderr: "" });

    const text = readFileSync(path, "utf8");
    parseMetrics(text);
    const steady = text.replaceAll(new URL(endpoint.url).origin, "http://127.0.0.1:50100");
    expect(steady.replaceAll(id, "<id>").replaceAll(due, "<due>")).toMatchInlineSnapshot(`
      "# HELP rcwh_subscription_expiration_timestamp_seconds When the subscription expires.
      # TYPE rcwh_subscription_expiration_timestamp_seconds gauge
      rcwh_subscription_expiration_timestamp_seconds{profile="environment",id="<due>"} 1795953600
      rcwh_subscription_expiration_timestamp_seconds{profile="environment",id="<id>"} 1795953600
      # HELP rcwh_subscription_active 1 if events are delivered, 0 if not (blacklisted).
      # TYPE rcwh_subscription_active gauge
      rcwh_subscription_active{profile="environment",id="<due>"} 1
      rcwh_subscription_active{profile="environment",id="<id>"} 1
      # HELP rcwh_subscription_disabled_filters Event filters that RingCentral has disabled.
      # TYPE rcwh_subscription_disabled_filters gauge
      rcwh_subscription_disabled_filters{profile="environment",id="<due>"} 0
      rcwh_subscription_disabled_filters{profile="environment",id="<id>"} 0
      # HELP rcwh_subscription_info Always 1; the labels describe the subscription.
      # TYPE rcwh_subscription_info gauge
      rcwh_subscription_info{profile="environment",id="<due>",api="platform",status="Active",transport="WebHook",address="http://127.0.0.1:50100/hook"} 1
      rcwh_subscription_info{profile="environment",id="<id>",api="platform",status="Active",transport="WebHook",address="http://127.0.0.1:50100/hook?…"} 1
      # HELP rcwh_subscriptions Subscriptions that the user has with this app.
      # TYPE rcwh_subscriptions gauge
      rcwh_subscriptions{profile="environment"} 2
      # HELP rcwh_subscriptions_gone Subscriptions on record that RingCentral no longer has.
      # TYPE rcwh_subscriptions_gone gauge
      rcwh_subscriptions_gone{profile="environment"} 0
      # HELP rcwh_subscription_limit Subscriptions that RingCentral allows per user and app.
      # TYPE rcwh_subscription_limit gauge
      rcwh_subscription_limit{profile="environment"} 30
      # HELP rcwh_last_run_timestamp_seconds When the last run ended.
      # TYPE rcwh_last_run_timestamp_seconds gauge
      rcwh_last_run_timestamp_seconds{profile="environment"} 1795348800
      # HELP rcwh_last_run_exit_code Exit code of the last run; 0 for success.
      # TYPE rcwh_last_run_exit_code gauge
      rcwh_last_run_exit_code{profile="environment"} 0
      # HELP rcwh_last_run_results Subscriptions in the last run, by outcome.
      # TYPE rcwh_last_run_results gauge
      rcwh_last_run_results{profile="environment",outcome="renewed"} 1
      rcwh_last_run_results{profile="environment",outcome="not-due"} 1
      # HELP rcwh_last_success_timestamp_seconds When a renewal of all subscriptions last ended with 0.
      # TYPE rcwh_last_success_timestamp_seconds gauge
      rcwh_last_success_timestamp_seconds{profile="environment"} 1795348800
      "
    `);
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(readdirSync(directory).filter((name) => name.includes("prom"))).toEqual(["rcwh.prom"]);
  });

  test("reports failures and the number of subscriptions against the limit of 30", async ({
    directory,
    emulator,
    rcwh,
    expect,
  }) => {
    const path = join(directory, "rcwh.prom");
    const disabledFilters = [{ filter: ownFilters.sms, reason: "SUB-402", message: "No." }];
    const [good, bad, poor] = [
      subscription("a"),
      subscription("b", { status: "Blacklisted" }),
      subscription("c", { disabledFilters }),
    ];
    answerList(emulator, [good, bad, poor]);
    expect((await rcwh(["renew", "--metrics-file", path])).exitCode).toBe(ExitCode.attention);
    expect(valuesOf(path, "rcwh_subscription_active")).toEqual({
      [good.id]: 1,
      [bad.id]: 0,
      [poor.id]: 1,
    });
    expect(valuesOf(path, "rcwh_subscription_disabled_filters")[poor.id]).toBe(1);
    expect(valuesOf(path, "rcwh_subscriptions")).toEqual({ environment: 3 });
    expect(valuesOf(path, "rcwh_subscription_limit")).toEqual({ environment: 30 });
    expect(valuesOf(path, "rcwh_last_run_exit_code")).toEqual({ environment: 8 });
    expect(valuesOf(path, "rcwh_last_run_results")).toEqual({ "not-due": 2, blacklisted: 1 });
    expect(valuesOf(path, "rcwh_last_success_timestamp_seconds")).toEqual({});
  });

  test("keeps values that a failed run could not update", async ({
    clock,
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const path = join(directory, "rcwh.prom");
    const id = await subscribe(emulator, endpoint.url);
    await rcwh(["renew", "--metrics-file", path]);
    const before = valuesOf(path, "rcwh_subscription_expiration_timestamp_seconds");
    expect(before).toEqual({ [id]: seconds + 7 * 86_400 });

    clock.advance(hour);
    emulator.faults.add({ match: list, status: 503, times: "always" });
    await rcwh(["renew", "--metrics-file", path]);
    expect(valuesOf(path, "rcwh_subscription_expiration_timestamp_seconds")).toEqual(before);
    expect(valuesOf(path, "rcwh_subscriptions")).toEqual({ environment: 1 });
    expect(valuesOf(path, "rcwh_last_run_exit_code")).toEqual({ environment: 5 });
    expect(valuesOf(path, "rcwh_last_success_timestamp_seconds")).toEqual({ environment: seconds });
    const ended = valuesOf(path, "rcwh_last_run_timestamp_seconds")["environment"];
    expect(ended).toBeGreaterThanOrEqual(seconds + 3600);

    // The user is not even known.
    await rcwh(["renew", "--metrics-file", path], { env: {} });
    expect(valuesOf(path, "rcwh_subscription_expiration_timestamp_seconds")).toEqual(before);
    expect(valuesOf(path, "rcwh_last_run_exit_code")).toEqual({ environment: 4 });
    expect(valuesOf(path, "rcwh_last_success_timestamp_seconds")).toEqual({ environment: seconds });
  });

  test("reports each of many profiles", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    server,
    expect,
  }) => {
    const path = join(directory, "rcwh.prom");
    const id = await subscribe(emulator, endpoint.url);
    const app = { server, clientId: "emulator-client" };
    const renew = (secrets: Readonly<Record<string, string>>) => {
      const accounts = Object.entries(secrets).map(([profile, clientSecret], index) =>
        JSON.stringify({ ...app, profile, clientSecret, jwt: `user-${index + 1}` }),
      );
      const file = join(directory, "accounts.ndjson");
      writeFileSync(file, `${accounts.join("\n")}\n`);
      return rcwh(["renew", "-q", "--profiles-from", file, "--metrics-file", path]);
    };
    const right = "emulator-secret";
    await renew({ one: right, two: right });
    expect(valuesOf(path, "rcwh_subscriptions")).toEqual({ one: 1, two: 0 });
    await rm(join(directory, "config", "accounts"), { recursive: true });
    expect((await renew({ one: "wrong", two: right })).exitCode).toBe(ExitCode.partial);
    expect(valuesOf(path, "rcwh_last_run_exit_code")).toEqual({ one: 4, two: 0 });
    expect(valuesOf(path, "rcwh_subscription_active")).toEqual({ [id]: 1 });
    expect(valuesOf(path, "rcwh_last_success_timestamp_seconds")["one"]).toBe(seconds);
    await renew({ two: right });
    expect(Object.keys(valuesOf(path, "rcwh_subscriptions"))).toEqual(["two"]);
  });

  test("drops a profile that is no longer named, even if another one fails", async ({
    directory,
    rcwh,
    server,
    expect,
  }) => {
    const path = join(directory, "rcwh.prom");
    const file = join(directory, "accounts.ndjson");
    const line = (profile: string, user: number, clientSecret = "emulator-secret") =>
      JSON.stringify({
        profile,
        server,
        clientId: "emulator-client",
        clientSecret,
        jwt: `user-${user}`,
      });
    const renew = (...lines: readonly string[]) => {
      writeFileSync(file, lines.join("\n"));
      return rcwh(["renew", "-q", "--profiles-from", file, "--metrics-file", path]);
    };
    const profiles = () => Object.keys(valuesOf(path, "rcwh_last_run_exit_code")).sort();
    await renew(line("one", 1), line("two", 2), line("three", 3));
    expect(profiles()).toEqual(["one", "three", "two"]);
    expect((await renew(line("two", 2), line("bad", 4, "wrong"))).exitCode).toBe(7);
    expect(profiles()).toEqual(["bad", "two"]);
    // The unreadable line may belong to that account.
    expect((await renew(line("two", 2), "{")).exitCode).toBe(7);
    expect(profiles()).toEqual(["bad", "two"]);
  });

  test("keeps other profiles in a run for a missing profile", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const path = join(directory, "rcwh.prom");
    await subscribe(emulator, endpoint.url);
    await rcwh(["login", "--profile", "acme"]);
    const env = {};
    const words = ["renew", "-q", "--metrics-file", path];
    expect((await rcwh([...words, "--all-profiles"], { env })).exitCode).toBe(ExitCode.ok);
    const text = readFileSync(path, "utf8");
    for (const name of ["nope*", "nope"]) {
      expect((await rcwh([...words, "-p", name], { env })).exitCode).toBe(ExitCode.notFound);
      expect(readFileSync(path, "utf8")).toBe(text);
    }
    await rcwh(["profile", "remove", "acme", "--yes"], { env });
    await rcwh([...words, "-p", "acme"], { env });
    expect(valuesOf(path, "rcwh_last_run_exit_code")).toEqual({ acme: ExitCode.notFound });
  });

  test("keeps what other jobs wrote to the file", async ({ directory, rcwh, signedIn, expect }) => {
    const path = join(directory, "rcwh.prom");
    const codes = () => valuesOf(path, "rcwh_last_run_exit_code");
    for (const [profile, user] of [
      ["acme-1", 1],
      ["acme-2", 2],
      ["beta", 3],
    ] as const) {
      await rcwh(`login --profile ${profile}`, { env: { ...signedIn, RCWH_JWT: `user-${user}` } });
    }
    const run = (...words: readonly string[]) =>
      rcwh(["renew", "-q", "--metrics-file", path, ...words], { env: {} });
    await run("--profile", "beta");
    await run("--profile", "acme-*");
    expect(codes()).toEqual({ "acme-1": 0, "acme-2": 0, beta: 0 });
    await rcwh("profile remove acme-2 --yes", { env: {} });
    await run("--profile", "acme-*");
    expect(codes()).toEqual({ "acme-1": 0, beta: 0 });
    await run("--profile", "nobody");
    expect(codes()).toEqual({ "acme-1": 0, beta: 0 });
  });

  test("drops subscriptions that are gone", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const path = join(directory, "rcwh.prom");
    const first = await subscribe(emulator, endpoint.url);
    const second = await subscribe(emulator, endpoint.url, { eventFilters: [ownFilters.sms] });
    await rcwh(["renew", "--metrics-file", path]);
    expect(Object.keys(valuesOf(path, "rcwh_subscription_active"))).toEqual([first, second]);
    await rcwh(["delete", second, "--yes"]);
    await rcwh(["renew", "--metrics-file", path]);
    expect(Object.keys(valuesOf(path, "rcwh_subscription_active"))).toEqual([first]);
  });

  test("keeps the last success after runs over selected subscriptions", async ({
    clock,
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const path = join(directory, "rcwh.prom");
    const id = await subscribe(emulator, endpoint.url);
    await rcwh(["renew", "--metrics-file", path]);
    clock.advance(hour);
    await rcwh(["renew", id, "--metrics-file", path]);
    expect(valuesOf(path, "rcwh_last_success_timestamp_seconds")).toEqual({ environment: seconds });
    await rcwh(["renew", "--metrics-file", path]);
    expect(valuesOf(path, "rcwh_last_success_timestamp_seconds")).toEqual({
      environment: seconds + 3600,
    });
  });

  test("escapes labels", async ({ directory, emulator, rcwh, expect }) => {
    const path = join(directory, "rcwh.prom");
    const status = 'a "b"\\\nc';
    answerList(emulator, [subscription("a", { status })]);
    for (let run = 0; run < 2; run++) await rcwh(["renew", "--metrics-file", path]);
    const [info] = parseMetrics(readFileSync(path, "utf8")).filter(
      ({ name }) => name === "rcwh_subscription_info",
    );
    expect(info?.labels["status"]).toBe(status);
  });

  test("replaces a file that it cannot parse", async ({ directory, emulator, rcwh, expect }) => {
    const path = join(directory, "rcwh.prom");
    writeFileSync(path, 'other{profile="environment"} 1\nrubbish\n');
    answerList(emulator, [subscription("a")]);
    await rcwh(["renew", "--metrics-file", path]);
    expect(readFileSync(path, "utf8")).not.toMatch(/other|rubbish/);
  });

  test("reports a file that cannot be written after the work is done", async ({
    directory,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const id = await subscribe(emulator, endpoint.url);
    const path = join(directory, "missing", "rcwh.prom");
    expect(await rcwh(["renew", id, "-q", "--metrics-file", path])).toEqual({
      exitCode: ExitCode.attention,
      stdout: "",
      stderr:
        "attention: Could not write the metrics to /tmp/rcwh-test/missing/rcwh.prom: no such file or directory.\n" +
        "hint: Allow the user of rcwh to write to the directory, or choose another one with `--metrics-file`.\n",
    });
    expect(emulator.requests.some(({ path: each }) => each.endsWith("/renew"))).toBe(true);

    const occupied = join(directory, "directory.prom");
    mkdirSync(occupied);
    const { stderr } = await rcwh(["renew", "-q", "--metrics-file", occupied]);
    expect(stderr).toMatch(/^attention: Could not write the metrics to /);
    expect(readdirSync(directory).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("writes exactly the documented metrics", async ({ directory, emulator, rcwh, expect }) => {
    const path = join(directory, "rcwh.prom");
    answerList(emulator, [subscription("a")]);
    await rcwh(["renew", "--metrics-file", path]);
    const written = new Map<string, Set<string>>();
    for (const { name, labels } of parseMetrics(readFileSync(path, "utf8"))) {
      const { profile: _, ...others } = labels;
      written.set(name, new Set([...(written.get(name) ?? []), ...Object.keys(others)]));
    }
    const page = readFileSync(join(import.meta.dirname, "../../docs/monitoring.md"), "utf8");
    const rows = [...page.matchAll(/^\| `(rcwh_\w+)` +\| (.*?)\|/gm)];
    // test/commands/renew-back-off.test.ts has the others.
    const ofEveryRun = rows.filter(({ 1: name = "" }) => !name.startsWith("rcwh_backed_off_"));
    const documented = ofEveryRun.map(({ 1: name = "", 2: labels = "" }) => {
      const names = [...labels.matchAll(/`(\w+)`/g)].map(({ 1: label = "" }) => label);
      return [name, new Set(names)] as const;
    });
    expect(new Map(documented)).toEqual(written);
    const names = rows.map(({ 1: name = "" }) => name);
    for (const [name] of page.matchAll(/\brcwh_\w+/g)) expect(names).toContain(name);
  });

  test("must end in .prom", async ({ directory, emulator, rcwh, expect }) => {
    const path = join(directory, "important.txt");
    const { exitCode, stderr } = await rcwh(["renew", "--metrics-file", path]);
    expect(exitCode).toBe(ExitCode.usage);
    expect(stderr).toContain("must end in .prom");
    expect(emulator.requests).toEqual([]);
  });
});
