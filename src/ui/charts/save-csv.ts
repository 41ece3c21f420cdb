import { toCsv } from "./scales";

/** Hands rows to the browser as a file named after what they are. */
export function saveCsv(title: string, rows: readonly (readonly string[])[]): void {
  const url = URL.createObjectURL(new Blob([toCsv(rows)], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "")}.csv`;
  link.click();
  // The download has its own reference to the data by the next turn of the event loop.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
