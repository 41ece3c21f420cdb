/** Case and accents do not matter when looking for something: "muller" finds "Müller", "lukasz" finds "Łukasz". */
const fold = (text: string) =>
  text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("ß", "ss").replaceAll("ł", "l").replaceAll("ø", "o");

/**
 * How well a text answers a query: 1 when each typed word starts a word of it, 0.5 when each is somewhere inside, otherwise 0.
 * cmdk's own score finds letters scattered over a word and offers „Aufgaben“ for "ann".
 */
export function matchText(texts: readonly string[], query: string): number {
  const text = fold(texts.join(" "));
  const typed = fold(query)
    .split(/\s+/)
    .filter((word) => word !== "");
  if (typed.length === 0) return 1;
  const words = text.split(/[\s\-_.@/]+/);
  if (typed.every((part) => words.some((word) => word.startsWith(part)))) return 1;
  return typed.every((part) => text.includes(part)) ? 0.5 : 0;
}

/** For cmdk: the value is an id, only the keywords are what people read. */
export const filterByKeywords = (_value: string, query: string, keywords?: string[]) => matchText(keywords ?? [], query);
