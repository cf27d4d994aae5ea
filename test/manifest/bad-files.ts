/** A manifest that is wrong. */
export interface BadFile {
  readonly title: string;
  /** With a `‸` before each problem, in the order of the file. */
  readonly text: string;
  /** A part of what is said about each. */
  readonly said: readonly (string | RegExp)[];
}

/** A webhook's keys, indented as under its name. */
const whole = "url: https://example.com/hook\n    filters: [sms]";

function webhook(keys: string): string {
  return `version: 1\nwebhooks:\n  orders:\n    ${keys}\n`;
}

function bad(title: string, text: string, ...said: readonly (string | RegExp)[]): BadFile {
  return { title, text, said };
}

/** A whole webhook with one more key, which is wrong. */
function badKey(title: string, key: string, ...said: readonly (string | RegExp)[]): BadFile {
  return bad(title, webhook(`${whole}\n    ${key}`), ...said);
}

/** What `readManifest` refuses. The variables A, EMPTY and TOKEN are set; TOKEN cannot be sent. */
export const badFiles: readonly BadFile[] = [
  bad("nothing", "‸", "The file is empty."),
  bad("comments alone", "‸# nothing yet\n", "The file is empty."),
  bad("a list", "‸- version: 1\n", "must have keys with values"),
  bad("a word", "‸webhooks\n", "must have keys with values"),
  bad("no version", "‸webhooks: {}\n", "The file has no version. Add version: 1"),
  bad("no webhooks", "# none\n‸version: 1\n", "The file has no webhooks. Add webhooks: {}"),
  bad("another version", "version: ‸2\nwebhoks: []\n", "version 2, and this rcwh reads version 1"),
  bad(
    "a version in quotes",
    'version: ‸"1"\nwebhooks: {}\n',
    "version must be the number 1, without quotes.",
  ),
  bad("webhooks without a value", "version: 1\n‸webhooks:\n", "webhooks has no value"),
  bad("webhooks as a list", "version: 1\nwebhooks:\n  ‸- url: x\n", "keys with values, not a list"),
  bad(
    "an unknown key",
    "version: 1\nwebhooks: {}\n‸profil: a\n",
    '"profil". Did you mean profile?',
  ),
  bad(
    "a key that resembles nothing",
    "version: 1\nwebhooks: {}\n‸zzz: a\n",
    'Unknown key "zzz". Use version, name, profile, webhooks or schemaVersion.',
  ),
  bad(
    "a key given twice",
    "version: 1\nwebhooks: {}\n‸version: 1\n",
    "given twice: first on line 1",
  ),
  bad(
    "a number as profile",
    "version: 1\nprofile: ‸2024\nwebhooks: {}\n",
    "must be a string, not a number. Write it like production.",
  ),
  bad("an empty profile", 'version: 1\nprofile: ‸""\nwebhooks: {}\n', "profile is empty"),
  bad(
    "a name with a space",
    "version: 1\nname: ‸my hooks\nwebhooks: {}\n",
    "name is not a valid name",
  ),
  bad(
    "a webhook's name with a space",
    "version: 1\nwebhooks:\n  ‸my hook: {}\n",
    'Invalid name "my hook" in webhooks',
  ),
  bad("an inherited name", "version: 1\nwebhooks:\n  ‸__proto__: {}\n", 'Invalid name "__proto__"'),
  bad("a list as a name", "version: 1\nwebhooks:\n  ? ‸[a]\n  : {}\n", "Invalid key in webhooks."),
  bad(
    "two webhooks of one name",
    `${webhook(whole)}  ‸orders:\n    url: https://example.com/other\n    filters: [fax]\n`,
    "webhooks.orders is given twice: first on line 3.",
  ),
  bad(
    "a webhook without a value",
    "version: 1\nwebhooks:\n  ‸orders:\n",
    "webhooks.orders has no value",
  ),
  bad(
    "a webhook that is a URL",
    "version: 1\nwebhooks:\n  orders: ‸https://example.com\n",
    "at least url and filters, not a string",
  ),
  bad(
    "neither URL nor filters",
    "version: 1\nwebhooks:\n  ‸orders: {}\n",
    "has no url. Add url:",
    "has no filters. Add filters: [sms, voicemail]",
  ),
  bad(
    "a misspelled key",
    webhook("url: https://example.com/hook\n    ‸fliters: [sms]"),
    '"fliters" in webhooks.orders. Did you mean filters?',
  ),
  badKey("a flag's spelling", "‸expires-in: 7d", "Did you mean expiresIn?"),
  bad("an empty URL", webhook('url: ‸""\n    filters: [sms]'), "webhooks.orders.url is empty"),
  bad(
    "a URL without a scheme",
    webhook("url: ‸example.com/hook\n    filters: [sms]"),
    'Invalid URL "example.com/hook". Use a full URL, such as https://example.com/hook.',
  ),
  bad(
    "an http URL",
    webhook("url: ‸http://example.com/hook\n    filters: [sms]"),
    "RingCentral delivers only to https",
  ),
  bad(
    "loopback",
    webhook("url: ‸http://127.0.0.1:8080/hook\n    filters: [sms]"),
    "only this machine can",
  ),
  bad(
    "an incoming webhook",
    webhook("url: ‸https://hooks.ringcentral.com/x\n    filters: [sms]"),
    "for incoming webhooks",
  ),
  bad("a fragment", webhook("url: ‸https://example.com/#a\n    filters: [sms]"), "has a fragment"),
  bad(
    "a list of URLs",
    webhook("url: ‸[https://example.com]\n    filters: [sms]"),
    "url must be a string, not a list",
  ),
  bad(
    "no filter",
    webhook("url: https://example.com/hook\n    filters: ‸[]"),
    "webhooks.orders.filters is empty",
  ),
  bad(
    "filters as keys",
    webhook("url: https://example.com/hook\n    filters:\n      ‸sms: true"),
    "filters must be a string or a list, not keys with values",
  ),
  bad(
    "a number as a filter",
    webhook("url: https://example.com/hook\n    filters: [sms, ‸7]"),
    "webhooks.orders.filters[1] must be a string",
  ),
  bad(
    "three wrong filters",
    webhook(
      "url: https://example.com/hook\n    filters:\n      - ‸voicemial\n      - sms\n      - ‸a2p-sms/batch\n      - ‸account/~/extension/~/message-store?messageType=SMS",
    ),
    'Unknown event filter "voicemial". Try voicemail',
    /a2p/,
    /messageType/,
  ),
  bad(
    "one of several in a string",
    webhook("url: https://example.com/hook\n    filters: ‸sms,faxx"),
    'Unknown event filter "faxx"',
  ),
  bad(
    "a placeholder",
    webhook("url: https://example.com/hook\n    filters: [‸a2p-batch]"),
    /has no value for/,
  ),
  bad(
    "an unknown filter",
    webhook("url: https://example.com/hook\n    filters: [‸account/~/nothing]"),
    "allowUnknownFilter: true",
  ),
  bad(
    "two APIs",
    webhook(
      "url: https://example.com/hook\n    filters: ‸[sms, /webinar/company/~/sessions]\n    allowUnknownFilter: true",
    ),
    "cannot combine",
  ),
  bad(
    "a reminder alone",
    webhook("url: https://example.com/hook\n    filters: ‸[reminder:1d/1h]"),
    "cannot be a subscription's only filter",
  ),
  badKey("a lifetime without a unit", 'expiresIn: ‸"30"', "add a unit, for example 30d"),
  badKey(
    "a lifetime as a number",
    "expiresIn: ‸30",
    "expiresIn must be a string, not a number. Write it like 10y.",
  ),
  badKey(
    "a word as a lifetime",
    "expiresIn: ‸forever",
    'Invalid expiresIn value "forever": must be a duration',
  ),
  badKey("too long a lifetime", "expiresIn: ‸11y", "RingCentral's maximum is 10 y"),
  badKey("a time that has passed", "expiresIn: ‸2020-01-01T00:00:00Z", "must be in the future"),
  badKey(
    "a key without a value",
    "‸expiresIn:",
    "expiresIn has no value: it must be a string. Write it like 10y.",
  ),
  badKey("no reminder", "remind: ‸soon", 'Invalid reminder "soon"'),
  badKey(
    "a reminder longer than the default lifetime",
    "remind: ‸5d",
    "needs a lifetime of at least 10 d, but it is 7 d. Choose a shorter reminder, or a longer expiresIn.",
  ),
  badKey(
    "a reminder longer than the lifetime",
    "expiresIn: 2d\n    remind: ‸3d/12h",
    "needs a lifetime of at least 6 d, but it is 2 d",
  ),
  badKey(
    "an interval that is too long",
    "expiresIn: 10y\n    remind: ‸2d/2d",
    "interval must be at most half",
  ),
  badKey(
    "a token that cannot be sent",
    "verificationToken: ‸two words",
    "cannot be sent as an HTTP header",
  ),
  badKey(
    "a token's variable that is not set",
    "verificationToken: { env: ‸NOWHERE }",
    "The variable NOWHERE is not set.",
  ),
  badKey(
    "a token's variable with a value that cannot be sent",
    "verificationToken: { env: ‸TOKEN }",
    "cannot be sent",
  ),
  badKey(
    "a token's variable without a name",
    'verificationToken: { env: ‸"my token" }',
    "env is not a valid name. Write it like ORDERS_TOKEN.",
  ),
  badKey(
    "a token's variable that is not set",
    "verificationToken: { env: ‸NOT_SET }",
    "The variable NOT_SET is not set. Set it to the verification token.",
  ),
  badKey(
    "a token's file that does not exist",
    "verificationToken: { file: ‸nowhere.token }",
    "cannot read",
  ),
  badKey(
    "a token from nowhere",
    "verificationToken: ‸{}",
    "must have one of env, file or generate",
  ),
  badKey(
    "a token from two places",
    "verificationToken: ‸{ generate: true, env: A }",
    "must have one of",
  ),
  badKey(
    "a token that is not generated",
    "verificationToken: { generate: ‸false }",
    "generate must be true",
  ),
  badKey(
    "an unknown place of a token",
    "verificationToken: { ‸enviroment: A }",
    /Unknown key "enviroment" in webhooks.orders.verificationToken/,
  ),
  badKey(
    "a list as a token",
    "verificationToken: ‸[a]",
    "must be a string, or one of { env }, { file } or { generate }, not a list",
  ),
  badKey("no extension", "extensions: ‸[]", "extensions is empty"),
  badKey(
    "an extension that is nobody's",
    "extensions: [101, ‸everyone]",
    '"everyone" does not select extensions. Use all,',
  ),
  badKey("extensions with commas", "extensions: ‸101,102", "Write a list: [101,102]."),
  badKey(
    "an extension with a zero first",
    "extensions: ‸0101",
    "is the number 101. Write 101, or put it in quotes.",
  ),
  {
    title: "extensions of a filter that is about none",
    text: `version: 1
webhooks:
  orders:
    url: https://example.com/hook
    filters: ‸[sms, posts]
    extensions: all
`,
    said: ["/team-messaging/v1/posts is about no extension"],
  },
  {
    title: "a reminder that leaves no room for an extension",
    text: `version: 1
webhooks:
  orders:
    url: https://example.com/hook
    filters: ‸[sms]
    remind: 2d
    extensions: all
    filtersPerSubscription: 1
`,
    said: ["has no room for an extension next to its reminder"],
  },
  badKey(
    "no filter for a subscription",
    "filtersPerSubscription: ‸0",
    "must be a whole number from 1 to 999999",
  ),
  badKey(
    "no filter for a subscription of several extensions",
    "remind: 2d\n    extensions: all\n    filtersPerSubscription: ‸0",
    "must be a whole number from 1 to 999999",
  ),
  badKey(
    "filters for several extensions without any",
    "filtersPerSubscription: ‸50",
    "filtersPerSubscription needs extensions.",
  ),
  badKey(
    "extensions that are none",
    "extensions: ‸true\n    filtersPerSubscription: 50",
    "extensions must be",
  ),
  badKey("half a filter", "filtersPerSubscription: ‸1.5", "not a fraction"),
  badKey("a word for yes", "allowUnknownFilter: ‸yes", "must be true or false, not a string"),
  bad(
    "an unset variable",
    webhook("url: https://‸${NOWHERE}/hook\n    filters: [sms]"),
    "The variable NOWHERE is not set. Set it, add --var NOWHERE=…",
  ),
  bad(
    "an empty variable",
    webhook("url: ‸${EMPTY}/hook\n    filters: [sms]"),
    "The variable EMPTY is not set.",
  ),
  bad(
    "a variable of the credentials",
    webhook("url: https://example.com/‸${RCWH_JWT:-x}\n    filters: [sms]"),
    "The variable RCWH_JWT is reserved for credentials.",
  ),
  bad(
    "a variable without an end",
    webhook('url: "https://‸${A"\n    filters: [sms]'),
    "has no closing brace",
  ),
  bad(
    "a variable without a name",
    webhook("url: https://‸${1}\n    filters: [sms]"),
    "name of a variable is not valid",
  ),
  bad(
    "a variable inside another",
    webhook("url: ‸${B:-${A}}\n    filters: [sms]"),
    "cannot have another one in its default",
  ),
  bad(
    "a variable that is not quoted",
    webhook("url: https://example.com\n    filters: [$‸{A}]"),
    'not quoted. Write "${NAME}" there.',
  ),
  bad(
    "the same webhook twice",
    `${webhook("url: https://example.com/hook\n    filters: [sms, posts]")}  ‸again:\n    url: https://EXAMPLE.com:443/hook\n    filters: glip/posts,sms\n`,
    "webhooks.again has the URL and the filters of webhooks.orders (line 3).",
  ),
  bad(
    "a merge key",
    `version: 1\nwebhooks:\n  a: &a\n    ${whole}\n  b:\n    ‸<<: *a\n`,
    "Merge keys (<<) are not supported",
  ),
  bad(
    "an alias of nothing",
    webhook("url: https://example.com\n    filters: ‸*common"),
    "Nothing before this has the anchor &common",
  ),
  bad(
    "a tab",
    webhook("‸\turl: https://example.com").replace("    ‸", "‸"),
    "A tab is used as indentation",
  ),
  bad(
    "two documents",
    `‸---\n${webhook(whole)}`.replace("‸", `${webhook(whole)}‸`),
    "A second document begins here",
  ),
  bad("a tag", webhook("url: ‸!secret hook\n    filters: [sms]"), "Tags are not supported"),
  bad(
    "a token that begins like a block, and is not shown",
    webhook("url: x\n    filters: [sms]\n    verificationToken: >‸s3cret"),
    /^(?!.*s3cret).*extra characters\. $/,
  ),
  bad("an open quote", webhook('url: ‸"https://example.com\n'), "in quotes has no end"),
  bad(
    "a key without a colon",
    webhook("‸url https://example.com\n    filters: [sms]"),
    "has no colon after its key",
  ),
  bad("a value with a colon", webhook("url: ‸a: b\n    filters: [sms]"), "another colon"),
  bad(
    "a value that begins with @",
    webhook("url: ‸@home\n    filters: [sms]"),
    "Put the value in quotes",
  ),
  bad(
    "other indentation",
    webhook("url: https://example.com\n‸   filters: [sms]"),
    "not valid YAML",
  ),
  bad("UTF-16", "‸\uFFFD\uFFFDv\0e\0r\0", "in UTF-16. Save the file as UTF-8."),
  bad(
    "Latin-1",
    webhook("url: https://example.com/caf‸\uFFFD\n    filters: [sms]"),
    "not valid UTF-8",
  ),
  bad("a program", "\x7fELF‸\0\x01\x02", "NUL byte"),
  bad(
    "brackets without end",
    `a: ${"[".repeat(199)}‸[[[`,
    "nested too deeply here. A file of webhooks has six levels.",
  ),
];
