import {
  createPrompt,
  isBackspaceKey,
  isEnterKey,
  useKeypress,
  useRef,
  useState,
} from "@inquirer/core";
import { pluralize } from "../phrases.ts";
import { type OnResize, useResize } from "./resize-hook.ts";

interface SecretQuestion {
  readonly message: string;
  readonly onResize: OnResize;
  readonly validate: (secret: string) => Promise<true | string>;
  readonly theme: {
    readonly prefix: { readonly idle: string; readonly done: string };
    readonly style: {
      readonly message: (text: string) => string;
      readonly help: (text: string) => string;
      readonly error: (text: string) => string;
    };
  };
}

/**
 * Reads a secret, and shows of it only how many characters came: after a paste of a long JWT one sees that it arrived.
 * Inquirer's own shows nothing, or a character for each, which a JWT would fill the screen with.
 */
export const secretPrompt = createPrompt<string, SecretQuestion>(
  ({ message, theme, onResize, validate }, done) => {
    useResize(onResize);
    const secret = useRef("");
    const [length, setLength] = useState(0);
    const [status, setStatus] = useState<"idle" | "done">("idle");
    const [problem, setProblem] = useState("");
    useKeypress(async (key, readline) => {
      if (isEnterKey(key)) {
        const verdict = await validate(secret.current);
        if (verdict !== true) {
          // It cannot be seen, so nobody could correct it.
          secret.current = "";
          setLength(0);
          return setProblem(verdict);
        }
        setProblem("");
        setStatus("done");
        return done(secret.current);
      }
      setProblem("");
      // Kept here and not in readline's line, by whose length Inquirer places the cursor.
      const typed = readline.line;
      readline.clearLine(0);
      if (isBackspaceKey(key)) secret.current = [...secret.current].slice(0, -1).join("");
      else if (key.ctrl && (key.name === "u" || key.name === "w")) secret.current = "";
      else secret.current += typed;
      setLength([...secret.current].length);
    });
    const { style } = theme;
    const hidden = length === 0 ? "" : `${pluralize(length, "character")}`;
    const line = [
      theme.prefix[status],
      style.message(message),
      style.help(`[hidden${hidden && `: ${hidden}`}]`),
    ].join(" ");
    return [line, problem && style.error(problem)];
  },
);
