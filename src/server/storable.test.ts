import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unstorable } from "./storable";

const clean = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));

describe("text that cannot be stored", () => {
  it("is found wherever it is, and named by its path", () => {
    const names = fc.array(fc.oneof(clean, fc.nat(5)), { maxLength: 8 });
    fc.assert(
      fc.property(names, clean, fc.constantFrom("\0", "\ud83d", "\ude00"), (path, text, bad) => {
        const around = (inner: unknown) =>
          path.reduceRight<unknown>(
            (value, key) => (typeof key === "number" ? Array(key).fill("").concat([value]) : { [key]: value }),
            inner,
          );
        expect(unstorable(around(text))).toBeNull();
        expect(unstorable(around(`${text}${bad} ${text}`))?.issues[0]?.path).toEqual(path.map((key) => key));
      }),
    );
  });

  it("is found in names, sets and maps; whole characters, dates and numbers pass", () => {
    for (const bad of [{ "a\0": 1 }, new Set(["\0"]), new Map([["k", "\0"]]), new Map([["\0", 1]])]) expect(unstorable(bad)).not.toBeNull();
    expect(unstorable(["😀 äöü", new Date(), 1n, null, undefined, true, new Map([[1, "x"]])])).toBeNull();
  });

  it("is looked for at any depth", () => {
    const deep = (text: string) => JSON.parse(`${"[".repeat(200_000)}${JSON.stringify(text)}${"]".repeat(200_000)}`);
    expect(unstorable(deep("x"))).toBeNull();
    expect(unstorable(deep("\0"))?.issues[0]?.path).toHaveLength(200_000);
  });
});
