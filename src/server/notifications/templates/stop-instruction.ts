/** Verbs that make of STOP something to do, in both languages. */
const ANSWER = /(?:^|[^\p{L}])(?:ge)?(?:antwort|send|schick|schreib|sms\b|repl(?:y|ies)|text\b|txt\b|respond|answer)/iu;
/** As far as an instruction reaches within its sentence. */
const REACH = 40;

/**
 * Whether a finished SMS tells how to end it by an answer: STOP as a word of its own, in capitals as people are told to write it, with the
 * instruction beside it. A text that only has the letters in it ("STOP! Hier entlang", "nonstop") says nothing of the kind.
 */
export function saysStop(text: string): boolean {
  for (const { index, 0: word } of text.matchAll(/(?<![\p{L}\p{N}])STOPP?(?![\p{L}\p{N}])/gu)) {
    const before =
      text
        .slice(Math.max(0, index - REACH), index)
        .split(/[.!?\n]/)
        .at(-1) ?? "";
    const after = text.slice(index + word.length, index + word.length + REACH).split(/[.!?\n]/)[0] ?? "";
    if (ANSWER.test(before) || ANSWER.test(after)) return true;
  }
  return false;
}
