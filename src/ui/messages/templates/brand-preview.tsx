"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import type { Brand } from "@/server/notifications/schema";
import { anyContentSchema } from "@/server/notifications/templates/schema";
import { SegmentedControl } from "../../primitives/choice";
import { Skeleton } from "../../primitives/skeleton";
import { ErrorState } from "../../primitives/states";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import { MessageFrame } from "../message-frame";
import { inScheme } from "./template-preview";

const SHOWN = { kind: "credit_granted", channel: "email" } as const;

/** A mail in the brand as it is being written; the last one that could be shown while a field is not valid yet. */
export function BrandPreview({ brand }: { brand: Brand | null }) {
  const t = useTranslations("templates.preview");
  const shop = useShop();
  const locale = useLocale();
  const [scheme, setScheme] = useState<"light" | "dark">("light");
  const shown = useResting(brand);
  const text = trpc.messages.templates.get.useQuery({ shopId: shop.id, builtIn: SHOWN });
  const content = text.data && anyContentSchema.parse(text.data.content);
  const preview = trpc.messages.templates.preview.useQuery(
    { shopId: shop.id, ...SHOWN, content: content ?? { de: { text: "" }, en: { text: "" } }, locale, ...(shown ? { brand: shown } : {}) },
    { enabled: content !== undefined, placeholderData: keepPreviousData, retry: false },
  );
  return (
    <section aria-label={t("title")} className="flex min-w-0 flex-col gap-3 lg:sticky lg:top-0 lg:self-start">
      <SegmentedControl
        aria-label={t("scheme")}
        options={[
          { value: "light", label: t("light") },
          { value: "dark", label: t("dark") },
        ]}
        value={scheme}
        onValueChange={setScheme}
      />
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

/** The last valid brand, once a hand rests. */
function useResting(brand: Brand | null): Brand | null {
  const [resting, setResting] = useState(brand);
  const text = JSON.stringify(brand);
  useEffect(() => {
    const next: Brand | null = JSON.parse(text);
    if (next === null) return;
    const timer = setTimeout(() => setResting(next), 350);
    return () => clearTimeout(timer);
  }, [text]);
  return resting;
}
