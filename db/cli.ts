import { parseArgs } from "node:util";
import pg from "pg";
import { migrate } from "./migrate";
import { makeResetLink } from "./reset-link";

/**
 * The database's command line: `prepare [--test-clock] [--demo | --empty]` and `migrate [--test-clock]` for scripts/launch.mjs,
 * `reset-link <e-mail> [--second-factor]` for scripts/reset-password.mjs.
 * Lines that start with "> " are for people; the last line is a JSON answer.
 */
const tell = (text: string): void => console.log(`> ${text}`);

/** A comment on the schema says that a first fill is under way: a killed one is recognised and done again. */
const FILLING = "guthaben: first fill under way";

async function onDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const setMark = (url: string, text: string | null): Promise<unknown> =>
  onDatabase(url, (client) => client.query(`comment on schema public is ${text === null ? "null" : client.escapeLiteral(text)}`));

/** Empties a database whose first fill was cut off. Nobody has worked with it yet: the mark goes before the first login is printed. */
async function dropHalfFilled(url: string): Promise<void> {
  await onDatabase(url, async (client) => {
    const mark = await client.query<{ mark: string | null }>("select obj_description('public'::regnamespace, 'pg_namespace') as mark");
    if (mark.rows[0]?.mark !== FILLING) return;
    tell("The last first start was interrupted; the half-filled database is made anew.");
    const schemas = await client.query<{ name: string }>(
      "select quote_ident(nspname) as name from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'",
    );
    for (const { name } of schemas.rows) await client.query(`drop schema ${name} cascade`);
    await client.query("create schema public");
  });
}

const hasLogins = (url: string): Promise<boolean> =>
  onDatabase(url, async (client) => {
    const result = await client.query<{ found: boolean }>("select exists (select from app_user) as found");
    return result.rows[0]?.found === true;
  });

async function fill(kind: "demo" | "empty"): Promise<void> {
  if (kind === "empty") {
    const { loadEmpty } = await import("./demo/load-empty");
    return loadEmpty();
  }
  tell("Loading the demo shops (only the first time) …");
  const { loadDemo } = await import("./demo/load-demo");
  return loadDemo();
}

async function prepare(url: string, testClock: boolean, kind: "demo" | "empty" | null): Promise<"kept" | "new" | "none"> {
  await dropHalfFilled(url);
  await migrate(url, { testClock });
  if (await hasLogins(url)) return "kept";
  if (!kind) return "none";
  await setMark(url, FILLING);
  await fill(kind);
  await setMark(url, null);
  return "new";
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      "test-clock": { type: "boolean" },
      demo: { type: "boolean" },
      empty: { type: "boolean" },
      "second-factor": { type: "boolean" },
    },
  });
  const url = process.env.DATABASE_URL;
  if (!url) throw new Error("DATABASE_URL is not set");
  const testClock = values["test-clock"] === true;
  if (positionals[0] === "migrate") console.log(JSON.stringify({ applied: await migrate(url, { testClock }) }));
  else if (positionals[0] === "prepare")
    console.log(JSON.stringify({ logins: await prepare(url, testClock, values.empty ? "empty" : values.demo ? "demo" : null) }));
  else if (positionals[0] === "reset-link" && positionals[1])
    console.log(
      JSON.stringify(await onDatabase(url, (client) => makeResetLink(client, positionals[1] ?? "", values["second-factor"] === true))),
    );
  else throw new Error("usage: db/cli.ts migrate|prepare [--test-clock] [--demo | --empty]");
}

main().then(
  () => process.exit(0), // pools of the app's own verbs may still be open
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
