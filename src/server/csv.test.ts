import { describe, expect, it } from "vitest";
import { csvCell, csvLine, fileSlug, writeCsv } from "./csv";

it("takes the effect of formulas and leaves numbers alone (domain.md B22)", () => {
  const cells = ["=HYPERLINK(1)", "@SUM", "-1+1", "\tx", "＝1", "+49", " =1", "plain", 'say "hi"', null, { number: "-5.00" }];
  expect(csvLine(cells)).toBe(`"'=HYPERLINK(1)","'@SUM","'-1+1","'\tx","'＝1","'+49","' =1",plain,"say ""hi""",,-5.00\r\n`);
});
it("begins with a byte order mark", () => expect(writeCsv(["a"], [["b"]])).toBe("\uFEFFa\r\nb\r\n"));
it("makes any name part of a file's name", () => {
  expect(fileSlug("  Müllers Käse & Söhne / Nr. 7 ")).toBe("müllers-käse-söhne-nr-7");
  expect(fileSlug("../../etc/passwd\r\n")).toBe("etc-passwd");
  expect(fileSlug("…")).toBe("");
});
it("does not take words for numbers", () => expect(() => csvLine([{ number: "1;2" }])).toThrow(RangeError));

describe("csvCell (domain.md B22)", () => {
  it.each([
    ["=HYPERLINK(1)", `"'=HYPERLINK(1)"`],
    ["@SUM(A1)", `"'@SUM(A1)"`],
    ["-1+1", `"'-1+1"`],
    ["+49", `"'+49"`],
    ["\tx", `"'\tx"`],
    ["\uFF1D1", `"'\uFF1D1"`],
    ['say "hi", you', '"say ""hi"", you"'],
    ["two\nlines", '"two\nlines"'],
    ["plain", "plain"],
  ])("%j becomes %j", (text, cell) => {
    expect(csvCell(text)).toBe(cell);
  });

  it("makes documents spreadsheets read as UTF-8", () => {
    expect(writeCsv(["a", "b"], [["1", "\u00e4"]])).toBe("\uFEFFa,b\r\n1,\u00e4\r\n");
  });
});
