// `npm run reset-password -- <e-mail> [--second-factor]`: prints a link to choose a new password, for whoever runs this installation.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ensurePostgres } from "./postgres.mjs";
import { dataDirectory, ROOT } from "./settings.mjs";

const USAGE = `Usage: npm run reset-password -- <e-mail> [--second-factor]
  --second-factor   also take the second factor away (phone and recovery codes lost)`;

/** Where people open the app: APP_URL, or the address of the running one. */
function address(dataDir) {
  const file = join(dataDir, "run.json");
  const url = process.env.APP_URL || (existsSync(file) && JSON.parse(readFileSync(file, "utf8")).url);
  return url || `http://localhost:${process.env.PORT || 3000}`;
}

async function main(args) {
  const [email, ...rest] = args.filter((arg) => arg !== "--second-factor");
  if (!email || rest.length > 0 || email.startsWith("-")) throw new Error(USAGE);
  const embedded = !process.env.DATABASE_URL;
  const dataDir = dataDirectory(embedded);
  if (embedded && !existsSync(join(dataDir, "postgres.secret")))
    throw new Error(`there is no database in ${dataDir} yet. Run npm start first.`);
  const server = embedded ? await ensurePostgres({ dataDir }) : null;
  try {
    const flags = args.includes("--second-factor") ? ["--second-factor"] : [];
    const cli = [join(ROOT, "node_modules/tsx/dist/cli.mjs"), join(ROOT, "db/cli.ts"), "reset-link", email, ...flags];
    const env = { ...process.env, DATABASE_URL: server?.url ?? process.env.DATABASE_URL };
    const { token } = JSON.parse(execFileSync(process.execPath, cli, { cwd: ROOT, env, encoding: "utf8" }));
    if (token === null) throw new Error(`nobody has an account with the address ${email}.`);
    console.log(`A new password for ${email} is chosen here, once, within an hour:\n\n  ${address(dataDir)}/reset/${token}\n`);
  } finally {
    if (server?.started) await server.stop();
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
