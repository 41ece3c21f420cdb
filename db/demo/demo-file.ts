import { randomInt } from "node:crypto";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "@/server/env";

export type DemoLogin = { role: string; email: string; password: string };

/** What a script needs to drive this installation; for the owner's eyes only. `npm start` keeps the address current. */
export type DemoFile = { url: string; logins: DemoLogin[]; shopId: string; apiKey: string };

export function writeDemoFile(content: DemoFile): void {
  const path = join(env().GUTHABEN_DATA_DIR, "demo.json");
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/** Letters and digits that nobody confuses. */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";

/** A password of this installation: 77 bits, easy to read aloud and to type. */
export function makePassword(): string {
  const group = () => Array.from({ length: 4 }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
  return [group(), group(), group(), group()].join("-");
}
