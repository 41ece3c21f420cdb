"use client";

import { ImageUp } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { useErrorText } from "../../error-text";
import { Button } from "../../primitives/button";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import { preparePicture } from "./prepare-picture";

const TYPES = "image/png,image/jpeg,image/gif,image/webp";

/** The bytes of a file as the API takes them. */
async function toBase64(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** A picture from this computer, made to fit an e-mail; its address is filled in and saved with the rest. */
export function PictureUpload({ onUploaded }: { onUploaded: (url: string) => void }) {
  const t = useTranslations("templates.upload");
  const shop = useShop();
  const errorText = useErrorText();
  const input = useRef<HTMLInputElement>(null);
  const add = trpc.messages.templates.addPicture.useMutation();
  const [state, setState] = useState<"idle" | "preparing" | "unfit">("idle");
  // While a picture is on its way people go on writing: what it is put into is the field as it is then.
  const latest = useRef(onUploaded);
  useEffect(() => {
    latest.current = onUploaded;
  });
  const choose = async (file: File | undefined) => {
    if (!file) return;
    add.reset();
    setState("preparing");
    const picture = await preparePicture(file);
    setState(picture ? "idle" : "unfit");
    if (picture) add.mutate({ shopId: shop.id, base64: await toBase64(picture) }, { onSuccess: ({ url }) => latest.current(url) });
  };
  return (
    <div className="flex flex-col items-start gap-1">
      <Button size="sm" loading={state === "preparing" || add.isPending} onClick={() => input.current?.click()}>
        <ImageUp aria-hidden />
        {t("choose")}
      </Button>
      <input
        ref={input}
        type="file"
        accept={TYPES}
        aria-label={t("choose")}
        className="sr-only"
        tabIndex={-1}
        onChange={(event) => {
          void choose(event.target.files?.[0]);
          // The same file may be chosen again.
          event.target.value = "";
        }}
      />
      <p className="text-muted text-xs">{t("hint")}</p>
      <p role="alert" className="text-danger text-sm empty:hidden">
        {state === "unfit" ? t("unfit") : add.error && errorText(add.error)}
      </p>
    </div>
  );
}
