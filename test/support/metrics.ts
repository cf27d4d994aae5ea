/** One line of a file in Prometheus's text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * The samples of a file that node_exporter's textfile collector would accept. Throws for anything that Prometheus's
 * description of the text format, or the collector, does not allow.
 * https://prometheus.io/docs/instrumenting/exposition_formats
 */
export function parseMetrics(text: string): readonly Sample[] {
  if (!text.endsWith("\n")) throw new Error("The last line does not end.");
  const samples: Sample[] = [];
  const ended = new Set<string>();
  const seen = new Set<string>();
  let current: { readonly name: string; readonly hasType: boolean } | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const [, kind, described = "", rest = ""] = /^# (HELP|TYPE) (\w+) (.+)$/.exec(line) ?? [];
    if (kind === "HELP") {
      if (current) ended.add(current.name);
      if (ended.has(described)) throw new Error(`${described} is described twice.`);
      if (/\\[^\\n]|\\$/.test(rest)) throw new Error(`A bad escape: ${line}`);
      current = { name: described, hasType: false };
    } else if (kind === "TYPE") {
      if (current?.name !== described) throw new Error(`${described} has a type, but no help.`);
      if (rest !== "gauge") throw new Error(`An unknown type: ${line}`);
      current = { ...current, hasType: true };
    } else {
      const sample = parseSample(line);
      if (current?.name !== sample.name || !current.hasType) {
        throw new Error(`Not with its like: ${line}`);
      }
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      if (seen.has(key)) throw new Error(`Twice: ${line}`);
      seen.add(key);
      samples.push(sample);
    }
  }
  return samples;
}

/** A sample without a timestamp, which the collector refuses. */
function parseSample(line: string): Sample {
  const label = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\]|\\\\[\\\\"n])*"';
  const form = new RegExp(`^([a-zA-Z_:][a-zA-Z0-9_:]*)\\{(${label}(?:,${label})*)\\} (\\S+)$`);
  const [, name, labels, number] = form.exec(line) ?? [];
  const value = Number(number);
  if (name === undefined || labels === undefined || Number.isNaN(value)) {
    throw new Error(`No sample: ${line}`);
  }
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
    ([, key = "", text = ""]) => {
      const meant = text.replace(/\\(.)/g, (_, escaped) => (escaped === "n" ? "\n" : escaped));
      return [key, meant] as const;
    },
  );
  if (new Set(pairs.map(([key]) => key)).size < pairs.length) throw new Error(`Labels: ${line}`);
  return { name, labels: Object.fromEntries(pairs), value };
}
