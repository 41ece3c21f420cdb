"use client";

import { ImageUp } from "lucide-react";
import { useTranslations } from "next-intl";
import { useRef, useState } from "react";
import { MAX_PICTURE_BYTES } from "@/server/notifications/schema";
import { useErrorText } from "../../error-text";
import { Button } from "../../primitives/button";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";

const TYPES = "image/png,image/jpeg,image/gif,image/webp";

/** The bytes of a file as the API takes them. */
async function toBase64(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** A logo from this computer; its address is filled in and saved with the rest. */
export function LogoUpload({ onUploaded }: { onUploaded: (url: string) => void }) {
  const t = useTranslations("templates.brand");
  const shop = useShop();
  const errorText = useErrorText();
  const input = useRef<HTMLInputElement>(null);
  const add = trpc.messages.settings.addPicture.useMutation({ onSuccess: ({ url }) => onUploaded(url) });
  const [tooLarge, setTooLarge] = useState(false);
  const choose = async (file: File | undefined) => {
    if (!file) return;
    add.reset();
    setTooLarge(file.size > MAX_PICTURE_BYTES);
    if (file.size <= MAX_PICTURE_BYTES) add.mutate({ shopId: shop.id, base64: await toBase64(file) });
  };
  return (
    <div className="flex flex-col items-start gap-1">
      <Button size="sm" loading={add.isPending} onClick={() => input.current?.click()}>
        <ImageUp aria-hidden />
        {t("upload")}
      </Button>
      <input
        ref={input}
        type="file"
        accept={TYPES}
        aria-label={t("upload")}
        className="sr-only"
        tabIndex={-1}
        onChange={(event) => {
          void choose(event.target.files?.[0]);
          // The same file may be chosen again.
          event.target.value = "";
        }}
      />
      <p className="text-muted text-xs">{t("uploadHint")}</p>
      <p role="alert" className="text-danger text-sm empty:hidden">
        {tooLarge ? t("uploadTooLarge") : add.error && errorText(add.error)}
      </p>
    </div>
  );
}
