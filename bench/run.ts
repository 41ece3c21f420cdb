import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Bench, Measure } from "./measure";

/** Every other file of this folder with an exported `run` is a measurement; its name is the file's. */
const OWN = new Set(["run.ts", "measure.ts"]);

/** Set in a process that runs one measurement. */
const APART = "GUTHABEN_BENCH_APART";

const isBench = (value: unknown): value is Bench => typeof value === "function";

async function load(name: string): Promise<Bench | null> {
  const module: Record<string, unknown> = await import(pathToFileURL(join(import.meta.dirname, `${name}.ts`)).href);
  return isBench(module.run) ? module.run : null;
}

const number = (value: number): string =>
  value.toLocaleString("en", { maximumFractionDigits: value >= 100 ? 0 : value >= 10 ? 1 : 3, useGrouping: false });

function verdict({ value, limit }: Measure): string {
  if (!limit) return "";
  const holds = limit.at === "most" ? value <= limit.value : value >= limit.value;
  return `${holds ? "ok" : "MISSED"}  (at ${limit.at} ${number(limit.value)})`;
}

function print(measures: readonly Measure[]): void {
  const rows = measures.map((m) => [m.name, `${number(m.value)} ${m.unit}`, verdict(m), m.note ?? ""] as const);
  const width = (column: 0 | 1 | 2) => Math.max(...rows.map((row) => row[column].length));
  for (const row of rows)
    console.log(`${row[0].padEnd(width(0))}  ${row[1].padStart(width(1))}  ${row[2].padEnd(width(2))}  ${row[3]}`.trimEnd());
}

const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !OWN.has(file))
  .map((file) => file.slice(0, -3))
  .sort();
// Flags such as --customers=1000000 are read by the measurements themselves.
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`No such measurement: ${unknown.join(", ")}. There are: ${known.join(", ")}`);
  process.exit(1);
}

if (!process.env[APART])
  console.log(
    `Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GB\n`,
  );
/** Each in a process of its own: address of the database and memory are a process's. */
function runApart(name: string): boolean {
  const flags = process.argv.slice(2).filter((argument) => argument.startsWith("--"));
  const { status } = spawnSync(process.execPath, [...process.execArgv, import.meta.filename, name, ...flags], {
    stdio: "inherit",
    env: { ...process.env, [APART]: "1" },
  });
  return status === 0;
}

async function runHere(name: string): Promise<boolean> {
  const run = await load(name);
  if (!run) return true;
  console.log(`${name}:`);
  try {
    print(await run());
    console.log("");
    return true;
  } catch (error) {
    console.error(error);
    return false;
  }
}

let broken = 0;
for (const name of wanted.length > 0 ? wanted : known) if (!(process.env[APART] ? await runHere(name) : runApart(name))) broken++;
process.exit(broken > 0 ? 1 : 0);
