import { describe } from "vitest";
import { ExitCode, Interruption } from "../../src/errors.ts";
import { connectMcp } from "../support/mcp.ts";
import { test } from "../support/rcwh.ts";

const noCredentials = {};

const handshake = (protocolVersion: string) =>
  JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion, capabilities: {}, clientInfo: { name: "old", version: "1" } },
  });

const explain = (id: number) =>
  JSON.stringify({
    jsonrpc: "2.0",
    id,
    method: "tools/call",
    params: { name: "rcwh_explain", arguments: { code: "SUB-406" } },
  });

describe("rcwh mcp", () => {
  test("prints nothing but messages, and ends with 0 when the client leaves", async ({
    rcwh,
    expect,
  }) => {
    const mcp = await connectMcp(rcwh, [], { env: noCredentials });
    await mcp.call("rcwh_explain", { code: "SUB-406" });
    const { exitCode, stdout, stderr } = await mcp.end();
    expect({ exitCode, stderr }).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "Serving 8 tools of the Model Context Protocol. Ctrl-C ends it.
      ",
      }
    `);
    const lines = stdout.split("\n").filter(Boolean);
    expect(lines.map((line) => JSON.parse(line).jsonrpc)).toEqual(lines.map(() => "2.0"));
  });

  for (const version of ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]) {
    test(`speaks version ${version} of the protocol`, async ({ rcwh, expect }) => {
      const mcp = await connectMcp(rcwh, [], { env: noCredentials, raw: true });
      mcp.send(handshake(version));
      mcp.send('{"jsonrpc":"2.0","method":"notifications/initialized"}');
      mcp.send(explain(2));
      // What was asked is answered, although nothing more will come.
      expect((await mcp.end()).exitCode).toBe(0);
      const [hello, answer] = mcp.lines.map((line) => JSON.parse(line));
      expect(hello.result).toMatchObject({ protocolVersion: version });
      expect(answer).toMatchObject({ id: 2, result: { structuredContent: { exitCode: 0 } } });
    });
  }

  test("answers a line that is no message, and reads on", async ({ rcwh, expect }) => {
    const mcp = await connectMcp(rcwh, [], { env: noCredentials, raw: true });
    mcp.send("{");
    mcp.send('{"jsonrpc":"1.0","id":7}');
    mcp.send("[]");
    mcp.send("");
    mcp.send(`{"jsonrpc":"2.0","id":8,"method":"${"x".repeat(3_000_000)}"}`);
    mcp.send(handshake("2025-06-18"));
    await mcp.end();
    const answers = mcp.lines.map((line) => JSON.parse(line));
    expect(answers.slice(0, 4).map(({ id, error }) => [id, error])).toMatchInlineSnapshot(`
      [
        [
          null,
          {
            "code": -32700,
            "message": "Parse error: not JSON",
          },
        ],
        [
          null,
          {
            "code": -32600,
            "message": "Invalid Request: not a message of JSON-RPC 2.0",
          },
        ],
        [
          null,
          {
            "code": -32600,
            "message": "Invalid Request: not a message of JSON-RPC 2.0",
          },
        ],
        [
          null,
          {
            "code": -32600,
            "message": "Invalid Request: longer than 1000000 characters",
          },
        ],
      ]
    `);
    expect(answers[4]).toMatchObject({ id: 1, result: { protocolVersion: "2025-06-18" } });
    expect(answers).toHaveLength(5);
  });

  test("ends a command whose call the client cancels", async ({ rcwh, emulator, expect }) => {
    await using mcp = await connectMcp(rcwh);
    const canceller = new AbortController();
    let ended: unknown;
    emulator.intercept(async (request) => {
      if (!request.url.endsWith("/subscription")) return undefined;
      ended = new Promise((resolve) => request.signal.addEventListener("abort", resolve));
      canceller.abort();
      await ended;
      return Response.json({ records: [] });
    });
    const options = { signal: canceller.signal };
    const call = mcp.client.callTool({ name: "rcwh_list", arguments: {} }, options);
    await expect(call).rejects.toThrow();
    await ended;
    const next = await mcp.call("rcwh_explain", { code: "SUB-406" });
    expect(next.structuredContent.exitCode).toBe(0);
  });

  test("ends as it is told to by a signal", async ({ rcwh, expect }) => {
    for (const exitCode of [ExitCode.interrupted, ExitCode.terminated]) {
      const stop = new AbortController();
      const mcp = await connectMcp(rcwh, [], { env: noCredentials, signal: stop.signal });
      stop.abort(new Interruption(exitCode));
      expect((await mcp.end()).exitCode).toBe(exitCode);
    }
  });

  test("tells somebody at a terminal how to configure a client", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("mcp", { tty: true, env: noCredentials });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatchInlineSnapshot(`
      "error: \`rcwh mcp\` is started by a client of the Model Context Protocol, not in a
      terminal.
      hint: Claude Code: \`claude mcp add rcwh -- rcwh mcp\`
      hint: Codex: \`codex mcp add rcwh -- rcwh mcp\`
      hint: Cursor, Claude Desktop and others: { "mcpServers": { "rcwh": { "command":
      "rcwh", "args": ["mcp"] } } }
      hint: VS Code, in .vscode/mcp.json: { "servers": { "rcwh": { "command": "rcwh",
      "args": ["mcp"] } } }
      hint: More in \`rcwh help docs agents\`.
      "
    `);
  });

  test("refuses flags that would show secrets, or sign in for each call", async ({
    rcwh,
    expect,
  }) => {
    for (const flags of ["--show-secrets", "--no-token-cache", "--token-directory nowhere"]) {
      const { exitCode, stderr } = await rcwh(`mcp ${flags}`, { env: noCredentials });
      expect({ flags, exitCode }).toEqual({ flags, exitCode: 2 });
      expect(stderr).toMatch(/^error: /);
    }
  });
});
