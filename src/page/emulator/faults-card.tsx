import { useControl, usePage } from "../page-context.ts";
import { control } from "../server.ts";
import { FaultForm } from "./fault-form.tsx";
import { type ActiveFault, describeEffect, describeTimes } from "./fault-request.ts";

/** What goes wrong on purpose: added, listed, removed. */
export function FaultsCard() {
  const { run } = usePage();
  const { answer, refusal, reload } = useControl<{ readonly faults: readonly ActiveFault[] }>(
    "/faults",
  );
  const faults = answer?.faults ?? [];
  const remove = (path: string, message: string) =>
    run(async () => {
      await control("DELETE", path);
      reload();
      return message;
    });
  return (
    <section class="card" aria-labelledby="faults-title">
      <div class="card-head">
        <h3 id="faults-title">Faults</h3>
        {faults.length > 1 && (
          <button type="button" onClick={() => remove("/faults", "All faults are removed.")}>
            Remove all
          </button>
        )}
      </div>
      {refusal && <p class="muted">{refusal.message}</p>}
      {faults.length === 0 ? (
        <p class="muted">Everything works. A fault makes the next matching requests fail.</p>
      ) : (
        <ul class="faults">
          {faults.map((fault) => (
            <li key={fault.id}>
              <span>
                <strong>{describeEffect(fault)}</strong>
                <code class="muted">
                  {fault.match?.method ?? "Any"} {fault.match?.path ?? "request"}
                </code>
                <span class="muted">{describeTimes(fault)}</span>
              </span>
              <button
                type="button"
                aria-label={`Remove: ${describeEffect(fault)}`}
                onClick={() => remove(`/faults/${fault.id}`, "The fault is removed.")}
              >
                Remove
              </button>
            </li>
          ))}
        </ul>
      )}
      <FaultForm onAdded={reload} />
    </section>
  );
}
