import { createSettings, type GlobalFlags } from "../commands/flags/global-flags.ts";
import { type Identity, secretsOf } from "../config/credentials.ts";
import type { Config } from "../config/interface.ts";
import { configDirectory } from "../config/location.ts";
import type { QuotaStore } from "../config/quota-store.ts";
import type { AccountContext, Runtime } from "../context.ts";
import { type ExitCode, OutputError } from "../errors.ts";
import { isJson } from "../io/format.ts";
import { createIO, type IO } from "../io/io.ts";
import type { Prompter, Prompts } from "../io/prompts.ts";
import { once } from "../machine/promises.ts";
import { createRedactor, type Redactor } from "../machine/redact.ts";
import { createClients } from "./clients.ts";
import type { CommandEntry } from "./command-entry.ts";
import { completeManifest, createHintCompleter } from "./complete-hints.ts";
import { createRunEnd } from "./run-end.ts";
import { createTransports } from "./transports.ts";

/** The default time limit of a run, milliseconds. */
const defaultDeadline = 90_000;

/** Milliseconds to clean up for a run inside this one that is stopped alone: the process goes on. */
const stopMoments = 10_000;

/** The user of a context, and what is kept of them. */
interface Account {
  readonly io: IO;
  readonly redactor: Redactor;
  identity(): Promise<Identity>;
  config(): Promise<Config>;
  quotas(): Promise<QuotaStore>;
  /** Writes pending changes, and ends what only this account uses. Never throws. */
  close(): Promise<void>;
}

/**
 * Creates the context of a run. It opens files and connections on first use; `close` closes them.
 * Throws UsageError for an invalid global flag or variable.
 */
export async function createContext(
  runtime: Runtime,
  flags: GlobalFlags,
  main: (argv: readonly string[], runtime: Runtime) => Promise<ExitCode>,
  command?: CommandEntry,
): Promise<AccountContext> {
  const { env, platform, clock, pid } = runtime;
  const age = runtime.age?.() ?? 0;
  const startedAt = clock.now() - age;
  const settings = createSettings(flags, env, runtime.stdout.isTTY === true, command?.draws);
  let promptTime = 0;
  let askedAt: number | undefined;
  /** Milliseconds, the prompt that waits for its answer included: what works meanwhile has its own time. */
  const timeForPrompts = () => promptTime + (askedAt === undefined ? 0 : clock.now() - askedAt);
  const deadline = await openDeadline(settings.deadline, age, () =>
    askedAt === undefined ? promptTime : undefined,
  );
  const signal = runSignal(runtime, command, deadline?.signal);
  const redactor = createRedactor({ showAddresses: settings.showSecrets });
  const end = createRunEnd(runtime, deadline);
  let completeHints = createHintCompleter(settings);
  let manifestFlags: string | undefined;
  const io = await createIO(runtime, {
    env,
    platform,
    format: settings.format,
    // With --json, stderr has at most one object.
    quiet: settings.quiet || isJson(settings.format),
    verbose: settings.verbose,
    noColor: !flags.color,
    noInput: !flags.input,
    redactor,
    completeHints(text) {
      const named = manifestFlags === undefined ? text : completeManifest(text, manifestFlags);
      return completeHints?.(named) ?? named;
    },
  });

  const prompter = once(async () =>
    timePrompts(await runtime.createPrompter(io), async (ask) => {
      askedAt = clock.now();
      try {
        return await ask();
      } finally {
        promptTime = timeForPrompts();
        askedAt = undefined;
      }
    }),
  );
  const deadlineAt = (usual = defaultDeadline) =>
    startedAt + timeForPrompts() + (settings.deadline ?? usual) - (deadline?.reserved ?? 0);

  const displayFlags = [
    ...(settings.debug ? ["--debug"] : []),
    ...(flags.color ? [] : ["--no-color"]),
    ...(settings.quiet ? ["--quiet"] : []),
  ];

  const warnOnce = createWarnOnce(io);
  if (flags.envFile !== undefined) {
    io.warn(
      "Node reads the file of `--env-file` before rcwh does, and obeys a NODE_OPTIONS in it. Use `--credentials-file`, which Node does not know.",
    );
  }
  for (const name of ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"]) {
    const address = env[name];
    if (address) redactor.addAddress(address.includes("://") ? address : `http://${address}`);
  }
  const ownConfig = once(async () => {
    const { openConfig } = await import("../config/config.ts");
    return openConfig({ env, platform, clock, signal, warn: io.warn, redactor });
  });
  const { store: storeUrl } = settings;
  let closeStore = () => {};
  const openStore = once(async (url: string) => {
    const { openRunStore } = await import("./shared-store.ts");
    const { installation } = runtime;
    const run = { clock, signal, redactor, settings, end, io, deadlineAt, pid, installation };
    const store = await openRunStore(url, { ...run, warnOnce });
    closeStore = () => store.close();
    return store;
  });
  let projectProfile: string | undefined;
  const owner: Account = {
    io,
    redactor,
    config: once(async () => {
      const own = await ownConfig();
      const kept = storeUrl === undefined ? own : (await openStore(storeUrl)).configOf(own);
      return withKnownTokens(kept, redactor);
    }),
    identity: once(async () => {
      const { resolveIdentity } = await import("../config/identity.ts");
      const { config } = owner;
      const identity = await resolveIdentity({ settings, env, config, signal, projectProfile });
      if (projectProfile !== undefined && identity.source === `profile ${projectProfile}`) {
        completeHints = createHintCompleter({
          profile: projectProfile,
          profileByFlag: true,
          credentialsFile: undefined,
        });
      }
      redactor.add(...secretsOf(identity));
      return identity;
    }),
    quotas: once(async () => {
      if (storeUrl !== undefined) return (await openStore(storeUrl)).quotas;
      const { createMemoryQuotaStore, openQuotaStore } = await import("../config/quota-store.ts");
      const directory = settings.tokenCache ? configDirectory(env, platform) : undefined;
      return directory === undefined ? createMemoryQuotaStore() : openQuotaStore(directory, clock);
    }),
    async close() {
      io.endProgress();
      deadline?.release();
      await transports.close();
      closeStore();
      end.release();
    },
  };
  const transports = createTransports({ config: owner.config, clock, env, io, signal, end });

  /** Profiles share the owner's configuration; external accounts have files of their own, and lasting ones none in memory. */
  function accountOf(identity: Identity, accountIO: IO): Account {
    let close = async () => {};
    const account: Account = {
      ...owner,
      io: accountIO,
      identity: async () => identity,
      close: () => close(),
    };
    if (!identity.external) return account;
    return {
      ...account,
      redactor: redactor.passing,
      config: once(async () => {
        const own = await ownConfig();
        if (storeUrl !== undefined) {
          return withKnownTokens((await openStore(storeUrl)).configOf(own), redactor.passing);
        }
        const { openAccountConfig } = await import("../config/config.ts");
        const options = { env, platform, clock, signal, warn: io.warn, warnOnce };
        const opened = openAccountConfig(own, identity, options);
        close = opened.close;
        return withKnownTokens(opened.config, redactor.passing);
      }),
      quotas: once(async () => {
        const { createLazyQuotaStore } = await import("../api/lazy-quota-store.ts");
        return createLazyQuotaStore(await owner.quotas());
      }),
    };
  }

  const sharedStore = async () => (storeUrl === undefined ? undefined : openStore(storeUrl));

  /** One function for all contexts: V8 makes a hidden class of its own for each object with another one. */
  const installation = { enumerable: true, get: () => runtime.installation };

  function contextOf(account: Account): AccountContext {
    const { identity, config } = account;
    const run = { env, clock, signal, end, settings, startedAt, deadlineAt };
    const clients = createClients({
      ...{ ...run, ...account, transports },
      isAsking: () => askedAt !== undefined,
    });
    const context: Omit<AccountContext, "installation"> = {
      ...run,
      ...clients,
      identity,
      config,
      sharedStore,
      io: account.io,
      redactor: account.redactor,
      platform,
      pid,
      prompter,
      preferProfile(name) {
        projectProfile = name;
      },
      nameManifest(words) {
        manifestFlags = words;
      },
      startAgain: runtime.startAgain,
      async outputError() {
        // Write errors arrive a moment later.
        await new Promise((resolve) => setImmediate(resolve));
        const reason: unknown = runtime.outputSignal?.reason;
        return reason instanceof OutputError ? reason : undefined;
      },
      as: (identity, accountIO = io) => contextOf(accountOf(identity, accountIO)),
      rerun: (argv, otherEnv, until = signal) =>
        main([...argv, ...displayFlags], {
          ...runtime,
          age: () => 0,
          env: otherEnv,
          signal: until,
          ...(until !== signal && { lastMoments: stopMoments }),
          guard() {}, // this run reports for the other, too
        }),
      async capture(argv, { env, signal }) {
        const { capturing } = await import("./capturing.ts");
        const { streams, printed } = capturing();
        const { outputSignal: _, terminal: __, startAgain: ___, ...rest } = runtime;
        const exitCode = await main(argv, {
          ...rest,
          ...streams,
          env,
          signal,
          age: () => 0,
          guard() {},
        });
        return { exitCode, ...printed() };
      },
      async close() {
        await clients.close();
        await account.close();
      },
    };
    return Object.defineProperty(context, "installation", installation) as AccountContext;
  }

  return contextOf(owner);
}

/** The same configuration, whose verification tokens the redactor learns as they are read. */
function withKnownTokens(config: Config, redactor: Redactor): Config {
  const { records, replacements } = config;
  const learn = <Kept extends { readonly verificationToken?: string }>(all: readonly Kept[]) => {
    redactor.add(...all.map(({ verificationToken }) => verificationToken));
    return all;
  };
  return Object.assign(config, {
    records(key: string) {
      const { list, ...rest } = records(key);
      return { ...rest, list: async () => learn(await list()) };
    },
    replacements(key: string) {
      const { list, ...rest } = replacements(key);
      return { ...rest, list: async () => learn(await list()) };
    },
  });
}

/** Only for `--deadline`: otherwise only what waits for RingCentral has a limit. */
async function openDeadline(
  limit: number | undefined,
  age: number,
  promptTime: () => number | undefined,
) {
  if (limit === undefined) return undefined;
  const { createRunDeadline } = await import("./run-deadline.ts");
  return createRunDeadline(limit, age, promptTime);
}

/** A command that only prints also ends when its output is closed. */
function runSignal(
  { signal, outputSignal }: Runtime,
  command?: CommandEntry,
  deadline?: AbortSignal,
): AbortSignal {
  const output = command?.finishesUnread ? undefined : outputSignal;
  const others = [output, deadline].filter((other) => other !== undefined);
  return others.length === 0 ? signal : AbortSignal.any([signal, ...others]);
}

/** Asks each question by `time`. */
function timePrompts(
  { withBack, ...prompts }: Prompter,
  time: <Answer>(ask: () => Promise<Answer>) => Promise<Answer>,
): Prompter {
  return { ...timeEach(prompts, time), withBack: timeEach(withBack, time) };
}

function timeEach(
  { confirm, input, secret, select, search, searchMany, mark, pause, keys }: Prompts,
  time: <Answer>(ask: () => Promise<Answer>) => Promise<Answer>,
): Prompts {
  function timed<Question extends unknown[], Answer>(
    ask: (...question: Question) => Promise<Answer>,
  ) {
    return (...question: Question): Promise<Answer> => time(() => ask(...question));
  }
  return {
    confirm: timed(confirm),
    input: timed(input),
    secret: timed(secret),
    select: timed(select),
    search: timed(search),
    searchMany: timed(searchMany),
    mark,
    pause: timed(pause),
    keys: timed(keys),
  };
}

function createWarnOnce({ warn }: IO): (line: string) => void {
  let hasWarned = false;
  return (line) => {
    if (!hasWarned) warn(line);
    hasWarned = true;
  };
}
