import { readFileSync } from "node:fs";
import { join } from "node:path";

export type Role = "owner" | "admin" | "marketer" | "analyst" | "support" | "finance" | "agency" | "client";
type Demo = { url: string; logins: { role: Role; email: string; password: string }[]; shopId: string; apiKey: string };

let cached: Demo | undefined;

/** What the start wrote down for scripts: logins of every role, the demo shop, an API key with all scopes. */
export function demo(): Demo {
  cached ??= JSON.parse(readFileSync(join(process.env.GUTHABEN_DATA_DIR ?? ".guthaben-e2e", "demo.json"), "utf8")) as Demo;
  return cached;
}

export function loginOf(role: Role): { email: string; password: string } {
  const login = demo().logins.find((entry) => entry.role === role);
  if (!login) throw new Error(`demo.json has no login for ${role}`);
  return login;
}
