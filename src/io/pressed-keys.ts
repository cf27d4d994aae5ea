import { Interruption } from "../errors.ts";

/** Rejects if the key is Ctrl-C or Ctrl-D. */
export function pressedKey(input: NodeJS.ReadableStream, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    input.once("data", (keys) => {
      signal.removeEventListener("abort", abort);
      const [key] = String(keys);
      if (key === "\u0003" || key === "\u0004") reject(new Interruption());
      else resolve();
    });
  });
}

/** Resolves when `press` resolves to false. Rejects at Ctrl-C or Ctrl-D. */
export function pressedKeys(
  input: NodeJS.ReadableStream,
  press: (key: string, typed: string) => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const listen = (
      text: string | undefined,
      { name, ctrl }: { name?: string; ctrl?: boolean },
    ) => {
      const typed = text === undefined || /\p{Cc}/u.test(text) ? "" : text;
      if (ctrl && (name === "c" || name === "d")) settle(() => reject(new Interruption()));
      else press(name ?? text ?? "", typed).then((goesOn) => goesOn || settle(resolve), failed);
    };
    const failed = (error: unknown) => settle(() => reject(error));
    const abort = () => failed(signal.reason);
    const settle = (how: () => void) => {
      input.off("keypress", listen);
      signal.removeEventListener("abort", abort);
      how();
    };
    input.on("keypress", listen);
    signal.addEventListener("abort", abort, { once: true });
  });
}
