/** The cursors of the pages seen on the way; null is the first page. */
export type Trail = readonly (string | null)[];

export const START: Trail = [null];

/** A page that was opened by its address was reached from the first one, as far as anybody knows. */
const upTo = (trail: Trail, cursor: string | null): Trail => {
  const seen = trail.indexOf(cursor);
  return seen < 0 ? [null, cursor] : trail.slice(0, seen + 1);
};

export const onwards = (trail: Trail, cursor: string | null, next: string): Trail => [...upTo(trail, cursor), next];

export const before = (trail: Trail, cursor: string | null): string | null => upTo(trail, cursor).at(-2) ?? null;
