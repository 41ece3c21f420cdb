const NUMBER = /^\+?[\d\s()/.-]{6,}$/;
const bare = (cell: string): string =>
  cell
    .trim()
    .replace(/^"(.*)"$/, "$1")
    .trim();

/**
 * The addresses and numbers in what was pasted or in a table of another system, one a line: of its cells the one that is one. A line without
 * any stays whole, so that it can be shown as unreadable, except for the heads of columns. Each once.
 */
export function addressesIn(text: string): string[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const found = lines.map((line, index) => {
    const cells = line.split(/[,;\t]/).map(bare);
    const address = cells.find((cell) => /\S@\S/.test(cell)) ?? cells.find((cell) => NUMBER.test(cell));
    return address ?? (index === 0 && lines.length > 1 ? null : line.trim());
  });
  return [...new Set(found.filter((address) => address !== null))];
}
