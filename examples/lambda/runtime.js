// What Lambda's Node.js runtime does, as far as a handler can tell: it asks the Runtime API for one event after another.
// For the test: on Lambda there is a runtime already.
import { handler } from "./renew.js";

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const send = (path, body) =>
  fetch(`${api}/${path}`, { method: "POST", body: JSON.stringify(body) });

for (;;) {
  const next = await fetch(`${api}/invocation/next`);
  if (next.status === 410) process.exit();
  const id = next.headers.get("lambda-runtime-aws-request-id");
  const deadline = Number(next.headers.get("lambda-runtime-deadline-ms"));
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => deadline - Date.now() };
  try {
    await send(`invocation/${id}/response`, await handler(await next.json(), context));
  } catch ({ name, message, stack = "" }) {
    const error = { errorType: name, errorMessage: message, stackTrace: stack.split("\n") };
    await send(`invocation/${id}/error`, error);
  }
}
