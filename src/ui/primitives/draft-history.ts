/** Steps back and forth through the states of a draft. Pure; `at` is any clock that only goes forward, in milliseconds. */
export type History<State> = {
  past: readonly State[];
  present: State;
  future: readonly State[];
  /** What the last change was about and when, so that a word typed is one step and not one for each letter. */
  last: { tag: string; at: number } | null;
};

/** More than anybody undoes, little enough for memory. */
const MAX_STEPS = 200;
/** Changes of the same thing within this time are one step. */
const TOGETHER_MS = 800;

export const startHistory = <State>(present: State): History<State> => ({ past: [], present, future: [], last: null });

/** A change. `tag` names what is being typed in; null is a step of its own. */
export function record<State>(history: History<State>, next: State, tag: string | null, at: number): History<State> {
  const { past, present, last } = history;
  const together = tag !== null && last !== null && last.tag === tag && at - last.at < TOGETHER_MS && past.length > 0;
  return {
    past: together ? past : [...past, present].slice(-MAX_STEPS),
    present: next,
    future: [],
    last: tag === null ? null : { tag, at },
  };
}

export function undo<State>(history: History<State>): History<State> {
  const present = history.past.at(-1);
  if (present === undefined) return history;
  return { past: history.past.slice(0, -1), present, future: [history.present, ...history.future], last: null };
}

export function redo<State>(history: History<State>): History<State> {
  const [present, ...future] = history.future;
  if (present === undefined) return history;
  return { past: [...history.past, history.present], present, future, last: null };
}
