// Writes to the file that LOADED names, at the end, which files of dist a process has read and which modules of Node it has
// loaded.
const fs = require("node:fs");

const files = {};
const { readFileSync } = fs;
fs.readFileSync = (path, ...options) => {
  const content = readFileSync(path, ...options);
  const [, name] = /[\\/]dist[\\/]([^\\/]+)$/.exec(String(path)) ?? [];
  if (name) files[name] = Buffer.byteLength(content);
  return content;
};
process.on("exit", () => {
  const modules = process.moduleLoadList.flatMap((line) => {
    const [, name] = /^NativeModule (?!internal\/)(.*)/.exec(line) ?? [];
    return name ? [name] : [];
  });
  fs.writeFileSync(process.env.LOADED, JSON.stringify({ files, modules }));
});
