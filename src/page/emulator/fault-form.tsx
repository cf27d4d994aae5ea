import { useState } from "preact/hooks";
import type { Refusal } from "../../inspector/protocol.ts";
import { toRefusal, usePage } from "../page-context.ts";
import { Problem } from "../problem.tsx";
import { control } from "../server.ts";
import {
  type FaultFields,
  type FaultFlaws,
  faultKinds,
  findFlaws,
  toFault,
} from "./fault-request.ts";
import { TextField } from "./text-field.tsx";

const initial: FaultFields = { kind: "status", value: "503", method: "", path: "", times: "1" };
const methods = ["GET", "POST", "PUT", "DELETE"];

export function FaultForm({ onAdded }: { readonly onAdded: () => void }) {
  const { run } = usePage();
  const [fields, setFields] = useState(initial);
  const [refusal, setRefusal] = useState<Refusal>();
  const [flaws, setFlaws] = useState<FaultFlaws>({});
  const set = (changes: Partial<FaultFields>) => {
    setFields({ ...fields, ...changes });
    setFlaws({});
    setRefusal(undefined);
  };
  const [, valueLabel] = faultKinds[fields.kind];
  const add = async (event: Event) => {
    event.preventDefault();
    setRefusal(undefined);
    const found = findFlaws(fields);
    setFlaws(found);
    if (Object.keys(found).length > 0) return;
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
      {fields.kind === "drop" ? (
        <label class="field">
          {valueLabel}
          <select
            value={fields.value}
            onChange={({ currentTarget }) => set({ value: currentTarget.value })}
          >
            <option value="before">Before it is processed</option>
            <option value="after">After it is processed</option>
          </select>
        </label>
      ) : (
        <TextField
          label={valueLabel}
          value={fields.value}
          flaw={flaws.value}
          onValue={(value) => set({ value })}
        />
      )}
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
      <TextField
        label="Path"
        value={fields.path}
        placeholder="*/renew"
        onValue={(path) => set({ path })}
      />
      <TextField
        label="Times, or always"
        value={fields.times}
        flaw={flaws.times}
        onValue={(times) => set({ times })}
      />
      {refusal && <Problem refusal={refusal} />}
      <button type="submit">Add fault</button>
    </form>
  );
}
