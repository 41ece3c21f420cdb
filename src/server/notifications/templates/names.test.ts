import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { brandSchema } from "../schema";
import { compileTemplate, renderTemplate, smsSegments } from "./compile";
import { defaultContent } from "./defaults";
import { salutation, shortName } from "./names";
import { type ValueInput, valuesOf } from "./values";

vi.stubEnv("DATABASE_URL", "postgres://nobody@localhost/none");
vi.stubEnv("AUTH_SECRET", "only for tests, never used here.");

const RLO = "\u202e";
const CONTROLS = /[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2065\u206a-\u206f\ufeff]/u;
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

const values = (firstName: string, patch: Partial<ValueInput> = {}) =>
  valuesOf({
    locale: "de",
    params: { amount: "1050", unit: "EUR", expiresAt: null },
    person: { firstName, lastName: firstName },
    shop: { name: "Teeladen", timeZone: "Europe/Berlin", url: "https://tee.example" },
    links: { unsubscribe: "https://app.example/u/TOKEN", preferences: "https://app.example/preferences/TOKEN" },
    ...patch,
  });

async function rendered(channel: "email" | "sms" | "push", firstName: string) {
  const words = "{{ first_name }} {{ amount }}";
  const content = {
    email: { subject: words, preheader: "", blocks: [{ type: "text" as const, text: words }] },
    sms: { text: words },
    push: { title: words, body: words, url: "" },
  }[channel];
  const brand = brandSchema.parse({});
  return renderTemplate(
    await compileTemplate({ kind: "credit_granted", channel, locale: "de", content, brand, shopName: "Teeladen" }),
    values(firstName),
  );
}

describe("a name from outside", () => {
  it("turns no amount around and hides nothing", async () => {
    for (const channel of ["email", "sms", "push"] as const)
      for (const part of Object.values(await rendered(channel, `Anna${RLO}\u200f\u2066`))) expect(part).not.toContain(RLO);
    expect(shortName(`A${RLO}n\u200bn\u00ada\ufeff`)).toBe("Anna");
    // What joins the people of a family and the letters of Persian stays.
    expect(shortName("👨‍👩‍👧 می‌خواهم")).toBe("👨‍👩‍👧 می‌خواهم");
    expect(shortName("\u3164\u200b \u2060")).toBe("");
  });

  it("keeps to its own direction beside an amount, where that costs nothing", async () => {
    const email = await rendered("email", "علي");
    if (email.channel !== "email") throw new Error("no e-mail");
    expect(email.html).toContain("\u2068علي\u2069 10,50");
    expect(plain(email.text)).toContain("\u2068علي\u2069 10,50");
    expect(plain(email.subject)).toBe("علي 10,50 €");
    const sms = await rendered("sms", "Anna");
    expect(sms.channel === "sms" && smsSegments(sms.text).encoding).toBe("GSM-7");
    expect(sms.channel === "sms" && sms.text).not.toMatch(/[\u2066-\u2069]/);
    const latin = await rendered("email", "Jörg");
    expect(latin.channel === "email" && latin.html + latin.text).not.toMatch(/[\u2066-\u2069]/);
  });

  it("never leaves a direction open, whatever it is made of", async () => {
    const letters = fc.constantFrom(
      "a",
      "ä",
      "ع",
      "ש",
      RLO,
      "\u202a",
      "\u2066",
      "\u2068",
      "\u2069",
      "\u200e",
      "\u061c",
      " ",
      "1",
      "😀",
      "<",
    );
    const name = fc.array(letters, { maxLength: 30 }).map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(name, async (firstName) => {
        const email = await rendered("email", firstName);
        const sms = await rendered("sms", firstName);
        if (email.channel !== "email" || sms.channel !== "sms") throw new Error("another channel");
        for (const part of [email.subject, email.text, email.html.slice(email.html.indexOf('<td class="pad"')), sms.text]) {
          expect(part).not.toMatch(CONTROLS);
          expect(part.split("\u2068").length).toBe(part.split("\u2069").length);
          expect(part).not.toMatch(/[\u2066\u2067]/);
        }
        expect(sms.text + email.subject).not.toMatch(/[\u2068\u2069]/);
      }),
      { numRuns: 80, seed: 7 },
    );
  });

  it.each([
    "https://evil.example",
    "www.evil.example",
    "a@evil.example",
    "evil.com/gewinn",
    "Gewinn: evil.com",
    "evil.example/x",
    "ｗｗｗ.evil",
  ])("is none when it is an address: %s", (name) => {
    expect(salutation(name)).toBe("");
    expect(values(name)).toMatchObject({ first_name: "", last_name: "" });
  });
  it.each(["Anna", "Dr. Müller", "J.R.", "St.John", "O'Brien", "Anna-Lena", "Müller/Schmidt", "李小龙", "Nguyễn Văn A"])(
    "is one: %s",
    (name) => {
      expect(salutation(name)).toBe(name);
    },
  );
});

describe("a request for confirmation", () => {
  it("greets nobody by a name that anybody could have typed in", () => {
    expect(JSON.stringify(defaultContent("opt_in", "email"))).not.toContain("first_name");
    expect(JSON.stringify(defaultContent("credit_granted", "email"))).toContain("first_name");
  });
});

describe("a product's address", () => {
  it("is one of the web, or the shop's", () => {
    const product = { title: "Tee", price: null, unit: "EUR" };
    const of = (image: string | null, url: string | null) =>
      values("x", { recommendations: [{ ...product, image, url }] }).recommendations[0];
    expect(of("//cdn.example/b.png", "javascript:alert(1)")).toMatchObject({
      image: "https://cdn.example/b.png",
      url: "https://tee.example",
    });
    expect(of("b.png", "https://tee.example/a")).toMatchObject({ image: "", url: "https://tee.example/a" });
  });
});
