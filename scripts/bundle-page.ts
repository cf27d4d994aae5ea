import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";

const directory = join(import.meta.dirname, "../src/page");

/** Later files override earlier ones. */
const styles = [
  "tokens",
  "controls",
  "frame",
  "events",
  "timeline",
  "details",
  "dialogs",
  "views",
  "narrow",
];

/** The page of `--ui`, whole, and the Content-Security-Policy under which nothing but its own script and style runs. */
interface Page {
  readonly policy: string;
  readonly html: string;
  /** The modules that its script is made of. */
  readonly modules: readonly string[];
}

export async function bundlePage(): Promise<Page> {
  const { script, modules } = await bundleScript();
  const style = shortenStyle(
    styles.map((name) => readFileSync(join(directory, "style", `${name}.css`), "utf8")).join(""),
  );
  const html = readFileSync(join(directory, "page.html"), "utf8")
    .replaceAll("\n", "")
    .replace("<style>", () => `<style>${style}`)
    .replace('<script type="module">', (tag) => `${tag}${script}`);
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return { policy, html, modules };
}

/** The content of `dist/page.br`: its first line is the policy. */
export function packPage({ policy, html }: Page): string {
  return `${policy}\n${html}`;
}

async function bundleScript() {
  const bundle = await rolldown({
    input: join(directory, "main.tsx"),
    platform: "browser",
    tsconfig: join(directory, "tsconfig.json"),
    transform: { target: "es2022" },
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  const [{ code, moduleIds }, ...others] = output;
  if (others.length > 0) throw new Error("The page's script must be one file.");
  if (/<\/script|<!--/i.test(code)) throw new Error("The page's script would end too soon.");
  return { script: code.trim(), modules: moduleIds };
}

/** Removes comments and unnecessary spaces. None of our values is a string with spaces. */
function shortenStyle(style: string): string {
  return style
    .replace(/\/\*[^*]*\*\//g, "")
    .replace(/\s+/g, " ")
    .replace(/ ?([{};,]) ?/g, "$1")
    .replaceAll(";}", "}")
    .trim();
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
