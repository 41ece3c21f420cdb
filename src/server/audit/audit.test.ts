import { describe, expect, it } from "vitest";
import { canonicalJson } from "./canonical-json";

describe("canonicalJson", () => {
  it("is one text per value", () => {
    expect(canonicalJson({ b: 1, a: [true, null, "\u00e4\n"], c: undefined })).toBe('{"a":[true,null,"\u00e4\\n"],"b":1}');
    expect(canonicalJson({ money: 9007199254740993n, at: new Date(0) })).toBe(
      '{"at":"1970-01-01T00:00:00.000Z","money":"9007199254740993"}',
    );
    expect(() => canonicalJson({ bad: Number.NaN })).toThrow(RangeError);
  });

  it("survives the way through JSON", () => {
    const value = { z: 1, nested: { y: [1, { b: 2, a: "x" }], x: null } };
    expect(canonicalJson(JSON.parse(JSON.stringify(value)))).toBe(canonicalJson(value));
  });
});
