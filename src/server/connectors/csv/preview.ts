import { uniqueColumns } from "./columns";
import { guessDateOrder } from "./guess-mapping";
import { type Inspection, refuse } from "./read-file";
import { type ImportPreview, SEPARATORS, type Separator } from "./schema";
import { RecordSplitter } from "./split-records";

/** Records that guessing and the preview look at. */
export const SAMPLE_ROWS = 200;

/** The first records of a text, cell by cell. */
export function readSample(head: Buffer, separator: Separator, limit: number): string[][] {
  const rows: string[][] = [];
  const splitter = new RecordSplitter(separator, {
    record(record) {
      if (rows.length < limit && !record.bad)
        rows.push(Array.from({ length: record.fields }, (_, field) => record.text(field).slice(0, 300)));
      return true;
    },
  });
  // A head that was cut ends in the middle of a record: without finish() it is left out, unless it is the whole file.
  splitter.push(head);
  if (rows.length < 2) splitter.finish();
  return rows;
}

/** The separator with which most records have as many cells as the header. */
export function detectSeparator(head: Buffer): Separator {
  let best: { separator: Separator; score: number } = { separator: ",", score: 0 };
  for (const separator of SEPARATORS) {
    const rows = readSample(head, separator, 50);
    const width = rows[0]?.length ?? 0;
    if (width < 2) continue;
    const fitting = rows.filter((row) => row.length === width).length / rows.length;
    const score = fitting * Math.log2(1 + width);
    if (score > best.score) best = { separator, score };
  }
  return best.separator;
}

/** What the browser shows before an import. Throws IMPORT_FORMAT when there is no header or nothing below it. */
export function makePreview(file: Inspection): ImportPreview {
  const separator = detectSeparator(file.head);
  const [header, ...sample] = readSample(file.head, separator, SAMPLE_ROWS + 1);
  if (!header) throw refuse("empty");
  const isData = (cell: string) => cell === "" || /^[-+]?[\d.,\s]+$/.test(cell) || cell.includes("@") || guessDateOrder([cell]) !== null;
  if (header.every(isData)) throw refuse("noHeader");
  if (sample.length === 0) throw refuse("noRows");
  const { gzip, encoding, bom, decodedBytes } = file;
  return { gzip, encoding, bom, decodedBytes, separator, columns: uniqueColumns(header), sample };
}
