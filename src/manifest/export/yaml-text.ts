import { escapeControls } from "../../io/formats.ts";

/** Words that some reader of YAML takes for something else than text. */
const ambiguous =
  /^(?:true|false|yes|no|on|off|y|n|null|nan|inf|0o?[\dxa-f_]+|[-+.\d][\d_.,:e+-]*)$/i;

/**
 * A text as a value or a key of YAML: plain where every reader takes it for this text, else in double quotes, as JSON, with
 * what a terminal would act on escaped.
 */
export function yamlText(text: string): string {
  const isPlain = /^[\p{L}\p{N}/][\p{L}\p{N}\w./~?=&%+@:-]*(?<!:)$/u.test(text);
  if (isPlain && !ambiguous.test(text)) return text;
  return wellFormed(JSON.stringify(text));
}

/** Readers of YAML do not join two escapes into one character, as those of JSON do. */
function wellFormed(json: string): string {
  const whole = json.replace(/(?![\0-\uffff])[\p{Cf}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\U${code.toString(16).padStart(8, "0")}`;
  });
  return escapeControls(whole);
}

/** A list on one line, or on several where it is long. `indent` is what stands before each of those. */
export function yamlList(texts: readonly string[], indent: string): string {
  const items = texts.map(yamlText);
  const line = `[${items.join(", ")}]`;
  // Commas and brackets end a plain text in a list on one line, and nothing else has them.
  if (line.length <= 60 && texts.every((text) => /^[\w.-]+$/.test(text))) return line;
  return items.map((item) => `\n${indent}- ${item}`).join("");
}
