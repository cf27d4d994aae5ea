import type { GatewayContext } from "./admission.ts";
import type { Connection } from "./connection.ts";
import { type ClientFrame, errorFrame, malformed, parseFrame, type Refusal } from "./frames.ts";
import { type Answer, readAnswer, toFrame, toRequest } from "./requests.ts";
import type { GatewaySession } from "./sessions.ts";

/** A connection with its session. */
export interface Conversation extends GatewayContext {
  readonly answer: Answer;
  /** The emulator's address as the client calls it. */
  readonly origin: string;
  readonly session: GatewaySession;
  readonly connection: Connection;
  /** How many of its requests are in progress. */
  readonly load: { active: number };
}

/** Handles one frame of the client; undefined for a binary one. */
export async function receive(text: string | undefined, conversation: Conversation): Promise<void> {
  const { backend, connection } = conversation;
  const refuse = (refusal: Refusal, messageId = backend.createId()) =>
    connection.send(errorFrame(refusal, messageId, backend.createId()));

  const frame = text === undefined ? undefined : parseFrame(text);
  if (!frame)
    return refuse(malformed("The frame is not a JSON array of a type, a messageId and a body"));
  const { type, messageId } = frame;
  if (type === "Heartbeat") {
    const headers = { RCRequestId: backend.createId() };
    return connection.send([{ type, messageId, status: 200, headers }]);
  }
  if (type !== "ClientRequest") return refuse(malformed("Unknown type of frame"), messageId);
  if (conversation.load.active >= backend.settings.webSocketRequestLimit) {
    return refuse({ status: 429, code: "WSG-429", message: "Too many active requests" }, messageId);
  }
  if (frame.body === null) return refuse(nullBody, messageId);
  const request = toRequest(frame, conversation.session, conversation.origin, backend);
  if (!request) return refuse(malformed("This request cannot be made here"), messageId);
  await carry(request, frame, conversation);
}

const nullBody: Refusal = {
  status: 400,
  code: "WSG-808",
  message: "The body of a request cannot be null",
};

async function carry(
  request: Request,
  { messageId }: ClientFrame,
  { answer, session, sessions, connection, load }: Conversation,
): Promise<void> {
  load.active += 1;
  try {
    const response = await answer(request, session.id);
    // A call may have created or deleted a subscription.
    sessions.scheduleRenewal(session);
    const read = await readAnswer(response);
    // Without a complete answer the connection breaks, as it would over HTTP.
    if (!read) connection.cut();
    else if (connection.isOpen) connection.send(toFrame(read, messageId));
  } catch {
    connection.cut();
  } finally {
    load.active -= 1;
  }
}
