import { z } from "zod";

/** U+0000, which PostgreSQL keeps in no text, and half a character (a lone surrogate), which it keeps in no JSON. */
const UNSTORABLE = /\0|\p{Cs}/u;

type Place = { value: unknown; key: PropertyKey; parent: Place | null };

function pathOf(place: Place): PropertyKey[] {
  const path: PropertyKey[] = [];
  for (let at = place; at.parent; at = at.parent) path.push(at.key);
  return path.reverse();
}

const entriesOf = (value: object): Iterable<readonly [unknown, unknown]> =>
  value instanceof Map ? value : value instanceof Set || Array.isArray(value) ? [...value].entries() : Object.entries(value);

/** Without recursion and without a path per value: nesting as deep as the largest body ends in an answer, too. */
function placeOfUnstorable(value: unknown): Place | null {
  const open: Place[] = [{ value, key: "", parent: null }];
  for (let place = open.pop(); place; place = open.pop()) {
    if (typeof place.value === "string") {
      if (UNSTORABLE.test(place.value)) return place;
    } else if (typeof place.value === "object" && place.value !== null) {
      for (const [key, inner] of entriesOf(place.value)) {
        if (typeof key === "string" && UNSTORABLE.test(key)) return place;
        open.push({ value: inner, key: typeof key === "number" ? key : String(key), parent: place });
      }
    }
  }
  return null;
}

/**
 * The rule of every boundary, before any schema is asked: text that cannot be stored is a mistake of the field that carries it. Without
 * it, each field of each schema would have to say so, and the one that forgets ends as a defect of the database.
 */
export function unstorable(value: unknown): z.ZodError | null {
  const place = placeOfUnstorable(value);
  // The one that is an Error, too: tRPC hands on no other cause.
  return place && new z.ZodRealError([{ code: "custom", path: pathOf(place), message: "unstorable", input: undefined }]);
}
