const escapeSequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u0080-\u009f]*(?:\u0007|\u001b\\|\u009c)/g;

/** The text without terminal escape sequences; other control characters stay. */
export function stripEscapeSequences(text: string): string {
  return text.replace(escapeSequences, "");
}
