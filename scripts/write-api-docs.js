// Writes docs/api/<library>.md from the doc comments of a library: `npm run api-docs`.
import { join } from "node:path";
import { Application } from "typedoc";
import { MarkdownPageEvent } from "typedoc-plugin-markdown";
import { load as addUnexportedTypes } from "typedoc-plugin-missing-exports";

const root = join(import.meta.dirname, "..");
const libraries = {
  receiver: "src/receiver/receiver.ts",
  emulator: "src/emulator/server/start-emulator.ts",
  client: "src/client/client.ts",
};

const [, , name] = process.argv;
const app = await Application.bootstrapWithPlugins({
  name: `rcwh/${name}`,
  entryPoints: [join(root, libraries[name])],
  tsconfig: join(root, "scripts/tsconfig.api-docs.json"),
  // The compiler has checked them already.
  skipErrorChecking: true,
  excludeExternals: true,
  excludePrivate: true,
  disableSources: true,
  readme: "none",
  logLevel: "Warn",
  treatWarningsAsErrors: true,
  plugin: ["typedoc-plugin-markdown", addUnexportedTypes],
  placeInternalsInOwningModule: true,
  groupOrder: ["Functions", "Variables", "Interfaces", "Type Aliases"],
  outputs: [{ name: "markdown", path: join(root, "docs/api") }],
  router: "module",
  entryFileName: name,
  cleanOutputDir: false,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  typeDeclarationFormat: "table",
  propertyMembersFormat: "table",
  tableColumnSettings: {
    hideModifiers: true,
    hideInherited: true,
    hideOverrides: true,
    hideDefaults: true,
  },
});
// The anchors of properties serve no link.
app.renderer.on(MarkdownPageEvent.END, (page) => {
  page.contents = page.contents?.replaceAll(/<a id="property-[^"]*"><\/a> /g, "");
});
const project = await app.convert();
if (!project) process.exit(1);
await app.generateOutputs(project);
