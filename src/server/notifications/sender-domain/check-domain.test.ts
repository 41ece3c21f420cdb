import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MESSAGES } from "@/messages/index";
import { createDns } from "./ask-dns";
import { checkDomain, type DomainFacts } from "./check-domain";
import { createKeyPair } from "./dkim-keys";
import { dkimValue, txtStrings } from "./dkim-record";
import { type About, CODES, type FindingCode, findingsSchema, stateOf } from "./schema";
import { type NameServer, startNameServer, type Zone } from "./testing";

/** Asked of a real name server on loopback, over the wire. */
let server: NameServer;
beforeEach(async () => {
  server = await startNameServer();
});
afterEach(() => server.close());

const domain = "example.com";
const mx: Zone = { "mx.example.com": { A: ["198.51.100.25"] } };
const good: Zone = {
  ...mx,
  "example.com": { TXT: ["other=1", "v=spf1 ip4:192.0.2.0/24 mx -all"], MX: [[10, "mx.example.com"]] },
  "_dmarc.example.com": { TXT: ["v=DMARC1; p=reject; rua=mailto:dmarc@example.com"] },
};

/** Long where an answer is sure to come: a busy machine must not look like a silent server. */
const dns = (options: { deadlineMs?: number; timeoutMs?: number } = {}) =>
  createDns({ servers: [server.address], timeoutMs: 5_000, deadlineMs: 60_000, ...options });
const SHORT = { timeoutMs: 200 };
/** Every kind of finding these tests brought about, with the names of what it tells. */
const seen = new Map<FindingCode, Set<string>>();
const check = async (zone: Zone, facts: Partial<DomainFacts> = {}, options = {}) => {
  server.zone = zone;
  const findings = await checkDomain(dns(options), {
    domain,
    envelope: facts.domain ?? domain,
    host: null,
    keys: [],
    selectors: [],
    ...facts,
  });
  for (const { code, params } of findings) {
    const known = seen.get(code);
    seen.set(code, new Set(Object.keys(params).filter((name) => known?.has(name) ?? true)));
  }
  return findings;
};
/** What was found about one thing, as `level code`. */
const about = async (what: About, zone: Zone, facts: Partial<DomainFacts> = {}) =>
  (await check(zone, facts)).filter((one) => one.about === what).map(({ level, code }) => `${level} ${code}`);
const withSpf = (...TXT: string[]): Zone => ({ ...good, "example.com": { TXT, MX: [[10, "mx.example.com"]] } });

describe("SPF", () => {
  const spf = (zone: Zone, facts?: Partial<DomainFacts>) => about("spf", zone, facts);

  it("is in order with one record", async () => {
    expect(await spf(good)).toEqual(["ok spfOk"]);
    expect((await check(good)).find(({ code }) => code === "spfOk")?.params).toEqual({ domain, count: 1 });
  });
  it("may be split anywhere, also within a word", async () => {
    const split: Zone = { ...good, "example.com": { TXT: [["v=spf1 ip4:192.0", ".2.0/24 -", "all"]], MX: [[10, "mx.example.com"]] } };
    expect(await spf(split)).toEqual(["ok spfOk"]);
  });
  it("is missing, with what to publish where that is known", async () => {
    expect(await spf(withSpf("google-site-verification=x"))).toEqual(["error spfMissing"]);
    const missing = await check(withSpf(), { host: "smtp.example.com" });
    expect(missing.find(({ code }) => code === "spfMissing")?.publish).toEqual({
      ...{ name: domain, type: "TXT", value: "v=spf1 mx a:smtp.example.com ~all" },
    });
    const foreign = await check(withSpf(), { host: "smtp.provider.example" });
    expect(foreign.find(({ code }) => code === "spfMissing")?.publish).toBeNull();
  });
  it("must not be there twice", async () => expect(await spf(withSpf("v=spf1 -all", "v=spf1 mx -all"))).toEqual(["error spfMultiple"]));
  it("that cannot be read is named", async () => {
    const findings = await check(withSpf("v=spf1 mx ipv4:192.0.2.1 -all"));
    expect(findings.find(({ code }) => code === "spfSyntax")?.params).toEqual({ domain, term: "ipv4:192.0.2.1" });
  });
  it("must not let everybody through, neither itself nor by another record", async () => {
    expect(await spf(withSpf("v=spf1 mx +all"))).toEqual(["error spfAll"]);
    expect(await spf(withSpf("v=spf1 all"))).toEqual(["error spfAll"]);
    const open = { ...withSpf("v=spf1 include:open.example -all"), "open.example": { TXT: ["v=spf1 all"] } };
    expect(await spf(open)).toEqual(["error spfAll"]);
    const redirected = { ...withSpf("v=spf1 redirect=open.example"), "open.example": { TXT: ["v=spf1 +all"] } };
    expect(await spf(redirected)).toEqual(["error spfAll"]);
  });
  it("should say what happens to the others", async () => {
    expect(await spf(withSpf("v=spf1 mx"))).toEqual(["warning spfNoAll"]);
    expect(await spf(withSpf("v=spf1 mx ?all"))).toEqual(["warning spfNoAll"]);
    const redirected = { ...withSpf("v=spf1 redirect=r.example"), "r.example": { TXT: ["v=spf1 ip4:192.0.2.1 ~all"] } };
    expect(await spf(redirected)).toEqual(["ok spfOk"]);
  });
  it("counts every question through every record it leads to", async () => {
    const zone = (inner: number): Zone => ({
      ...withSpf("v=spf1 include:one.example mx a -all"),
      "one.example": { TXT: [`v=spf1 ${"a:h.example ".repeat(inner)}include:two.example ~all`] },
      "two.example": { TXT: ["v=spf1 ip4:192.0.2.1 exists:%{i}.x.example redirect=three.example"] },
      "three.example": { TXT: ["v=spf1 ip4:192.0.2.2 -all"] },
      "h.example": { A: ["192.0.2.9"] },
      "example.com": { TXT: ["v=spf1 include:one.example mx a -all"], MX: [[10, "mx.example.com"]], A: ["192.0.2.80"] },
    });
    const count = async (inner: number) => (await check(zone(inner))).find(({ about: what }) => what === "spf");
    // one, two, exists, three, mx and a are six.
    expect(await count(4)).toMatchObject({ code: "spfOk", params: { count: 10 } });
    expect(await count(5)).toMatchObject({ code: "spfLookups", level: "error", params: { count: 11, limit: 10 } });
  });
  it("that includes itself ends", async () => {
    expect(await spf(withSpf("v=spf1 include:example.com include:example.com -all"))).toEqual(["error spfLookups"]);
  });
  it("must not lead to what has no record", async () => {
    const findings = await check(withSpf("v=spf1 include:gone.example -all"));
    expect(findings.find(({ code }) => code === "spfInclude")).toMatchObject({
      level: "error",
      params: { domain, target: "gone.example" },
    });
  });
  it("should not lead nowhere more than twice, nor ask for names of addresses", async () => {
    expect(await spf(withSpf("v=spf1 a:x.example a:y.example a:z.example -all"))).toEqual(["warning spfVoid"]);
    expect(await spf(withSpf("v=spf1 a:x.example a:y.example -all"))).toEqual(["ok spfOk"]);
    expect(await spf(withSpf("v=spf1 ptr -all"))).toEqual(["warning spfPtr"]);
  });
  it("says of the mail server only what it can know", async () => {
    const hosts: Zone = { ...good, "smtp.example.com": { A: ["192.0.2.7"] }, "relay.example": { A: ["203.0.113.1"] } };
    expect(await spf(hosts, { host: "smtp.example.com" })).toEqual(["ok spfOk", "ok spfHost"]);
    expect(await spf(hosts, { host: "198.51.100.25" })).toEqual(["ok spfOk", "ok spfHost"]);
    expect(await spf(hosts, { host: "relay.example" })).toEqual(["ok spfOk", "hint spfHostUnknown"]);
  });
  it("is asked of the domain that bounces go back to", async () => {
    const zone = { ...good, "bounce.example.net": { TXT: ["v=spf1 ip4:192.0.2.1 -all"] } };
    expect(await spf(zone, { envelope: "bounce.example.net" })).toEqual(["hint spfEnvelope", "ok spfOk"]);
  });
});

describe("DKIM", () => {
  const dkim = (zone: Zone, facts?: Partial<DomainFacts>) => about("dkim", zone, facts);
  const at = (selector: string, ...TXT: (string | string[])[]): Zone => ({ ...good, [`${selector}._domainkey.example.com`]: { TXT } });
  const rsa = (bits: number, type: "spki" | "pkcs1" = "spki") =>
    generateKeyPairSync("rsa", { modulusLength: bits }).publicKey.export({ type, format: "der" }).toString("base64");

  it("with nobody known to sign is a warning", async () => expect(await dkim(good)).toEqual(["warning dkimNone"]));

  it("of our own is exactly our key, also in several strings", async () => {
    const [{ publicKey }, other] = [await createKeyPair(), await createKeyPair()];
    expect(
      createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" }).asymmetricKeyDetails?.modulusLength,
    ).toBe(2048);
    const strings = txtStrings(dkimValue(publicKey));
    expect(strings.length).toBe(2);
    const keys = (state: "pending" | "active") => ({ keys: [{ selector: "g1", publicKey, state }] });
    expect(await dkim(at("g1", strings), keys("active"))).toEqual(["ok dkimOwn"]);
    expect(await dkim(at("g1", strings), keys("pending"))).toEqual(["hint dkimPendingSeen", "warning dkimNone"]);
    expect(await dkim(at("g1", [...strings].reverse()), keys("active"))).toEqual(["error dkimOwnDiffers"]);
    expect(await dkim(at("g1", txtStrings(dkimValue(other.publicKey))), keys("active"))).toEqual(["error dkimOwnDiffers"]);
    expect(await dkim(at("g1", "v=DKIM1; p="), keys("active"))).toEqual(["error dkimOwnDiffers"]);
    expect(await dkim(at("g1", strings, "v=DKIM1; p=AA"), keys("active"))).toEqual(["error dkimMultiple"]);
    expect(await dkim(good, keys("active"))).toEqual(["error dkimOwnMissing"]);
    expect(await dkim(good, keys("pending"))).toEqual(["hint dkimPending", "warning dkimNone"]);
    expect(await dkim(at("g1", [...txtStrings(`${dkimValue(publicKey)}; t=y`)]), keys("active"))).toEqual([
      "ok dkimOwn",
      "warning dkimTesting",
    ]);
    // Too long for one datagram: fetched over TCP.
    const long = `${"a-long-label-of-a-long-name.".repeat(6)}example.com`;
    const far: Zone = { [long]: { MX: [] }, [`g1._domainkey.${long}`]: { TXT: [strings] } };
    expect(await dkim(far, { ...keys("active"), domain: long })).toEqual(["ok dkimOwn"]);
    const missing = await check(good, keys("active"));
    expect(missing.find(({ code }) => code === "dkimOwnMissing")?.publish).toEqual({
      ...{ name: "g1._domainkey.example.com", type: "TXT", value: `v=DKIM1; k=rsa; p=${publicKey}` },
    });
  });

  it("of a provider is a key that can be used", async () => {
    const of = (selector: string, zone: Zone) => dkim(zone, { selectors: [selector] });
    const key = rsa(2048);
    expect(await of("s1", at("s1", txtStrings(`v=DKIM1; p=${key}`)))).toEqual(["ok dkimProvider"]);
    const alias: Zone = {
      ...good,
      "s1._domainkey.example.com": { CNAME: "s1.provider.example" },
      "s1.provider.example": { TXT: [txtStrings(`p=${key}`)] },
    };
    expect(await of("s1", alias)).toEqual(["ok dkimProvider"]);
    expect(await of("s1", at("s1", txtStrings(`p=${rsa(2048, "pkcs1")}`)))).toEqual(["ok dkimProvider"]);
    expect(await of("s1", at("s1", `p=${rsa(1024)}`))).toEqual(["warning dkimWeak"]);
    expect(await of("s1", at("s1", `p=${rsa(512)}`))).toEqual(["error dkimWeak"]);
    expect(await of("s1", at("s1", `k=ed25519; p=${Buffer.alloc(32, 1).toString("base64")}`))).toEqual(["ok dkimProvider"]);
    expect(await of("s1", at("s1", "v=DKIM1; p="))).toEqual(["error dkimRevoked"]);
    expect(await of("s1", at("s1", "v=DKIM1; p=nonsense"))).toEqual(["error dkimBroken"]);
    expect(await of("s1", at("s1", "hello"))).toEqual(["error dkimBroken"]);
    expect(await of("s1", good)).toEqual(["error dkimProviderMissing"]);
  });
});

describe("DMARC", () => {
  const dmarc = async (zone: Zone, facts?: Partial<DomainFacts>) => about("dmarc", zone, facts);
  const at = (name: string, ...TXT: string[]): Zone => ({ ...good, [`_dmarc.${name}`]: { TXT } });
  const rua = "rua=mailto:d@example.com";

  it("is in order with a policy", async () => expect(await dmarc(good)).toEqual(["ok dmarcOk", "ok alignSpf"]));
  it("is missing, with what to publish", async () => {
    const { "_dmarc.example.com": _, ...without } = good;
    const missing = (await check(without)).find(({ about: what }) => what === "dmarc");
    expect(missing).toMatchObject({ code: "dmarcMissing", level: "error", publish: { name: "_dmarc.example.com" } });
    expect(await dmarc(at("example.com", "v=spf1 -all"))).toEqual(["error dmarcMissing"]);
  });
  it("must not be there twice", async () => {
    expect(await dmarc(at("example.com", "v=DMARC1; p=none", "v=DMARC1; p=reject"))).toEqual(["error dmarcMultiple"]);
  });
  it("without a policy is ignored", async () => expect(await dmarc(at("example.com", "v=DMARC1; p=off"))).toEqual(["error dmarcSyntax"]));
  it("names values nobody understands", async () => {
    expect(await dmarc(at("example.com", `v=DMARC1; p=reject; aspf=relaxed; ${rua}`))).toContain("warning dmarcSyntax");
  });
  it("of the organisation holds for the domains below it, with its policy for those", async () => {
    const zone: Zone = { ...good, ...at("example.com", `v=DMARC1; p=reject; sp=quarantine; ${rua}`) };
    const findings = await check(zone, { domain: "news.shop.example.com" });
    expect(findings.find(({ code }) => code === "dmarcOk")?.params).toEqual({ domain, policy: "quarantine" });
    expect(findings.find(({ code }) => code === "dmarcSubdomain")?.level).toBe("hint");
    expect(server.asked).not.toContain("TXT _dmarc.shop.example.com");
    const none = await check({ ...zone, ...at("example.com", `v=DMARC1; p=none; ${rua}`) }, { domain: "news.example.com" });
    expect(none.find(({ code }) => code === "dmarcOk")?.params).toMatchObject({ policy: "none" });
    const own = await check({ ...zone, ...at("news.example.com", `v=DMARC1; p=none; ${rua}`) }, { domain: "news.example.com" });
    expect(own.find(({ code }) => code === "dmarcOk")?.params).toEqual({ domain: "news.example.com", policy: "none" });
  });
  it("says what protects nothing", async () => {
    expect(await dmarc(at("example.com", "v=DMARC1; p=none"))).toEqual(["ok dmarcOk", "hint dmarcNone", "hint dmarcNoRua", "ok alignSpf"]);
    expect(await dmarc(at("example.com", `v=DMARC1; p=reject; pct=5; ${rua}`))).toContain("hint dmarcPct");
  });
  it("asks whether another domain takes its reports", async () => {
    const zone = at("example.com", "v=DMARC1; p=reject; rua=mailto:x@reports.example,mailto:y@sub.example.com");
    expect(await dmarc(zone)).toContain("warning dmarcRua");
    const agreed = { ...zone, "example.com._report._dmarc.reports.example": { TXT: ["v=DMARC1;"] } };
    expect(await dmarc(agreed)).not.toContain("warning dmarcRua");
  });
  it("needs SPF or DKIM of the visible domain", async () => {
    const foreign = { ...good, "bounce.example.net": { TXT: ["v=spf1 -all"] } };
    expect(await dmarc(foreign, { envelope: "bounce.example.net" })).toContain("hint alignUnknown");
    expect(await dmarc(foreign, { envelope: "bounce.example.com" })).toContain("ok alignSpf");
    const strict = at("example.com", `v=DMARC1; p=reject; aspf=s; ${rua}`);
    expect(await dmarc(strict, { envelope: "bounce.example.com" })).toContain("hint alignUnknown");
    const keys = [{ selector: "g1", publicKey: "AA", state: "active" as const }];
    expect(await dmarc(foreign, { envelope: "bounce.example.net", keys })).toContain("ok alignDkim");
  });
});

describe("the way back", () => {
  const way = (entry: Zone[string] | undefined, more: Zone = {}) => about("mx", entry === undefined ? more : { ...more, [domain]: entry });

  it("is a mail server with an address", async () => {
    expect(await way({ MX: [[10, "mx.example.com"]] }, mx)).toEqual(["ok mxOk"]);
    expect(await way({ MX: [[10, "gone.example.com"]] })).toEqual(["error mxDead"]);
    expect(await way({ A: ["192.0.2.1"] })).toEqual(["warning mxImplicit"]);
    expect(await way({ TXT: ["x"] })).toEqual(["error mxMissing"]);
    expect(await way({ MX: [[0, ""]] })).toEqual(["error mxNull"]);
    expect(await way(undefined)).toEqual(["error domainMissing"]);
  });
});

describe("what does not answer", () => {
  it("is never taken for missing", async () => {
    const zone: Zone = { ...good, "example.com": "servfail", "_dmarc.example.com": "silent", "s1._domainkey.example.com": "servfail" };
    const findings = await check(zone, { selectors: ["s1"] }, SHORT);
    expect(findings.map(({ about: what, level, params }) => [what, level, params.reason])).toEqual([
      ["spf", "unasked", "failed"],
      ["dkim", "unasked", "failed"],
      ["dmarc", "unasked", "timeout"],
      ["mx", "unasked", "failed"],
    ]);
    expect(stateOf(findings)).toBe("unasked");
  });
  it("in the middle of a record is named, too", async () => {
    const zone: Zone = { ...withSpf("v=spf1 include:slow.example -all"), "slow.example": "silent" };
    const findings = await check(zone, {}, SHORT);
    expect(findings.filter(({ about: what }) => what === "spf").map(({ code }) => code)).toEqual(["unasked"]);
  });
  it("holds nobody up beyond the deadline", async () => {
    server.zone = { "example.com": "silent", "_dmarc.example.com": "silent" };
    // One try alone would take longer than the whole test may.
    const slow = dns({ deadlineMs: 500, timeoutMs: 120_000 });
    const findings = await checkDomain(slow, { domain, envelope: domain, host: null, keys: [], selectors: [] });
    expect(findings.filter(({ level }) => level === "unasked").map(({ about: what }) => what)).toEqual(["spf", "dmarc", "mx"]);
  });
  it("may be the whole name server", async () => {
    const dead = createDns({ servers: ["127.0.0.1:1"], timeoutMs: 200 });
    expect(await dead.txt(domain)).toEqual({ state: "unasked", reason: "unreachable" });
  });
  it("asks no more than so many questions, whatever a stranger's record leads to", async () => {
    await check(withSpf(`v=spf1 ${Array.from({ length: 300 }, (_, n) => `a:h${n.toString()}.example`).join(" ")} -all`));
    expect(server.asked.length).toBeLessThan(160);
  });
});

describe("the one word for everything", () => {
  it("puts a mistake before silence, and silence before a warning", () => {
    const of = (...levels: ("ok" | "hint" | "warning" | "error" | "unasked")[]) => stateOf(levels.map((level) => ({ level })));
    expect([of("ok", "hint"), of("ok", "warning"), of("warning", "unasked"), of("unasked", "error")]).toEqual([
      ...["ok", "warning", "unasked", "error"],
    ]);
  });
});

describe("every finding", () => {
  it("was brought about above, and tells what its words name in both languages", () => {
    expect(CODES.filter((code) => !seen.has(code))).toEqual([]);
    for (const { senderDomain } of [MESSAGES.de, MESSAGES.en])
      for (const code of CODES) {
        const { title, text } = senderDomain.finding[code];
        const named = [...`${title} ${text}`.matchAll(/\{(\w+)[,}]/g)].map((found) => found[1] ?? "");
        expect(
          named.filter((name) => !seen.get(code)?.has(name)),
          code,
        ).toEqual([]);
      }
  });
  it("can be kept and read again", async () => {
    const findings = await check({ ...good, "_dmarc.example.com": "silent" }, { selectors: ["s1"] }, SHORT);
    expect(findingsSchema.parse(JSON.parse(JSON.stringify(findings)))).toEqual(findings);
  });
});
