import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { expect } from "vitest";
import { test } from "../support/rcwh.ts";

test("rcwh mcp, as it is published, serves the protocol's own client", async ({ directory }) => {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: ["bin/rcwh.js", "mcp", "--profile", "emulator", "--allow-write"],
    env: { PATH: process.env["PATH"] ?? "", RCWH_CONFIG_DIR: join(directory, "config") },
    stderr: "pipe",
  });
  const errors: unknown[] = [];
  const client = new Client(
    { name: "test", version: "1.0.0" },
    { versionNegotiation: { mode: "auto" } },
  );
  client.onerror = (error) => errors.push(error);
  let talk = "";
  transport.stderr?.on("data", (chunk) => {
    talk += chunk;
  });
  await client.connect(transport);
  expect(client.getNegotiatedProtocolVersion()).toBe("2026-07-28");
  const { tools } = await client.listTools();
  expect(tools).toHaveLength(15);
  const call = async (name: string, values: Record<string, unknown>) => {
    const { structuredContent } = await client.callTool({ name, arguments: values });
    return structuredContent as Record<string, unknown>;
  };
  const [list, explanation, preview] = await Promise.all([
    call("rcwh_list", {}),
    call("rcwh_explain", { code: "SUB-525" }),
    call("rcwh_create", { filters: ["posts"], url: "http://127.0.0.1:9/hook" }),
  ]);
  expect(list).toEqual({ schemaVersion: 1, subscriptions: [], exitCode: 0 });
  expect(explanation["explanations"]).toHaveLength(1);
  expect(preview["confirmation"]).toMatchObject({ token: expect.any(String) });
  await client.close();
  expect({ errors, talk }).toEqual({
    errors: [],
    talk: expect.stringMatching(/^Serving 15 tools .*\n$/),
  });
});
