import { readFile, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe } from "vitest";
import { WebSocketServer } from "ws";
import { createDeliverySender } from "../../src/endpoint/delivery-sender.ts";
import { test } from "../listener/kit.ts";
import { test as base } from "../support/rcwh.ts";
import { startScriptedServer } from "../support/scripted-server.ts";
import { canaries, findCanary, writings } from "./canaries.ts";

const { verificationToken, urlSecret, recordedToken } = canaries;

describe("rcwh listen --forward-to prints and records nothing that the target repeats", () => {
  for (const [name, write] of Object.entries(writings)) {
    test(name, async ({ listen, directory, expect }) => {
      await using target = await startScriptedServer(({ headers, path }) => {
        const heard = [headers["verification-token"], decodeURIComponent(path)];
        const text = heard.map((each) => write(String(each))).join(" ");
        return { status: 500, statusText: text, headers: { Location: text }, body: text };
      });
      const tokenFile = join(directory, "token.txt");
      await writeFile(tokenFile, verificationToken);
      const recording = join(directory, "events.ndjson");
      const forward = `--forward-to ${target.url}/hook?key=${urlSecret}`;
      const format = name.length % 2 === 0 ? "ndjson" : "tsv";
      const listener = await listen(
        `--receive-only ${forward} --verification-token-file ${tokenFile} --record ${recording} -o ${format} --debug -v`,
      );
      const sender = createDeliverySender(listener.url, {
        verificationToken,
        connections: 1,
        signal: new AbortController().signal,
      });
      const event = { uuid: "1", event: "/team-messaging/v1/posts", body: { text: "Hello" } };
      expect(await sender.send({ text: JSON.stringify(event) })).toMatchObject({ status: 200 });
      await listener.untilPrinted(1);
      sender.close();
      const { stdout, stderr } = await listener.stop();

      expect(stdout).toContain("500");
      expect(findCanary(stdout + stderr + (await readFile(recording, "utf8")))).toBeUndefined();
    });
  }
});

/** A gateway that writes what it heard in one place. */
const frames: Readonly<Record<string, (heard: string) => readonly string[]>> = {
  "an error": (heard) => [
    JSON.stringify([
      { type: "Error", messageId: heard, status: 403, headers: { RCRequestId: heard } },
      { errorCode: heard, message: heard, parameterName: heard, [heard]: heard },
    ]),
  ],
  "the code of an error": (heard) => [
    JSON.stringify([
      { type: "Error", status: 403 },
      { errorCode: "WSG-403", message: heard },
    ]),
  ],
  "the type of a frame": (heard) => [
    JSON.stringify([{ type: heard, messageId: heard }, { text: heard }]),
    JSON.stringify([{ type: "Error", status: 403 }, { message: "No" }]),
  ],
  "the answer to a request": (heard) => [
    JSON.stringify([{ type: "ConnectionDetails", wsc: { token: recordedToken } }, { note: heard }]),
  ],
};

describe("rcwh listen prints nothing that the gateway repeats in", () => {
  for (const [name, compose] of Object.entries(frames)) {
    base(name, async ({ rcwh, emulator, expect }) => {
      const gateway = new WebSocketServer({ port: 0, host: "127.0.0.1" });
      await new Promise((resolve) => gateway.once("listening", resolve));
      const { port } = gateway.address() as AddressInfo;
      const ways = Object.values(writings);
      for (const [index, write] of ways.entries()) {
        gateway.removeAllListeners("connection");
        gateway.on("connection", (socket, request) => {
          const { searchParams } = new URL(request.url ?? "", "http://localhost");
          const heard = [searchParams.get("access_token"), searchParams.get("key"), recordedToken]
            .map((each) => write(each ?? ""))
            .join(" ");
          for (const frame of compose(heard)) socket.send(frame);
          socket.on("message", (data) => {
            const [{ messageId }] = JSON.parse(String(data)) as [{ messageId: string }];
            const head = { type: "ClientRequest", messageId, status: 400 };
            socket.send(JSON.stringify([head, { errorCode: "SUB-1", message: heard }]));
          });
          setTimeout(() => socket.close(1008, heard.slice(0, 100)), 100);
        });
        const stop = emulator.intercept(({ url }) =>
          new URL(url).pathname.endsWith("/wstoken")
            ? Response.json({
                uri: `ws://127.0.0.1:${port}/ws?key=${urlSecret}`,
                ws_access_token: index % 2 === 0 ? verificationToken : canaries.clientSecret,
                expires_in: 30,
              })
            : undefined,
        );
        const own = name === "the answer to a request" ? [] : [recordedToken];
        const { exitCode, stdout, stderr } = await rcwh(
          `listen --filter posts --debug -v --port 0 --deadline 5s ${index % 2 ? "--json" : "-o tsv"}`,
        );
        stop();
        const secrets = Object.values(canaries).filter((each) => !own.includes(each as never));
        expect(exitCode).toBeGreaterThan(0);
        expect(findCanary(stdout + stderr, secrets), stderr).toBeUndefined();
      }
      await new Promise((resolve) => gateway.close(resolve));
    });
  }
});
