import { maximumAnswerBytes } from "../emulator/endpoint-exchange.ts";
import { oneLine } from "../io/text.ts";
import type { Answer, Exchanged } from "./exchange.ts";
import type { Report } from "./report.ts";

/** Status line, headers and body, as they came over the wire. */
export function tellSize(exchanged: Exchanged, report: Report): void {
  const { bytes } = exchanged;
  if (bytes <= maximumAnswerBytes) {
    report.pass("size", `${bytes} bytes`);
    return;
  }
  report.fail("size", describeSize(exchanged), {
    code: "SUB-525",
    hint: "Answer without a body and with few headers: security headers and cookies of a framework are enough to go over it.",
  });
}

/** How many bytes there are, and what most of them are. */
export function describeSize({ bytes, answer, whole }: Exchanged): string {
  const count = `${bytes} bytes${whole ? "" : " and more"}`;
  if (!answer) return count;
  const body = Buffer.byteLength(answer.body, "latin1");
  const [largest] = headersOf(answer).sort((one, other) => other.size - one.size);
  if (body > bytes / 2 || !largest) return `${count}, ${body} of them the body`;
  return `${count}, ${largest.size} of them ${oneLine(largest.name).slice(0, 40)}`;
}

function headersOf({ rawHeaders }: Answer): { name: string; size: number }[] {
  return rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? { name, size: name.length + (rawHeaders[at + 1]?.length ?? 0) + 4 } : [],
  );
}
