import { callEndpoint } from "../../endpoint/call-endpoint.ts";
import { endpointHeaders } from "../../endpoint/delivery-headers.ts";
import type { EndpointAnswer, EndpointFailure } from "../../endpoint/endpoint-call.ts";
import { isJsonType } from "../../endpoint/http-exchange.ts";
import { maximumAnswerBytes } from "../../endpoint/limits.ts";
import type { Backend } from "../backend.ts";
import { apiProblem, type Problem } from "../problems.ts";

export interface Handshake {
  readonly address: string;
  readonly verificationToken?: string | undefined;
}

/**
 * Makes the validation handshake with an address, which must return the token. Throws the Problem, SUB-520 to SUB-525,
 * of the first rule that it breaks. Returns what is worth a note although the endpoint passes.
 */
export async function shakeHands(
  { address, verificationToken }: Handshake,
  { settings, createId, lookup }: Pick<Backend, "settings" | "createId" | "lookup">,
): Promise<string | undefined> {
  const validationToken = createId();
  const outcome = await callEndpoint({
    address,
    body: "",
    headers: {
      ...endpointHeaders(address, verificationToken),
      "Content-Type": "application/json",
      "Content-Length": "0",
      "Validation-Token": validationToken,
    },
    deadline: settings.endpointDeadline,
    lookup,
    allowRemote: settings.allowRemoteDeliveries,
    certificateAuthorities: settings.certificateAuthorities,
  });
  const problem = outcome.kind === "failure" ? failed(outcome) : answered(outcome, validationToken);
  if (problem) throw problem;
  if (outcome.kind === "failure" || isJsonType(outcome.headers["content-type"])) return undefined;
  if (settings.handshakeContentType === "json") {
    throw refused("SUB-525", "WebHook server response is invalid: no JSON content type");
  }
  return "SUB-525: the endpoint answered the handshake without Content-Type: application/json";
}

function failed({ reason, detail, status }: EndpointFailure): Problem {
  switch (reason) {
    case "plain-http":
      return refused("SUB-523", "HTTPS is required");
    case "tls":
      return refused("SUB-524", `HTTPS certificate is not valid: ${detail}`);
    case "too-large":
      if (status !== undefined && status !== 200) return wrongStatus(status);
      return refused(
        "SUB-525",
        `WebHook server response is invalid: more than ${maximumAnswerBytes} bytes`,
      );
    case "garbled":
      return refused("SUB-525", `WebHook server response is invalid: ${detail}`);
    case "remote":
      return refused(
        "SUB-521",
        `WebHook is not reachable: the emulator calls only this machine, and ${detail} is not. ` +
          "One that runs as a server with allowRemoteDeliveries (rcwh emulator --allow-remote) calls others",
      );
    default:
      return refused("SUB-521", `WebHook is not reachable: ${detail}`);
  }
}

function answered(answer: EndpointAnswer, validationToken: string): Problem | undefined {
  const { status, headers } = answer;
  if (status !== 200) return wrongStatus(status);
  if (headers["validation-token"] !== validationToken) {
    return refused("SUB-520", "Validation Token is not returned");
  }
  return undefined;
}

function wrongStatus(status: number): Problem {
  const message = `WebHook responds with incorrect HTTP status. HTTP status is ${status}`;
  return refused("SUB-522", message);
}

function refused(code: string, message: string): Problem {
  return apiProblem(400, code, message, { parameterName: "deliveryMode.address" });
}
