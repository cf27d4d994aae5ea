import { CliError, UsageError } from "../errors.ts";
import { checkChange } from "./checked-input.ts";
import { refuseSealed, sealedMark } from "./sealed-mark.ts";
import type { Store, StoreEntry } from "./store.ts";

/** 32 bytes, or their base64 or hex. */
export type SealKey = string | Uint8Array;

export interface SealOptions {
  /** Which entries are secret. Those of accounts unless given: they hold access tokens and verification tokens. */
  readonly isSecret?: ((key: string) => boolean) | undefined;
  /** Whether secret entries that are not sealed yet may be read, as long as they have not been written again. */
  readonly acceptPlain?: boolean | undefined;
}

/**
 * Keeps secret entries of a store encrypted, with AES-256-GCM. The first key encrypts; every key decrypts. Throws UsageError
 * for an invalid key; reading throws CliError `SEALED` for what cannot be opened.
 */
export function seal(
  store: Store,
  keys: SealKey | readonly SealKey[],
  options: SealOptions = {},
): Store {
  const { isSecret = (key) => key.startsWith("accounts/"), acceptPlain = false } = options;
  const all: readonly SealKey[] = Array.isArray(keys) ? keys : [keys];
  const given = all.map(bytesOf);
  let imported: Promise<readonly OpenKey[]> | undefined;
  const open = () => {
    imported ??= Promise.all(given.map(importKey));
    return imported;
  };
  if (given.length === 0)
    throw new UsageError("No key was given to seal the store with.", howToMake);

  return {
    ...methodsOf(store),
    async read(key) {
      const entry = await store.read(key);
      if (!entry) return undefined;
      const isSealed = entry.value.startsWith(sealedMark);
      // In a format of a newer rcwh.
      if (!isSealed) refuseSealed(key, entry.value);
      if (!isSealed && isSecret(key) && !acceptPlain) throw plainError(key);
      return isSealed ? await opened(key, entry, await open()) : entry;
    },
    async compareAndSet(change) {
      const { key, value } = change;
      checkChange(change);
      if (value === undefined || !isSecret(key)) return store.compareAndSet(change);
      const [first] = await open();
      // There is one at least.
      return store.compareAndSet({ ...change, value: await sealed(key, value, first as OpenKey) });
    },
  };
}

const howToMake = "Make one with `openssl rand -base64 32`.";
/** Bytes of the number that no two messages of a key share. */
const nonceLength = 12;

interface OpenKey {
  /** Tells keys apart, and nothing about them. */
  readonly id: string;
  readonly key: CryptoKey;
}

type CryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** Methods that may need their object. */
function methodsOf(store: Store): Store {
  return {
    read: (key) => store.read(key),
    compareAndSet: (change) => store.compareAndSet(change),
    lock: (request) => store.lock(request),
    unlock: (lock) => store.unlock(lock),
  };
}

async function sealed(key: string, value: string, { id, key: secret }: OpenKey): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(nonceLength));
  const data = await crypto.subtle.encrypt(parameters(iv, key), secret, encode(value));
  return `${sealedMark}${id}:${toBase64(iv)}${toBase64(new Uint8Array(data))}`;
}

async function opened(
  key: string,
  entry: StoreEntry,
  keys: readonly OpenKey[],
): Promise<StoreEntry> {
  const [id = "", text = ""] = entry.value.slice(sealedMark.length).split(":");
  const found = keys.find((each) => each.id === id);
  if (!found) {
    throw new CliError(
      `The entry ${key} of the store is sealed with a key that was not given: its id is ${id}, and ${keys.map((each) => each.id).join(", ")} ${keys.length > 1 ? "were" : "was"} given.`,
      {
        code: "SEALED",
        hint: "Give that key, too, after the one to seal with: `seal(store, [newKey, oldKey])`, or RCWH_STORE_KEY=new,old.",
      },
    );
  }
  try {
    // Twelve bytes are sixteen characters.
    const [iv, data] = [fromBase64(text.slice(0, 16)), fromBase64(text.slice(16))];
    const value = await crypto.subtle.decrypt(parameters(iv, key), found.key, data);
    return { ...entry, value: new TextDecoder("utf-8", { ignoreBOM: true }).decode(value) };
  } catch (cause) {
    throw new CliError(
      `The entry ${key} of the store cannot be opened: it was changed without the key, or belongs to another entry.`,
      {
        code: "SEALED",
        hint: "Find out who writes to the store besides rcwh, then remove the entry.",
        cause,
      },
    );
  }
}

function plainError(key: string): CliError {
  return new CliError(`The entry ${key} of the store is not sealed, although it is secret.`, {
    code: "SEALED",
    hint: "If it was written before there was a key, use `seal(store, key, { acceptPlain: true })`, or RCWH_STORE_KEY=key,plain, until it has been written again.",
  });
}

/** With the entry's key, so that an entry opens only in its place. */
function parameters(iv: Uint8Array<ArrayBuffer>, key: string) {
  return { name: "AES-GCM", iv, additionalData: encode(key) };
}

async function importKey(bytes: Uint8Array<ArrayBuffer>): Promise<OpenKey> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const id = [...digest.slice(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
  return { id, key };
}

function bytesOf(key: SealKey): Uint8Array<ArrayBuffer> {
  const bytes = typeof key === "string" ? decode(key.trim()) : bytesIn(key);
  if (bytes?.length === 32) return bytes;
  const found = bytes ? `this one has ${bytes.length}` : "this one is neither";
  throw new UsageError(
    `The key to seal the store with must be 32 bytes, in base64 or hex: ${key === undefined ? "it is undefined" : found}.`,
    howToMake,
  );
}

function decode(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (/^[\da-f]{64}$/i.test(text)) {
    return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  }
  const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
  try {
    return /^[A-Za-z\d+/]+={0,2}$/.test(base64) ? fromBase64(base64) : undefined;
  } catch {
    // It has the characters of base64 in a number that makes no bytes.
    return undefined;
  }
}

/** Of code without types, which may give anything. */
function bytesIn(key: unknown): Uint8Array<ArrayBuffer> | undefined {
  return ArrayBuffer.isView(key) ? Uint8Array.from(key as Uint8Array) : undefined;
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Bytes that are given to one call: more are too many arguments. */
const chunk = 0x2000;

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += chunk) {
    text += String.fromCharCode(...bytes.subarray(at, at + chunk));
  }
  return btoa(text);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
