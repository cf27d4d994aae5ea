import type { IO } from "./io.ts";
import { wrapLine } from "./text.ts";

/** Inquirer's theme in our colors: on Node 20 its own ignore NO_COLOR, and they check stdout instead of stderr. */
export function createTheme(
  { stderr, errorStyle }: Pick<IO, "stderr" | "errorStyle">,
  goesBack: boolean,
) {
  const { bold, cyan, dim, green, red, yellow } = errorStyle;
  // Inquirer breaks lines within words.
  const wrapped = (text: string) => wrapLine(text, (stderr.columns || 80) - 1).join("\n");
  return {
    prefix: { idle: cyan("?"), done: green("✔") },
    spinner: { interval: 80, frames: [..."⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"].map(yellow) },
    style: {
      answer: cyan,
      message: (text: string) =>
        wrapQuestion(text, (stderr.columns || 80) - 1)
          .map(bold)
          .join("\n"),
      error: (text: string) => red(wrapped(`> ${text}`)),
      defaultAnswer: (text: string) => dim(`(${text})`),
      help: dim,
      highlight: cyan,
      searchTerm: cyan,
      description: (text: string) => cyan(wrapped(text)),
      key: (text: string) => cyan(bold(`<${text}>`)),
      disabled: dim,
      keysHelpTip: (keys: readonly (readonly [key: string, action: string])[]) =>
        wrapped(
          [...keys, ...(goesBack ? [["esc", "back"] as const] : [])]
            .map(([key, action]) => `${bold(key)} ${dim(action)}`)
            .join(dim(" • ")),
        ),
    },
  };
}

/** The question as lines, with room for what stands before it and for a short answer behind it. */
function wrapQuestion(text: string, width: number): string[] {
  const [mark, room] = ["? ", "_".repeat(" (y/N) yes".length)];
  const lines = wrapLine(`${mark}${text}${room}`, width, { indent: "  " }).join("\n");
  return lines.slice(mark.length, -room.length).split("\n");
}

export type PromptTheme = ReturnType<typeof createTheme>;
