import { expect, it } from "vitest";
import { csvLine, writeCsv } from "./write-csv";

it("takes the effect of formulas and leaves numbers alone (domain.md B22)", () => {
  const cells = ["=HYPERLINK(1)", "@SUM", "-1+1", "\tx", "＝1", "+49", " =1", "plain", 'say "hi"', null, { number: "-5.00" }];
  expect(csvLine(cells)).toBe(`"'=HYPERLINK(1)","'@SUM","'-1+1","'\tx","'＝1","'+49","' =1",plain,"say ""hi""",,-5.00\r\n`);
});
it("begins with a byte order mark", () => expect(writeCsv(["a"], [["b"]])).toBe("\uFEFFa\r\nb\r\n"));
it("does not take words for numbers", () => expect(() => csvLine([{ number: "1;2" }])).toThrow(RangeError));
