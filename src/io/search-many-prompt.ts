import {
  createPrompt,
  isDownKey,
  isEnterKey,
  isSpaceKey,
  isTabKey,
  isUpKey,
  makeTheme,
  useKeypress,
  usePagination,
  usePrefix,
  useState,
} from "@inquirer/core";
import type { PromptTheme } from "./prompt-theme.ts";

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

interface SearchManyQuestion {
  readonly message: string;
  readonly theme: PromptTheme;
  readonly pageSize: number;
  /** Lines that match what was typed. */
  readonly source: (term: string) => readonly Line[];
  /** Positions that are chosen at first. */
  readonly chosen: readonly number[];
  /** The text of a chosen one, by its position. */
  readonly short: (position: number) => string;
  readonly validate: (chosen: readonly number[]) => Promise<true | string>;
}

/** A search for one choice or more: Inquirer's own either searches or takes several. */
export const searchManyPrompt = createPrompt<readonly number[], SearchManyQuestion>(
  ({ message, theme, pageSize, source, short, validate, ...question }, done) => {
    const [status, setStatus] = useState<"idle" | "loading" | "done">("idle");
    const [term, setTerm] = useState("");
    const [chosen, setChosen] = useState<readonly number[]>(question.chosen);
    const [wanted, setWanted] = useState<number | undefined>(question.chosen[0]);
    const [problem, setProblem] = useState("");
    const prefix = usePrefix({ status, theme: makeTheme(theme) });
    const { style } = theme;

    const lines = source(term);
    const choices = lines.filter(isSelectable);
    const current = choices.find(({ value }) => value === wanted) ?? choices[0];

    async function submit() {
      const taken =
        current && (chosen.length === 0 || term.trim() !== "")
          ? [...new Set([...chosen, current.value])]
          : chosen;
      if (taken.length === 0) return setProblem("Choose at least one.");
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
      } else if (isTabKey(key) || (isSpaceKey(key) && term === "")) {
        type("");
        if (!current) return;
        setWanted(current.value);
        setChosen(
          chosen.includes(current.value)
            ? chosen.filter((each) => each !== current.value)
            : [...chosen, current.value],
        );
      } else if (readline.line !== term) {
        setTerm(readline.line);
        setWanted(undefined);
      }
    });

    const page = usePagination<Line>({
      items: lines,
      active: Math.max(0, current ? lines.indexOf(current) : 0),
      pageSize,
      loop: false,
      renderItem({ item }) {
        if ("heading" in item) return style.help(item.heading);
        const mark = chosen.includes(item.value) ? "◉" : "◯";
        if (item.disabled !== undefined) return style.disabled(`  - ${item.name} ${item.disabled}`);
        return item === current
          ? style.highlight(`❯ ${mark} ${item.name}`)
          : `  ${mark} ${item.name}`;
      },
    });

    const names = chosen.map(short).join(", ");
    const asked = [prefix, style.message(message)].join(" ");
    if (status === "done") return `${asked} ${style.answer(names)}`;
    const more = lines.length - pageSize;
    const body = [
      lines.length === 0 ? style.error("No results found") : page,
      " ",
      current?.description ? style.description(current.description) : "",
      names && style.answer(`chosen: ${names}`),
      problem && style.error(problem),
      style.keysHelpTip([
        ...(more > 0 ? [[`+${more}`, "more"] as const] : []),
        ["type", "to search"],
        ["↑↓", "navigate"],
        ["tab", "choose"],
        ["⏎", "done"],
      ]),
    ];
    return [`${asked} ${style.searchTerm(term)}`, body.filter(Boolean).join("\n")];
  },
);

function isSelectable(line: Line): line is Listed {
  return !("heading" in line) && line.disabled === undefined;
}
