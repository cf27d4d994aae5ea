import fc from "fast-check";
import { describe } from "vitest";
import { test } from "../listener/kit.ts";
import { accept, notification, startGateway } from "../websocket/fake-gateway.ts";
import { campaign, seed } from "./campaign.ts";
import { hostileJson } from "./hostile.ts";

const frame = hostileJson(
  notification("1", "Hello"),
  [{ type: "Error", messageId: "2", status: 429, headers: { "Retry-After": "5" } }, {}],
  [{ type: "ClientRequest", messageId: "3", status: 200 }, accept({})[1]],
  [{ type: "Heartbeat", messageId: "4", status: 200 }],
  [{ type: "ConnectionDetails", messageId: "5", wsc: { token: "t" } }, { idleTimeout: 60 }],
);

const numRuns = campaign > 0 ? Math.ceil(campaign / 20) : 40;

describe(`whatever the gateway sends (seed ${seed})`, () => {
  test.for(["", "--verbose", "--json", "-o tsv"])(
    "rcwh listen %s goes on",
    { timeout: campaign > 0 ? 3_600_000 : 60_000 },
    async (flags, { emulator, begin, expect }) => {
      const frames = fc.sample(frame, { seed, numRuns });
      await using _gateway = await startGateway(emulator, {
        answer: (meta) => accept(meta),
        greet(connection) {
          // After the greeting and the answer to the subscription.
          connection.socket.on("message", (data) => {
            if (!String(data).includes('"POST"')) return;
            for (const each of [...frames, notification("last", "the end")]) connection.send(each);
          });
          return true;
        },
      });
      const listener = await begin(`--filter posts ${flags}`.trim(), { tty: flags !== "--json" });
      await expect.poll(listener.printed, { timeout: 60_000 }).toContain("the end");
      const { stdout, stderr } = await listener.stop();
      expect(stdout + stderr).not.toContain("hit a bug");
    },
  );
});
