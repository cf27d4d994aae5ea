/** Text as one word for a POSIX shell. */
export function shellWord(text: string): string {
  // A shell expands `~` at the start of a word, and in some after `=` and `:`.
  return /^(?:[\w@%+=:,./-]|(?<=\/)~)+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
