// Tells its parent how much memory this process holds, in MB, whenever it is asked.
process.on("message", () => {
  globalThis.gc();
  const { rss, heapUsed } = process.memoryUsage();
  process.send({ rss: rss / 2 ** 20, heapUsed: heapUsed / 2 ** 20 });
});
process.channel.unref();
