/** JSON as audit entries and signatures hold it: bigint travels as a decimal string, dates as ISO 8601 UTC. */
export type Json = string | number | boolean | null | undefined | bigint | Date | readonly Json[] | { readonly [key: string]: Json };

/**
 * One text per value: keys sorted by code unit, no white space, undefined members left out (RFC 8785 for the values we allow).
 * Non-finite numbers are refused, because JSON would silently turn them into null.
 */
export function canonicalJson(value: Json): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "bigint") return `"${value}"`;
  if (value instanceof Date) return JSON.stringify(value.toISOString());
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError("canonical JSON has no non-finite numbers");
  if (typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(",")}}`;
}

const isList = (value: object): value is readonly Json[] => Array.isArray(value);
