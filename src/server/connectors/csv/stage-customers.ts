import { type Columns, hasTooMany } from "./columns";
import { CopyBuffer } from "./copy-buffer";
import type { DateReader } from "./parse-values";
import type { Problems } from "./problems";
import type { ImportField, IssueReason } from "./schema";
import type { RecordSink, RecordSplitter } from "./split-records";
import { PERSON_COLUMNS, PersonReader, writePerson } from "./stage-person";

const BATCH_BYTES = 1024 * 1024;

export const STAGE_PERSON = `stage_customer (no, ${PERSON_COLUMNS}, at, birth_date, tags, email_consent, email_consent_at, sms_consent, added_at)`;

/** Separates tags in the staging column; cannot occur in a cell that people typed. */
const TAG_SEPARATOR = "\u001f";

const CONSENT: Record<string, string> = {
  subscribed: "SUBSCRIBED",
  yes: "SUBSCRIBED",
  ja: "SUBSCRIBED",
  true: "SUBSCRIBED",
  wahr: "SUBSCRIBED",
  "1": "SUBSCRIBED",
  not_subscribed: "NOT_SUBSCRIBED",
  "not subscribed": "NOT_SUBSCRIBED",
  no: "NOT_SUBSCRIBED",
  nein: "NOT_SUBSCRIBED",
  false: "NOT_SUBSCRIBED",
  falsch: "NOT_SUBSCRIBED",
  "0": "NOT_SUBSCRIBED",
  pending: "PENDING",
  unconfirmed: "PENDING",
  unbestätigt: "PENDING",
  unsubscribed: "UNSUBSCRIBED",
  abgemeldet: "UNSUBSCRIBED",
  invalid: "INVALID",
  redacted: "REDACTED",
};

export const consentOf = (text: string): string | null => CONSENT[text.toLowerCase()] ?? null;

/** Turns records of a customer file into rows of stage_customer. */
export class CustomerStager implements RecordSink {
  rows = 0;
  badRows = 0;
  rowsWithCustomer = 0;
  people = new CopyBuffer();
  private next = 1;
  private readonly person: PersonReader;

  constructor(
    private readonly columns: Columns,
    private readonly header: readonly string[],
    private readonly dates: DateReader,
    private readonly problems: Problems,
    private readonly now: Date,
  ) {
    this.person = new PersonReader(columns, header, problems);
  }

  get full(): boolean {
    return this.people.bytes >= BATCH_BYTES;
  }

  /** Whether `takeBatch` has something to hand over. */
  get waiting(): boolean {
    return this.people.rows > 0;
  }

  takeBatch(): CopyBuffer {
    const { people } = this;
    this.people = new CopyBuffer();
    return people;
  }

  record(record: RecordSplitter): boolean {
    this.rows++;
    if (record.bad) this.reject(record, null, record.bad, null);
    else if (hasTooMany(record, this.header)) this.reject(record, null, "TOO_MANY_COLUMNS", String(record.fields));
    else this.read(record);
    return !this.full;
  }

  private read(record: RecordSplitter): void {
    const person = this.person.read(record);
    if (!person) {
      this.reject(record, this.columns.customer_id >= 0 ? "customer_id" : "email", "MISSING", "");
      return;
    }
    this.rowsWithCustomer++;
    const rows = this.people;
    const consent = this.consent(record, "email_consent");
    const at = this.consentDate(record);
    if (consent === "SUBSCRIBED" && at === null)
      this.warn(record, "email_consent", "CONSENT_UNPROVEN", record.text(this.columns.email_consent));
    rows.row(19);
    rows.int4(this.next++);
    writePerson(rows, person);
    rows.null();
    rows.text(this.birthDate(record));
    rows.text(this.tags(record));
    rows.text(consent);
    rows.timestamp(at);
    rows.text(this.consent(record, "sms_consent"));
    rows.timestamp(this.date(record, "added_at"));
  }

  private consent(record: RecordSplitter, field: ImportField): string | null {
    const text = record.text(this.columns[field]);
    if (text === "") return null;
    const state = consentOf(text);
    if (state === null) this.warn(record, field, "CONSENT_UNKNOWN", text);
    return state;
  }

  private date(record: RecordSplitter, field: ImportField): number | null {
    const text = record.text(this.columns[field]);
    if (text === "") return null;
    const at = this.dates.instant(text);
    if (at === null) this.warn(record, field, "DATE", text);
    return at;
  }

  /** A consent that was given later than now would outlive every withdrawal. */
  private consentDate(record: RecordSplitter): number | null {
    const at = this.date(record, "email_consent_at");
    if (at === null || at <= this.now.getTime()) return at;
    this.warn(record, "email_consent_at", "IN_FUTURE", record.text(this.columns.email_consent_at));
    return null;
  }

  private birthDate(record: RecordSplitter): string | null {
    const text = record.text(this.columns.birth_date);
    if (text === "") return null;
    const date = this.dates.date(text);
    if (date === null) this.warn(record, "birth_date", "DATE", text);
    return date;
  }

  private tags(record: RecordSplitter): string | null {
    const text = record.text(this.columns.tags);
    if (text === "") return null;
    const tags = text.split(/[,;|]/).flatMap((tag) => tag.trim().slice(0, 100) || []);
    return [...new Set(tags)].slice(0, 250).join(TAG_SEPARATOR);
  }

  private reject(record: RecordSplitter, field: ImportField | null, reason: IssueReason, value: string | null): void {
    this.badRows++;
    const column = field === null ? null : (this.header[this.columns[field]] ?? field);
    this.problems.add({ line: record.line, level: "error", column, reason, value, raw: record.raw() });
  }

  private warn(record: RecordSplitter, field: ImportField, reason: IssueReason, value: string): void {
    const column = this.header[this.columns[field]] ?? null;
    this.problems.add({ line: record.line, level: "warning", column, reason, value, raw: record.raw() });
  }
}
