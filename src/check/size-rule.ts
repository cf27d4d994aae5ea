import { maximumAnswerBytes } from "../endpoint/limits.ts";
import type { Answer, Exchanged } from "./raw-exchange.ts";
import type { Report } from "./report.ts";

/** Checks the bytes of status line, headers and body. */
export function tellSize(exchanged: Exchanged, report: Report): void {
  const { bytes } = exchanged;
  if (bytes <= maximumAnswerBytes) {
    report.pass("size", `${bytes} bytes`);
    return;
  }
  report.fail("size", describeSize(exchanged, report), {
    code: "SUB-525",
    hint: "Answer without a body and with few headers: the security headers and cookies of a framework alone can exceed the limit.",
  });
}

/** The number of bytes, and the largest part. */
export function describeSize({ bytes, answer, whole }: Exchanged, { quote }: Report): string {
  const count = `${whole ? "" : "at least "}${bytes} bytes`;
  if (!answer) return count;
  const [largest] = partsOf(answer).sort((one, other) => other.size - one.size);
  return largest ? `${count}, ${largest.size} of them ${quote(largest.name, 40)}` : count;
}

/** The body, interim answers, and the headers, added up by name. */
function partsOf({ rawHeaders, body, before }: Answer): { name: string; size: number }[] {
  const sizes = new Map<string, { name: string; size: number }>();
  rawHeaders.forEach((name, at) => {
    if (at % 2 !== 0) return;
    const size = name.length + (rawHeaders[at + 1]?.length ?? 0) + ": \r\n".length;
    const key = name.toLowerCase();
    sizes.set(key, { name, size: size + (sizes.get(key)?.size ?? 0) });
  });
  return [
    { name: "the body", size: Buffer.byteLength(body, "latin1") },
    { name: "interim answers", size: before },
    ...sizes.values(),
  ];
}
