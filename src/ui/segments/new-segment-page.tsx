"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useErrorText } from "../error-text";
import { toastError, toastSuccess } from "../primitives/toast";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { SegmentEditor } from "./segment-editor";

const EMPTY = { name: "", description: "", query: "" };

export function NewSegmentPage() {
  const t = useTranslations("segments");
  const shop = useShop();
  const router = useRouter();
  const utils = trpc.useUtils();
  const errorText = useErrorText();
  const create = trpc.segments.create.useMutation({
    onSuccess: (segment) => {
      void utils.segments.list.invalidate();
      toastSuccess(t("editor.created"));
      router.push(shopPath(shop.id, `/segments/${segment.id}`));
    },
    onError: (error) => toastError(errorText(error)),
  });
  return (
    <SegmentEditor
      initial={EMPTY}
      title={t("newTitle")}
      saveLabel={t("editor.create")}
      saving={create.isPending || create.isSuccess}
      readOnly={!shop.can("segment.write")}
      onSave={(draft) => create.mutate({ shopId: shop.id, ...draft })}
    />
  );
}
