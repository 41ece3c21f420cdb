"use client";

import { ArrowLeft } from "lucide-react";
import { useTranslations } from "next-intl";
import { z } from "zod";
import { channelSchema, messageKindSchema } from "@/server/notifications/schema";
import { Button } from "../../primitives/button";
import { Page, PageHeader } from "../../primitives/page-header";
import { Skeleton, SkeletonText } from "../../primitives/skeleton";
import { EmptyState, ErrorState } from "../../primitives/states";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import { TemplateEditor } from "./template-editor";

/** What the address names: a template of the shop, or the built-in text of an event and channel. */
function wanted(which: string) {
  const id = z.uuid().safeParse(which);
  if (id.success) return { id: id.data };
  const [kind, channel] = which.split(".");
  const builtIn = z.object({ kind: messageKindSchema, channel: channelSchema }).safeParse({ kind, channel });
  return builtIn.success ? { builtIn: builtIn.data } : null;
}

const NONE = { builtIn: { kind: "credit_granted", channel: "email" } } as const;

type TemplateEditorPageProps = { which: string; onOpen: (which: string | null) => void };

export function TemplateEditorPage({ which, onOpen }: TemplateEditorPageProps) {
  const t = useTranslations("templates");
  const shop = useShop();
  const input = wanted(which);
  // What is being written must not change under the hands of the person who writes it; saving notices a newer version.
  const template = trpc.messages.templates.get.useQuery(
    { shopId: shop.id, ...(input ?? NONE) },
    { enabled: input !== null, refetchOnWindowFocus: false, refetchOnReconnect: false },
  );
  if (template.data && !template.isRefetching)
    return <TemplateEditor key={`${which} ${template.data.version ?? 0}`} which={which} template={template.data} onOpen={onOpen} />;
  return (
    <Page>
      <PageHeader
        title={t("title")}
        actions={
          <Button onClick={() => onOpen(null)}>
            <ArrowLeft aria-hidden />
            {t("editor.back")}
          </Button>
        }
      />
      {input === null ? (
        <EmptyState title={t("unknownTitle")} text={t("unknownText")} />
      ) : template.error ? (
        <ErrorState error={template.error} onRetry={() => void template.refetch()} />
      ) : (
        <div className="grid gap-6 lg:grid-cols-2">
          <SkeletonText lines={10} />
          <Skeleton className="h-160 w-full" />
        </div>
      )}
    </Page>
  );
}
