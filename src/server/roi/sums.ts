import { sql } from "kysely";

/** Sums of a product over the rows where it is not zero: most people of a campaign buy nothing, and numeric arithmetic is slow. */
export const sumOf = (a: string, b?: string) => {
  const [x, y] = [sql.ref(a), sql.ref(b ?? a)];
  return b === undefined
    ? sql`coalesce(sum(${x}), 0)::text`
    : sql`coalesce(sum(${x}::numeric * ${y}) filter (where ${x} <> 0 and ${y} <> 0), 0)::text`;
};
