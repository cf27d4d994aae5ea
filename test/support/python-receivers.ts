import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

/** Whether this machine can run a Python receiver. */
export const hasPython = spawnSync("python3", ["--version"]).status === 0;

export interface PythonReceiver extends AsyncDisposable {
  readonly url: string;
}

/** Runs a receiver in Python's own http.server; one that leaves events unanswered hangs up on them. */
export async function startPythonReceiver({
  answersEvents,
  protocol = "HTTP/1.0",
}: {
  readonly answersEvents: boolean;
  readonly protocol?: "HTTP/1.0" | "HTTP/1.1";
}): Promise<PythonReceiver> {
  const program = programOf(answersEvents, protocol);
  const child = spawn("python3", ["-u", "-c", program], { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = await once(child.stdout, "data");
  return {
    url: `http://127.0.0.1:${Number(String(line))}/webhook`,
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.kill();
      await ended;
    },
  };
}

function programOf(answersEvents: boolean, protocol: string): string {
  return `
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Webhook(BaseHTTPRequestHandler):
    protocol_version = "${protocol}"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        token = self.headers["Validation-Token"]
        if token is None and not ${answersEvents ? "True" : "False"}:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "0")
        if token is not None:
            self.send_header("Validation-Token", token)
        self.end_headers()

server = ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
print(server.server_port)
server.serve_forever()
`;
}
