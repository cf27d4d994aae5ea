import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { handler } from "./lambda.mjs";

/** Serves lambda.mjs on this machine, as a function URL does in AWS. */
const server = createServer(async (request, response) => {
  const { pathname, search } = new URL(request.url, "http://localhost");
  const { statusCode, headers, body } = await handler({
    version: "2.0",
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: request.headers,
    requestContext: { http: { method: request.method, path: pathname }, stage: "$default" },
    body: Buffer.from(await text(request)).toString("base64"),
    isBase64Encoded: true,
  });
  response.writeHead(statusCode, headers).end(body);
});
server.listen(process.env.PORT ?? 8080, "127.0.0.1", () =>
  process.stdout.write(`http://127.0.0.1:${server.address().port}/webhook\n`),
);
