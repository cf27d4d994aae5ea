import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createReceiver, toHonoHandler } from "rcwh/receiver";

const say = (text) => process.stdout.write(`${text}\n`);
const receiver = createReceiver({
  verificationToken: process.env.VERIFICATION_TOKEN,
  on: { posts: ({ body }) => say(`post: ${body.text}`), "*": ({ event }) => say(event) },
  onRejected: (reason) => say(`dropped: ${reason}`),
});

const app = new Hono().all("/webhook", toHonoHandler(receiver));
const port = Number(process.env.PORT ?? 8080);
serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, (address) =>
  say(`http://127.0.0.1:${address.port}/webhook`),
);
