import { z } from "zod";
import { currencySchema } from "@/server/money";

/** Default upload limit in bytes; GUTHABEN_IMPORT_MAX_BYTES changes it. */
export const DEFAULT_MAX_BYTES = 512 * 1024 * 1024;
/** Stored problems per import; more are counted only. */
export const MAX_ISSUES = 10_000;

export const IMPORT_KINDS = ["order_lines", "orders", "customers"] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];

const ORDER_FIELDS = ["order_id", "ordered_at"] as const;
const LINE_FIELDS = ["product_id", "product_title", "quantity", "unit_price"] as const;
const ORDER_MONEY = ["total", "tax", "shipping", "refunded", "currency", "status"] as const;
const PERSON = ["customer_id", "email", "full_name", "first_name", "last_name", "phone", "country", "region", "city", "locale"] as const;
const CONSENT = ["birth_date", "tags", "email_consent", "email_consent_at", "sms_consent", "added_at"] as const;

/** What a column may mean, per kind, in the order of the mapping form. */
export const FIELDS = {
  order_lines: [...ORDER_FIELDS, ...LINE_FIELDS, ...PERSON, ...ORDER_MONEY],
  orders: [...ORDER_FIELDS, ...ORDER_MONEY, ...PERSON],
  customers: [...PERSON, ...CONSENT],
} as const;
export type ImportField = (typeof FIELDS)[ImportKind][number];
export const ALL_FIELDS: readonly ImportField[] = [...new Set<ImportField>([...FIELDS.order_lines, ...FIELDS.customers])];

/** Every field of one group is needed; one of each inner list is enough. */
export const REQUIRED: Record<ImportKind, readonly (readonly ImportField[])[]> = {
  order_lines: [["order_id"], ["ordered_at"], ["quantity"], ["unit_price"]],
  orders: [["order_id"], ["ordered_at"], ["total"]],
  customers: [["customer_id", "email"]],
};

/** Meaning → name of the column. */
export const mappingSchema = z.partialRecord(z.enum(ALL_FIELDS as [ImportField, ...ImportField[]]), z.string().min(1).max(300));
export type ImportMapping = z.infer<typeof mappingSchema>;

const prefixSchema = z.string().max(5);

export const optionsSchema = z.object({
  timeZone: z.string().min(1).max(64),
  currency: currencySchema,
  decimalMark: z.enum([".", ","]),
  dateOrder: z.enum(["ymd", "dmy", "mdy", "epoch"]),
  /** An order number that is this prefix and digits is a cancellation: a refund, no order. Empty: no such rule. */
  cancellationPrefix: prefixSchema,
  /** The same for bookkeeping adjustments, which are counted in the report and kept nowhere else. */
  adjustmentPrefix: prefixSchema,
});
export type ImportOptions = z.infer<typeof optionsSchema>;

export const ENCODINGS = ["utf-8", "windows-1252", "utf-16le", "utf-16be"] as const;
export type Encoding = (typeof ENCODINGS)[number];
export const SEPARATORS = [",", ";", "\t", "|"] as const;
export type Separator = (typeof SEPARATORS)[number];

/** What the file itself tells. */
export const fileFormatSchema = z.object({
  gzip: z.boolean(),
  encoding: z.enum(ENCODINGS),
  bom: z.boolean(),
  separator: z.enum(SEPARATORS),
  /** Column names, made unique: "Name", "Name (2)". */
  columns: z.array(z.string()),
  /** Bytes after unpacking and decoding: what bytes_read counts up to. */
  decodedBytes: z.number(),
});
export type FileFormat = z.infer<typeof fileFormatSchema>;

export const previewSchema = fileFormatSchema.extend({
  /** The first records, cell by cell. */
  sample: z.array(z.array(z.string())),
});
export type ImportPreview = z.infer<typeof previewSchema>;

/** Counts of a finished import. Money is a decimal string of minor units. */
export const reportSchema = z.object({
  currency: currencySchema,
  /** Records of the file, the header not counted. */
  rows: z.number(),
  badRows: z.number(),
  errors: z.number(),
  warnings: z.number(),
  rowsWithCustomer: z.number(),
  customers: z.number(),
  customersNew: z.number(),
  customersChanged: z.number(),
  products: z.number(),
  productsNew: z.number(),
  /** Lines that count: no cancellation, price and quantity above zero, in orders of a customer. */
  countedLines: z.number(),
  countedOrders: z.number(),
  countedCustomers: z.number(),
  countedValue: z.string(),
  /** Lines and value of orders without a customer. */
  anonymousLines: z.number(),
  anonymousOrders: z.number(),
  anonymousValue: z.string(),
  /** Lines without value: price or quantity not above zero. */
  zeroLines: z.number(),
  cancellationLines: z.number(),
  cancellations: z.number(),
  cancelledValue: z.string(),
  adjustmentLines: z.number(),
  adjustments: z.number(),
  ordersNew: z.number(),
  ordersChanged: z.number(),
  ordersUnchanged: z.number(),
  /** Orders that another source (the shop's own connection) wrote: a file does not overwrite them. */
  ordersKept: z.number(),
  refundsNew: z.number(),
  refundsChanged: z.number(),
  seconds: z.number(),
});
export type ImportReport = z.infer<typeof reportSchema>;

/** Why a row is bad (error) or was changed on the way (warning). Keys of `imports.reasons`. */
export const ISSUE_REASONS = [
  "QUOTE",
  "TOO_LONG",
  "TOO_MANY_FIELDS",
  "TOO_FEW_COLUMNS",
  "TOO_MANY_COLUMNS",
  "MISSING",
  "NUMBER",
  "NUMBER_RANGE",
  "DATE",
  "IN_FUTURE",
  "CURRENCY",
  "EMAIL",
  "TEXT_TOO_LONG",
  "ENCODING",
  "COUNTRY_UNKNOWN",
  "STATUS_UNKNOWN",
  "CONSENT_UNPROVEN",
  "CONSENT_UNKNOWN",
] as const;
export type IssueReason = (typeof ISSUE_REASONS)[number];

/** Why a whole file is refused. Keys of `imports.refused`. */
export const REFUSALS = [
  "empty",
  "binary",
  "spreadsheet",
  "noHeader",
  "noRows",
  "tooLarge",
  "unpackedTooLarge",
  "brokenGzip",
  "missingFile",
] as const;
export type Refusal = (typeof REFUSALS)[number];
