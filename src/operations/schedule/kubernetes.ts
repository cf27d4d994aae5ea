import { cronExpression } from "../../subscriptions/interval.ts";
import type { Schedule, ScheduleFile } from "./schedule.ts";

/** A CronJob whose credentials come from a Secret, and so does the store, if the runs have one. */
export function renderKubernetes(
  schedule: Schedule,
  image: string,
  hasStore: boolean,
): readonly ScheduleFile[] {
  const { interval, longestRun, at, words, reasons } = schedule;
  const text = [
    "# rcwh: renews RingCentral webhook subscriptions.",
    ...reasons.map((reason) => `# ${reason}`),
    "# Build the image from rcwh's Dockerfile and name it below. Create the Secret, then apply this file:",
    "#   kubectl create secret generic rcwh --from-env-file=rcwh.env",
    "#   kubectl apply -f rcwh-renew.yaml",
    hasStore
      ? "# rcwh.env holds RCWH_CLIENT_ID, RCWH_CLIENT_SECRET, RCWH_JWT, RCWH_STORE (and RCWH_STORE_KEY if it is sealed), and RCWH_SERVER unless it is the default."
      : "# rcwh.env holds RCWH_CLIENT_ID, RCWH_CLIENT_SECRET, RCWH_JWT, and RCWH_SERVER unless it is the default.",
    "apiVersion: batch/v1",
    "kind: CronJob",
    "metadata:",
    "  name: rcwh-renew",
    "spec:",
    `  schedule: "${cronExpression(interval, at)}"`,
    "  concurrencyPolicy: Forbid",
    `  startingDeadlineSeconds: ${Math.min(interval.minutes * 30, 3600)}`,
    "  successfulJobsHistoryLimit: 1",
    "  failedJobsHistoryLimit: 3",
    "  jobTemplate:",
    "    spec:",
    "      # The next run tries again; a retry would not change an exit code that needs attention.",
    "      backoffLimit: 0",
    `      activeDeadlineSeconds: ${longestRun + 120}`,
    "      template:",
    "        spec:",
    "          restartPolicy: Never",
    "          automountServiceAccountToken: false",
    "          securityContext:",
    "            runAsNonRoot: true",
    "            runAsUser: 1000",
    "            runAsGroup: 1000",
    "            fsGroup: 1000",
    "            seccompProfile:",
    "              type: RuntimeDefault",
    "          containers:",
    "            - name: rcwh",
    `              image: ${JSON.stringify(image)}`,
    "              args:",
    // Kubernetes replaces `$(NAME)` by a variable, which may be a secret, and two dollar signs by one.
    ...words.map((word) => `                - ${JSON.stringify(word.replaceAll("$", "$$$$"))}`),
    "              envFrom:",
    "                - secretRef:",
    "                    name: rcwh",
    "              env:",
    "                - name: RCWH_CONFIG_DIR",
    "                  value: /data/rcwh",
    "              resources:",
    "                requests:",
    "                  cpu: 50m",
    "                  memory: 64Mi",
    "                limits:",
    "                  memory: 256Mi",
    "              securityContext:",
    "                allowPrivilegeEscalation: false",
    "                readOnlyRootFilesystem: true",
    "                capabilities:",
    "                  drop:",
    "                    - ALL",
    "              volumeMounts:",
    "                - name: data",
    "                  mountPath: /data",
    "          volumes:",
    ...(hasStore
      ? [
          "            # Nothing needs to persist here: everything is in the store that RCWH_STORE names.",
        ]
      : [
          "            # A persistentVolumeClaim instead keeps records and the session from run to run; then leave out",
          "            # --no-token-cache.",
        ]),
    "            - name: data",
    "              emptyDir:",
    "                medium: Memory",
    "                sizeLimit: 16Mi",
  ].join("\n");
  return [{ path: "rcwh-renew.yaml", text }];
}
