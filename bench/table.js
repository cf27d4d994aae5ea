// Shared by all benchmarks: a table with one row for each measurement and its reference.
//
//   node bench/<name>.js            prints a table, and exits 1 where a budget is exceeded
//   node bench/<name>.js --json     prints the rows as one line of JSON, for `npm run bench`
//   node bench/<name>.js --quick    a short run that shows whether it works
import { cpus } from "node:os";

/**
 * @typedef {object} Row
 * @property {string} what
 * @property {number} value      the median
 * @property {string} unit       "ms", "/s", "MB"
 * @property {string} [against]  the name of what it is compared with
 * @property {number} [reference] the median of that, in the same unit
 * @property {number} [atMost]   budget of value / reference; of the value itself without a reference
 * @property {number} [atLeast]  the same
 * @property {string} [node]     the version of Node, where the table has several
 */

const [, , ...words] = process.argv;
/** The arguments of a benchmark, without the flags. */
export const parameters = words.filter((word) => !word.startsWith("--"));
export const quick = words.includes("--quick");
const json = words.includes("--json");
const flags = ["--quick", "--json"];
const unknown = words.find((word) => word.startsWith("-") && !flags.includes(word));
if (unknown !== undefined) refuse(`the flag ${unknown} is not one of ${flags.join(", ")}`);

/** A single slow round, caused by another program, does not change a median. */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Prints progress for the person who waits. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Ends a benchmark that was started with wrong words, before it measures anything. */
export function refuse(reason) {
  say(`error: ${reason}`);
  process.exit(2);
}

/** Reports a failure that makes the measurement invalid, such as a lost delivery. */
export function fail(reason) {
  say(`FAILED: ${reason}`);
  process.exitCode = 1;
}

/** Prints the results of a benchmark. @param {readonly Row[]} rows */
export function report(rows) {
  process.stdout.write(json ? `${JSON.stringify(rows)}\n` : `${renderTable(rows)}\n`);
  if (rows.some(isOver)) process.exitCode = 1;
}

/** @param {readonly Row[]} rows */
export function renderTable(rows) {
  const { version, platform, arch } = process;
  const cells = rows.map((row) => [
    row.what,
    row.node ?? version.slice(1),
    `${digits(row.value)} ${row.unit}`,
    row.reference === undefined ? "" : `${digits(row.reference)} ${row.unit}`,
    row.against ?? "",
    row.reference === undefined ? "" : `${ratioOf(row).toFixed(2)} ×`,
    budgetOf(row),
    isOver(row) ? "EXCEEDED" : "",
  ]);
  const heading = ["what", "Node", "value", "reference", "of", "ratio", "budget", ""];
  const widths = heading.map((_, at) =>
    Math.max(...[heading, ...cells].map((line) => line[at].length)),
  );
  const isNumber = (at) => [2, 3, 5].includes(at);
  const lines = [heading, ...cells].map((line) =>
    line
      .map((cell, at) => (isNumber(at) ? cell.padStart(widths[at]) : cell.padEnd(widths[at])))
      .join("  ")
      .trimEnd(),
  );
  return [`${platform} ${arch}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}`, "", ...lines].join(
    "\n",
  );
}

/** @param {Row} row */
export function isOver(row) {
  const measured = row.reference === undefined ? row.value : ratioOf(row);
  return measured > (row.atMost ?? Infinity) || measured < (row.atLeast ?? -Infinity);
}

function ratioOf({ value, reference }) {
  return value / reference;
}

function budgetOf({ atMost, atLeast }) {
  if (atMost !== undefined) return `at most ${atMost}`;
  return atLeast === undefined ? "" : `at least ${atLeast}`;
}

function digits(number) {
  return number < 100 ? number.toFixed(1) : Math.round(number).toLocaleString("en");
}
