import { createReceiver } from "rcwh/receiver";

// biome-ignore lint/suspicious/noConsole: a Worker has no other output.
const say = (text) => console.log(text);
let receiver;

// biome-ignore lint/style/noDefaultExport: what Workers is looking for.
export default {
  fetch(request, env, context) {
    receiver ??= createReceiver({
      verificationToken: env.VERIFICATION_TOKEN,
      on: { posts: ({ body }) => say(`post: ${body.text}`), "*": ({ event }) => say(event) },
      onRejected: (reason) => say(`dropped: ${reason}`),
    });
    return receiver(request, context);
  },
};
