import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_RECORD, RecordSplitter } from "./split-records";

type Row = { line: number; cells: string[]; bad: string | null };

/** Splits with chunks of the given sizes; `pauseEvery` makes the sink pause after so many records. */
function split(text: string | Buffer, separator = ",", sizes: readonly number[] = [], pauseEvery = 0): Row[] {
  const rows: Row[] = [];
  const splitter = new RecordSplitter(separator, {
    record(record) {
      // Untrimmed, as the reference gives them.
      const cells = Array.from({ length: record.fields }, (_, i) => {
        const raw = record.buf.toString("utf8", record.start[i], record.end[i]);
        return record.escaped[i] ? raw.replaceAll('""', '"') : raw;
      });
      rows.push({ line: record.line, cells, bad: record.bad });
      return pauseEvery === 0 || rows.length % pauseEvery !== 0;
    },
  });
  const bytes = Buffer.from(text);
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes.length > 0 ? Math.max(1, sizes[n % sizes.length] ?? 1) : bytes.length;
    for (let go = splitter.push(bytes.subarray(at, at + size)); !go; go = splitter.push());
    at += size;
  }
  while (!splitter.finish());
  return rows;
}

/** The same grammar, written to be read: one character after the other over the whole text. */
function reference(text: string, separator: string): Row[] {
  const rows: Row[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const from = at;
    const cells: string[] = [];
    let broken = false;
    for (;;) {
      if (text[at] === '"') {
        let cell = "";
        at++;
        for (;;) {
          if (at >= text.length) {
            broken = true;
            break;
          }
          if (text[at] === '"' && text[at + 1] === '"') {
            cell += '"';
            at += 2;
          } else if (text[at] === '"') {
            at++;
            break;
          } else cell += text[at++];
        }
        if (!broken && text[at] === "\r" && (at + 1 >= text.length || text[at + 1] === "\n")) at++;
        if (!broken && at < text.length && text[at] !== separator && text[at] !== "\n") broken = true;
        if (broken) break;
        cells.push(cell);
      } else {
        let cell = "";
        while (at < text.length && text[at] !== separator && text[at] !== "\n") cell += text[at++];
        cells.push(text[at] !== separator && cell.endsWith("\r") ? cell.slice(0, -1) : cell);
      }
      if (text[at] !== separator) break;
      at++;
    }
    if (broken) {
      const newline = text.indexOf("\n", from);
      const end = newline < 0 ? text.length : newline;
      rows.push({ line, cells: [text.slice(from, end).replace(/\r$/, "")], bad: "QUOTE" });
      at = newline < 0 ? text.length : newline + 1;
      line++;
      continue;
    }
    // A quoted empty cell is a cell; an empty line is nothing.
    const isBlank = cells.length === 1 && cells[0] === "";
    if (!isBlank) rows.push({ line, cells, bad: null });
    line += text.slice(from, at).split("\n").length;
    at++;
  }
  return rows;
}

const LETTERS = ["a", "b", '"', '"', ",", ";", "\n", "\r\n", "\r", " ", "ü", "€"];
const messy = fc.array(fc.constantFrom(...LETTERS), { maxLength: 60 }).map((parts) => parts.join(""));
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

describe("RecordSplitter", () => {
  it("reads any text like the reference, however it is cut and paused", () => {
    fc.assert(
      fc.property(messy, sizes, fc.integer({ min: 0, max: 3 }), fc.constantFrom(",", ";"), (text, cuts, pause, separator) => {
        expect(split(text, separator, cuts, pause)).toEqual(reference(text, separator));
      }),
      { numRuns: 3_000 },
    );
  });

  it("gives back whatever was written", () => {
    const cell = fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => text.replaceAll("\0", ""));
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { maxLength: 8 }), sizes, (table, cuts) => {
        const text = table.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(";")).join("\r\n");
        expect(split(text, ";", cuts).map((row) => row.cells)).toEqual(table);
      }),
      { numRuns: 500 },
    );
  });

  it("keeps separators and line breaks inside quotes and counts the lines of the file", () => {
    expect(split('a;b\n"x;y";"one\ntwo"\nc;d\n', ";")).toEqual([
      { line: 1, cells: ["a", "b"], bad: null },
      { line: 2, cells: ["x;y", "one\ntwo"], bad: null },
      { line: 4, cells: ["c", "d"], bad: null },
    ]);
  });

  it("loses only the line of a forgotten quote", () => {
    expect(split('a,b\n"x,y\nc,d\n')).toEqual([
      { line: 1, cells: ["a", "b"], bad: null },
      { line: 2, cells: ['"x,y'], bad: "QUOTE" },
      { line: 3, cells: ["c", "d"], bad: null },
    ]);
  });

  it("does not let one record grow without bound", () => {
    const rows = split(`a,b\n"${"x".repeat(MAX_RECORD + 10)}\nc,d\n${"y\n".repeat(10)}`, ",", [65_536]);
    expect(rows[1]).toMatchObject({ line: 2, bad: expect.stringMatching(/TOO_LONG|QUOTE/) });
    expect(rows[2]).toMatchObject({ line: 3, cells: ["c", "d"] });
  });
});
