import type { Browser, Page } from "playwright-core";
import { afterAll, test as base, beforeAll, describe, expect } from "vitest";
import type { Hello } from "../../src/inspector/protocol.ts";
import { chromiumPath, findViolations, launchChromium, noChromium } from "../support/browser.ts";
import { sampleEvent } from "../support/inspected-events.ts";
import { type PageServer, startPageServer } from "../support/page-server.ts";
import { isWhole, share } from "../support/share.ts";

let browser: Browser;

beforeAll(async () => {
  if (chromiumPath) browser = await launchChromium();
}, 120_000);

afterAll(() => browser?.close());

interface Opened {
  readonly page: Page;
  readonly server: PageServer;
  /** What went to the console, or was thrown. */
  readonly complaints: string[];
  /** The addresses that the page asked for. */
  readonly addresses: string[];
}

const test = base.extend<{ open(hello?: Partial<Hello>): Promise<Opened> }>({
  open: async ({}, use) => {
    const closers: (() => Promise<unknown>)[] = [];
    await use(async (hello = {}) => {
      const server = await startPageServer(hello);
      if (hello.kind === "emulator") prepareEmulator(server);
      const context = await browser.newContext({ reducedMotion: "reduce" });
      const page = await context.newPage();
      closers.push(() => context.close().then(() => server.close()));
      const complaints: string[] = [];
      const addresses: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", ({ message }) => complaints.push(message));
      page.on("request", (request) => addresses.push(request.url()));
      await page.goto(server.url);
      await page.getByText("Live", { exact: true }).waitFor();
      return { page, server, complaints, addresses };
    });
    await Promise.all(closers.map((close) => close()));
  },
});

function events(from: number, to: number) {
  return Array.from({ length: to - from + 1 }, (_, index) => sampleEvent(from + index));
}

const day = 24 * 60 * 60 * 1000;

function subscriptions(now = Date.now()) {
  const common = { transportType: "WebHook", eventFilters: ["glip/posts"], createdAt: now - day };
  return [
    {
      ...common,
      id: "aaaa-1",
      status: "Active",
      address: "https://a.example/hook",
      expiresAt: now + 6 * day,
    },
    {
      ...common,
      id: "bbbb-2",
      status: "Blacklisted",
      address: "https://b.example/hook?…",
      expiresAt: now + day / 2,
      blacklisted: {
        reason: "Webhook responses with code: [404], reason: [Not Found]",
        at: now - 1000,
      },
    },
  ];
}

// The suite takes what is about safety, and a view: a browser costs as much as all other tests of a folder.
describe.skipIf(!chromiumPath)("The page", () => {
  test.runIf(isWhole)(
    "searches 1,000 events while thousands come, and keeps no more",
    async ({ open }) => {
      const { page, server, complaints } = await open();
      const debug = await page.context().newCDPSession(page);
      const heapSize = async () => {
        await debug.send("HeapProfiler.collectGarbage");
        const { usedSize } = await debug.send("Runtime.getHeapUsage");
        return usedSize;
      };
      const [first, all, atOnce] = isWhole
        ? ([1500, 10_000, 20] as const)
        : ([1100, 1600, 50] as const);
      const comeUpTo = async (from: number, to: number) => {
        for (let number = from; number <= to; number += atOnce) {
          const last = Math.min(to, number + atOnce - 1);
          server.send({ type: "events", events: events(number, last) });
        }
        await page.locator(`[data-number="${to}"]`).waitFor();
      };
      await comeUpTo(1, first);
      const before = await heapSize();
      await comeUpTo(first + 1, all);
      const after = await heapSize();

      expect(await page.locator(".found").textContent()).toBe(
        `1,000 events kept of ${all.toLocaleString("en")} received`,
      );
      expect(await page.locator("[role=option]").count()).toBeLessThan(40);
      expect(after - before).toBeLessThan(isWhole ? 3_000_000 : 800_000);

      const threadTime = async () => {
        const { metrics } = await debug.send("Performance.getMetrics");
        return 1000 * (metrics.find(({ name }) => name === "ThreadTime")?.value ?? Number.NaN);
      };
      await debug.send("Performance.enable", { timeDomain: "threadTicks" });
      const times: number[] = [];
      for (let length = 1; length <= "invoices".length; length += 1) {
        const start = await threadTime();
        await page.evaluate(`(async (query) => {
        const field = document.querySelector("#search");
        field.value = query;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        await ${nextFrame};
      })("${"invoices".slice(0, length)}")`);
        times.push((await threadTime()) - start);
      }
      expect(await page.locator(".found").textContent()).toBe(
        `250 of 1,000 events kept of ${all.toLocaleString("en")} received`,
      );
      await page.getByRole("button", { name: "Clear", exact: true }).click();
      await page.locator(".toast").getByText("Cleared on this page only").waitFor();
      await page.reload();
      await page.getByText("No events yet.").waitFor();
      server.send({ type: "events", events: events(all + 1, all + 1) });
      await page.getByText("1 event", { exact: true }).waitFor();
      // Of a core, from each key to the frame that shows what was found: other programs may have it meanwhile.
      expect(Math.max(...times)).toBeLessThan(100);
      expect(complaints).toEqual([]);
    },
  );

  test.runIf(isWhole)("works with the keyboard alone", async ({ open }) => {
    const { page, server } = await open();
    server.send({ type: "events", events: events(1, 60) });
    await page.locator('[data-number="60"]').waitFor();
    const { keyboard } = page;
    const focused = (): Promise<string> =>
      page.evaluate(`(({ id, dataset, textContent }) =>
        dataset.number ?? dataset.id ?? (id || textContent.slice(0, 40)))(document.activeElement)`);
    const press = async (...keys: readonly string[]) => {
      for (const key of keys) await keyboard.press(key);
      await page.evaluate(nextFrame);
      return focused();
    };

    expect(await press("Tab")).toBe("Skip to the content");
    expect(await press("Enter")).toBe("main");
    expect(await press("/")).toBe("search");
    await keyboard.type("invoice");
    expect(await press("ArrowDown")).toBe("60");
    expect(await press("ArrowDown")).toBe("60");
    expect(await press("ArrowDown")).toBe("56");
    expect(await press("End")).toBe("4");
    expect(await press("Home")).toBe("60");
    expect(await page.locator("#details-title").textContent()).toBe(sampleEvent(60).summary);

    expect(await press("Enter")).toBe("details");
    await page.locator("[role=tree] [tabindex='0']").focus();
    expect(await press("ArrowDown", "ArrowDown")).toBe('["event"]');
    expect(await press("End", "ArrowLeft", "ArrowLeft")).toBe('["body"]');
    expect(await press("ArrowLeft")).toBe("[]");
    expect(await page.locator("[role=treeitem]").count()).toBe(7);
    expect(await press("Escape")).toBe("60");

    await press("r");
    expect(server.actions).toEqual([{ action: "replay", number: 60 }]);
    await press("e");
    expect(await focused()).toBe("edited-body");
    const body = page.locator("#edited-body");
    expect(await body.inputValue()).toBe(sampleEvent(60).text);
    await body.fill('{"a":1, "a":2}');
    await press("Escape");
    await expect.poll(focused).toBe("60");
    await press("e");
    expect(await body.inputValue()).toBe('{"a":1, "a":2}');
    await page.getByRole("button", { name: "Format" }).click();
    expect(await body.inputValue()).toBe('{\n  "a": 1,\n  "a": 2\n}');
    await page.getByRole("button", { name: "Start again" }).click();
    await page.getByRole("button", { name: "Send unchanged" }).focus();
    await press("Enter");
    await expect.poll(focused).toBe("60");
    expect(server.actions.splice(1)).toEqual([{ action: "replay", number: 60 }]);
    await press("e");
    await page.locator("#edited-body").fill('{\n  "text": oops\n}');
    expect(await page.locator("#edited-body-check").textContent()).toBe(
      'Line 2, column 11: Expected a value, but found "o".',
    );
    expect(await page.getByRole("button", { name: "Send", exact: true }).isDisabled()).toBe(true);
    await page.locator("#edited-body").fill('{"text":12345678901234567890}');
    await page.getByRole("button", { name: "Send", exact: true }).focus();
    await press("Enter");
    await expect.poll(focused).toBe("60");
    expect(server.actions[1]).toEqual({
      action: "send",
      text: '{"text":12345678901234567890}',
      of: 60,
    });

    await press("?");
    expect(await page.getByRole("dialog").textContent()).toContain("Keyboard shortcuts");
    await press("Escape");
    await expect.poll(focused).toBe("60");
    // The row with the focus goes, and the focus stays in the list.
    server.send({ type: "events", events: events(61, 1200) });
    await page.locator('[data-number="1200"]').waitFor({ state: "attached" });
    expect(await focused()).toMatch(/^\d+$/);
  });

  test("shows bodies as text, whatever they are", async ({ open }) => {
    const { page, server, complaints } = await open();
    const html = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    const big = JSON.stringify({
      uuid: 1,
      list: Array.from({ length: 130_000 }, (_, at) => `v${at}`),
    });
    const number = '{"id":12345678901234567890,"name":"مرحبا","word":"';
    server.send({
      type: "events",
      events: [
        sampleEvent(1, { text: html, summary: html, headers: { x: html } }),
        sampleEvent(2, { text: big }),
        sampleEvent(3, { text: `${number}${"long".repeat(2000)}"}` }),
        sampleEvent(4, { text: `{"a":"${"long".repeat(250_000)}"}` }),
      ],
    });
    const show = (wanted: number) => page.locator(`[data-number="${wanted}"]`).click();
    await show(1);
    expect(await page.locator(".details .raw").last().textContent()).toBe(html);
    expect(await page.getByText("This body is not JSON.").isVisible()).toBe(true);
    await show(2);
    await page.locator("[data-id='[\"list\"]']").click();
    expect(await page.locator("[role=treeitem]").count()).toBe(204);
    await page.getByRole("button", { name: "Raw" }).click();
    expect(await page.getByRole("button", { name: /^Show all/ }).textContent()).toBe(
      "Show all 1,188,909 characters",
    );
    await show(3);
    expect(await page.locator("[data-id='[\"id\"]']").textContent()).toBe(
      "id: 12345678901234567890",
    );
    await page.getByRole("button", { name: "Show all 8,000 characters" }).click();
    expect(await page.locator("[data-id='[\"word\"]']").textContent()).toHaveLength(8008);

    await page.setViewportSize({ width: 400, height: 800 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(400);
    await page.setViewportSize({ width: 1280, height: 720 });
    const debug = await page.context().newCDPSession(page);
    await debug.send("Performance.enable", { timeDomain: "threadTicks" });
    const threadTime = async () => {
      const { metrics } = await debug.send("Performance.getMetrics");
      return 1000 * (metrics.find(({ name }) => name === "ThreadTime")?.value ?? Number.NaN);
    };
    const takes = async (work: string) => {
      const start = await threadTime();
      await page.evaluate(`(async () => { ${work}; await ${nextFrame}; })()`);
      return (await threadTime()) - start;
    };
    expect(await takes(`document.querySelector('[data-number="4"]').click()`)).toBeLessThan(300);
    expect(await page.getByText("Show all 1,000,000 characters").isVisible()).toBe(true);
    const raw = `[...document.querySelectorAll("button")].find((one) => one.textContent === "Raw")`;
    expect(await takes(`${raw}.click()`)).toBeLessThan(300);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).toBe("Listening for glip/posts · rcwh");
    expect(complaints).toEqual([]);
  });

  test.runIf(isWhole)(
    "finds the connection again, and says when the program ends",
    async ({ open }) => {
      const { page, server } = await open({ listsSubscriptions: false });
      server.send({ type: "events", events: events(1, 3) });
      await page.locator('[data-number="3"]').waitFor();
      server.cut(true);
      await page.getByText("The connection to rcwh is lost.").waitFor();
      expect(await page.locator("[role=option]").count()).toBe(3);
      expect(await page.getByRole("button", { name: "Events, 3" }).isVisible()).toBe(true);
      // The only time below a short timeline ends where the chart does.
      const runsOut = `[...document.querySelectorAll(".chart text")].filter((text) =>
      text.getBoundingClientRect().right > text.closest("svg").getBoundingClientRect().right + 1).length`;
      expect(await page.evaluate(runsOut)).toBe(0);
      server.send({ type: "events", events: events(4, 5) });
      await page.getByRole("button", { name: "Try now" }).click();
      server.cut(false);
      await page.locator('[data-number="5"]').waitFor();
      expect(await page.locator("[role=option]").count()).toBe(5);
      expect(await page.getByText("The connection to rcwh is lost.").count()).toBe(0);

      expect(await page.getByRole("button", { name: "Subscriptions" }).textContent()).toBe(
        "Subscriptions",
      );
      await page.getByRole("button", { name: "Subscriptions" }).click();
      await page.getByText("does not ask RingCentral").waitFor();
      await page.getByRole("button", { name: /^Events/ }).click();
      server.answers.set("POST actions", () => ({
        status: 409,
        json: { message: "Events are not forwarded.", hint: "Start `rcwh listen` with --forward." },
      }));
      await page.locator('[data-number="5"]').click();
      await page.keyboard.press("r");
      expect(await page.getByRole("alert").filter({ hasText: "not forwarded" }).textContent()).toBe(
        "Events are not forwarded.Start `rcwh listen` with --forward.Dismiss",
      );
      server.send({ type: "end", message: "Stopped by Ctrl-C." });
      await page.getByText("rcwh has ended.").waitFor();
      expect(await page.getByRole("button", { name: "Replay", exact: true }).isDisabled()).toBe(
        true,
      );
    },
  );

  test("asks nobody but its server, and lets no other script run", async ({ open }) => {
    const { page, server, addresses } = await open();
    const tried = await page.evaluate(`(async () => {
      const script = document.createElement("script");
      script.textContent = "document.title = 'taken'";
      document.body.append(script);
      document.body.setAttribute("style", "color: red");
      const away = await fetch("http://127.0.0.1:9/").then(() => "sent", () => "refused");
      return [document.title, getComputedStyle(document.body).color, away];
    })()`);

    expect(tried).toEqual(["Listening for glip/posts · rcwh", "rgb(27, 32, 39)", "refused"]);
    expect(
      addresses.filter(
        (address) => !address.startsWith(server.url) && !address.startsWith("data:"),
      ),
    ).toEqual([]);

    server.replace();
    await page.getByText("rcwh was started again.").waitFor();
    const tries = server.requests.length;
    await page.waitForTimeout(700);
    expect(server.requests).toHaveLength(tries);
  });

  test.runIf(isWhole)("controls an emulator", async ({ open }) => {
    const { page, server, complaints } = await open({ kind: "emulator" });
    server.send({ type: "subscriptions", subscriptions: subscriptions() }, { type: "emulator" });
    const asked = (line: string) =>
      expect
        .poll(() => server.requests.findLast((request) => request.line === line)?.body, {
          timeout: 5000,
        })
        .toBeDefined()
        .then(() => server.requests.findLast((request) => request.line === line)?.body);
    await page.getByRole("button", { name: "Emulator", exact: true }).click();
    await page.getByText("2027-01-15 12:00:00 UTC").waitFor();
    await page.getByRole("button", { name: "+7d" }).click();
    expect(await asked("POST emulator/v1/clock")).toBe('{"advance":"7d"}');

    await page.getByLabel("Advance by").fill("soon");
    await page.getByRole("button", { name: "Advance", exact: true }).click();
    await page.getByText("Use a duration such as 90s, 1h30m or 3d.").waitFor();
    await page.getByLabel("Advance by").fill("20y");
    await page.getByRole("button", { name: "Advance", exact: true }).click();
    await page.getByText("This is more than a year").waitFor();
    expect(await asked("POST emulator/v1/clock")).toBe('{"advance":"7d"}');
    await page.getByRole("button", { name: "Advance anyway" }).click();
    await expect
      .poll(() => asked("POST emulator/v1/clock"), { timeout: 5000 })
      .toBe('{"advance":"20y"}');

    await page.getByRole("combobox", { name: "Event filter" }).pressSequentially("sm");
    await page.getByRole("option", { name: /^sms/ }).waitFor();
    await page.keyboard.press("Enter");
    await expect
      .poll(() => page.getByLabel("Data").inputValue())
      .toBe('{\n  "subject": "Hello"\n}');
    server.answers.set("POST emulator/v1/events", () => {
      server.send({ type: "events", events: events(1, 1) });
      return { json: { deliveries: [], reason: "Nobody has subscribed." } };
    });
    await page.getByLabel("Data").fill('{"id":12345678901234567890}');
    await page.getByRole("button", { name: "Send", exact: true }).click();
    expect(await asked("POST emulator/v1/events")).toBe(
      '{"filter":"/restapi/v1.0/sms","body":{"id":12345678901234567890}}',
    );
    await page.locator(".toast").getByText("Nobody got it. Nobody has subscribed.").waitFor();

    await page.getByRole("button", { name: "Events, 1" }).click();
    await page.locator('[data-number="1"]').waitFor();
    await page.getByRole("button", { name: "Emulator", exact: true }).click();

    await page.getByRole("textbox", { name: "Status" }).fill("700");
    await page.getByRole("button", { name: "Add fault" }).click();
    await page.getByText("Use a status from 200 to 599, such as 503.").waitFor();
    await page.getByLabel("What goes wrong").selectOption("Close the connection");
    expect(await page.getByLabel("When").inputValue()).toBe("before");
    await page.getByLabel("What goes wrong").selectOption("Answer with a RingCentral code");
    await page.getByLabel("Path").fill("*/renew");
    await page.getByRole("button", { name: "Add fault" }).click();
    expect(await asked("POST emulator/v1/faults")).toBe(
      '{"match":{"path":"*/renew"},"code":"CMN-301","times":1}',
    );
    await page.getByRole("button", { name: "Remove: status 503" }).click();
    expect(await asked("DELETE emulator/v1/faults/1")).toBe("");

    await page.getByRole("button", { name: /^Subscriptions/ }).click();
    await page.getByRole("button", { name: "Blacklist…" }).click();
    await page.getByLabel("Reason (optional)").fill("Too slow");
    await page.getByRole("button", { name: "Blacklist", exact: true }).click();
    expect(await asked("POST emulator/v1/subscriptions/aaaa-1/blacklist")).toBe(
      '{"reason":"Too slow"}',
    );

    await page.getByRole("button", { name: "Requests" }).click();
    await page.getByText("3 requests").waitFor();
    await page.getByLabel("Search in requests").fill("renew");
    expect(await page.locator(".found").textContent()).toBe("1 of 3 requests");
    await page.setViewportSize({ width: 400, height: 800 });
    const hidden = `(() => { const tabs = document.querySelector(".tabs");
      return [tabs.scrollWidth - tabs.clientWidth, getComputedStyle(document.querySelector(".requests td[data-label]"), "::before").content]; })()`;
    expect(await page.evaluate(hidden)).toEqual([0, '"User "']);
    expect(complaints).toEqual([]);
  });

  const places = [
    ["listen", "details"],
    ["listen", "edit"],
    ["listen", "subscriptions"],
    ["emulator", "requests"],
    ["listen", "empty"],
    ["listen", "lost"],
    ["listen", "help"],
    ["emulator", "controls"],
    ["listen", "record"],
    ["listen", "narrow"],
  ] as const;
  test.for(share(places, 11))(
    "has no violation that axe finds: %s, %s",
    async ([kind, place], { open }) => {
      const { page, server } = await open({ kind });
      if (place !== "empty") {
        server.send(
          // Of each kind of row at least one: the fewer there are, the sooner axe is done.
          { type: "events", events: events(isWhole ? 1 : 44, 60) },
          { type: "subscriptions", subscriptions: subscriptions() },
          { type: "notes", notes: [{ at: 0, text: "Connected." }] },
        );
        await page.locator('[data-number="60"]').waitFor();
      }
      await goTo(place, page, server);
      expect(await findViolations(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: "dark" });
      expect(await findViolations(page, "color-contrast")).toEqual([]);
    },
  );
});

test.skipIf(chromiumPath)(`The page is not tried in a browser: ${noChromium}`, ({ skip }) => {
  skip(noChromium);
});

async function goTo(place: string, page: Page, server: PageServer): Promise<void> {
  const button = (name: string | RegExp) => page.getByRole("button", { name }).first();
  if (place === "narrow") await page.setViewportSize({ width: 400, height: 800 });
  if (["details", "edit", "narrow"].includes(place)) {
    await page.locator('[data-number="60"]').click();
    await page.locator("#details-title").waitFor();
  }
  if (place === "details") await page.getByText("As a table").click();
  if (place === "edit") {
    await page.keyboard.press("e");
    await page.locator("#edited-body").fill("{");
  }
  if (place === "help") await page.keyboard.press("?");
  if (place === "record") await button("Record…").click();
  if (place === "subscriptions") await button(/^Subscriptions/).click();
  if (place === "lost") {
    server.cut(true);
    await page.getByText("The connection to rcwh is lost.").waitFor();
  }
  if (place === "controls") {
    await button("Emulator").click();
    await page.getByRole("combobox", { name: "Event filter" }).fill("sms");
    await page.getByRole("option", { name: /^sms/ }).click();
    await page.getByLabel("Data").waitFor();
    await page.getByText("Remove").first().waitFor();
  }
  if (place === "requests") {
    await button("Requests").click();
    await page.getByText("3 requests").waitFor();
  }
}

function prepareEmulator({ answers }: PageServer): void {
  const clock = { json: { now: "2027-01-15T12:00:00.000Z", frozen: true } };
  const ok = () => ({ json: { deliveries: [], reason: "Nobody has subscribed." } });
  answers
    .set("GET emulator/v1/clock", () => clock)
    .set("POST emulator/v1/clock", () => clock)
    .set("GET emulator/v1/faults", () => ({
      json: { faults: [{ id: "1", status: 503, fired: 0 }] },
    }))
    .set("POST emulator/v1/faults", () => ({ status: 201, json: { id: "2" } }))
    .set("DELETE emulator/v1/faults/1", () => ({ status: 204 }))
    .set("POST emulator/v1/events", ok)
    .set("POST emulator/v1/subscriptions/aaaa-1/blacklist", () => ({ status: 204 }))
    .set("GET filters", () => ({
      json: {
        filters: [{ filter: "sms", uri: "/restapi/v1.0/sms", summary: "A text message came" }],
      },
    }))
    .set("GET sample", () => ({ json: { subject: "Hello" } }))
    .set("GET emulator/v1/log", () => ({
      json: {
        requests: ["", "/1", "/1/renew"].map((path, at) => ({
          requestId: `r${at}`,
          timestamp: "2027-01-15T12:00:00.000Z",
          method: "POST",
          user: 1,
          path: `/restapi/v1.0/subscription${path}`,
          status: at === 2 ? 503 : 200,
        })),
      },
    }));
}

/** Resolves in the page once it has drawn. */
const nextFrame = "new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))";
