import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import type { LedgerShop } from "@/server/ledger/testing";
import { createInboundSecret, type InboundAccess } from "@/server/notifications/channels/manage-channels";
import { checkSuppression } from "@/server/notifications/consent/manage-suppression";
import { POST } from "./[token]/[source]/route";

let shop: LedgerShop;
let access: InboundAccess;
beforeEach(async () => {
  shop = await createCampaignShop(2);
  access = await createInboundSecret(shop.ctx, {});
});

async function report(body: string, signature?: string, address = access.urls.events) {
  const at = Math.floor(Date.now() / 1_000).toString();
  const right = `t=${at},v1=${createHmac("sha256", access.secret).update(`${at}.${body}`).digest("hex")}`;
  const [, token = "", source = ""] = /\/api\/hooks\/([^/]+)\/(\w+)$/.exec(address) ?? [];
  const response = await POST(
    new Request(address, { method: "POST", body, headers: { "x-signature": signature ?? right, "accept-language": "de" } }),
    { params: Promise.resolve({ token, source }) },
  );
  return { status: response.status, type: response.headers.get("content-type"), json: (await response.json()) as Record<string, unknown> };
}
const bounce = (id: string, email: string, detail = "gone") => ({ id, type: "hardBounce", email, detail });
const suppressed = async (address: string) => (await checkSuppression(shop.ctx, { channel: "email", address }))?.reason ?? null;

describe("what providers report", () => {
  it("counts entry by entry: what is wrong is left out and named", async () => {
    const events = [
      bounce("1", "c1@example.com"),
      bounce("2", "no address"),
      bounce("3\0", "x@example.com"),
      { id: "4" },
      bounce("5", "c2@example.com"),
    ];
    expect(await report(JSON.stringify({ events }))).toMatchObject({
      status: 200,
      json: { recorded: 2, refused: { count: 3, fields: ["events.1.email", "events.2.id", "events.3.type"] } },
    });
    expect([await suppressed("c1@example.com"), await suppressed("c2@example.com")]).toEqual(["hardBounce", "hardBounce"]);
  });

  it("is refused in words and with a code where nothing can be read", async () => {
    const problem = { type: "application/problem+json; charset=utf-8" };
    const one = JSON.stringify({ events: [bounce("1", "c1@example.com", "a\0b")] });
    expect(await report(one)).toMatchObject({
      ...problem,
      status: 422,
      json: { code: "VALIDATION", errors: [{ in: "body", path: "events.0.detail" }] },
    });
    expect(await report("no json")).toMatchObject({ ...problem, status: 422, json: { code: "VALIDATION" } });
    expect(await report(one, "t=1,v1=00")).toMatchObject({ ...problem, status: 401, json: { code: "SIGNATURE_INVALID" } });
    expect((await report(one, "t=1,v1=00")).json.title).toContain("X-Signature");
    expect(await report(one, undefined, "http://localhost/api/hooks/nobody/events")).toMatchObject({
      status: 404,
      json: { code: "NOT_FOUND" },
    });
    expect(await suppressed("c1@example.com")).toBeNull();
  });

  it("of a returned mail counts, whatever bytes the other server wrote", async () => {
    const mail = (words: string) =>
      [
        "From: MAILER-DAEMON@example.net\r\nTo: bounce@example.org\r\nSubject: returned\r\nMIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsorry',
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n",
        `Final-Recipient: rfc822; c1@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 ${words}\r\n\r\n--b--\r\n`,
      ].join("\r\n");
    expect(await report(mail("no \0 such user"), undefined, access.urls.bounce)).toMatchObject({ status: 200, json: { recorded: 1 } });
    expect(await suppressed("c1@example.com")).toBe("hardBounce");
  });
});
