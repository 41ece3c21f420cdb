import type { Generated, JSONColumnType } from "kysely";
import type { CreatedAt } from "./tenancy";

export type SegmentTables = {
  segment: {
    org_id: string;
    shop_id: string;
    id: Generated<string>;
    name: string;
    description: Generated<string>;
    query: string;
    /** Checked with `nodeSchema` on reading: a row is data, not a promise. */
    ast: JSONColumnType<object, string, string>;
    hash: string;
    version: Generated<number>;
    created_by: string | null;
    created_by_label: string;
    created_at: CreatedAt;
    updated_at: Generated<Date>;
    archived_at: Date | null;
  };
};
