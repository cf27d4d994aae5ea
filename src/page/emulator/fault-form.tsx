import { useState } from "preact/hooks";
import type { Refusal } from "../../inspector/protocol.ts";
import { toRefusal, usePage } from "../page-context.ts";
import { Problem } from "../problem.tsx";
import { control } from "../server.ts";
import { type FaultFields, faultKinds, toFault } from "./fault-request.ts";

const initial: FaultFields = { kind: "status", value: "503", method: "", path: "", times: "1" };
const methods = ["GET", "POST", "PUT", "DELETE"];

export function FaultForm({ onAdded }: { readonly onAdded: () => void }) {
  const { run } = usePage();
  const [fields, setFields] = useState(initial);
  const [refusal, setRefusal] = useState<Refusal>();
  const set = (changes: Partial<FaultFields>) => setFields({ ...fields, ...changes });
  const [, valueLabel] = faultKinds[fields.kind];
  const add = async (event: Event) => {
    event.preventDefault();
    setRefusal(undefined);
    try {
      await control("POST", "/faults", toFault(fields));
      onAdded();
      await run(async () => "The fault is added.");
    } catch (error) {
      setRefusal(toRefusal(error));
    }
  };
  return (
    <form class="grid-form" onSubmit={add}>
      <label class="field">
        What goes wrong
        <select
          value={fields.kind}
          onChange={({ currentTarget }) => {
            const kind = currentTarget.value as FaultFields["kind"];
            set({ kind, value: faultKinds[kind][2] });
          }}
        >
          {Object.entries(faultKinds).map(([kind, [label]]) => (
            <option key={kind} value={kind}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        {valueLabel}
        <input
          value={fields.value}
          required
          spellcheck={false}
          onInput={({ currentTarget }) => set({ value: currentTarget.value })}
        />
      </label>
      <label class="field">
        Method
        <select
          value={fields.method}
          onChange={({ currentTarget }) => set({ method: currentTarget.value })}
        >
          <option value="">Any</option>
          {methods.map((method) => (
            <option key={method}>{method}</option>
          ))}
        </select>
      </label>
      <label class="field">
        Path
        <input
          value={fields.path}
          placeholder="*/renew"
          spellcheck={false}
          onInput={({ currentTarget }) => set({ path: currentTarget.value })}
        />
      </label>
      <label class="field">
        Times, or always
        <input
          value={fields.times}
          required
          spellcheck={false}
          onInput={({ currentTarget }) => set({ times: currentTarget.value })}
        />
      </label>
      {refusal && <Problem refusal={refusal} />}
      <button type="submit">Add fault</button>
    </form>
  );
}
