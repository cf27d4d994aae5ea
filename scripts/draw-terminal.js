// Draws docs/images/terminal.svg: a session of the built rcwh in a real terminal, with the profile `emulator`.
// Run it with `npm run picture`.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";

const columns = 120;
const root = join(import.meta.dirname, "..");
const directory = await mkdtemp(join(tmpdir(), "rcwh-picture-"));
const env = {
  PATH: process.env.PATH,
  HOME: directory,
  TERM: "xterm-256color",
  RCWH_CONFIG_DIR: directory,
  RCWH_PROFILE: "emulator",
};

const endpoint = createServer((request, response) => {
  const token = request.headers["validation-token"];
  if (token) response.setHeader("Validation-Token", token);
  response.setHeader("Content-Type", "application/json");
  request.resume().on("end", () => response.end());
});
endpoint.listen(8080, "127.0.0.1");
await once(endpoint, "listening");

try {
  await rcwh("create --filter voicemail --url http://127.0.0.1:8080/mail --expires-in 30d");
  await rcwh("create --filter presence --url http://127.0.0.1:8080/desk");
  const { subscriptions } = JSON.parse(
    await rcwh("create --filter posts --url http://127.0.0.1:8080/chat --json"),
  );
  await rcwh("emulator clock --advance 117h");
  await rcwh(`emulator blacklist ${subscriptions[0].id}`);
  await rcwh("emulator clock --advance 3h");

  const screen = await record(["rcwh list", "rcwh recover --yes", "rcwh renew", "rcwh list"]);
  await writeFile(join(root, "docs/images/terminal.svg"), draw(screen));
} finally {
  endpoint.close();
  await rm(directory, { recursive: true });
}

async function rcwh(line) {
  const words = [join(root, "bin/rcwh.js"), ...line.split(" ")];
  const { stdout } = await promisify(execFile)(process.execPath, words, { env });
  return stdout;
}

/** Types the lines into a shell. Returns the terminal with all that appeared. */
async function record(lines) {
  const terminal = new xterm.Terminal({ cols: columns, rows: 60, allowProposedApi: true });
  const answered = [];
  for (const line of lines) {
    await write(terminal, `\u001b[32m$\u001b[0m \u001b[1m${line}\u001b[0m\r\n`);
    const child = spawn(
      process.execPath,
      [join(root, "bin/rcwh.js"), ...line.split(" ").slice(1)],
      { name: "xterm-256color", cols: columns, rows: 60, env },
    );
    const output = [];
    child.onData((data) => output.push(data));
    await new Promise((resolve) => child.onExit(() => setTimeout(resolve, 100)));
    answered.push(output.join(""));
    await write(terminal, `${output.join("")}\r\n`);
  }
  return terminal;
}

function write(terminal, text) {
  return new Promise((resolve) => terminal.write(text, resolve));
}

/** An SVG of the terminal's text and colors, down to the last line that has text. */
function draw(terminal) {
  const [charWidth, lineHeight, margin, bar] = [8.4, 20, 16, 30];
  const buffer = terminal.buffer.active;
  const all = Array.from({ length: buffer.length }, (_, row) => buffer.getLine(row));
  const last = all.findLastIndex((line) => line?.translateToString(true) !== "");
  const rows = all.slice(0, last + 1).map((line, row) => {
    const spans = spansOf(line).map(({ text, x, style }) => {
      const width = `textLength="${round(text.length * charWidth)}" lengthAdjust="spacingAndGlyphs"`;
      return `<tspan x="${round(margin + x * charWidth)}" ${width}${style}>${escapeMarkup(text)}</tspan>`;
    });
    return `<text y="${bar + margin + row * lineHeight + 5}">${spans.join("")}</text>`;
  });
  const width = Math.ceil(columns * charWidth + 2 * margin);
  const height = bar + (last + 1) * lineHeight + margin;
  const dots = ["#ff5f57", "#febc2e", "#28c840"].map(
    (color, index) => `<circle cx="${20 + index * 20}" cy="18" r="6" fill="${color}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="rcwh lists three subscriptions, recovers a blacklisted one and renews one that is due">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${dots.join("")}
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e6edf3" xml:space="preserve">
${rows.join("\n")}
</g>
</svg>
`;
}

/** Runs of cells with the same style. Spaces between words of one style stay in the run. */
function spansOf(line) {
  const spans = [];
  const cells = line.translateToString(true).length;
  for (let x = 0; x < cells; x++) {
    const cell = line.getCell(x);
    const style = styleOf(cell);
    const span = spans.at(-1);
    if (span?.style === style) span.text += cell.getChars() || " ";
    else spans.push({ text: cell.getChars() || " ", x, style });
  }
  return spans.filter(({ text }) => text.trim() !== "");
}

function styleOf(cell) {
  const palette = {
    1: "#ff7b72",
    2: "#3fb950",
    3: "#d29922",
    4: "#79c0ff",
    5: "#d2a8ff",
    6: "#56d4dd",
    8: "#8b949e",
    9: "#ffa198",
    10: "#56d364",
    11: "#e3b341",
  };
  const color = cell.isFgDefault() ? undefined : palette[cell.getFgColor()];
  return [
    color ? ` fill="${color}"` : "",
    cell.isBold() ? ' font-weight="bold"' : "",
    cell.isDim() ? ' opacity="0.65"' : "",
    cell.isUnderline() ? ' text-decoration="underline"' : "",
  ].join("");
}

function round(number) {
  return Number(number.toFixed(1));
}

function escapeMarkup(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
