import { createHash, timingSafeEqual } from "node:crypto";
import { readText } from "../emulator/body.ts";

export interface ReceiverOptions {
  /** When set, deliveries that do not carry it are reported and dropped. */
  readonly verificationToken?: string;
  /** A delivery was answered and dropped; the reason is a sentence without its full stop. */
  readonly onRejected: (reason: string) => void;
  readonly onEvent: (event: unknown, delivery: ReceivedDelivery) => void;
  /** The platform has asked whether this is a webhook that wants events. */
  readonly onHandshake?: () => void;
  /** Bytes; a body larger than this is dropped. 1 MiB unless given. */
  readonly maximumBytes?: number;
}

/** A delivery as it came, to forward or to record. */
interface ReceivedDelivery {
  readonly headers: Headers;
  readonly body: string;
}

/**
 * Answers RingCentral's deliveries: first the validation handshake, then one event per POST. A POST is
 * answered 200 whatever it holds, because any other answer counts towards a blacklisting.
 */
export function createReceiver(options: ReceiverOptions): (request: Request) => Promise<Response> {
  const { verificationToken, onRejected, onHandshake } = options;
  return async (request) => {
    if (request.method !== "POST") return answer(405, { Allow: "POST" });

    const challenge = request.headers.get("validation-token");
    if (challenge) {
      onHandshake?.();
      return answer(200, { "Validation-Token": challenge });
    }

    const token = request.headers.get("verification-token") ?? "";
    if (verificationToken !== undefined && !same(token, verificationToken)) {
      onRejected("The verification token does not match");
    } else {
      await receive(request, options);
    }
    return answer(200);
  };
}

// Far above any event that RingCentral documents.
const defaultMaximumBytes = 1024 * 1024;

async function receive(
  request: Request,
  { onEvent, onRejected, maximumBytes = defaultMaximumBytes }: ReceiverOptions,
): Promise<void> {
  const body = await readText(request, maximumBytes).catch(() => "");
  if (body === undefined) return onRejected(`The body is larger than ${maximumBytes} bytes`);

  let event: unknown;
  try {
    event = JSON.parse(body);
  } catch {
    return onRejected("The body is not JSON");
  }
  try {
    onEvent(event, { headers: request.headers, body });
  } catch (error) {
    onRejected(`The event could not be handled: ${String(error)}`);
  }
}

/** The digests have one length, so that comparing them tells nothing of the secret's. */
function same(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** The platform wants a JSON content type, also where there is no body. */
function answer(status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, {
    status,
    headers: { "Content-Type": "application/json", ...headers },
  });
}
