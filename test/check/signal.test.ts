import { getEventListeners } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "vitest";
import { checkEndpoint } from "../../src/check/rules.ts";
import { createDeliverySender } from "../../src/endpoint/delivery-sender.ts";
import { createRedactor } from "../../src/machine/redact.ts";

test("repeated requests to an endpoint add no listeners to the run's signal", async ({
  expect,
}) => {
  const server = createServer((request, response) => {
    const token = request.headers["validation-token"];
    if (token) response.setHeader("Validation-Token", token);
    request.resume().on("end", () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { signal } = new AbortController();
  const warnings: string[] = [];
  const note = ({ name }: Error) => void warnings.push(name);
  process.on("warning", note);
  try {
    await checkEndpoint(url, { samples: 20, signal, redactor: createRedactor(), env: {} });
    const sender = createDeliverySender(url, { deadline: 3000, connections: 16, signal });
    await Promise.all(Array.from({ length: 100 }, () => sender.send({ text: "{}" })));
    sender.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
  } finally {
    process.off("warning", note);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  expect(warnings).toEqual([]);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
