import fastify from "fastify";
import { createReceiver, toFastifyPlugin } from "rcwh/receiver";

const say = (text) => process.stdout.write(`${text}\n`);
const receiver = createReceiver({
  verificationToken: process.env.VERIFICATION_TOKEN,
  on: { posts: ({ body }) => say(`post: ${body.text}`), "*": ({ event }) => say(event) },
  onRejected: (reason) => say(`dropped: ${reason}`),
});

const app = fastify();
app.register(toFastifyPlugin(receiver), { prefix: "/webhook" });
const url = await app.listen({ port: Number(process.env.PORT ?? 8080), host: "127.0.0.1" });
say(`${url}/webhook`);
