import { startBackground } from "./background";

// Run by testing-kills.ts as a process of its own, to be killed at any moment: dispatcher and engine with the app's functions, without pages.
await startBackground({ backoffFactor: Number(process.argv[2] ?? 1) });
process.send?.("ready");
