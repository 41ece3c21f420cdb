import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { armOf, bucketOf } from "./assignment";
import { sha256 } from "./sha256";

const hex = (words: Uint32Array): string => Array.from(words, (w) => w.toString(16).padStart(8, "0")).join("");

describe("sha256", () => {
  it("equals node:crypto for any text, across block borders", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        expect(hex(sha256(text))).toBe(createHash("sha256").update(text, "utf8").digest("hex"));
      }),
      { numRuns: 300 },
    );
    for (const length of [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 1000]) {
      const text = "a".repeat(length);
      expect(hex(sha256(text)), `length ${length}`).toBe(createHash("sha256").update(text).digest("hex"));
    }
  });
});

describe("assignment (R14)", () => {
  it.each([
    ["drop_01", "cust_1", 9296],
    ["drop_01", "cust_2", 1007],
    ["drop_02", "cust_1", 8527],
    ["drop_01", "müller@exämple.de", 10],
  ])("%s, %s falls into bucket %i", (salt, subject, bucket) => {
    expect(bucketOf(salt, subject)).toBe(bucket);
  });

  it("holds 9,825 of 100,000 people out at 10 %", () => {
    let controls = 0;
    for (let i = 0; i < 100_000; i++) if (armOf("drop_01", `cust_${i}`, 1000) === "control") controls++;
    expect(controls).toBe(9825);
  });

  it("holds nobody out at 0 and gives no person two arms", () => {
    expect(armOf("x", "müller@exämple.de", 0)).toBe("treated");
    expect(armOf("drop_01", "müller@exämple.de", 10)).toBe("treated");
    expect(armOf("drop_01", "müller@exämple.de", 11)).toBe("control");
  });
});
