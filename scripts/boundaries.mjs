// Checks the direction rules (.dependency-cruiser.cjs) and the rules about the text of a file (source-rules.mjs).
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { transform } from "esbuild";
import { sourceViolations } from "./source-rules.mjs";

const ROOT = resolve(import.meta.dirname, "..");
const FOLDERS = ["src", "inngest", "db"];
const CODE = /\.tsx?$/;

function* codeBelow(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* codeBelow(path);
    else if (CODE.test(entry.name) && !entry.name.endsWith(".d.ts")) yield path;
  }
}

/** Every source file of the tree by its path from the root, with `/` as separator. */
export function readSources(root = ROOT) {
  const sources = new Map();
  for (const folder of FOLDERS) {
    if (!existsSync(join(root, folder))) continue;
    for (const path of codeBelow(join(root, folder))) sources.set(relative(root, path).replaceAll("\\", "/"), readFileSync(path, "utf8"));
  }
  return sources;
}

/** Runs dependency-cruiser over a copy without types: it cannot parse with TypeScript 7, and only what runs counts. */
async function cruise(sources) {
  const copy = mkdtempSync(join(tmpdir(), "guthaben-boundaries-"));
  try {
    for (const name of ["package.json", ".dependency-cruiser.cjs"]) writeFileSync(join(copy, name), readFileSync(join(ROOT, name)));
    // The resolver also looks for bare names beside tsconfig.json and would take the package "inngest" for our folder of that name.
    const tsconfig = JSON.parse(readFileSync(join(ROOT, "tsconfig.json"), "utf8"));
    tsconfig.compilerOptions.paths.inngest = ["./node_modules/inngest/index.js"];
    writeFileSync(join(copy, "tsconfig.json"), JSON.stringify(tsconfig));
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"), "junction");
    for (const name of ["public", "scripts"]) if (existsSync(join(ROOT, name))) symlinkSync(join(ROOT, name), join(copy, name), "junction");
    await Promise.all(
      [...sources].map(async ([path, text]) => {
        const { code } = await transform(text, {
          loader: path.endsWith("x") ? "tsx" : "ts",
          jsx: "automatic",
          format: "esm",
          target: "es2022",
          tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
        });
        mkdirSync(join(copy, dirname(path)), { recursive: true });
        writeFileSync(join(copy, path), code);
      }),
    );
    // JSON and CSS that sources import must exist beside them.
    linkAssets(copy);
    return parse(await run(copy));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function linkAssets(copy) {
  const walk = (dir) => {
    for (const entry of readdirSync(join(ROOT, dir), { withFileTypes: true })) {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (!CODE.test(entry.name)) {
        mkdirSync(join(copy, dir), { recursive: true });
        symlinkSync(join(ROOT, path), join(copy, path));
      }
    }
  };
  for (const folder of FOLDERS) if (existsSync(join(ROOT, folder))) walk(folder);
}

function run(copy) {
  const bin = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const folders = FOLDERS.filter((folder) => existsSync(join(copy, folder)));
  const child = spawn(process.execPath, [bin, "--config", ".dependency-cruiser.cjs", "--output-type", "json", ...folders], { cwd: copy });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (err += chunk));
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", () => (out.startsWith("{") ? done(out) : fail(new Error(`dependency-cruiser: ${err || out}`))));
  });
}

function parse(json) {
  const { summary, modules } = JSON.parse(json);
  const violations = summary.violations.map(({ rule, from, to, cycle }) => ({
    rule: rule.name,
    from,
    to: cycle ? cycle.map((step) => step.name ?? step).join(" → ") : to,
  }));
  return { violations, modules: modules.length };
}

/**
 * All violations of a set of sources.
 * @param {Map<string, string>} [sources] text by path; default: the checkout
 * @returns {Promise<{ violations: { rule: string, from: string, to: string }[], modules: number }>}
 */
export async function checkBoundaries(sources = readSources()) {
  const { violations, modules } = await cruise(sources);
  return { violations: [...violations, ...sourceViolations(sources)], modules };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { violations, modules } = await checkBoundaries();
  for (const { rule, from, to } of violations) console.log(`${rule}: ${from} → ${to}`);
  console.log(`${violations.length} violations in ${modules} modules`);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
