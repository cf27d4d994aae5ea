// At exit, sends the peak memory of this process in MB and its processor time in seconds to its parent.
process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  process.send({ megabytes: maxRSS / 1024, processor: (userCPUTime + systemCPUTime) / 1e6 });
});
process.channel.unref();
