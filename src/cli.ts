import { main } from "./main.ts";
import { runAsProcess } from "./runtime.ts";

runAsProcess(main);
