/**
 * The DATEV format „Buchungsstapel“: header version 700, format version 13. One header line, one line of column names, one line per
 * booking; semicolons, texts in quotation marks, decimal comma, CR LF, Windows-1252 (encoded by the caller). Pure.
 */

const numbered = (from: number, to: number, names: (n: number) => string[]): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => names(from + index)).flat();

/** The columns of format version 13, in their fixed order. */
export const DATEV_COLUMNS: readonly string[] = [
  ...["Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basis-Umsatz", "WKZ Basis-Umsatz", "Konto"],
  ...["Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum", "Belegfeld 1", "Belegfeld 2", "Skonto", "Buchungstext"],
  ...["Postensperre", "Diverse Adressnummer", "Geschäftspartnerbank", "Sachverhalt", "Zinssperre", "Beleglink"],
  ...numbered(1, 8, (n) => [`Beleginfo - Art ${n}`, `Beleginfo - Inhalt ${n}`]),
  ...["KOST1 - Kostenstelle", "KOST2 - Kostenstelle", "Kost-Menge", "EU-Land u. UStID (Bestimmung)", "EU-Steuersatz (Bestimmung)"],
  ...["Abw. Versteuerungsart", "Sachverhalt L+L", "Funktionsergänzung L+L", "BU 49 Hauptfunktionstyp", "BU 49 Hauptfunktionsnummer"],
  "BU 49 Funktionsergänzung",
  ...numbered(1, 20, (n) => [`Zusatzinformation - Art ${n}`, `Zusatzinformation- Inhalt ${n}`]),
  ...["Stück", "Gewicht", "Zahlweise", "Forderungsart", "Veranlagungsjahr", "Zugeordnete Fälligkeit", "Skontotyp", "Auftragsnummer"],
  ...["Buchungstyp", "USt-Schlüssel (Anzahlungen)", "EU-Land (Anzahlungen)", "Sachverhalt L+L (Anzahlungen)"],
  ...["EU-Steuersatz (Anzahlungen)", "Erlöskonto (Anzahlungen)", "Herkunft-Kz", "Buchungs GUID", "KOST-Datum", "SEPA-Mandatsreferenz"],
  ...["Skontosperre", "Gesellschaftername", "Beteiligtennummer", "Identifikationsnummer", "Zeichnernummer", "Postensperre bis"],
  ...["Bezeichnung SoBil-Sachverhalt", "Kennzeichen SoBil-Buchung", "Festschreibung", "Leistungsdatum", "Datum Zuord. Steuerperiode"],
  ...["Fälligkeit", "Generalumkehr (GU)", "Steuersatz", "Land", "Abrechnungsreferenz", "BVV-Position"],
  ...["EU-Land u. UStID (Ursprung)", "EU-Steuersatz (Ursprung)", "Abw. Skontokonto"],
];

/** The largest amount one line can carry: ten digits before the comma. */
const MAX_CENTS = 999_999_999_999n;

export type DatevHeader = {
  /** `YYYYMMDDHHMMSSFFF`, local time. */
  createdAt: string;
  consultant: string;
  client: string;
  /** `YYYYMMDD`. */
  fiscalYearStart: string;
  accountLength: number;
  /** `YYYY-MM-DD`, both included, in one fiscal year. */
  from: string;
  to: string;
  /** At most 30 characters. */
  title: string;
  currency: string;
};

export type DatevBooking = { cents: bigint; debit: string; credit: string; day: string; reference: string; text: string };

/** A text field: in quotation marks, doubled inside, without control characters, cut to what the field holds. */
export const datevText = (text: string, max: number): string =>
  `"${text
    .replace(/\p{Cc}+/gu, " ")
    .slice(0, max)
    .replaceAll('"', '""')}"`;

const compact = (day: string): string => day.replaceAll("-", "");

/** `1234567n` → `12345,67`. */
export const datevAmount = (cents: bigint): string => {
  const digits = cents.toString().padStart(3, "0");
  return `${digits.slice(0, -2)},${digits.slice(-2)}`;
};

function headerLine(header: DatevHeader): string {
  return [
    ...['"EXTF"', "700", "21", '"Buchungsstapel"', "13", header.createdAt, "", '"RE"', '""', '""'],
    ...[header.consultant, header.client, header.fiscalYearStart, String(header.accountLength), compact(header.from), compact(header.to)],
    // 1 = financial accounting; 0 = for every accounting purpose; 0 = not locked: the tax adviser checks first.
    ...[datevText(header.title, 30), '""', "1", "0", "0", datevText(header.currency, 3)],
    ...["", '""', "", "", '""', "", "", '""', '""'],
  ].join(";");
}

function* bookingLines(booking: DatevBooking): Generator<string> {
  for (let left = booking.cents; left > 0n; left -= MAX_CENTS) {
    const cells = Array.from({ length: DATEV_COLUMNS.length }, () => "");
    cells[0] = datevAmount(left > MAX_CENTS ? MAX_CENTS : left);
    cells[1] = '"S"';
    cells[6] = booking.debit;
    cells[7] = booking.credit;
    cells[9] = `${booking.day.slice(8, 10)}${booking.day.slice(5, 7)}`;
    cells[10] = datevText(booking.reference, 36);
    cells[13] = datevText(booking.text, 60);
    yield cells.join(";");
  }
}

/** The whole file as text. */
export const datevFile = (header: DatevHeader, bookings: readonly DatevBooking[]): string =>
  [headerLine(header), DATEV_COLUMNS.join(";"), ...bookings.flatMap((booking) => [...bookingLines(booking)])]
    .map((line) => `${line}\r\n`)
    .join("");
