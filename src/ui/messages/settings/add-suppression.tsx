"use client";

import { useLocale, useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { MAX_ADDRESSES } from "@/server/notifications/schema";
import { useErrorText } from "../../error-text";
import { formatNumber } from "../../format";
import { Button } from "../../primitives/button";
import { Dialog } from "../../primitives/dialog";
import { Field } from "../../primitives/field";
import { FileDrop } from "../../primitives/file-drop";
import { Input, Textarea } from "../../primitives/input";
import { Progress } from "../../primitives/progress";
import { Notice } from "../../primitives/states";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import { addressesIn } from "./addresses-in";

const FILE_BYTES = 20_000_000;
const SHOWN = 10;
const NONE = { added: 0, known: 0, invalid: [] as string[] };

/** Blocks one address or the whole list of another system: typed, pasted, or from its file. */
export function AddSuppression({ onClose }: { onClose: () => void }) {
  const t = useTranslations("sending.suppression");
  const common = useTranslations("common");
  const locale = useLocale();
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const [text, setText] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const [hint, setHint] = useState("");
  const [tried, setTried] = useState(false);
  const [progress, setProgress] = useState<{ sent: number; of: number } | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const [result, setResult] = useState<typeof NONE | null>(null);
  const add = trpc.messages.suppression.add.useMutation();
  const given = text.trim() !== "" || file !== null;

  /** Part by part. What failed can be sent again: what is blocked already is only counted. */
  const block = async () => {
    const addresses = addressesIn([text, file ? await file.text() : ""].join("\n"));
    const total = { ...NONE };
    for (let sent = 0; sent < addresses.length; sent += MAX_ADDRESSES) {
      setProgress({ sent, of: addresses.length });
      const part = addresses.slice(sent, sent + MAX_ADDRESSES).map((address) => address.slice(0, 320));
      const { added, known, invalid } = await add.mutateAsync({ shopId: shop.id, addresses: part, hint: hint.trim() });
      total.added += added;
      total.known += known;
      total.invalid = [...total.invalid, ...invalid];
    }
    setResult(total);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!given || progress) return;
    setFailure(null);
    void block()
      .catch(setFailure)
      .finally(() => {
        setProgress(null);
        void utils.messages.suppression.invalidate();
      });
  };
  const number = (value: number) => formatNumber(value, locale);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("addTitle")} description={t("addText")}>
      {result ? (
        <div className="flex flex-col gap-4">
          <Notice
            tone={result.invalid.length > 0 ? "warning" : "accent"}
            title={t("added", { count: result.added, shown: number(result.added) })}
          >
            {result.known > 0 && <p>{t("alreadyKnown", { count: result.known, shown: number(result.known) })}</p>}
            {result.invalid.length > 0 && (
              <>
                <p>{t("unreadable", { count: result.invalid.length, shown: number(result.invalid.length) })}</p>
                <ul className="mt-1 list-disc pl-5">
                  {result.invalid.slice(0, SHOWN).map((line) => (
                    <li key={line} className="break-all">
                      {line}
                    </li>
                  ))}
                  {result.invalid.length > SHOWN && <li>…</li>}
                </ul>
              </>
            )}
          </Notice>
          <Button className="self-end" onClick={onClose}>
            {common("actions.close")}
          </Button>
        </div>
      ) : (
        <form noValidate method="post" onSubmit={submit} className="flex flex-col gap-4">
          <Field
            label={t("addresses")}
            required
            hint={t("addressesHint")}
            error={tried && !given ? common("validation.required") : undefined}
          >
            {(control) => <Textarea {...control} rows={4} value={text} onChange={(event) => setText(event.target.value)} />}
          </Field>
          <Field label={t("file")} hint={t("fileHint")} error={undefined}>
            {(control) => <FileDrop {...control} file={file} onFileChange={setFile} extensions={[".csv", ".txt"]} bytesMax={FILE_BYTES} />}
          </Field>
          <Field label={t("hint")} hint={t("hintHint")} error={undefined}>
            {(control) => <Input {...control} maxLength={100} value={hint} onChange={(event) => setHint(event.target.value)} />}
          </Field>
          {progress && progress.of > MAX_ADDRESSES && (
            <Progress
              label={t("blocking")}
              value={progress.sent / progress.of}
              valueText={t("blockingOf", { sent: number(progress.sent), of: number(progress.of) })}
            />
          )}
          <div role="alert" className="text-danger text-sm empty:hidden">
            {failure === null ? null : errorText(failure)}
          </div>
          <div className="flex justify-end">
            <Button type="submit" variant="primary" loading={progress !== null}>
              {t("add")}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
