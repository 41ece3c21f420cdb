import { EditorState, type Extension, Transaction, type TransactionSpec } from "@codemirror/state";

/** Characters no text of ours may have: control characters except for a new line and a tab, and halves of others. */
const UNWANTED = /(?![\n\t])[\p{Cc}\p{Cs}]/gu;
/** Never half an emoji. */
const cut = (text: string, room: number): string => text.slice(0, Math.max(0, room)).replace(/[\ud800-\udbff]$/, "");

/**
 * What comes into a field as the field can have it: one line where there is only one, without control characters, cut at its end as a plain
 * field cuts. Only what is inserted is touched, so that the caret stays behind it. What was chosen from the list comes whole or not at all:
 * half a variable is a mistake.
 */
export function fitting(multiline: boolean, max: () => number): Extension {
  return EditorState.transactionFilter.of((transaction) => {
    if (!transaction.docChanged) return transaction;
    const changes: { from: number; to: number; insert: string }[] = [];
    const places: { end: number; start: number; length: number }[] = [];
    let room = max() - transaction.startState.doc.length;
    let touched = false;
    let shortened = false;
    transaction.changes.iterChanges((from, to, start, end, inserted) => {
      const given = inserted.toString();
      const plain = given.replace(UNWANTED, "");
      const wanted = multiline ? plain : plain.replace(/\s*\n\s*/g, " ");
      const insert = cut(wanted, room + to - from);
      room += to - from - insert.length;
      touched ||= insert !== given;
      shortened ||= insert !== wanted;
      changes.push({ from, to, insert });
      places.push({ start, end, length: insert.length });
    });
    if (!touched) return transaction;
    if (transaction.isUserEvent("input.complete") && shortened) return [];
    /** A place in the text that was wanted, in the text that comes of it. */
    const moved = (at: number): number =>
      places.reduce((place, { start, end, length }) => {
        if (at >= end) return place - (end - start) + length;
        return at > start ? place - Math.max(0, at - start - length) : place;
      }, at);
    const { main } = transaction.newSelection;
    const spec: TransactionSpec = {
      changes,
      selection: { anchor: moved(main.anchor), head: moved(main.head) },
      effects: transaction.effects,
      scrollIntoView: transaction.scrollIntoView,
    };
    const event = transaction.annotation(Transaction.userEvent);
    return event === undefined ? spec : { ...spec, userEvent: event };
  });
}
