import { expect, it } from "vitest";
import { formatDuration } from "./duration";

it.each([
  [-5, "0 ms"],
  [320.4, "320 ms"],
  [4_250, "4,2 Sek."],
  [59_999, "59,9 Sek."],
  [60_000, "1 Min."],
  [192_000, "3 Min. 12 Sek."],
  [7_500_000, "2 Std. 5 Min."],
  [90_000_000, "1 Tag 1 Std."],
])("writes %d ms as %s", (ms, text) => {
  expect(formatDuration(ms, "de").replaceAll("\u00a0", " ")).toBe(text);
});
