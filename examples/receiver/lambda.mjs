import { createReceiver, toLambdaHandler } from "rcwh/receiver";

const say = (text) => process.stdout.write(`${text}\n`);
const receiver = createReceiver({
  verificationToken: process.env.VERIFICATION_TOKEN,
  on: { posts: ({ body }) => say(`post: ${body.text}`), "*": ({ event }) => say(event) },
  onRejected: (reason) => say(`dropped: ${reason}`),
});

export const handler = toLambdaHandler(receiver);
