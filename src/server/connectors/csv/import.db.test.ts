import { mkdtempSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { sql } from "kysely";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { getCustomerByExternalId } from "@/server/customers/get-customer";
import { createTestShop } from "@/server/customers/testing";
import { upsertCustomer } from "@/server/customers/upsert-customer";
import { withTenant } from "@/server/db";
import { upsertOrder } from "@/server/orders/upsert-order";
import type { ShopContext } from "@/server/tenancy/context";
import { cancelImport } from "./cancel-import";
import { createImport } from "./create-import";
import { getImport, listImports, listIssues } from "./get-import";
import { runImport } from "./run-import";
import { startImport } from "./start-import";
import { bytesOf, importFile } from "./testing";
import { storeUpload } from "./upload-store";

let ctx: ShopContext;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "guthaben-import-"));
  process.env.GUTHABEN_DATA_DIR = folder;
  process.env.GUTHABEN_IMPORT_MAX_BYTES = "2000000";
});
beforeEach(async () => {
  ctx = await createTestShop();
});

const HEADER = "Bestellnummer;Bestelldatum;Artikelnummer;Artikelname;Menge;Einzelpreis;Kundennummer;E-Mail;Vorname";
const ROWS = [
  "1001;03.05.2026 10:00;T1;Tee, grün;2;12,50;K1;anna@example.org;Änne",
  '1001;03.05.2026 10:00;T2;"Kanne; groß";1;1.020,00;K1;anna@example.org;Änne',
  "1002;31.05.2026 18:30;T1;Tee, grün;1;12,50;K2;jo@example.org;Jö",
  'C1001;06.05.2026 09:00;T2;"Kanne; groß";-1;1.020,00;K1;anna@example.org;Änne',
  "1003;01.06.2026;T3;Probe;1;0,00;K2;jo@example.org;Jö",
];
const file = (rows: readonly string[] = ROWS, header = HEADER) => [header, ...rows].join("\r\n");

const fingerprint = () =>
  withTenant(ctx, async ({ trx }) => {
    const hashes: Record<string, unknown> = {};
    for (const table of ["customer", "customer_metrics", "product", "shop_order", "order_items", "order_refund"]) {
      const result =
        await sql`select count(*)::int as rows, sum(hashtextextended(t::text, 0)::numeric)::text as hash from ${sql.table(table)} t`.execute(
          trx,
        );
      hashes[table] = result.rows[0];
    }
    return hashes;
  });

const NOTHING = { customersNew: 0, customersChanged: 0, ordersNew: 0, ordersChanged: 0, refundsNew: 0, refundsChanged: 0, productsNew: 0 };

describe("an order file", () => {
  it("is understood: German names, decimal comma, day first, semicolons in quotes", async () => {
    const done = await importFile(ctx, bytesOf(file()));
    expect(done.options).toMatchObject({ decimalMark: ",", dateOrder: "dmy", cancellationPrefix: "C" });
    expect(done.report).toMatchObject({
      ...{ rows: 5, badRows: 0, customers: 2, countedOrders: 2, countedLines: 3, countedValue: "105750", zeroLines: 1 },
      ...{ cancellations: 1, cancelledValue: "102000", products: 3 },
    });
    expect(await getCustomerByExternalId(ctx, "K1")).toMatchObject({
      firstName: "Änne",
      ordersCount: 1,
      grossSpent: 104_500n,
      refunded: 102_000n,
      netSpent: 2_500n,
    });
    expect(await getCustomerByExternalId(ctx, "K2")).toMatchObject({ ordersCount: 1, netSpent: 1_250n });
    // The file is not kept once its content is in the database.
    expect(await readdir(join(folder, "imports"))).toEqual([]);
  });

  it.each([
    ["the same file", () => Buffer.from(file())],
    ["another row order", () => Buffer.from(file([...ROWS].reverse()))],
    [
      "case and whitespace of addresses",
      () => Buffer.from(file(ROWS.map((row) => row.replace("anna@example.org", "  ANNA@Example.ORG ")))),
    ],
    ["a byte order mark", () => Buffer.from(`\uFEFF${file()}`)],
    ["Latin-1", () => Buffer.from(file(), "latin1")],
    ["UTF-16", () => Buffer.from(`\uFEFF${file()}`, "utf16le")],
    ["gzip", () => gzipSync(file())],
    [
      "commas",
      () =>
        Buffer.from(
          file()
            .split("\r\n")
            .map((line) =>
              (line.match(/("[^"]*"|[^;]*)(;|$)/g) ?? [])
                .slice(0, 9)
                .map((cell) => `"${cell.replace(/;$/, "").replaceAll('"', "")}"`)
                .join(","),
            )
            .join("\n"),
        ),
    ],
  ])("changes nothing when imported again: %s (B19)", async (_name, bytes) => {
    await importFile(ctx, bytesOf(file()));
    const before = await fingerprint();
    const again = await importFile(ctx, bytesOf(bytes()));
    expect(again.report).toMatchObject({ ...NOTHING, countedValue: "105750", badRows: 0 });
    expect(await fingerprint()).toEqual(before);
  });

  it("keeps line breaks inside quotes and counts the lines of the file", async () => {
    const done = await importFile(ctx, bytesOf(file(['1;01.01.2026;T1;"Tee\n""grün""";1;5,00;K1;;', "2;soon;T1;Tee;1;5,00;K1;;"])));
    expect(done.report).toMatchObject({ rows: 2, badRows: 1, countedOrders: 1 });
    const { issues } = await listIssues(ctx, { id: done.id, limit: 10 });
    expect(issues).toMatchObject([{ line: 4, level: "error", column: "Bestelldatum", reason: "DATE", value: "soon" }]);
    const products = await withTenant(ctx, ({ trx }) => trx.selectFrom("product").select("title").execute());
    expect(products).toEqual([{ title: 'Tee\n"grün"' }]);
  });

  it("reports bad rows with line, column and reason, and takes all the others", async () => {
    const rows = [
      "1;01.01.2026;T1;Tee;x;5,00;K1;;",
      "2;01.01.2026;T1;Tee;1;viel;K1;;",
      ";01.01.2026;T1;Tee;1;5,00;K1;;",
      "4;01.01.2026;T1",
      '5;01.01.2026;T1;"Tee;1;5,00;K1;;',
      "6;01.01.2026;T1;Tee;1;5,00;K1;no-mail;",
      "7;30.02.2026;T1;Tee;1;5,00;K1;;",
      "8;01.01.2026;T1;Tee;1;5,00;;;",
      // A separator within a value moves all that follows it; empty cells at the end are nothing.
      "9;01.01.2026;T1;Tee; grün;1;5,00;K1;;Österreich",
      "10;01.01.2062;T1;Tee;1;5,00;K1;;;;;",
    ];
    const done = await importFile(ctx, bytesOf(file(rows)), { options: { dateOrder: "dmy", decimalMark: "," } });
    expect(done.report).toMatchObject({ rows: 10, badRows: 8, countedOrders: 1, anonymousOrders: 1, customers: 1, warnings: 1 });
    const { issues } = await listIssues(ctx, { id: done.id, limit: 20 });
    expect(issues.map(({ line, level, column, reason }) => [line, level, column, reason])).toEqual([
      [2, "error", "Menge", "NUMBER"],
      [3, "error", "Einzelpreis", "NUMBER"],
      [4, "error", "Bestellnummer", "MISSING"],
      [5, "error", null, "TOO_FEW_COLUMNS"],
      [6, "error", null, "QUOTE"],
      [7, "warning", "E-Mail", "EMAIL"],
      [8, "error", "Bestelldatum", "DATE"],
      [10, "error", null, "TOO_MANY_COLUMNS"],
      [11, "error", "Bestelldatum", "IN_FUTURE"],
    ]);
  });

  it("writes what changed, lines and customer included", async () => {
    await importFile(ctx, bytesOf(file()));
    const changed = ROWS.map((row) =>
      row.replace("1002;31.05.2026 18:30;T1;Tee, grün;1;12,50", "1002;31.05.2026 18:30;T1;Tee, grün;3;10,00"),
    );
    const done = await importFile(ctx, bytesOf(file(changed)));
    expect(done.report).toMatchObject({ ...NOTHING, ordersChanged: 1, ordersUnchanged: 2 });
    expect(await getCustomerByExternalId(ctx, "K2")).toMatchObject({ netSpent: 3_000n });
  });

  it("joins the lines of an order that lie apart", async () => {
    const done = await importFile(ctx, bytesOf(file([ROWS[0] ?? "", ROWS[2] ?? "", ROWS[1] ?? ""])));
    expect(done.report).toMatchObject({ countedOrders: 2, countedValue: "105750" });
    const lines = await withTenant(ctx, ({ trx }) => trx.selectFrom("order_line").select(["line_no", "total"]).orderBy("total").execute());
    expect(lines).toEqual([
      { line_no: 1, total: 1250n },
      { line_no: 1, total: 2500n },
      { line_no: 2, total: 102_000n },
    ]);
  });

  it("does not overwrite what the shop's own connection wrote", async () => {
    await upsertOrder(ctx, {
      externalId: "1002",
      customerId: "K2",
      placedAt: "2026-05-31T00:00:00Z",
      currency: "EUR",
      total: "777",
      status: "paid",
    });
    const done = await importFile(ctx, bytesOf(file()));
    expect(done.report).toMatchObject({ ordersKept: 1, ordersNew: 2 });
    expect(await getCustomerByExternalId(ctx, "K2")).toMatchObject({ netSpent: 777n });
  });

  it("reads Shopify's order export, where a person is an address and the total is said once", async () => {
    const shopify = [
      "Name,Email,Financial Status,Currency,Total,Taxes,Shipping,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,Billing Country,Refunded Amount",
      "#1001,Bo@Example.org,paid,EUR,34.90,5.57,4.90,2026-01-02 10:00:00 +0100,1,Tea,10.00,T1,Bo Li,DE,5.00",
      "#1001,Bo@Example.org,,,,,,2026-01-02 10:00:00 +0100,2,Cup,10.00,C1,,,",
      "#1002,bo@example.ORG,pending,EUR,9.00,1.00,0.00,2026-01-03 10:00:00 +0100,1,Tea,9.00,T1,Bo Li,DE,0.00",
    ].join("\n");
    const done = await importFile(ctx, bytesOf(shopify));
    expect(done).toMatchObject({
      kind: "order_lines",
      mapping: { order_id: "Name", ordered_at: "Created at", total: "Total", full_name: "Billing Name" },
    });
    expect(done.report).toMatchObject({ customers: 1, countedOrders: 1, countedValue: "3490", refundsNew: 1 });
    expect(await getCustomerByExternalId(ctx, "email:bo@example.org")).toMatchObject({
      firstName: "Bo",
      lastName: "Li",
      grossSpent: 3490n,
      netSpent: 2990n,
      ordersCount: 1,
    });
  });
});

describe("a customer file", () => {
  const people = (rows: readonly string[]) =>
    ["Customer ID,Email,First Name,Country,Tags,Accepts Email Marketing,Consent Date", ...rows].join("\n");

  it("never makes anyone a subscriber without proof, and never undoes a later withdrawal (B19)", async () => {
    await upsertCustomer(ctx, { externalId: "3", emailConsent: "UNSUBSCRIBED", emailConsentAt: "2026-03-01T00:00:00Z" });
    await upsertCustomer(ctx, { externalId: "4", emailConsent: "UNSUBSCRIBED", emailConsentAt: "2026-01-01T00:00:00Z" });
    await upsertCustomer(ctx, { externalId: "5", emailConsent: "SUBSCRIBED", emailConsentAt: "2026-01-01T00:00:00Z" });
    await upsertCustomer(ctx, { externalId: "6", emailConsent: "UNSUBSCRIBED" });
    const text = people([
      "1,one@example.org,One,DE,VIP;neu,yes,",
      "2,two@example.org,Two,Deutschland,,yes,2026-02-01",
      "3,,,,,yes,2026-02-01",
      "4,,,,,yes,2026-02-01",
      "5,,,,,unsubscribed,",
      "6,,,,,yes,",
    ]);
    const done = await importFile(ctx, bytesOf(text));
    expect(done).toMatchObject({ kind: "customers", report: { rows: 6, customers: 6, customersNew: 2, customersChanged: 2, warnings: 2 } });
    const consent = async (id: string) => {
      const { emailConsent, emailConsentBasis } = await getCustomerByExternalId(ctx, id);
      return [emailConsent, emailConsentBasis];
    };
    expect(await consent("1")).toEqual(["NOT_SUBSCRIBED", "unproven"]);
    expect(await consent("2")).toEqual(["SUBSCRIBED", "import"]);
    expect(await consent("3")).toEqual(["UNSUBSCRIBED", "shop"]);
    expect(await consent("4")).toEqual(["SUBSCRIBED", "import"]);
    expect(await consent("5")).toEqual(["UNSUBSCRIBED", "import"]);
    expect(await consent("6")).toEqual(["UNSUBSCRIBED", "shop"]);
    expect(await getCustomerByExternalId(ctx, "1")).toMatchObject({ country: "DE", tags: ["VIP", "neu"] });
    const before = await fingerprint();
    expect((await importFile(ctx, bytesOf(text))).report).toMatchObject(NOTHING);
    expect(await fingerprint()).toEqual(before);
  });

  it("takes a date of consent that is yet to come for none", async () => {
    await upsertCustomer(ctx, { externalId: "2", emailConsent: "UNSUBSCRIBED", emailConsentAt: "2026-01-01T00:00:00Z" });
    const { id, report } = await importFile(
      ctx,
      bytesOf(people(["1,one@example.org,,,,yes,2045-01-01", "2,,,,,yes,2045-01-01", "3,three@example.org,,,,unsubscribed,2045-01-01"])),
    );
    expect(report).toMatchObject({ customers: 3, badRows: 0, warnings: 5 });
    const { rows } = await withTenant(ctx, ({ trx }) =>
      sql`select line::int, reason from import_issue where import_id = ${id} and level = 'warning' order by line, reason`.execute(trx),
    );
    expect(rows).toEqual([
      { line: 2, reason: "CONSENT_UNPROVEN" },
      { line: 2, reason: "IN_FUTURE" },
      { line: 3, reason: "CONSENT_UNPROVEN" },
      { line: 3, reason: "IN_FUTURE" },
      { line: 4, reason: "IN_FUTURE" },
    ]);
    for (const [externalId, emailConsent] of [
      ["1", "NOT_SUBSCRIBED"],
      ["2", "UNSUBSCRIBED"],
      ["3", "UNSUBSCRIBED"],
    ] as const)
      expect(await getCustomerByExternalId(ctx, externalId)).toMatchObject({ emailConsent });
    expect((await getCustomerByExternalId(ctx, "3")).emailConsentAt).toBeNull();
  });

  it("knows the same address again, however it is spelt (B23)", async () => {
    const done = await importFile(
      ctx,
      bytesOf(["Email,First Name", "Jörg@EXÄMPLE.de,Jörg", "jo\u0308rg@xn--exmple-cua.de,Jörg", "nobody,X"].join("\n")),
    );
    expect(done.report).toMatchObject({ customers: 1, customersNew: 1, badRows: 1 });
  });
});

describe("an upload", () => {
  const upload = async (bytes: Uint8Array | string, fileName = "x.csv") =>
    createImport(ctx, { upload: await storeUpload(bytesOf(bytes)), fileName });
  it.each([
    ["empty", ""],
    ["binary", Buffer.from([1, 2, 3, 0, 0, 7, 65, 10])],
    ["spreadsheet", Buffer.from("PK\u0003\u0004rest of it", "latin1")],
    ["noHeader", "1;2;3\n4;5;6"],
    ["noRows", "a;b;c\n"],
    ["brokenGzip", Buffer.concat([gzipSync(file()).subarray(0, 40), Buffer.from("garbage garbage garbage")])],
  ])("is refused with the reason: %s", async (reason, bytes) => {
    await expect(upload(bytes)).rejects.toMatchObject({ code: "IMPORT_FORMAT", params: { reason } });
    expect(await readdir(join(folder, "imports"))).toEqual([]);
  });
  it("over the limit is refused with the limit, and nothing stays", async () => {
    await expect(upload("x".repeat(2_000_001))).rejects.toMatchObject({ code: "PAYLOAD_TOO_LARGE", params: { limit: "2000000" } });
    expect(await readdir(join(folder, "imports"))).toEqual([]);
  });
  it("that unpacks without end is refused", async () => {
    await expect(upload(gzipSync(Buffer.alloc(17_000_000, 65)))).rejects.toMatchObject({
      code: "IMPORT_FORMAT",
      params: { reason: "unpackedTooLarge" },
    });
  });
  it("does not start without the columns it needs, nor with a column that is not there", async () => {
    const { id } = await upload(file());
    const { kind, mapping, options } = await getImport(ctx, id);
    const { quantity: _dropped, ...partial } = mapping;
    await expect(startImport(ctx, { id, kind, mapping: partial, options })).rejects.toMatchObject({
      code: "IMPORT_MAPPING",
      params: { missing: "quantity" },
    });
    await expect(startImport(ctx, { id, kind, mapping: { ...mapping, quantity: "Nope" }, options })).rejects.toMatchObject({
      code: "IMPORT_MAPPING",
    });
    await cancelImport(ctx, id);
    expect(await getImport(ctx, id)).toMatchObject({ status: "cancelled" });
    await expect(startImport(ctx, { id, kind, mapping, options })).rejects.toMatchObject({ code: "IMPORT_STATE" });
  });
  it("that was asked to stop leaves nothing behind", async () => {
    const { id } = await upload(file());
    const { kind, mapping, options } = await getImport(ctx, id);
    await startImport(ctx, { id, kind, mapping, options });
    await withTenant(ctx, ({ trx }) => trx.updateTable("data_import").set({ cancel_requested: true }).where("id", "=", id).execute());
    expect(await runImport(ctx, id)).toMatchObject({ status: "cancelled" });
    expect(await withTenant(ctx, ({ trx }) => trx.selectFrom("shop_order").select("id").execute())).toEqual([]);
  });
  it("that crashed in the middle is started over, once it is done it is not", async () => {
    const { id } = await upload(file());
    const { kind, mapping, options } = await getImport(ctx, id);
    await startImport(ctx, { id, kind, mapping, options });
    // What a killed process leaves: the state says running, the transaction is gone.
    await withTenant(ctx, ({ trx }) =>
      trx.updateTable("data_import").set({ status: "running", phase: "orders" }).where("id", "=", id).execute(),
    );
    expect(await runImport(ctx, id)).toEqual({ status: "done", rows: 5 });
    const before = await fingerprint();
    expect(await runImport(ctx, id)).toEqual({ status: "skipped", rows: 0 });
    expect(await fingerprint()).toEqual(before);
  });
  it("is listed newest first, page by page", async () => {
    const ids = [(await upload(file())).id, (await upload(file())).id, (await upload(file())).id].reverse();
    const first = await listImports(ctx, { limit: 2 });
    const second = await listImports(ctx, { limit: 2, before: first.next });
    expect([...first.rows, ...second.rows].map((row) => row.id)).toEqual(ids);
    expect(second.next).toBeNull();
    for (const id of ids) await cancelImport(ctx, id);
  });
});
