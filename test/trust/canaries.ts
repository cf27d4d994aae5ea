/** Secrets that no text contains by chance. */
export const canaries = {
  clientSecret: "aX3+fQ9/Tz=Lw7~m5Vd&cS",
  /** The emulator knows the user by it. */
  jwt: "user-98765",
  verificationToken: "q7Zp2~Vx9Lm4!Rt6Yw1",
  recordedToken: "Kd83-Hs5q_Nb0w2Jx7Ge",
  urlSecret: "uR4k8Wc1Zy6Bn3",
  proxyPassword: "pP9v2Hd7Mk4Xs",
  ping: "0f9c1d7e-53ab-4c2e-9b61-77d0aa3e8c55",
} as const;

/** The eight consecutive characters of a secret that a text has, however they are written there. */
export function findCanary(
  printed: string,
  secrets: readonly string[] = Object.values(canaries),
): string | undefined {
  const texts = readings(printed).map((text) => text.toLowerCase());
  for (const secret of secrets) {
    const spelled = secret.toLowerCase();
    for (let at = 0; at + 8 <= spelled.length; at++) {
      const part = spelled.slice(at, at + 8);
      if (texts.some((text) => text.includes(part))) return part;
    }
  }
  return undefined;
}

/** What somebody can read in a text. */
function readings(text: string): readonly string[] {
  const unescaped = text
    .replace(/\\u([\da-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\\(.)/g, "$1");
  const fromUrl = text
    .replaceAll("+", " ")
    .replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const fromHtml = text
    .replace(/&#x([\da-f]+);/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/&#(\d+);/g, (_, number: string) => String.fromCharCode(Number(number)))
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
  const runs = [text, unescaped, fromUrl].flatMap((each) => each.match(/[\w+/-]{12,}/g) ?? []);
  const decoded = runs.flatMap((run) =>
    [0, 1, 2, 3].map((start) => Buffer.from(run.slice(start), "base64").toString("latin1")),
  );
  return [text, unescaped, fromUrl, fromHtml, decoded.join("\n")];
}

/** Ways in which a server may write what it heard. */
export const writings: Readonly<Record<string, (heard: string) => string>> = {
  "as it is": (heard) => heard,
  "percent-encoded": encodeURIComponent,
  "percent-encoded in lower case": (heard) =>
    encodeURIComponent(heard).replace(/%../g, (hex) => hex.toLowerCase()),
  "as a form": (heard) => new URLSearchParams({ "": heard }).toString().slice(1),
  "in JSON": (heard) => JSON.stringify(heard).replaceAll("/", "\\/"),
  "in JSON within HTML": (heard) =>
    JSON.stringify(heard).replace(
      /[&<>']/g,
      (each) => `\\u00${each.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
  "in HTML": (heard) =>
    heard
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replaceAll("/", "&#x2F;")
      .replaceAll("=", "&#x3D;"),
  "in base64": (heard) => Buffer.from(heard).toString("base64"),
  "in base64 after a word": (heard) => Buffer.from(`got: ${heard}`).toString("base64url"),
  "in upper case": (heard) => heard.toUpperCase(),
  "cut in the middle": (heard) => `${heard.slice(0, Math.ceil(heard.length * 0.6))}...`,
};
