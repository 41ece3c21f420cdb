"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { type Brand, brandSchema } from "@/server/notifications/schema";
import { anyContentSchema } from "@/server/notifications/templates/schema";
import { Skeleton } from "../../primitives/skeleton";
import { ErrorState } from "../../primitives/states";
import { useLate } from "../../primitives/use-late";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import { MessageFrame } from "../message-frame";
import { type Scheme, SchemeSwitch } from "./scheme-switch";
import { inScheme } from "./template-preview";
import { RESTING_MS } from "./use-draft";

const SHOWN = { kind: "credit_granted", channel: "email" } as const;

/** A mail in the brand as it is being written; the last one that could be shown while a field is not valid yet. */
export function BrandPreview({ brand }: { brand: Brand | null }) {
  const t = useTranslations("templates.preview");
  const shop = useShop();
  const locale = useLocale();
  const [scheme, setScheme] = useState<Scheme>("light");
  const shown = useLastValid(brand);
  const text = trpc.messages.templates.get.useQuery({ shopId: shop.id, builtIn: SHOWN });
  const content = text.data && anyContentSchema.parse(text.data.content);
  const preview = trpc.messages.templates.preview.useQuery(
    { shopId: shop.id, ...SHOWN, content: content ?? { de: { text: "" }, en: { text: "" } }, locale, ...(shown ? { brand: shown } : {}) },
    { enabled: content !== undefined, placeholderData: keepPreviousData, retry: false },
  );
  return (
    <section aria-label={t("title")} className="flex min-w-0 flex-col gap-3 lg:sticky lg:top-0 lg:self-start">
      <SchemeSwitch value={scheme} onChange={setScheme} />
      {preview.error ? (
        <ErrorState error={preview.error} onRetry={() => void preview.refetch()} />
      ) : preview.data ? (
        <div className="min-w-0 [&_iframe]:h-140">
          <MessageFrame subject={preview.data.subject} html={inScheme(preview.data.html, scheme)} />
        </div>
      ) : (
        <Skeleton className="h-140 w-full" />
      )}
    </section>
  );
}

/** The last valid brand, once a hand rests. As text: the form makes a new object with every render. */
function useLastValid(brand: Brand | null): Brand | null {
  const text = brand && JSON.stringify(brand);
  const [valid, setValid] = useState(text);
  if (text !== null && text !== valid) setValid(text);
  const late = useLate(valid, RESTING_MS);
  return useMemo(() => (late === null ? null : brandSchema.parse(JSON.parse(late))), [late]);
}
