import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe } from "vitest";
import { parse } from "yaml";
import { now, test } from "../support/rcwh.ts";

const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);

/** No credentials except those that `rcwh login` saves. */
const noCredentials = {};

/** Flags whose values every format must keep in one piece. */
const oddFlags = ["--url", `https://a b/'"%c$d$(RCWH_JWT)\\&<e>`, "--ignore", `$${"{{ x }}"}`];

/** Identical on every machine that runs the tests. */
function steady(text: string): string {
  return text.replaceAll(process.execPath, "/usr/bin/node").replaceAll(root, "/opt/rcwh");
}

describe("rcwh cron print", () => {
  test("prints a crontab line that names the current profile and configuration", async ({
    rcwh,
    signedIn,
    expect,
  }) => {
    await rcwh("login --profile acme", { env: signedIn });
    const { exitCode, stdout, stderr } = await rcwh("cron print", { env: noCredentials });

    expect(steady(stdout)).toMatchInlineSnapshot(`
      "# rcwh: renews RingCentral webhook subscriptions.
      # Subscriptions without a recorded lifetime are renewed in their last 2 d.
      # Runs every 8 h, often enough to survive three failed runs.
      # \`rcwh status --max-age 16h\` exits 8 when two runs are missed.
      # Install it with \`crontab -e\`, as the user who signed in, and try it with \`rcwh doctor --cron --profile acme\`.
      # cron mails the output; there is none while all is well.
      59 1-23/8 * * * RCWH_CONFIG_DIR=/tmp/rcwh-test/config /usr/bin/node -- /opt/rcwh/bin/rcwh.js --profile acme renew -q
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("prints a line that works in cron's minimal environment", async ({
    rcwh,
    signedIn,
    clock,
    endpoint,
    directory,
    emulator,
    expect,
  }) => {
    // The process that runs the line uses the real clock.
    clock.advance(Date.now() - now);
    await rcwh("login", { env: signedIn });
    await rcwh(`create --filter posts --url ${endpoint.url}`, { env: noCredentials });
    const before = emulator.requests.length;
    const { stdout } = await rcwh("cron print -- --within 30d", { env: noCredentials });
    const line = stdout.trimEnd().split("\n").at(-1) ?? "";
    const command = line.split(" ").slice(5).join(" ").replaceAll("/tmp/rcwh-test", directory);

    const ended = await run("/bin/sh", ["-c", command.replaceAll("\\%", "%")], {
      cwd: "/",
      env: { HOME: "/nonexistent", LOGNAME: "tester", SHELL: "/bin/sh", PATH: "/usr/bin:/bin" },
    });

    expect(ended).toEqual({ stdout: "", stderr: "" });
    expect(emulator.requests.slice(before).map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /restapi/v1.0/subscription",
      "GET /restapi/v1.0/subscription",
      expect.stringMatching(/^POST .*\/renew$/),
      "GET /restapi/v1.0/subscription",
    ]);
  });

  test("prints a line for rcwh ensure with a file", async ({ rcwh, signedIn, expect }) => {
    await rcwh("login --profile acme", { env: signedIn });
    const { stdout } = await rcwh("cron print --ensure /etc/rcwh.yaml -- --allow-deletes", {
      env: noCredentials,
    });
    expect(steady(stdout)).toMatch(
      / --profile acme ensure -f \/etc\/rcwh\.yaml -q --allow-deletes\n$/,
    );
    expect(await rcwh("cron print --ensure rcwh.yaml", { env: noCredentials })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("must be an absolute path"),
    });
    expect(
      await rcwh("cron print kubernetes --ensure /etc/rcwh.yaml", { env: noCredentials }),
    ).toMatchObject({ exitCode: 2 });
  });

  test("assumes a lifetime of 7 days when nobody is signed in and reports it", async ({
    rcwh,
    expect,
  }) => {
    const { exitCode, stdout, stderr } = await rcwh("cron print", { env: noCredentials });

    expect(steady(stdout)).toContain(
      "# Subscriptions without a recorded lifetime are renewed in their last 2 d.",
    );
    expect(stderr).toMatchInlineSnapshot(`
      "warning: You are not signed in. Sign in with \`rcwh login\` before the first run.
      "
    `);
    expect(exitCode).toBe(0);
  });

  test("warns that a scheduler lacks the shell's credentials", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("cron print");

    expect(stdout).not.toMatch(/emulator-client|user-1/);
    expect(stderr).toMatchInlineSnapshot(`
      "warning: The credentials are from RCWH_CLIENT_ID, RCWH_CLIENT_SECRET and RCWH_JWT, which a scheduler does not have. Save them with \`rcwh login\`, or in a file for \`--credentials-file\`, then print the schedule again.
      "
    `);
    expect(exitCode).toBe(0);
  });

  test("uses the shortest recorded lifetime and lets each run end before the next", async ({
    rcwh,
    endpoint,
    emulator,
    expect,
  }) => {
    await rcwh(`create --filter posts --url ${endpoint.url} --expires-in 30d`);
    expect((await rcwh("cron print")).stdout).toContain(
      "# Subscriptions with a lifetime of 30 d are renewed in their last 10 d.",
    );

    await rcwh(`create --filter sms --url ${endpoint.url} --expires-in 1h`);
    const before = emulator.requests.length;
    const { stdout } = await rcwh("cron print");

    expect(steady(stdout).split("\n").slice(1)).toEqual([
      "# Subscriptions with a lifetime of 1 h are renewed in their last 20 min.",
      "# Runs every 4 min, often enough to survive three failed runs.",
      "# `rcwh status --max-age 8m` exits 8 when two runs are missed.",
      "# Install it with `crontab -e`, as the user who signed in, and try it with `rcwh doctor --cron`.",
      "# cron mails the output; there is none while all is well.",
      expect.stringMatching(/^[0-3]-59\/4 \* \* \* \* .* renew -q --deadline 120s$/),
      "",
    ]);
    expect(emulator.requests.length - before).toBe(1);
  });

  test("assumes a lifetime of 7 days when the server cannot be reached and reports it", async ({
    rcwh,
    emulator,
    expect,
  }) => {
    emulator.faults.add({ match: { path: "/restapi/v1.0/subscription" }, status: 403, times: 9 });
    const { exitCode, stdout, stderr } = await rcwh("cron print");

    expect(stdout).toContain("Subscriptions without a recorded lifetime");
    expect(stderr).toContain("Could not list the subscriptions");
    expect(exitCode).toBe(0);
  });

  test("uses and passes on the flags for the runs", async ({ rcwh, expect }) => {
    const within = await rcwh("cron print crontab --lifetime 10y -- --within 6h --max-changes 5");
    expect(within.stdout).toContain(
      "# Subscriptions are renewed in their last 6 h.\n# Runs every 1 h,",
    );
    expect(within.stdout).toMatch(/ renew -q --within 6h --max-changes 5\n$/);

    const expiring = await rcwh("cron print -- --expires-in 1d");
    expect(expiring.stdout).toContain(
      "# Subscriptions with a lifetime of 1 d are renewed in their last 8 h.",
    );

    const jittery = await rcwh("cron print systemd --lifetime 1d -- --jitter 4h");
    // A third of a day leaves four hours.
    expect(jittery.stdout).toContain("Runs every 30 min,");
    expect(jittery.stdout).toContain(`TimeoutStartSec=${900 + 4 * 3600 + 60}`);

    const withDeadline = await rcwh("cron print --lifetime 1h -- --deadline 30s");
    expect(withDeadline.stdout).toMatch(/ renew -q --deadline 30s\n$/);
  });

  test("passes on its own flags that select the identity", async ({
    rcwh,
    directory,
    signedIn,
    expect,
  }) => {
    await rcwh("login --profile acme", { env: signedIn });
    const { stdout } = await rcwh("--profile acme --api all cron print --no-token-cache", {
      env: noCredentials,
    });
    expect(stdout).toMatch(/rcwh\.js --profile acme --api all --no-token-cache renew -q\n$/);

    const path = join(directory, "token");
    await writeFile(path, "somebodys-token");
    const borrowed = await rcwh(
      ["cron", "print", "--lifetime", "7d", "--access-token-file", path],
      { env: noCredentials },
    );
    expect(borrowed.stderr).toBe("");
    expect(borrowed.stdout).toMatch(/--access-token-file \/tmp\/rcwh-test\/token renew -q\n$/);
  });

  test("uses the records of all accounts and sends no request", async ({
    rcwh,
    signedIn,
    endpoint,
    emulator,
    expect,
  }) => {
    await rcwh("login --profile acme", { env: signedIn });
    await rcwh("login --profile beta", { env: { ...signedIn, RCWH_JWT: "user-2" } });
    await rcwh(`create --profile beta --filter posts --url ${endpoint.url} --expires-in 1d`, {
      env: noCredentials,
    });
    const before = emulator.requests.length;
    const all = await rcwh("cron print -- --all-profiles", { env: noCredentials });
    const some = await rcwh(["cron", "print", "--profile", "*"], { env: noCredentials });

    expect(all.stdout).toContain(
      "# Subscriptions with a lifetime of 1 d are renewed in their last 8 h.",
    );
    expect(all.stdout).toMatch(/rcwh\.js renew -q --all-profiles\n$/);
    expect(some.stdout).toMatch(/rcwh\.js --profile '\*' renew -q\n$/);
    expect(some).toMatchObject({ exitCode: 0, stderr: "" });
    expect(emulator.requests).toHaveLength(before);
  });

  test("passes on the connection settings except a proxy's password", async ({
    rcwh,
    signedIn,
    expect,
  }) => {
    const env = {
      ...signedIn,
      HTTPS_PROXY: "http://me:hunter2@proxy.example.com:3128",
      NO_PROXY: "localhost, .example.com",
      NODE_EXTRA_CA_CERTS: "/etc/ssl/our ca.pem",
    };
    const { stdout } = await rcwh("cron print --lifetime 7d", { env });

    expect(stdout).not.toContain("hunter2");
    expect(stdout).toContain("# HTTPS_PROXY has a password, so set it for these runs yourself.");
    expect(stdout).toContain(
      "NO_PROXY='localhost, .example.com' NODE_EXTRA_CA_CERTS='/etc/ssl/our ca.pem' ",
    );
  });

  test("prints a service and its timer for systemd", async ({ rcwh, expect }) => {
    const { exitCode, stdout } = await rcwh("cron print systemd --lifetime 7d");

    expect(steady(stdout)).toMatchInlineSnapshot(`
      "# /etc/systemd/system/rcwh-renew.service
      # The exit code says how a run ended, and \`journalctl -u rcwh-renew\` why. OnFailure= can notify somebody.
      [Unit]
      Description=Renew RingCentral webhook subscriptions
      Wants=network-online.target
      After=network-online.target

      [Service]
      Type=oneshot
      User=tester
      Environment=RCWH_CONFIG_DIR=/tmp/rcwh-test/config
      ExecStart=/usr/bin/node -- /opt/rcwh/bin/rcwh.js renew -q
      TimeoutStartSec=960
      NoNewPrivileges=true

      # /etc/systemd/system/rcwh-renew.timer
      # Subscriptions with a lifetime of 7 d are renewed in their last 2 d.
      # Runs every 8 h, often enough to survive three failed runs.
      # \`rcwh status --max-age 16h\` exits 8 when two runs are missed.
      # Install both files, then: systemctl daemon-reload && systemctl enable --now rcwh-renew.timer
      [Unit]
      Description=Renew RingCentral webhook subscriptions

      [Timer]
      OnCalendar=*-*-* 05/8:57:00
      Persistent=true
      RandomizedDelaySec=300
      AccuracySec=1s

      [Install]
      WantedBy=timers.target
      "
    `);
    expect(exitCode).toBe(0);
  });

  test("prints a property list for launchd", async ({ rcwh, expect }) => {
    const { exitCode, stdout } = await rcwh("cron print launchd --lifetime 7d");

    expect(steady(stdout)).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
      <!-- Subscriptions with a lifetime of 7 d are renewed in their last 2 d. -->
      <!-- Runs every 8 h, often enough to survive three failed runs. -->
      <!-- Save this as /tmp/rcwh-test/home/Library/LaunchAgents/rcwh.renew.plist, then run: launchctl bootstrap gui/$(id -u) /tmp/rcwh-test/home/Library/LaunchAgents/rcwh.renew.plist -->
      <!-- It writes problems to /tmp/rcwh-test/home/Library/Logs/rcwh.log, and nothing while all is well. -->
      <plist version="1.0">
      <dict>
        <key>Label</key>
        <string>rcwh.renew</string>
        <key>ProgramArguments</key>
        <array>
          <string>/usr/bin/node</string>
          <string>--</string>
          <string>/opt/rcwh/bin/rcwh.js</string>
          <string>renew</string>
          <string>-q</string>
        </array>
        <key>EnvironmentVariables</key>
        <dict>
          <key>RCWH_CONFIG_DIR</key>
          <string>/tmp/rcwh-test/config</string>
        </dict>
        <key>StartCalendarInterval</key>
        <array>
          <dict>
            <key>Hour</key>
            <integer>5</integer>
            <key>Minute</key>
            <integer>57</integer>
          </dict>
          <dict>
            <key>Hour</key>
            <integer>13</integer>
            <key>Minute</key>
            <integer>57</integer>
          </dict>
          <dict>
            <key>Hour</key>
            <integer>21</integer>
            <key>Minute</key>
            <integer>57</integer>
          </dict>
        </array>
        <key>StandardErrorPath</key>
        <string>/tmp/rcwh-test/home/Library/Logs/rcwh.log</string>
        <key>StandardOutPath</key>
        <string>/tmp/rcwh-test/home/Library/Logs/rcwh.log</string>
        <key>ProcessType</key>
        <string>Background</string>
      </dict>
      </plist>
      "
    `);
    expect(exitCode).toBe(0);
  });

  test("prints a CronJob for Kubernetes", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("cron print kubernetes --lifetime 7d");

    expect(stdout).toMatchInlineSnapshot(`
      "# rcwh: renews RingCentral webhook subscriptions.
      # Subscriptions with a lifetime of 7 d are renewed in their last 2 d.
      # Runs every 8 h, often enough to survive three failed runs.
      # Build the image from rcwh's Dockerfile and name it below. Create the Secret, then apply this file:
      #   kubectl create secret generic rcwh --from-env-file=rcwh.env
      #   kubectl apply -f rcwh-renew.yaml
      # rcwh.env holds RCWH_CLIENT_ID, RCWH_CLIENT_SECRET, RCWH_JWT, and RCWH_SERVER unless it is the default.
      apiVersion: batch/v1
      kind: CronJob
      metadata:
        name: rcwh-renew
      spec:
        schedule: "44 3-23/8 * * *"
        concurrencyPolicy: Forbid
        startingDeadlineSeconds: 3600
        successfulJobsHistoryLimit: 1
        failedJobsHistoryLimit: 3
        jobTemplate:
          spec:
            # The next run tries again; a retry would not change an exit code that needs attention.
            backoffLimit: 0
            activeDeadlineSeconds: 1020
            template:
              spec:
                restartPolicy: Never
                automountServiceAccountToken: false
                securityContext:
                  runAsNonRoot: true
                  runAsUser: 1000
                  runAsGroup: 1000
                  fsGroup: 1000
                  seccompProfile:
                    type: RuntimeDefault
                containers:
                  - name: rcwh
                    image: "registry.example.com/rcwh:0.1.0"
                    args:
                      - "--no-token-cache"
                      - "renew"
                      - "-q"
                    envFrom:
                      - secretRef:
                          name: rcwh
                    env:
                      - name: RCWH_CONFIG_DIR
                        value: /data/rcwh
                    resources:
                      requests:
                        cpu: 50m
                        memory: 64Mi
                      limits:
                        memory: 256Mi
                    securityContext:
                      allowPrivilegeEscalation: false
                      readOnlyRootFilesystem: true
                      capabilities:
                        drop:
                          - ALL
                    volumeMounts:
                      - name: data
                        mountPath: /data
                volumes:
                  # A persistentVolumeClaim instead keeps records and the session from run to run; then leave out
                  # --no-token-cache.
                  - name: data
                    emptyDir:
                      medium: Memory
                      sizeLimit: 16Mi
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("prints a workflow for GitHub Actions", async ({ rcwh, expect }) => {
    const { exitCode, stdout, stderr } = await rcwh("cron print github-actions --lifetime 7d");

    expect(stdout).toMatchInlineSnapshot(`
      "# rcwh: renews RingCentral webhook subscriptions.
      # Subscriptions with a lifetime of 7 d are renewed in their last 2 d.
      # Runs every 8 h, often enough to survive three failed runs.
      # Commit this as .github/workflows/rcwh-renew.yml, with package.json, package-lock.json and the tarball that
      # \`npm pack\` makes in a clone of rcwh. The lock file keeps the tarball's hash:
      #   npm install --save-exact ./rcwh-0.1.0.tgz
      # Do not install rcwh by its name: it is not published, and the registry may have something else under that name.
      # Create the secrets under Settings → Secrets and variables → Actions. GitHub may start scheduled runs late,
      # and stops them in a public repository after 60 days without a commit.
      name: Renew RingCentral webhooks
      on:
        schedule:
          - cron: "44 3-23/8 * * *"
        workflow_dispatch:
      permissions:
        contents: read
      concurrency:
        group: rcwh-renew
        cancel-in-progress: false
      jobs:
        renew:
          runs-on: ubuntu-latest
          timeout-minutes: 20
          steps:
            - uses: actions/checkout@11d5960a326750d5838078e36cf38b85af677262 # v4.4.0
              with:
                persist-credentials: false
            - uses: actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020 # v4.4.0
              with:
                node-version: 22
            - run: npm ci --ignore-scripts
            - run: "node -- node_modules/rcwh/bin/rcwh.js --no-token-cache renew -q"
              env:
                RCWH_SERVER: \${{ secrets.RCWH_SERVER }}
                RCWH_CLIENT_ID: \${{ secrets.RCWH_CLIENT_ID }}
                RCWH_CLIENT_SECRET: \${{ secrets.RCWH_CLIENT_SECRET }}
                RCWH_JWT: \${{ secrets.RCWH_JWT }}
      "
    `);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("quotes flags for cron and its shell", async ({ rcwh, expect }) => {
    const { stdout } = await rcwh(["cron", "print", "--lifetime", "7d", "--", ...oddFlags]);
    const line = stdout.trimEnd().split("\n").at(-1) ?? "";
    const [, command = ""] = /^\S+ \S+ \* \* \* (.*)$/.exec(line) ?? [];
    expect(command.replaceAll("\\%", "")).not.toContain("%");

    const show = `${process.execPath} -p 'JSON.stringify(process.argv.slice(1))' --`;
    const shown = command.replaceAll("\\%", "%").replace(/\S+ -- \S+rcwh\.js/, show);
    const { stdout: words } = await run("/bin/sh", ["-c", shown], { env: {} });
    expect(JSON.parse(words)).toEqual(["renew", "-q", ...oddFlags]);
  });

  test("quotes flags for systemd", async ({ rcwh, expect }) => {
    const { stdout } = await rcwh([
      "cron",
      "print",
      "systemd",
      "--lifetime",
      "7d",
      "--",
      ...oddFlags,
    ]);
    for (const unit of stdout.split(/^# \/etc\/.*$/m).slice(1)) {
      const lines = unit.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      for (const line of lines)
        expect(line).toMatch(/^(?:\[(?:Unit|Service|Timer|Install)\]|[A-Z]\w+=.+)$/);
    }
    const [, command = ""] = /^ExecStart=(.*)$/m.exec(stdout) ?? [];
    expect(systemdWords(command).slice(3)).toEqual(["renew", "-q", ...oddFlags]);
  });

  test("escapes flags for XML", async ({ rcwh, expect }) => {
    const { stdout } = await rcwh([
      "cron",
      "print",
      "launchd",
      "--lifetime",
      "7d",
      "--",
      ...oddFlags,
    ]);
    expect(openTags(stdout)).toEqual([]);
    for (const [, comment = ""] of stdout.matchAll(/<!--(.*?)-->/gs))
      expect(comment).not.toContain("--");

    const [, words = ""] = /<array>(.*?)<\/array>/s.exec(stdout) ?? [];
    const strings = [...words.matchAll(/<string>(.*?)<\/string>/g)].map(([, text = ""]) =>
      text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"),
    );
    expect(strings.slice(3)).toEqual(["renew", "-q", ...oddFlags]);
  });

  test("quotes flags for YAML and for a workflow's shell", async ({ rcwh, expect }) => {
    const job = parse(
      (await rcwh(["cron", "print", "kubernetes", "--image", "a/b:1", "--", ...oddFlags])).stdout,
    );
    const [container] = job.spec.jobTemplate.spec.template.spec.containers;
    // As Kubernetes does: `$(NAME)` is a variable, here one of the Secret's, and `$$` a dollar sign.
    const expanded = container.args.map((word: string) =>
      word.replace(/\$(\$|\(\w+\))/g, (_, what) => (what === "$" ? "$" : "a secret")),
    );
    expect(expanded).toEqual(["--no-token-cache", "renew", "-q", ...oddFlags]);
    expect(container).toMatchObject({
      image: "a/b:1",
      securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
    });

    const { stdout } = await rcwh(["cron", "print", "github-actions", "--", ...oddFlags]);
    const step = parse(stdout).jobs.renew.steps.at(-1);
    // GitHub would insert a value there before a shell sees it.
    expect(step.run).not.toContain("${{");
    const show = `${process.execPath} -p 'JSON.stringify(process.argv.slice(1))' --`;
    const shown = step.run.replace(/^node -- \S+/, show);
    const { stdout: words } = await run("/bin/sh", ["-c", shown], { env: {} });
    expect(JSON.parse(words)).toEqual(["--no-token-cache", "renew", "-q", ...oddFlags]);
  });

  test("prints one file of several, or all of them as JSON", async ({ rcwh, expect }) => {
    const timer = await rcwh("cron print systemd --lifetime 7d --only rcwh-renew.timer");
    expect(timer.stdout).toMatch(
      /^# Subscriptions with a lifetime of 7 d[^\0]*\n\[Unit\]\n[^\0]*WantedBy=timers.target\n$/,
    );
    expect(timer.stdout).not.toContain("[Service]");

    const { stdout } = await rcwh("cron print systemd --lifetime 7d --json");
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      files: [
        {
          path: "/etc/systemd/system/rcwh-renew.service",
          text: expect.stringContaining("ExecStart="),
        },
        { path: "/etc/systemd/system/rcwh-renew.timer", text: `${timer.stdout.trimEnd()}` },
      ],
      schedule: {
        format: "systemd",
        intervalSeconds: 28_800,
        command: [process.execPath, "--", join(root, "bin/rcwh.js"), "renew", "-q"],
        environment: { RCWH_CONFIG_DIR: "/tmp/rcwh-test/config" },
      },
    });
  });

  test("prints the same schedule every time, off the full hour", async ({ rcwh, expect }) => {
    const first = await rcwh("cron print --lifetime 7d");
    expect(await rcwh("cron print --lifetime 7d")).toEqual(first);
    expect(first.stdout).toMatch(/^[1-9]\d? \d-23\/8 /m);
  });

  test("ends with 3 if the profile does not exist", async ({ rcwh, expect }) => {
    expect(await rcwh("cron print --profile acme")).toMatchObject({ exitCode: 3, stdout: "" });
  });

  test("refuses values that fit no schedule", async ({ rcwh, expect }) => {
    const refused: string[] = [];
    for (const words of [
      "cron print windows",
      "cron print systemd --only crontab --lifetime 7d",
      "cron print --lifetime 5m",
      "cron print github-actions --lifetime 10m",
      "cron print -- --withn 3d",
      "cron print -- --within soon",
      "cron",
    ]) {
      const { exitCode, stdout, stderr } = await rcwh(words);
      expect({ exitCode, stdout }, words).toEqual({ exitCode: 2, stdout: "" });
      refused.push(
        stderr
          .split("\n")
          .filter((line) => !line.startsWith("warning:"))
          .join("\n"),
      );
    }
    expect(refused.join("")).toMatchInlineSnapshot(`
      "error: Invalid format "windows": use crontab, systemd, launchd, kubernetes or github-actions.
      error: Invalid --only value "crontab": the schedule does not have this file.
      hint: Use rcwh-renew.service or rcwh-renew.timer.
      error: Subscriptions are due only 1 min 40 s before they expire, which is too short for four runs.
      hint: Renew with a longer lifetime, such as \`rcwh renew --expires-in 7d\`, or earlier, with its --within.
      error: GitHub runs a schedule at most every 5 minutes, but these lifetimes need a run every 2.
      hint: Renew with a longer lifetime, such as \`rcwh renew --expires-in 7d\`, or choose another scheduler.
      error: Unknown flag --withn.
      hint: Try --within, or see \`rcwh renew --help\`.
      error: Invalid --within value "soon": must be a duration.
      hint: Use a whole number and a unit, such as 90s, 15m, 36h, 7d, 2w or 10y.
      error: \`rcwh cron\` needs a command.
      hint: See \`rcwh cron --help\`.
      "
    `);
    const line = await rcwh(["cron", "print", "--lifetime", "7d", "--", "--url", "a\nb"]);
    expect(line).toMatchObject({ exitCode: 2, stdout: "" });
  });
});

/** Splits a command line as described in systemd.syntax(7). */
function systemdWords(line: string): readonly string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain = ""]) =>
    (quoted?.replace(/\\(.)/g, "$1") ?? plain).replaceAll("%%", "%").replaceAll("$$", () => "$"),
  );
}

/** The elements left open at the end of an XML document. */
function openTags(xml: string): readonly string[] {
  const open: string[] = [];
  const bare = xml.replace(/<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>]*>/gs, "");
  for (const [, slash, name = "", empty] of bare.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
    if (empty) continue;
    if (slash && open.pop() !== name) throw new Error(`</${name}> closes nothing.`);
    if (!slash) open.push(name);
  }
  return open;
}
