/** Guesses what the columns of a file mean, from their names and from what is in them. Pure. */
import { type DateOrder, DateReader, type DecimalMark, parseDecimal } from "./parse-values";
import { FIELDS, type ImportField, type ImportKind, type ImportMapping, type ImportOptions, REQUIRED } from "./schema";

/** Names in English, German, Shopify's and WooCommerce's exports; compared without case, spaces and punctuation. */
const NAMES: Record<ImportField, readonly string[]> = {
  order_id: [
    "orderid",
    "ordernumber",
    "orderno",
    "ordername",
    "order",
    "invoiceno",
    "invoice",
    "invoicenumber",
    "invoiceid",
    "name",
    "bestellnummer",
    "bestellnr",
    "bestellid",
    "bestellung",
    "auftragsnummer",
    "auftragsnr",
    "auftrag",
    "rechnungsnummer",
    "rechnungsnr",
    "rechnung",
    "belegnummer",
    "transactionid",
    "postid",
    "id",
  ],
  ordered_at: [
    "orderdate",
    "invoicedate",
    "createdat",
    "created",
    "paidat",
    "processedat",
    "date",
    "datetime",
    "timestamp",
    "orderedat",
    "placedat",
    "purchasedat",
    "purchasedate",
    "postdate",
    "datecreated",
    "dateofpurchase",
    "bestelldatum",
    "bestelltam",
    "rechnungsdatum",
    "auftragsdatum",
    "datum",
    "kaufdatum",
    "zeitpunkt",
  ],
  product_id: [
    "stockcode",
    "productid",
    "sku",
    "lineitemsku",
    "itemsku",
    "productsku",
    "itemid",
    "article",
    "articleno",
    "articlenumber",
    "variantsku",
    "artikelnummer",
    "artikelnr",
    "artikel",
    "artikelid",
    "produktnummer",
    "produktid",
    "ean",
    "gtin",
  ],
  product_title: [
    "description",
    "productname",
    "producttitle",
    "product",
    "title",
    "lineitemname",
    "itemname",
    "item",
    "artikelbezeichnung",
    "bezeichnung",
    "beschreibung",
    "produktname",
    "produkt",
    "artikelname",
  ],
  quantity: [
    "quantity",
    "qty",
    "lineitemquantity",
    "itemquantity",
    "units",
    "amountordered",
    "quantityordered",
    "menge",
    "anzahl",
    "stück",
    "stueck",
    "stückzahl",
  ],
  unit_price: [
    "unitprice",
    "price",
    "lineitemprice",
    "itemprice",
    "itemcost",
    "priceperunit",
    "productprice",
    "preis",
    "einzelpreis",
    "stückpreis",
    "stueckpreis",
    "verkaufspreis",
  ],
  customer_id: [
    "customerid",
    "customer",
    "customerno",
    "customernumber",
    "clientid",
    "userid",
    "customeruser",
    "buyerid",
    "kundennummer",
    "kundennr",
    "kundenid",
    "kundeid",
    "kunde",
    "kdnr",
    "debitorennummer",
  ],
  email: ["email", "emailaddress", "customeremail", "billingemail", "contactemail", "mail", "emailadresse", "kundenemail", "useremail"],
  full_name: [
    "fullname",
    "customername",
    "billingname",
    "shippingname",
    "kundenname",
    "vollständigername",
    "vorundnachname",
    "rechnungsname",
  ],
  first_name: ["firstname", "givenname", "billingfirstname", "shippingfirstname", "customerfirstname", "vorname", "rechnungvorname"],
  last_name: [
    "lastname",
    "surname",
    "familyname",
    "billinglastname",
    "shippinglastname",
    "customerlastname",
    "nachname",
    "familienname",
    "rechnungnachname",
  ],
  phone: [
    "phone",
    "phonenumber",
    "telephone",
    "billingphone",
    "mobile",
    "telefon",
    "telefonnummer",
    "handy",
    "mobil",
    "defaultaddressphone",
  ],
  country: [
    "country",
    "countrycode",
    "billingcountry",
    "billingcountrycode",
    "shippingcountry",
    "defaultaddresscountrycode",
    "land",
    "ländercode",
    "rechnungsland",
  ],
  region: ["region", "state", "province", "billingprovince", "billingstate", "defaultaddressprovincecode", "bundesland", "kanton"],
  city: ["city", "town", "billingcity", "shippingcity", "defaultaddresscity", "stadt", "ort", "wohnort"],
  locale: ["locale", "language", "sprache", "customerlocale"],
  total: [
    "total",
    "ordertotal",
    "totalprice",
    "grandtotal",
    "totalamount",
    "amount",
    "gesamt",
    "gesamtbetrag",
    "gesamtsumme",
    "bestellsumme",
    "summe",
    "betrag",
    "rechnungsbetrag",
    "umsatz",
  ],
  tax: ["tax", "taxes", "totaltax", "ordertax", "vat", "steuer", "mwst", "umsatzsteuer", "mehrwertsteuer"],
  shipping: ["shipping", "shippingcost", "shippingtotal", "ordershipping", "shippingamount", "versand", "versandkosten", "porto"],
  refunded: ["refundedamount", "refundamount", "orderrefund", "refunded", "refundtotal", "erstattet", "erstattung", "erstatteterbetrag"],
  currency: ["currency", "ordercurrency", "currencycode", "währung", "waehrung"],
  status: ["status", "financialstatus", "orderstatus", "paymentstatus", "bestellstatus", "zahlungsstatus", "zustand"],
  birth_date: ["birthdate", "birthday", "dateofbirth", "dob", "geburtsdatum", "geburtstag"],
  tags: ["tags", "tag", "labels", "customertags", "schlagwörter", "schlagworte", "etiketten", "gruppen", "kundengruppe"],
  email_consent: [
    "acceptsemailmarketing",
    "acceptsmarketing",
    "emailmarketingconsent",
    "emailconsent",
    "newsletter",
    "subscribed",
    "optin",
    "emailsubscriptionstatus",
    "newsletterabonniert",
    "werbeeinwilligung",
    "einwilligung",
  ],
  email_consent_at: [
    "emailconsentat",
    "emailmarketingconsentupdatedat",
    "consentdate",
    "optindate",
    "optintime",
    "subscribedat",
    "einwilligungam",
    "einwilligungsdatum",
    "anmeldedatum",
    "newsletterseit",
  ],
  sms_consent: ["acceptssmsmarketing", "smsconsent", "smsmarketingconsent", "smsoptin", "smseinwilligung"],
  added_at: [
    "addedat",
    "createdat",
    "created",
    "registered",
    "registeredat",
    "registrationdate",
    "customersince",
    "dateregistered",
    "registriertam",
    "registrierungsdatum",
    "kundeseit",
    "angelegtam",
  ],
};

const plain = (name: string): string =>
  name
    .toLowerCase()
    .normalize("NFC")
    .replace(/[^\p{L}\p{N}]/gu, "");

/** The best column for each field of a kind: exact names first, in the order of the lists; each column means one thing. */
export function guessMapping(kind: ImportKind, columns: readonly string[], sample: readonly (readonly string[])[]): ImportMapping {
  const names = columns.map(plain);
  const mapping: ImportMapping = {};
  const used = new Set<number>();
  const take = (field: ImportField, column: number) => {
    const name = columns[column];
    if (name === undefined || column < 0 || used.has(column)) return;
    mapping[field] = name;
    used.add(column);
  };
  // An id column called "id" means the customer in a customer file and the order in the others.
  for (const field of FIELDS[kind]) {
    const known = kind === "customers" && field === "customer_id" ? [...NAMES.customer_id, "id"] : NAMES[field];
    for (const name of known) {
      const column = names.indexOf(name);
      if (column >= 0 && !used.has(column) && mapping[field] === undefined) take(field, column);
    }
  }
  const values = (column: number) => sample.flatMap((row) => row[column] || []);
  const whole = (test: (value: string) => boolean) =>
    columns.findIndex((_, column) => !used.has(column) && values(column).length > 0 && values(column).every(test));
  if (mapping.email === undefined)
    take(
      "email",
      whole((value) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)),
    );
  if (kind !== "customers" && mapping.ordered_at === undefined)
    take(
      "ordered_at",
      whole((value) => guessDateOrder([value]) !== null && !/^\d+$/.test(value)),
    );
  return mapping;
}

const isComplete = (kind: ImportKind, mapping: ImportMapping): boolean =>
  REQUIRED[kind].every((group) => group.some((field) => mapping[field] !== undefined));

/** The kind whose required columns are all there: the most telling one first. */
export function guessKind(columns: readonly string[], sample: readonly (readonly string[])[]): ImportKind {
  const fits = (["order_lines", "orders", "customers"] as const).find((kind) => isComplete(kind, guessMapping(kind, columns, sample)));
  return fits ?? "order_lines";
}

const ORDERS: readonly DateOrder[] = ["ymd", "dmy", "mdy", "epoch"];

/** The order of day, month and year that reads every value; null when none does. Day before month where both fit. */
export function guessDateOrder(values: readonly string[]): DateOrder | null {
  const filled = values.filter((value) => value !== "");
  if (filled.length === 0) return null;
  return ORDERS.find((order) => filled.every((value) => new DateReader(order, "UTC").instant(value) !== null)) ?? null;
}

/** The decimal mark that the last separator of most numbers is. */
export function guessDecimalMark(values: readonly string[], separator: string): DecimalMark {
  let comma = 0;
  let point = 0;
  for (const value of values) {
    if (/,\d{1,2}\D*$/.test(value) && parseDecimal(value, ",") !== null) comma++;
    else if (/\.\d+\D*$/.test(value) && parseDecimal(value, ".") !== null) point++;
  }
  if (comma === point) return separator === ";" && point === 0 ? "," : ".";
  return comma > point ? "," : ".";
}

/** Options that the sample suggests. Zone and currency are the shop's: a file does not say them. */
export function guessOptions(
  columns: readonly string[],
  sample: readonly (readonly string[])[],
  mapping: ImportMapping,
  context: { timeZone: string; currency: string; separator: string },
): ImportOptions {
  const of = (...fields: ImportField[]) =>
    fields.flatMap((field) => {
      const column = columns.indexOf(mapping[field] ?? "");
      return column < 0 ? [] : sample.flatMap((row) => row[column] || []);
    });
  const orders = of("order_id");
  const numbered = orders.length > 0 && orders.every((value) => /^[A-Z]?\d+$/.test(value));
  return {
    timeZone: context.timeZone,
    currency: context.currency,
    decimalMark: guessDecimalMark(of("unit_price", "total", "tax", "shipping", "refunded"), context.separator),
    dateOrder: guessDateOrder(of("ordered_at", "added_at", "birth_date", "email_consent_at")) ?? "ymd",
    cancellationPrefix: numbered ? "C" : "",
    adjustmentPrefix: numbered ? "A" : "",
  };
}
