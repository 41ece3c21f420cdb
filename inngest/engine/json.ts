export type Json = string | number | boolean | null | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

export const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

/** RFC 8785 for parsed JSON: sorted keys, no white space. One text per value, whatever order its keys came in. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const parts: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member: Json | undefined = value[key];
    if (member !== undefined) parts.push(`${JSON.stringify(key)}:${canonical(member)}`);
  }
  return `{${parts.join(",")}}`;
}

/** Follows a dotted path; undefined when any part is missing. */
export function at(value: Json | undefined, path: readonly string[]): Json | undefined {
  let current: Json | undefined = value;
  for (const key of path) {
    if (!isObject(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The value when it is a UUID, else null. */
export const asUuid = (value: unknown): string | null => (typeof value === "string" && UUID.test(value) ? value : null);

/** PostgreSQL's jsonb has no NUL character, and losing it is better than losing the whole result. */
export const withoutNul = (text: string): string => (text.includes("\\u0000") ? text.replace(/(?<!\\)((?:\\\\)*)\\u0000/g, "$1") : text);

/** JSON text PostgreSQL can store. */
export const jsonText = (value: unknown): string => withoutNul(JSON.stringify(value) ?? "null");
