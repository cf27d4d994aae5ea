// Tells its parent, at the end, how much memory this process took at most, in MB, and how much processor time, in seconds.
process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  process.send({ megabytes: maxRSS / 1024, processor: (userCPUTime + systemCPUTime) / 1e6 });
});
process.channel.unref();
