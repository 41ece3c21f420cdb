import type { Database } from "@db/schema";
import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from "kysely";
import { emailKey } from "./email-key";

type Filter = ExpressionBuilder<Database & { c: Database["customer"] }, "c">;
const MOST_WORDS = 5;

/** Everything that begins with `prefix`, as a range: comparisons use an index under row-level security, LIKE does not. */
function startsWith(eb: Filter, column: "c.first_key" | "c.last_key" | "c.email_key" | "c.external_id", prefix: string) {
  return eb.and([eb(column, ">=", prefix), eb(column, "<", `${prefix}\u{10ffff}`)]);
}

/** Customers `c` of whom each word begins a first name, last name, address or id. */
export function searchFilter(eb: Filter, search: string): ExpressionWrapper<Database & { c: Database["customer"] }, "c", SqlBool> {
  const words = search.split(/\s+/).filter(Boolean).slice(0, MOST_WORDS);
  return eb.and(
    words.map((word) => {
      const lower = word.normalize("NFC").toLowerCase();
      return eb.or([
        startsWith(eb, "c.last_key", lower),
        startsWith(eb, "c.first_key", lower),
        startsWith(eb, "c.email_key", emailKey(word) ?? lower),
        startsWith(eb, "c.external_id", word),
      ]);
    }),
  );
}
