"use client";

import { useState } from "react";
import { unlessStepUp, useStepUp } from "../auth/step-up";
import { useErrorText } from "../error-text";
import { toastSuccess } from "../primitives/toast";
import { trpc } from "../trpc";

type Operation<Input, Answer> = { mutateAsync: (input: Input) => Promise<Answer>; error: unknown; isPending: boolean };

/**
 * One operation of a dialog: booked once however often it is sent, with the question for the password where it needs one. What was refused
 * was not booked, so a corrected attempt is another operation with another key.
 */
export function useOperation<Input, Answer>(mutation: Operation<Input, Answer>, done: (answer: Answer) => string, onDone: () => void) {
  const run = useStepUp();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [failed, setFailed] = useState<string | null>(null);
  const send = async (input: (key: string) => Input) => {
    setFailed(null);
    try {
      const answer = await run(() => mutation.mutateAsync(input(key)));
      if (answer === undefined) return;
      await utils.ledger.invalidate();
      toastSuccess(done(answer));
      onDone();
    } catch (error) {
      setKey(crypto.randomUUID());
      const said = unlessStepUp(error);
      setFailed(said === null ? null : errorText(said));
    }
  };
  return { send, error: failed, pending: mutation.isPending };
}
