import type { InspectedEvent } from "../inspector/protocol.ts";
import { asCurl, asFixture, variablesOf } from "./copy-text.ts";
import { usePage } from "./page-context.ts";
import { act } from "./server.ts";

export type EventActions = ReturnType<typeof useEventActions>;

/** What can be done with an event; nothing where there is none. */
export function useEventActions(event: InspectedEvent | undefined) {
  const { run, copyText, dispatch } = usePage();
  return {
    replay() {
      if (!event) return;
      run(async () => {
        const { message, number } = await act({ action: "replay", number: event.number });
        if (number !== undefined) dispatch({ type: "select", number });
        return message;
      });
    },
    copyCurl() {
      if (!event) return;
      const variables = variablesOf(event);
      const list = variables.map((name) => `$${name}`).join(" and ");
      copyText(
        asCurl(event),
        variables.length === 0
          ? "Copied as a curl command."
          : `Copied as a curl command. Set ${list} before you run it: the page does not have ${variables.length === 1 ? "its value" : "their values"}.`,
      );
    },
    copyFixture() {
      if (event) copyText(asFixture(event), "Copied as a line for `rcwh replay`.");
    },
    copyBody() {
      if (event) copyText(event.text, "Copied the body as it came.");
    },
  };
}
