import type { Codes } from "./explanation.ts";

/** The platform's handshake, done from here. */
export const tryHandshake = "`rcwh check <url>` shows what it answers";

/** The codes of an endpoint that fails the handshake. */
export const handshakeCodes: Codes = {
  "SUB-520": {
    status: 400,
    meaning: "The endpoint did not return the Validation-Token header that it was sent.",
    causes: [
      "The program behind the address does not know the handshake.",
      "A proxy or a framework in front of it drops headers that it does not know.",
      "The token came back in the body, or changed.",
    ],
    remedies: [
      `Make the endpoint copy the Validation-Token request header to its answer; ${tryHandshake}.`,
    ],
  },
  "SUB-521": {
    status: 400,
    meaning: "The endpoint could not be reached from the internet within three seconds.",
    causes: [
      "The host's name does not resolve, or the address is one of a private network.",
      "A firewall refuses RingCentral. No list of the addresses that it calls from is published.",
      "The answer takes too long: a function that has to wake up first is the usual case.",
      "The emulator refuses addresses off this machine with it, unless told otherwise.",
    ],
    remedies: [
      `See that the name resolves, that the firewall lets RingCentral in, and that the answer takes less than 3 s; ${tryHandshake}.`,
      "Wake up a serverless endpoint with a GET request right before `rcwh create`.",
    ],
    open: "It was reported for a missing Validation-Token, too. Older editions of the guide say one second.",
  },
  "SUB-522": {
    status: 400,
    meaning: "The endpoint answered with another status than 200.",
    causes: [
      "The path is wrong, or takes GET requests only.",
      "A login page, a redirect or a check of signatures stands in front of it.",
      "The body is empty and declared as JSON, which strict parsers refuse with 400.",
    ],
    remedies: [
      `Make the endpoint answer the handshake with exactly 200, without a redirect or a login; ${tryHandshake}.`,
    ],
    open: "The guide asks for 200; whether another 2xx or a redirect passes is not documented.",
  },
  "SUB-523": {
    status: 400,
    meaning: "The endpoint's address is not https.",
    causes: ["The address begins with http://, which only the emulator accepts, and on loopback."],
    remedies: ["Serve the endpoint over https, and give that address with `--url`."],
  },
  "SUB-524": {
    status: 400,
    meaning:
      "The endpoint's certificate has expired, has another name, or comes without its chain.",
    causes: [
      "The server sends its own certificate alone, without the intermediate ones. Browsers often forgive that.",
      "The certificate is self-signed, or of a private authority.",
      "The name in the address is not one of those in the certificate.",
    ],
    remedies: [
      "Install a certificate of a public authority for this name, with its intermediate ones; `rcwh check <url>` shows what is served.",
    ],
  },
  "SUB-525": {
    status: 400,
    meaning:
      "The endpoint's answer is over 1024 bytes with its headers, or is not declared as JSON.",
    causes: [
      "The answer has no Content-Type: application/json; it has to, even without a body.",
      "Status line, headers and body come to more than 1024 bytes: security headers and cookies of a framework are enough for that.",
    ],
    remedies: [
      `Answer with \`Content-Type: application/json\`, no body and few headers, at most 1024 bytes in all; ${tryHandshake}.`,
    ],
  },
};
