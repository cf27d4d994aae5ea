/** Messages that may come without their code, the more specific ones first. */
const messages: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/You are not signed in/i, "NOT_SIGNED_IN"],
  [/WebHook is not reachable/i, "SUB-521"],
  [/WebHook responds with incorrect HTTP status/i, "SUB-522"],
  [/WebHook server response is invalid/i, "SUB-525"],
  [/Validation Token is not returned/i, "SUB-520"],
  [/HTTPS is required/i, "SUB-523"],
  [/HTTPS certificate is not valid/i, "SUB-524"],
  [/Subscriptions limit exceeded/i, "SUB-505"],
  [/Subscription with key \[[^[\]]*\] was expired/i, "SUB-507"],
  [/Invalid event filters/i, "SUB-508"],
  [/only reminder filter is not allowed/i, "SUB-515"],
  [/application permission is required for \[\w+\] transport/i, "SUB-528"],
  [/Extension permission \[\w+\] is missing/i, "SUB-412"],
  [/Presence feature is disabled/i, "SUB-402"],
  [/User disallowed to monitor/i, "SUB-403"],
  [/User disallowed this subscriber to pick up/i, "SUB-404"],
  [/Not allowed subscribe for messages to other extensions/i, "SUB-405"],
  [/Not allowed subscribe for events to extensions of other account/i, "SUB-406"],
  [/Not allowed subscribe for unknown user/i, "SUB-408"],
  [/application needs to have \[\w+\] permission/i, "CMN-401"],
  [/user needs to have \[\w+\] permission on /i, "CMN-419"],
  [/user needs to have \[\w+\] permission/i, "CMN-408"],
  [/Parameter \[[\w.]+\] value is invalid/i, "CMN-101"],
  [/Resource for parameter \[[\w.]+\] is not found/i, "CMN-102"],
  [/Request rate exceeded/i, "CMN-301"],
  [/Unknown application\. Rate limits undefined/i, "CMN-302"],
  [/Can ?not resolve API plan/i, "CMN-303"],
  [/Unsupported grant type/i, "OAU-250"],
  [/Invalid client credentials/i, "OAU-146"],
  [/Invalid resource owner credentials/i, "OAU-140"],
  [/Access token expired/i, "OAU-128"],
  [
    /\bE(?:CONNREFUSED|CONNRESET|NOTFOUND|AI_AGAIN|HOSTUNREACH|NETUNREACH|PIPE|TIMEDOUT)\b/,
    "NETWORK",
  ],
  [/\b(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_HAS_EXPIRED)\b/, "CERTIFICATE"],
  [/\b(?:UNABLE_TO_VERIFY_LEAF_SIGNATURE|ERR_TLS_CERT_ALTNAME_INVALID)\b/, "CERTIFICATE"],
];

/** The code of a known message; undefined for any other. */
export function codeOfMessage(text: string): string | undefined {
  const known = messages.find(([pattern]) => pattern.test(text));
  if (known) return known[1];
  const status = /\bHTTP(?:\/\d(?:\.\d)?)?[ _]+(\d{3})\b/i.exec(text)?.[1];
  return status === undefined ? undefined : `HTTP_${status}`;
}
