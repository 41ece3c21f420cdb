import type { Migration } from "kysely";
import * as tenancy from "./0001_tenancy";
import * as segments from "./0003a_segments";

/** Forward-only, in this order. A static list, because a file scan does not survive bundling. */
export const migrations: Record<string, Migration> = {
  "0001_tenancy": tenancy,
  "0003a_segments": segments,
};
