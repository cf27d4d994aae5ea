import express from "express";
import { createReceiver, toExpressHandler } from "rcwh/receiver";

const say = (text) => process.stdout.write(`${text}\n`);
const receiver = createReceiver({
  verificationToken: process.env.VERIFICATION_TOKEN,
  on: { posts: ({ body }) => say(`post: ${body.text}`), "*": ({ event }) => say(event) },
  onRejected: (reason) => say(`dropped: ${reason}`),
});

const app = express();
app.all("/webhook", toExpressHandler(receiver));
const server = app.listen(process.env.PORT ?? 8080, "127.0.0.1", () =>
  say(`http://127.0.0.1:${server.address().port}/webhook`),
);
