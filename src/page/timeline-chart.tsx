import { useMemo } from "preact/hooks";
import type { InspectedEvent } from "../inspector/protocol.ts";
import { type Outcome, outcomes } from "./outcome.ts";
import { usePage } from "./page-context.ts";
import { ScrollRegion } from "./scroll-region.tsx";
import { type Bucket, latencyHeight, median, toBuckets } from "./timeline.ts";
import { useSize } from "./use-size.ts";
import { count, milliseconds, shortTime } from "./wording.ts";

/** Pixels. */
const plot = { top: 6, height: 56, counts: 22, left: 40, axis: 16 };
const barWidth = 8;
const gridlines = [1, 10, 100, 1000, 10_000];
/** RingCentral takes an endpoint for failing that has not answered by then. */
const deadline = 3000;
/** From the bottom of a bar to its top. */
const order: readonly Outcome[] = ["kept", "accepted", "waiting", "warned", "dropped", "refused"];

/** When events came, what became of them, and how long answers took: drawn, and as a table. */
export function Timeline({ events }: { readonly events: readonly InspectedEvent[] }) {
  const [box, { width }] = useSize<HTMLDivElement>();
  const most = Math.max(1, Math.floor((width - plot.left) / barWidth));
  const buckets = useMemo(() => toBuckets(events, most), [events, most]);
  const [whole] = useMemo(() => toBuckets(events, 1), [events]);
  return (
    <details class="timeline" open={innerWidth > 600}>
      <summary>
        Timeline<span class="timeline-facts">{whole && describeLatencies(whole)}</span>
      </summary>
      <div ref={box}>
        {!whole ? (
          <p class="muted">Deliveries and their latencies are drawn here.</p>
        ) : (
          <Chart
            buckets={buckets}
            most={most}
            width={width}
            label={`Timeline of ${describeBucket(whole)}`}
          />
        )}
      </div>
      {buckets.length > 0 && <TimelineTable buckets={buckets} />}
    </details>
  );
}

interface ChartProps {
  readonly buckets: readonly Bucket[];
  readonly most: number;
  readonly width: number;
  readonly label: string;
}

function Chart({ buckets, most, width, label }: ChartProps) {
  const { dispatch } = usePage();
  const base = plot.top + plot.height;
  const height = base + plot.counts + plot.axis;
  const largest = Math.max(...buckets.map(({ total }) => total));
  const right = plot.left + most * barWidth;
  const y = (latency: number) => base - latencyHeight(latency) * plot.height;
  // The newest is at the right, whatever their number.
  const x = (index: number) => right - (buckets.length - index) * barWidth;
  /** Whether there is room for one time only, which must not run out at the right. */
  const isNarrow = buckets.length * barWidth <= 120;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the same events for the keyboard
    <svg
      class="chart"
      width={width}
      height={height}
      role="img"
      aria-label={label}
      onClick={({ target }) => {
        const number = (target as Element).closest<SVGElement>("[data-last]")?.dataset["last"];
        if (number) dispatch({ type: "select", number: Number(number) });
      }}
    >
      {gridlines.map((latency) => (
        <g key={latency}>
          <line class="grid" x1={plot.left} x2={right} y1={y(latency)} y2={y(latency)} />
          <text x={plot.left - 5} y={y(latency) + 3.5} text-anchor="end">
            {latency < 1000 ? `${latency} ms` : `${latency / 1000} s`}
          </text>
        </g>
      ))}
      <line class="deadline" x1={plot.left} x2={right} y1={y(deadline)} y2={y(deadline)} />
      <text class="deadline-label" x={plot.left + 4} y={y(deadline) + 4}>
        3 s: RingCentral’s limit
      </text>
      {buckets.map((bucket, index) => (
        <g key={bucket.from} class="bucket" data-last={bucket.last}>
          <title>{`${shortTime(bucket.from)}: ${describeBucket(bucket)}`}</title>
          <rect class="hit" x={x(index)} y={0} width={barWidth} height={height - plot.axis} />
          <Latencies bucket={bucket} x={x(index)} y={y} />
          <Counts bucket={bucket} x={x(index)} bottom={base + plot.counts} largest={largest} />
        </g>
      ))}
      <text
        x={isNarrow ? right : Math.max(plot.left, x(0))}
        y={height - 3}
        text-anchor={isNarrow ? "end" : "start"}
      >
        {shortTime(buckets[0]?.from ?? 0)}
      </text>
      {!isNarrow && (
        <text x={right} y={height - 3} text-anchor="end">
          {shortTime(buckets.at(-1)?.to ?? 0)}
        </text>
      )}
    </svg>
  );
}

interface LatenciesProps {
  readonly bucket: Bucket;
  readonly x: number;
  readonly y: (latency: number) => number;
}

/** From the fastest to the slowest, with the median between them. */
function Latencies({ bucket: { latencies }, x, y }: LatenciesProps) {
  const middle = median(latencies);
  const slowest = latencies.at(-1);
  if (middle === undefined || slowest === undefined) return null;
  const top = y(slowest);
  const isLate = slowest >= deadline;
  return (
    <g class={isLate ? "latency late" : "latency"}>
      <rect
        x={x + 1.5}
        y={top - 1.5}
        width={barWidth - 3}
        height={y(latencies[0] ?? slowest) - top + 3}
        rx="1.5"
      />
      <rect class="median" x={x + 0.5} y={y(middle) - 1} width={barWidth - 1} height="2" rx="1" />
    </g>
  );
}

interface CountsProps {
  readonly bucket: Bucket;
  readonly x: number;
  readonly bottom: number;
  readonly largest: number;
}

function Counts({ bucket, x, bottom, largest }: CountsProps) {
  let top = bottom;
  return (
    <>
      {order.map((outcome) => {
        const number = bucket.counts[outcome];
        if (!number) return null;
        const height = Math.max(1.5, (number / largest) * (plot.counts - 6));
        top -= height;
        return (
          <rect
            key={outcome}
            class={outcome}
            x={x + 1}
            y={top}
            width={barWidth - 2}
            height={height}
          />
        );
      })}
    </>
  );
}

/** The same, for whoever does not see it. */
function TimelineTable({ buckets }: { readonly buckets: readonly Bucket[] }) {
  return (
    <details class="timeline-table">
      <summary>As a table</summary>
      <ScrollRegion label="Timeline as a table">
        <table>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">Events</th>
              <th scope="col">Refused</th>
              <th scope="col">Median</th>
              <th scope="col">Slowest</th>
            </tr>
          </thead>
          <tbody>
            {buckets
              .filter(({ total }) => total > 0)
              .map(({ from, total, counts, latencies }) => (
                <tr key={from}>
                  <th scope="row">{shortTime(from)}</th>
                  <td>{total}</td>
                  <td>{counts.refused ?? 0}</td>
                  <td>{orNone(median(latencies))}</td>
                  <td>{orNone(latencies.at(-1))}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </ScrollRegion>
    </details>
  );
}

function orNone(latency: number | undefined): string {
  return latency === undefined ? "none" : milliseconds(latency);
}

function describeLatencies({ latencies }: Bucket): string {
  const [middle, slowest] = [median(latencies), latencies.at(-1)];
  if (middle === undefined || slowest === undefined) return "";
  return `median ${milliseconds(middle)}, slowest ${milliseconds(slowest)}`;
}

function describeBucket(bucket: Bucket): string {
  const { total, counts } = bucket;
  const parts = order
    .filter((outcome) => counts[outcome])
    .map((outcome) => `${counts[outcome]} ${outcomes[outcome].toLowerCase()}`);
  const outcomesOfIt = total > 0 ? `: ${parts.join(", ")}` : "";
  const times = describeLatencies(bucket);
  return `${count(total, "event")}${outcomesOfIt}${times && `; ${times}`}`;
}
