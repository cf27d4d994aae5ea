import {
  createPrompt,
  isDownKey,
  isEnterKey,
  isSpaceKey,
  isTabKey,
  isUpKey,
  makeTheme,
  useEffect,
  useKeypress,
  usePagination,
  usePrefix,
  useState,
} from "@inquirer/core";
import type { PromptTheme } from "./prompt-theme.ts";
import { type OnResize, useResize } from "./resize-hook.ts";
import { countColumns, truncateEnd } from "./text.ts";

/** A choice as a list shows it. */
export interface Listed {
  readonly name: string;
  readonly short: string;
  readonly description?: string;
  readonly disabled?: string;
  /** Its position among the choices. */
  readonly value: number;
}

/** What a list shows: choices, and the headings of groups. */
type Line = Listed | { readonly heading: string };

interface SearchQuestion {
  readonly message: string;
  readonly theme: PromptTheme;
  /** The size of the terminal now. */
  readonly size: () => { readonly columns: number; readonly rows: number };
  readonly onResize: OnResize;
  /** Whether Enter takes the one under the cursor, and no other. */
  readonly takesOne: boolean;
  /** What is typed at first. */
  readonly term?: string;
  /** What several of the choices are called, such as `subscriptions`. */
  readonly plural: string;
  /** Lines that match what was typed. */
  readonly source: (term: string) => readonly Line[];
  /** Positions that are chosen at first. */
  readonly chosen: readonly number[];
  /** Called with what is chosen so far, whenever that changes. */
  readonly keep: (chosen: readonly number[]) => void;
  /** The text of a chosen one, by its position. */
  readonly short: (position: number) => string;
  readonly validate: (chosen: readonly number[]) => Promise<true | string>;
}

/** A search for one choice, or for one or more. It is never higher than the terminal, whose size may change meanwhile. */
export const searchPrompt = createPrompt<readonly number[], SearchQuestion>(
  ({ message, theme, source, short, validate, takesOne, ...question }, done) => {
    const [status, setStatus] = useState<"idle" | "loading" | "done">("idle");
    const [term, setTerm] = useState(question.term ?? "");
    const [chosen, setChosen] = useState<readonly number[]>(question.chosen);
    const [wanted, setWanted] = useState<number | undefined>(question.chosen[0]);
    const [problem, setProblem] = useState("");
    const prefix = usePrefix({ status, theme: makeTheme(theme) });
    const { style } = theme;

    useEffect((readline) => {
      readline.write(term);
    }, []);
    useResize(question.onResize);

    const lines = source(term);
    const choices = lines.filter(isSelectable);
    const current = choices.find(({ value }) => value === wanted) ?? choices[0];

    async function submit() {
      const taken =
        current && (chosen.length === 0 || term.trim() !== "")
          ? [...new Set([...chosen, current.value])]
          : chosen;
      if (taken.length === 0) return setProblem(takesOne ? "" : "Choose at least one.");
      setStatus("loading");
      const verdict = await validate(taken);
      if (verdict !== true) {
        setProblem(verdict);
        return setStatus("idle");
      }
      setChosen(taken);
      setStatus("done");
      done(taken);
    }

    useKeypress(async (key, readline) => {
      if (status !== "idle") return;
      const type = (text: string) => {
        readline.clearLine(0);
        readline.write(text);
        setTerm(text);
      };
      setProblem("");
      if (isEnterKey(key)) {
        readline.write(term);
        await submit();
      } else if (isUpKey(key) || isDownKey(key)) {
        type(term);
        const at = current ? choices.indexOf(current) : 0;
        setWanted(choices[Math.max(0, at + (isUpKey(key) ? -1 : 1))]?.value ?? current?.value);
      } else if (takesOne && isTabKey(key)) {
        type(term);
      } else if (!takesOne && (isTabKey(key) || (isSpaceKey(key) && term === ""))) {
        type("");
        if (!current) return;
        setWanted(current.value);
        const next = chosen.includes(current.value)
          ? chosen.filter((each) => each !== current.value)
          : [...chosen, current.value];
        setChosen(next);
        question.keep(next);
      } else if (readline.line !== term) {
        setTerm(readline.line);
        setWanted(undefined);
      }
    });

    const { columns, rows } = question.size();
    const asked = [prefix, style.message(message)].join(" ");
    const names = chosen.map(short);
    const room = columns - 1 - countColumns(lastLine(asked)) - 1;
    const above = `${asked} ${style.searchTerm(term)}`;
    const tip = (more: number) =>
      style.keysHelpTip([
        ...(more > 0 ? [[`+${more}`, "more"] as const] : []),
        ["type", "to search"],
        ["↑↓", "navigate"],
        ...(takesOne ? [] : [["tab", "choose"] as const]),
        ["⏎", takesOne ? "select" : "done"],
      ]);
    const description = current?.description ? style.description(current.description) : "";
    const kept = takesOne || names.length === 0 ? "" : style.answer(chosenLine(names, columns - 1));
    const complaint = problem && style.error(problem);
    // Two lines of description, so that most lists keep their height, a blank line, and one that stays free.
    const others =
      [above, kept, complaint, tip(lines.length)].reduce((sum, text) => sum + heightOf(text), 0) +
      Math.max(2, heightOf(description)) +
      (takesOne || kept ? 0 : 1) +
      2;
    const pageSize = Math.max(1, rows - others);

    const page = usePagination<Line>({
      items: lines,
      active: Math.max(0, current ? lines.indexOf(current) : 0),
      pageSize,
      loop: false,
      renderItem({ item }) {
        const cut = (text: string) => truncateEnd(text, columns - 1);
        if ("heading" in item) return style.help(cut(item.heading));
        const box = takesOne ? "" : chosen.includes(item.value) ? "◉ " : "◯ ";
        if (item.disabled !== undefined) {
          return style.disabled(cut(`  - ${item.name} ${item.disabled}`));
        }
        return item === current
          ? style.highlight(cut(`❯ ${box}${item.name}`))
          : cut(`  ${box}${item.name}`);
      },
    });

    if (status === "done") {
      const answer = answerOf(names, question.plural, room);
      // An id stays whole, so that it can be copied.
      return `${asked}${countColumns(answer) > room ? "\n  " : " "}${style.answer(answer)}`;
    }
    const body = [
      lines.length === 0 ? style.error("No results found") : page,
      " ",
      description,
      kept,
      complaint,
      tip(lines.length - pageSize),
    ];
    return [above, body.filter(Boolean).join("\n")];
  },
);

/** Their names, or how many there are where several do not fit. */
function answerOf(names: readonly string[], plural: string, room: number): string {
  const line = names.join(", ");
  return names.length === 1 || countColumns(line) <= room ? line : `${names.length} ${plural}`;
}

/** As many names as fit in one line; where some do not, how many there are. */
function chosenLine(names: readonly string[], room: number): string {
  const whole = `chosen: ${names.join(", ")}`;
  if (countColumns(whole) <= room) return whole;
  let line = `${names.length} chosen: `;
  for (const name of names) {
    if (countColumns(`${line}${name}, …`) > room) break;
    line += `${name}, `;
  }
  return truncateEnd(line.endsWith(", ") ? `${line}…` : `${names.length} chosen`, room);
}

function lastLine(text: string): string {
  return text.slice(text.lastIndexOf("\n") + 1);
}

function heightOf(text: string): number {
  return text === "" ? 0 : text.split("\n").length;
}

function isSelectable(line: Line): line is Listed {
  return !("heading" in line) && line.disabled === undefined;
}
