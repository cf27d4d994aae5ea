/** Whole phrases, whose flags the tools do not have. */
const phrases: readonly (readonly [RegExp, string])[] = [
  [
    /Check it without --public-only, from a machine that may reach it\./g,
    "Have the user start `rcwh mcp` with --allow-private-addresses, on a machine that may reach it.",
  ],
  [
    /Set it, add --var (\w+)=…,/g,
    'Give it in "variables", as $1=…, have the user start `rcwh mcp` with --allow-variable $1,',
  ],
  [/; see all with `rcwh explain --list`/g, ""],
  [
    /See every code with `rcwh explain --list`/g,
    "The user can see every code with `rcwh explain --list`",
  ],
];

/** Flags of commands that are arguments of tools. */
const names: Readonly<Record<string, string>> = {
  "--add-filter": "addFilters",
  "--allow-deletes": "allowDeletes",
  "--allow-shorter": "allowShorter",
  "--expires-in": "expiresIn",
  "--expiring-within": "expiringWithin",
  "--file": "file",
  "--if-exists": "ifExists",
  "--max-age": "maxAge",
  "--recreate": "recreate",
  "--remove-filter": "removeFilters",
  "--samples": "samples",
  "--target": "target",
  "--url": "url",
  "--var": "variables",
  "--within": "within",
};

/** A hint in the words of the tools. Command lines stay as they are: they are for the user. */
export function hintForTools(hint: string): string {
  const phrased = phrases.reduce((text, [phrase, own]) => text.replace(phrase, own), hint);
  return phrased
    .split("`")
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part.replace(/--[a-z][a-z-]*/g, (flag) => (names[flag] ? `"${names[flag]}"` : flag)),
    )
    .join("`");
}
