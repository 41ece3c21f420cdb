import type { ImportField, ImportMapping } from "./schema";

/** Column number per field, -1 when the field is not mapped. */
export type Columns = Record<ImportField, number>;

const NONE: Columns = {
  order_id: -1,
  ordered_at: -1,
  product_id: -1,
  product_title: -1,
  quantity: -1,
  unit_price: -1,
  customer_id: -1,
  email: -1,
  full_name: -1,
  first_name: -1,
  last_name: -1,
  phone: -1,
  country: -1,
  region: -1,
  city: -1,
  locale: -1,
  total: -1,
  tax: -1,
  shipping: -1,
  refunded: -1,
  currency: -1,
  status: -1,
  birth_date: -1,
  tags: -1,
  email_consent: -1,
  email_consent_at: -1,
  sms_consent: -1,
  added_at: -1,
};

/** Resolves a mapping against the header. A field whose column is not in the file stays unmapped; the caller checks what is required. */
export function resolveColumns(mapping: ImportMapping, header: readonly string[]): Columns {
  const columns: Columns = { ...NONE };
  for (const [field, name] of Object.entries(mapping) as [ImportField, string | undefined][]) {
    if (name !== undefined) columns[field] = header.indexOf(name);
  }
  return columns;
}

/** A header with unique names, the way the preview shows it: empty names get their position, repeated ones a number. */
export function uniqueColumns(header: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return header.map((name, index) => {
    const base = name.trim().slice(0, 200) || `#${index + 1}`;
    const count = (seen.get(base) ?? 0) + 1;
    seen.set(base, count);
    return count === 1 ? base : `${base} (${count})`;
  });
}

/**
 * Whether a record has more cells than the header names: a separator within an unquoted value, which moves all that follows into other
 * columns. Empty ones at the end are spreadsheets' habit and mean nothing.
 */
export function hasTooMany(record: { fields: number; text(field: number): string }, header: readonly string[]): boolean {
  for (let field = header.length; field < record.fields; field++) if (record.text(field) !== "") return true;
  return false;
}
