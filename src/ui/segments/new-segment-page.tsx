"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useQueryState } from "nuqs";
import { toastError, toastSuccess } from "../primitives/toast";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { SegmentEditor } from "./segment-editor";
import { useSegmentErrorText } from "./segment-error";
import { VocabularyProvider } from "./vocabulary";

const EMPTY = { name: "", description: "", query: "", tags: [] };

export function NewSegmentPage() {
  const t = useTranslations("segments");
  const shop = useShop();
  // A page that shows people hands over the query that describes them.
  const [query] = useQueryState("query", { defaultValue: "" });
  const router = useRouter();
  const utils = trpc.useUtils();
  const errorText = useSegmentErrorText();
  const create = trpc.segments.create.useMutation({
    onSuccess: (segment) => {
      void utils.segments.list.invalidate();
      void utils.segments.tags.invalidate();
      toastSuccess(t("editor.created"));
      router.push(shopPath(shop.id, `/segments/${segment.id}`));
    },
    onError: (error) => toastError(errorText(error)),
  });
  return (
    <VocabularyProvider>
      <SegmentEditor
        initial={{ ...EMPTY, query }}
        keeping={{ key: `${shop.userId}:${shop.id}:new:${query}`, version: null }}
        title={t("newTitle")}
        saveLabel={t("editor.create")}
        saving={create.isPending || create.isSuccess}
        readOnly={!shop.can("segment.write")}
        onSave={(draft) => create.mutate({ shopId: shop.id, ...draft })}
      />
    </VocabularyProvider>
  );
}
