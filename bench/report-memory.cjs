// Sends the memory of this process to its parent on request, in MB.
process.on("message", () => {
  globalThis.gc();
  const { rss, heapUsed } = process.memoryUsage();
  process.send({ rss: rss / 2 ** 20, heapUsed: heapUsed / 2 ** 20 });
});
process.channel.unref();
