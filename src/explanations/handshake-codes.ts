import { tryHandshake } from "./check-hint.ts";
import { type Codes, withStatus } from "./explanation.ts";

/** Codes for an endpoint that fails the handshake. */
export const handshakeCodes: Codes = {
  "SUB-520": withStatus(400, {
    meaning: "The endpoint did not return the Validation-Token header it was sent.",
    causes: [
      "The app does not implement the handshake.",
      "A proxy or framework in front of it drops unknown headers.",
      "The token was returned in the body, or changed.",
    ],
    remedies: `Make the endpoint copy the Validation-Token request header to its response; ${tryHandshake}.`,
  }),
  "SUB-521": withStatus(400, {
    meaning: "The endpoint could not be reached from the internet within three seconds.",
    causes: [
      "The host name does not resolve, or its address is private.",
      "A firewall blocks RingCentral, which publishes no list of its source addresses.",
      "The answer takes too long, often because a serverless function starts up first.",
      "The emulator answers this for addresses off this machine, unless set otherwise.",
    ],
    remedies: [
      `Make sure that the name resolves, the firewall admits RingCentral, and the answer takes less than 3 s; ${tryHandshake}.`,
      "Wake up a serverless endpoint with a GET request right before `rcwh create`.",
    ],
    open: "It was also reported for a missing Validation-Token. Older editions of the guide say one second.",
  }),
  "SUB-522": withStatus(400, {
    meaning: "The endpoint answered with a status other than 200.",
    causes: [
      "The path is wrong, or takes GET requests only.",
      "A login page, a redirect or a signature check is in front of it.",
      "The handshake's body is empty but declared as JSON, which strict parsers reject with 400.",
    ],
    remedies: `Make the endpoint answer the handshake with exactly 200, without a redirect or a login; ${tryHandshake}.`,
    open: "The guide asks for 200; whether another 2xx or a redirect passes is not documented.",
  }),
  "SUB-523": withStatus(400, {
    meaning: "The endpoint's address is not https.",
    causes: "The URL begins with http://, which only the emulator accepts, on loopback.",
    remedies: "Serve the endpoint over https, and give that URL with `--url`.",
  }),
  "SUB-524": withStatus(400, {
    meaning: "The endpoint's certificate has expired, is for another name, or lacks its chain.",
    causes: [
      "The server sends its certificate without the intermediate ones. Browsers often tolerate that.",
      "The certificate is self-signed, or from a private authority.",
      "The certificate does not include the name in the URL.",
    ],
    remedies:
      "Install a certificate from a public authority for this name, with its intermediate certificates; `rcwh check <url>` shows what is served.",
  }),
  "SUB-525": withStatus(400, {
    meaning:
      "The endpoint's response exceeds 1024 bytes, headers included, is not HTTP, or perhaps is not declared as JSON.",
    causes: [
      "Status line, headers and body exceed 1024 bytes; a framework's security headers and cookies can be enough.",
      "The response has no Content-Type: application/json, which RingCentral's troubleshooting note requires even without a body.",
    ],
    remedies: `Answer with \`Content-Type: application/json\`, no body and few headers, at most 1024 bytes in total; ${tryHandshake}.`,
    open: "Whether RingCentral enforces the content type is not known: its guide does not number it among the requirements, and most of its own samples send none.",
  }),
};
