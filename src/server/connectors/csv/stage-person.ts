import { countryCode } from "@/server/customers/country-code";
import { emailKey } from "@/server/customers/email-key";
import type { Columns } from "./columns";
import type { CopyBuffer } from "./copy-buffer";
import type { Problems } from "./problems";
import type { ImportField } from "./schema";
import type { RecordSplitter } from "./split-records";

/** What a record says about a person. `ref` is the shop's own id, or `email:<key>` where the file has only an address. */
export type Person = {
  ref: string;
  byEmail: boolean;
  email: string | null;
  emailKey: string | null;
  firstName: string | null;
  lastName: string | null;
  phone: string | null;
  country: string | null;
  region: string | null;
  city: string | null;
  locale: string | null;
};

const LIMITS: Partial<Record<ImportField, number>> = { first_name: 200, last_name: 200, phone: 50, region: 100, city: 200, locale: 35 };

/** The columns of stage_customer that a person fills, and in this order. */
export const PERSON_COLUMNS = "ref, by_email, email, email_key, first_name, last_name, phone, country, region, city, locale";

export function writePerson(rows: CopyBuffer, person: Person): void {
  rows.text(person.ref);
  rows.bool(person.byEmail);
  rows.text(person.email);
  rows.text(person.emailKey);
  rows.text(person.firstName);
  rows.text(person.lastName);
  rows.text(person.phone);
  rows.text(person.country);
  rows.text(person.region);
  rows.text(person.city);
  rows.text(person.locale);
}

export class PersonReader {
  private readonly columns: Columns;
  private readonly header: readonly string[];
  private readonly problems: Problems;

  constructor(columns: Columns, header: readonly string[], problems: Problems) {
    this.columns = columns;
    this.header = header;
    this.problems = problems;
  }

  /** Reads the person of a record; null when it names nobody. Problems are warnings: the rest of the record is still good. */
  read(record: RecordSplitter): Person | null {
    const { columns } = this;
    const id = spreadsheetId(record.text(columns.customer_id));
    const address = record.text(columns.email);
    const key = address === "" ? null : emailKey(address);
    if (address !== "" && key === null) this.warn(record, "email", "EMAIL", address);
    if (id.length > 200) {
      this.warn(record, "customer_id", "TEXT_TOO_LONG", id);
      return null;
    }
    if (id === "" && key === null) return null;
    const { firstName, lastName } = this.name(record);
    return {
      ref: id === "" ? `email:${key}` : id,
      byEmail: id === "",
      email: key === null ? null : address.normalize("NFC"),
      emailKey: key,
      firstName,
      lastName,
      phone: this.short(record, "phone"),
      country: this.country(record),
      region: this.short(record, "region"),
      city: this.short(record, "city"),
      locale: this.short(record, "locale"),
    };
  }

  private name(record: RecordSplitter): { firstName: string | null; lastName: string | null } {
    const firstName = this.short(record, "first_name");
    const lastName = this.short(record, "last_name");
    const full = record.text(this.columns.full_name).replace(/\s+/g, " ");
    if (firstName !== null || lastName !== null || full === "") return { firstName, lastName };
    // "Nachname, Vorname" or "Vorname Nachname": the last word is the family name.
    const comma = full.indexOf(",");
    const cut = comma > 0 ? comma : full.lastIndexOf(" ");
    const parts =
      comma > 0 ? [full.slice(comma + 1).trim(), full.slice(0, comma)] : cut > 0 ? [full.slice(0, cut), full.slice(cut + 1)] : ["", full];
    return { firstName: parts[0]?.slice(0, 200) || null, lastName: parts[1]?.slice(0, 200) || null };
  }

  private country(record: RecordSplitter): string | null {
    const text = record.text(this.columns.country);
    if (text === "") return null;
    const code = countryCode(text);
    if (code === null) this.warn(record, "country", "COUNTRY_UNKNOWN", text);
    return code;
  }

  private short(record: RecordSplitter, field: ImportField): string | null {
    const text = record.text(this.columns[field]);
    if (text === "") return null;
    if (text.length <= (LIMITS[field] ?? 200)) return text;
    this.warn(record, field, "TEXT_TOO_LONG", text);
    return null;
  }

  private warn(record: RecordSplitter, field: ImportField, reason: "EMAIL" | "TEXT_TOO_LONG" | "COUNTRY_UNKNOWN", value: string): void {
    const column = this.header[this.columns[field]] ?? null;
    this.problems.add({ line: record.line, level: "warning", column, reason, value, raw: record.raw() });
  }
}

/** `17850.0` is how spreadsheets and data frames write the id 17850; a leading apostrophe is how spreadsheets and Shopify protect one. */
export function spreadsheetId(text: string): string {
  const id = text.startsWith("'") ? text.slice(1) : text;
  return /^\d+\.0$/.test(id) ? id.slice(0, -2) : id;
}
