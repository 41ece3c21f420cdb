import { describe, expect, it } from "vitest";
import { backoffMs, parseDue, parseDuration, parseRetryAfter } from "./duration";
import { bind, evaluate, necessaryFilter, parseExpression } from "./expression";
import { canonical, jsonText } from "./json";

const on = (source: string, event: Record<string, never> | object, async?: object) =>
  evaluate(parseExpression(source, ["event", "async"]), { event: event as never, async: (async ?? {}) as never });

describe("expressions", () => {
  it.each([
    ["event.data.a == 1", true],
    ["event.data.a == '1'", false],
    ['event.data.s == "x\'y"', true],
    ["event.data['odd key'] == true", true],
    ["event.data.a >= 1 && event.data.s != 'z'", true],
    ["event.data.a > 1 || !(event.data.a == 2)", true],
    ["event.data.none == null", true],
    ["event.data.none == event.data.neither", false],
    ["event.data.none != 1", true],
    ["event.data.a < 'b'", false],
    ["event.data.s + '-' + event.data.a", "x'y-1"],
    ["event.data.a + 2", 3],
    ["event.data.none + 'x'", undefined],
    ["event.data.o == async.data.o", true],
  ])("%s", (source, expected) => {
    const data = { a: 1, s: "x'y", "odd key": true, o: { p: 1, q: [2] } };
    expect(on(source, { data }, { data: { o: { q: [2], p: 1 } } })).toBe(expected);
  });

  it.each(["", "event.", "event.data.a ==", "size(event)", "user.id == 1", "event.data.a = 1", "(event.data.a", "event.data.a 1"])(
    "refuses %j and says which expression it was",
    (source) => expect(() => parseExpression(source, ["event"])).toThrow(`expression "${source}"`),
  );

  it("binds the run's event, so that a missing field never matches a missing field", () => {
    const bound = bind(parseExpression("event.data.id == async.data.id && async.data.n > 2", ["event", "async"]), { data: {} });
    expect(evaluate(bound, { async: { data: { n: 3 } } })).toBe(false);
    const given = bind(parseExpression("event.data.id == async.data.id && async.data.n > 2", ["event", "async"]), { data: { id: "a" } });
    expect(necessaryFilter(given)).toEqual({ data: { id: "a" } });
    expect(evaluate(given, { async: { data: { id: "a", n: 3 } } })).toBe(true);
  });

  it("filters by nothing that only one branch of an alternative needs", () => {
    expect(necessaryFilter(parseExpression("async.a == 1 || async.b == 2", ["async"]))).toEqual({});
    expect(necessaryFilter(parseExpression("async.a == 1 && (async.b == 2 || async.c == 3)", ["async"]))).toEqual({ a: 1 });
  });
});

describe("times", () => {
  it("reads the SDK's time strings", () => {
    expect(parseDuration("1d2h30m10s")).toBe(95_410_000);
    expect(parseDuration("soon")).toBeNull();
    expect(parseDue("2026-01-01T00:00:00.000Z")).toEqual({ at: new Date("2026-01-01") });
    expect(parseDue("")).toEqual({ inMs: 0 });
    expect(() => parseDue("whenever")).toThrow("neither");
    expect(parseRetryAfter("90")).toEqual({ inMs: 90_000 });
    expect(parseRetryAfter("garbage")).toBeNull();
  });

  it("pauses longer each time, with jitter, at most two hours and a bit", () => {
    expect([0, 1, 2, 3, 4].map((n) => backoffMs(n, 1, () => 0))).toEqual([15_000, 30_000, 60_000, 120_000, 300_000]);
    expect(backoffMs(0, 1, () => 1)).toBe(18_000);
    expect(backoffMs(50, 1, () => 0)).toBe(7_200_000);
  });
});

describe("canonical JSON", () => {
  it("sorts keys at every depth and keeps lists in order", () => {
    expect(canonical({ b: [2, 1], a: { d: null, c: "é\n" } })).toBe('{"a":{"c":"é\\n","d":null},"b":[2,1]}');
  });

  it("drops NUL characters but not text that looks like their escape", () => {
    expect(jsonText("a\u0000b")).toBe('"ab"');
    expect(JSON.parse(jsonText("a\\u0000b"))).toBe("a\\u0000b");
    expect(JSON.parse(jsonText("a\\\u0000b"))).toBe("a\\b");
  });
});
