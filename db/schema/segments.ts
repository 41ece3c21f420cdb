import type { Generated, JSONColumnType } from "kysely";
import type { CreatedAt } from "./tenancy";

export type SegmentTables = {
  segment: {
    org_id: string;
    shop_id: string;
    id: Generated<string>;
    name: string;
    description: Generated<string>;
    tags: Generated<string[]>;
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
  /** Definitions of the entries of customer.custom. */
  customer_attribute: {
    org_id: string;
    shop_id: string;
    key: string;
    name: string;
    type: string;
    description: Generated<string>;
    created_by_label: string;
    created_at: CreatedAt;
  };
  /** One row per product and customer who bought it; days since 1970-01-01 in the shop's zone. */
  product_buyer: {
    org_id: string;
    shop_id: string;
    product_id: string;
    customer_id: string;
    first_day: number;
    last_day: number;
    orders: number;
    quantity: bigint;
  };
  segment_day: {
    org_id: string;
    shop_id: string;
    segment_id: string;
    day: string;
    members: number;
    joined: number | null;
    departed: number | null;
    hash: string;
    counted_at: Date;
  };
  segment_roll: { org_id: string; shop_id: string; segment_id: string; part: number; hash: string; members: string[] };
  segment_snapshot: {
    org_id: string;
    shop_id: string;
    id: Generated<string>;
    segment_id: string;
    name: string;
    query: string;
    hash: string;
    time_zone: string;
    currency: string;
    taken_at: Date;
    members: number;
    created_by_label: string;
  };
  segment_snapshot_part: { org_id: string; shop_id: string; snapshot_id: string; no: number; members: string[] };
};
