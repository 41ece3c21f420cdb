"use client";

import { Button } from "../primitives/button";
import { Dialog } from "../primitives/dialog";
import { SecretLine } from "./secret-line";

type SecretTexts = (key: "secretTitle" | "secretText" | "copySecret" | "done") => string;

/** A secret that is shown once, to copy. `t` says what it is for. */
export function SecretDialog({ secret, t, onDone }: { secret: string; t: SecretTexts; onDone: () => void }) {
  return (
    <Dialog
      open
      // Only the button closes it: a slip of the hand would lose the secret.
      onOpenChange={() => {}}
      title={t("secretTitle")}
      description={t("secretText")}
      footer={
        <Button variant="primary" onClick={onDone}>
          {t("done")}
        </Button>
      }
    >
      <SecretLine text={secret} copyLabel={t("copySecret")} />
    </Dialog>
  );
}
