import { access, cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe } from "vitest";
import { parseAllDocuments } from "yaml";
import { test } from "./support/rcwh.ts";

const root = join(import.meta.dirname, "..");
const page = await readFile(join(root, "docs/fleet.md"), "utf8");
const dockerfile = await readFile(join(root, "Dockerfile"), "utf8");

const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);
const manifests = blocks.flatMap((text) =>
  parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw new Error(String(document.errors[0]));
    return document.toJS() as Manifest;
  }),
);

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly jobTemplate?: { readonly spec: JobSpec } };
}

interface JobSpec {
  readonly completions?: number;
  readonly template: { readonly spec: { readonly containers: readonly Container[] } };
}

interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
}

const name = { type: "string", pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", maxLength: 63 };
const quantity = { type: "string", pattern: "^\\d+(m|Ki|Mi|Gi)?$" };
const count = { type: "integer", minimum: 0 };
const flag = { type: "boolean" };
const path = { type: "string", pattern: "^/" };

function object(required: Record<string, unknown>, optional: Record<string, unknown> = {}) {
  return {
    type: "object",
    required: Object.keys(required),
    properties: { ...required, ...optional },
    additionalProperties: false,
  };
}

function list(items: unknown) {
  return { type: "array", items, minItems: 1 };
}

const quantities = object({}, { cpu: quantity, memory: quantity, storage: quantity });

/** The part of Kubernetes' schema (batch/v1, core/v1) that the manifests use; nothing else is allowed. */
const container = object(
  {
    name,
    image: { type: "string", pattern: "^[^:]+(:\\d+)?/[^:]+:[^:]+$", not: { pattern: ":latest$" } },
  },
  {
    args: list({ type: "string" }),
    env: list(
      object({ name: { type: "string", pattern: "^[A-Z_]+$" }, value: { type: "string" } }),
    ),
    envFrom: list(object({ secretRef: object({ name }) })),
    resources: object({}, { requests: quantities, limits: quantities }),
    securityContext: object({
      allowPrivilegeEscalation: { const: false },
      readOnlyRootFilesystem: { const: true },
      capabilities: object({ drop: { const: ["ALL"] } }),
    }),
    volumeMounts: list(object({ name, mountPath: path }, { readOnly: flag })),
  },
);

const volume = {
  ...object(
    { name },
    {
      persistentVolumeClaim: object({ claimName: name }),
      secret: object({ secretName: name }),
      emptyDir: object({}, { medium: { enum: ["", "Memory"] }, sizeLimit: quantity }),
    },
  ),
  minProperties: 2,
  maxProperties: 2,
};

const pod = object(
  { restartPolicy: { enum: ["Never", "OnFailure"] }, containers: list(container) },
  {
    automountServiceAccountToken: flag,
    securityContext: object(
      { runAsNonRoot: { const: true } },
      {
        runAsUser: { type: "integer", minimum: 1 },
        runAsGroup: { type: "integer", minimum: 1 },
        fsGroup: { type: "integer", minimum: 1 },
        seccompProfile: object({ type: { enum: ["RuntimeDefault", "Unconfined"] } }),
      },
    ),
    volumes: list(volume),
  },
);

const job = object(
  { template: object({ spec: pod }) },
  {
    completionMode: { enum: ["Indexed", "NonIndexed"] },
    completions: count,
    parallelism: count,
    backoffLimit: count,
    backoffLimitPerIndex: count,
    activeDeadlineSeconds: count,
  },
);

const field = "(\\*|\\d+(-\\d+)?)(/\\d+)?";
const cronJob = object({
  apiVersion: { const: "batch/v1" },
  kind: { const: "CronJob" },
  metadata: object({ name: { ...name, maxLength: 52 } }),
  spec: object(
    {
      schedule: { type: "string", pattern: `^${field}( ${field}){4}$` },
      jobTemplate: object({ spec: job }),
    },
    {
      concurrencyPolicy: { enum: ["Allow", "Forbid", "Replace"] },
      startingDeadlineSeconds: count,
      successfulJobsHistoryLimit: count,
      failedJobsHistoryLimit: count,
    },
  ),
});

const claim = object({
  apiVersion: { const: "v1" },
  kind: { const: "PersistentVolumeClaim" },
  metadata: object({ name }),
  spec: object({
    accessModes: list({ enum: ["ReadWriteOnce", "ReadWriteMany", "ReadWriteOncePod"] }),
    resources: object({ requests: quantities }),
  }),
});

const ajv = new Ajv({ allErrors: true, strictTypes: false });
const schemas = { CronJob: ajv.compile(cronJob), PersistentVolumeClaim: ajv.compile(claim) };

/** Kubernetes' error, or empty if it would accept the manifest. */
function complaints(manifest: Manifest): readonly string[] {
  const validate = schemas[manifest.kind as keyof typeof schemas];
  validate(manifest);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const jobs = manifests.flatMap(({ metadata, spec }) =>
  spec.jobTemplate ? [{ name: metadata.name, job: spec.jobTemplate.spec }] : [],
);

describe("the manifests of docs/fleet.md", () => {
  test("are accepted by Kubernetes", ({ expect }) => {
    expect(manifests.map(({ kind }) => kind)).toEqual([
      "CronJob",
      "PersistentVolumeClaim",
      "CronJob",
      "PersistentVolumeClaim",
      "CronJob",
    ]);
    expect(manifests.flatMap(complaints)).toEqual([]);
  });

  test("mount the files that they name and keep rcwh's files on a volume", ({ expect }) => {
    const claims = manifests.filter(({ kind }) => kind === "PersistentVolumeClaim");
    for (const { job } of jobs) {
      const text = JSON.stringify(job);
      const mounted = [...text.matchAll(/"claimName":"([^"]+)"/g)].map(([, each]) => each);
      expect(claims.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining(mounted));
      expect(text).toContain('"name":"RCWH_CONFIG_DIR","value":"/data/rcwh"');
      expect(text).toContain('"mountPath":"/data"');
    }
    expect(dockerfile).toContain("RCWH_CONFIG_DIR=/data/rcwh");
  });

  test("run and assign each account to one shard", async ({
    rcwh,
    server,
    emulator,
    directory,
    expect,
  }) => {
    const file = join(directory, "accounts.ndjson");
    const users = Array.from({ length: 12 }, (_, index) => index + 1);
    const [clientId, clientSecret] = ["emulator-client", "emulator-secret"];
    const lines = users.map((user) =>
      JSON.stringify({ profile: `p${user}`, server, clientId, clientSecret, jwt: `user-${user}` }),
    );
    await writeFile(file, lines.join("\n"));
    for (const { name: jobName, job } of jobs) {
      emulator.clearLog();
      const [{ args, env } = { args: [], env: [] }] = job.template.spec.containers;
      const words = args.map((each) => (each.startsWith("/run/") ? file : each));
      const variables = Object.fromEntries(env.map((each) => [each.name, each.value]));
      for (let index = 0; index < (job.completions ?? 1); index += 1) {
        const result = await rcwh(words, {
          env: {
            ...variables,
            RCWH_CONFIG_DIR: join(directory, jobName),
            ...(job.completions && { JOB_COMPLETION_INDEX: String(index) }),
          },
        });
        expect(result).toEqual({ exitCode: 0, stdout: "", stderr: "" });
      }
      const listed = emulator.requests.filter(({ path: to }) => to.endsWith("/subscription"));
      expect(listed.map(({ user }) => user).sort((a = 0, b = 0) => a - b)).toEqual(users);
    }
  });
});

describe("the CronJob of rcwh cron print", () => {
  test.for([
    [],
    ["--lifetime", "1h"],
    ["--lifetime", "2h", "--image", "registry.example.com:5000/team/rcwh:1.2.3"],
    ["--lifetime", "10y", "--", "--deadline", "30m", "--url", 'https://example.com/a b?c="d": #e'],
  ])("is accepted by Kubernetes: %j", async (flags, { rcwh, expect }) => {
    const { stdout, exitCode } = await rcwh(["cron", "print", "kubernetes", ...flags]);
    expect(exitCode).toBe(0);
    const [document, ...others] = parseAllDocuments(stdout);
    expect(others).toEqual([]);
    expect(complaints(document?.toJS())).toEqual([]);
  });
});

test("the CronJob of rcwh cron print uses the store of RCWH_STORE", async ({
  rcwh,
  signedIn,
  directory,
  expect,
}) => {
  const env = { ...signedIn, RCWH_STORE: `file://${directory}/store` };
  const words = "cron print kubernetes --lifetime 30d";
  const { stdout } = await rcwh(words, { env });
  const [document] = parseAllDocuments(stdout);
  expect(complaints(document?.toJS())).toEqual([]);
  expect(stdout).not.toContain("--no-token-cache");
  expect(stdout).toContain("RCWH_JWT, RCWH_STORE (and RCWH_STORE_KEY if it is sealed)");
  // The runs have the records, so that a third of the lifetime is left when they renew.
  expect(stdout).toContain("with a lifetime of 30 d are renewed in their last 10 d.");
  expect(stdout).not.toContain("persistentVolumeClaim");
  expect((await rcwh(words)).stdout).toContain("persistentVolumeClaim");
});

describe("the Dockerfile", () => {
  test("builds an image from existing files, without root and without secrets", async ({
    directory,
    expect,
  }) => {
    const [, last = ""] = /(?:^FROM [\s\S]*)(^FROM [\s\S]*)/m.exec(dockerfile) ?? [];
    expect(last).toMatch(/^USER (?!0)\d+:\d+$/m);
    expect(dockerfile).not.toMatch(/^(?:ENV|ARG) .*(?:SECRET|TOKEN|JWT|PASSWORD)/im);
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(
      ([, words = ""]) => words.split(" "),
    );
    const ignore = await readFile(join(root, ".dockerignore"), "utf8");
    for (const each of copied) {
      await access(join(root, each));
      expect(ignore.split("\n")).toContain(`!${each}`);
    }
    const [, entry = ""] = /^ENTRYPOINT \["node", "--", "\/opt\/rcwh\/(.*)"\]$/m.exec(last) ?? [];
    await access(join(root, entry));

    // The image contains only this file of the repository.
    const image = join(directory, "image");
    await mkdir(image);
    const kept = [...last.matchAll(/^COPY --from=build \/source\/(\S+) /gm)];
    for (const [, each = ""] of kept)
      await cp(join(root, each), join(image, each), { recursive: true });
    const { execFile } = await import("node:child_process");
    const { promisify } = await import("node:util");
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(image, entry),
      ...["filters", "fax", "-o", "csv"],
    ]);
    expect(stdout).toContain("fax");
  });
});
