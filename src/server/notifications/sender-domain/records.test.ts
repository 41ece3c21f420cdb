import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDkim, txtStrings } from "./dkim-record";
import { isDmarc, parseDmarc } from "./dmarc-record";
import { aligned, organisationalDomain } from "./organisational-domain";
import { isSpf, parseSpf } from "./spf-record";
import { parseTags } from "./tag-list";

describe("an SPF record", () => {
  it.each(["v=spf1", "V=SPF1 -all", "v=spf1 "])("%j is one", (text) => expect(isSpf(text)).toBe(true));
  it.each(["v=spf10 -all", "v=spf1-all", " v=spf1", "spf2.0/pra -all", ""])("%j is none", (text) => expect(isSpf(text)).toBe(false));

  it.each([
    "v=spf1 -all",
    "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ip4:198.51.100.7 ~all",
    "v=spf1 a mx a:mail.example.com mx:example.com/24 a/24//64 a:example.com//64 ?all",
    "v=spf1 include:_spf.example.com exists:%{ir}.%{v}._spf.%{d2} -ALL",
    "v=spf1 redirect=_spf.%{d}",
    "v=spf1 ptr ptr:example.com +all exp=explain.example.com unknown-x=%{l}",
    "v=spf1  mx   -all ",
    "v=spf1 include:%{d1r}.example.com.",
  ])("%j is read without complaint", (text) => expect(parseSpf(text).bad).toBeNull());

  it.each([
    ["v=spf1 all:example.com", "all:example.com"],
    ["v=spf1 mx ipv4:192.0.2.1 -all", "ipv4:192.0.2.1"],
    ["v=spf1 ip4:300.0.2.1", "ip4:300.0.2.1"],
    ["v=spf1 ip4:192.0.2.1/33", "ip4:192.0.2.1/33"],
    ["v=spf1 ip6:2001:db8::/129", "ip6:2001:db8::/129"],
    ["v=spf1 ip6:2001:db8:::1", "ip6:2001:db8:::1"],
    ["v=spf1 include: -all", "include:"],
    ["v=spf1 include -all", "include"],
    ["v=spf1 include:example.123", "include:example.123"],
    ["v=spf1 include:example", "include:example"],
    ["v=spf1 exists:%{z}.example.com", "exists:%{z}.example.com"],
    ["v=spf1 a:50%.example.com", "a:50%.example.com"],
    ["v=spf1 a/33", "a/33"],
    ["v=spf1 redirect=a.example redirect=b.example", "redirect=b.example"],
    ["v=spf1 -all; include:example.com", "-all;"],
    ["v=spf1 \u201cinclude:example.com", "\u201cinclude:example.com"],
    ["v=spf1 --all", "--all"],
  ])("%j stops at %j", (text, term) => expect(parseSpf(text).bad).toBe(term));

  it("keeps what the terms say", () => {
    expect(parseSpf("v=spf1 ~a:Mail.Example.com/24//48 redirect=Other.example")).toEqual({
      terms: [{ kind: "a", qualifier: "~", target: "mail.example.com", prefix4: 24, prefix6: 48 }],
      ...{ redirect: "other.example", bad: null },
    });
  });

  it("is read to its end whatever a stranger published", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 4_000 }), (text) => {
        const record = parseSpf(`v=spf1 ${text}`);
        return record.bad === null || text.includes(record.bad);
      }),
    );
    // A pattern that looks back would not come to an end here.
    expect(parseSpf(`v=spf1 include:${"%{d}".repeat(5_000)}! a:${"a.".repeat(10_000)}1`).bad).not.toBeNull();
  });
});

describe("a list of tags", () => {
  it("comes out as it went in", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);
    const value = fc.stringMatching(/^[!-:<-~]{0,30}$/);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, value), { selector: ([one]) => one, minLength: 1 }), (pairs) => {
        const text = pairs.map(([one, other]) => ` ${one} = ${other} `).join(";");
        expect([...(parseTags(`${text};`) ?? [])]).toEqual(pairs);
      }),
    );
  });
  it.each(["a=1; a=2", "novalue", "a=1;; b=2", "=1"])("%j is none", (text) => expect(parseTags(text)).toBeNull());
});

describe("a DMARC record", () => {
  it.each(["v=DMARC1; p=none", "v = DMARC1;p=reject"])("%j is one", (text) => expect(isDmarc(text)).toBe(true));
  it.each(["v=dmarc1; p=none", "v=DMARC10; p=none", "p=none; v=DMARC1", "DMARC1"])("%j is none", (text) =>
    expect(isDmarc(text)).toBe(false),
  );

  it("means what RFC 7489 says where tags are missing", () => {
    expect(parseDmarc("v=DMARC1; p=reject")).toEqual({
      ...{ policy: "reject", subdomainPolicy: null, dkim: "relaxed", spf: "relaxed", pct: 100, reports: [], odd: [] },
    });
    const full = "v=DMARC1; p=Quarantine; sp=none; adkim=s; aspf=s; pct=20; rua=mailto:a@example.com!10m, mailto:b@example.org; fo=1";
    expect(parseDmarc(full)).toEqual({
      ...{ policy: "quarantine", subdomainPolicy: "none", dkim: "strict", spf: "strict", pct: 20 },
      ...{ reports: ["a@example.com", "b@example.org"], odd: [] },
    });
  });
  it("without a policy counts only with an address for reports", () => {
    expect(parseDmarc("v=DMARC1; p=block")).toBeNull();
    expect(parseDmarc("v=DMARC1")).toBeNull();
    expect(parseDmarc("v=DMARC1; p=block; rua=mailto:a@example.com")).toMatchObject({ policy: "none", odd: ["p"] });
  });
  it("names what it does not understand", () => {
    expect(parseDmarc("v=DMARC1; p=none; sp=x; adkim=relaxed; pct=101; rua=a@example.com")?.odd.toSorted()).toEqual([
      ...["adkim", "pct", "rua", "sp"],
    ]);
  });
});

describe("a DKIM record", () => {
  it.each([
    ["v=DKIM1; k=rsa; p=AA BB", { type: "rsa", key: "AABB", testing: false }],
    ["p=AABB; t=s:y", { type: "rsa", key: "AABB", testing: true }],
    ["v=DKIM1; p=; n=gone", { type: "rsa", key: "", testing: false }],
    ["v=DKIM1; k=ed25519; h=sha256; s=email; p=AA==", { type: "ed25519", key: "AA==", testing: false }],
  ])("%j is read", (text, record) => expect(parseDkim(text)).toEqual(record));
  it.each(["v=DKIM1; k=rsa", "v=DKIM2; p=AA", "p=AA; v=DKIM1", "v=DKIM1; h=sha1; p=AA", "v=DKIM1; s=tlsrpt; p=AA", "v=spf1 -all"])(
    "%j is none",
    (text) => expect(parseDkim(text)).toBeNull(),
  );
  it("is split into strings that joined are the same", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii", maxLength: 1_200 }), (value) => {
        const strings = txtStrings(value);
        expect(strings.join("")).toBe(value);
        expect(Math.max(0, ...strings.map((one) => one.length))).toBeLessThanOrEqual(255);
      }),
    );
  });
});

describe("the organisational domain", () => {
  it.each([
    ["news.shop.example.co.uk", "example.co.uk"],
    ["example.de", "example.de"],
    ["mail.laden.myshopify.com", "laden.myshopify.com"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["co.uk", null],
    ["localhost", null],
  ])("of %s is %s", (domain, organisation) => expect(organisationalDomain(domain)).toBe(organisation));
  it("decides what counts as one", () => {
    expect(aligned("bounce.example.com", "news.example.com", "relaxed")).toBe(true);
    expect(aligned("bounce.example.com", "news.example.com", "strict")).toBe(false);
    expect(aligned("a.co.uk", "b.co.uk", "relaxed")).toBe(false);
    expect(aligned("co.uk", "co.uk", "strict")).toBe(true);
  });
});
