import type { Migration } from "kysely";
import * as tenancy from "./0001_tenancy";

/** Forward-only, in this order. A static list, because a file scan does not survive bundling. */
export const migrations: Record<string, Migration> = {
  "0001_tenancy": tenancy,
};
