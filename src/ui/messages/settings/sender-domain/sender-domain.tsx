"use client";

import { useTranslations } from "next-intl";
import { Loaded } from "../../../analytics/loading";
import { useErrorText } from "../../../error-text";
import { Button, ButtonLink } from "../../../primitives/button";
import { Card, Section } from "../../../primitives/card";
import { Code } from "../../../primitives/code";
import { EmptyState, Notice } from "../../../primitives/states";
import { toastError, toastSuccess } from "../../../primitives/toast";
import { Timestamp } from "../../../primitives/values";
import { shopPath } from "../../../shell/navigation";
import { useShop } from "../../../shell/shop-context";
import { type RouterOutput, trpc } from "../../../trpc";
import { Findings, StateBadge } from "./findings";
import { SelectorsForm } from "./selectors-form";
import { Signing } from "./signing";

export type View = RouterOutput["messages"]["senderDomain"]["get"];

/** Whether mailbox providers can see who sends for the shop's domain, and what to publish so that they do. */
export function SenderDomain() {
  const t = useTranslations("senderDomain");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const query = trpc.messages.senderDomain.get.useQuery({ shopId: shop.id });
  const show = (view: View) => void utils.messages.senderDomain.get.setData({ shopId: shop.id }, view);
  const check = trpc.messages.senderDomain.check.useMutation({
    onSuccess: show,
    onError: (error) => void toastError(errorText(error)),
  });
  // What was seen before keys or selectors changed is about others now.
  const changed = (view: View) => {
    show(view);
    check.mutate({ shopId: shop.id });
  };
  const domain = query.data?.domain ?? null;
  return (
    <Section
      title={t("title")}
      description={t("text")}
      actions={
        domain !== null && (
          <Button
            loading={check.isPending}
            disabledReason={shop.can("shop.manage") ? undefined : t("readOnly")}
            onClick={() => check.mutate({ shopId: shop.id }, { onSuccess: () => void toastSuccess(t("done")) })}
          >
            {t("check")}
          </Button>
        )
      }
    >
      <p role="status" className="sr-only">
        {check.isPending && domain !== null ? t("asking", { domain }) : ""}
      </p>
      <Loaded query={query}>
        {(view) =>
          view.domain === null ? <NoDomain /> : <Known view={view} domain={view.domain} asking={check.isPending} onView={changed} />
        }
      </Loaded>
    </Section>
  );
}

function NoDomain() {
  const t = useTranslations("senderDomain");
  const shop = useShop();
  return (
    <Card>
      <EmptyState
        title={t("noneTitle")}
        text={t("noneText")}
        action={<ButtonLink href={shopPath(shop.id, "/messages/templates?brand=true")}>{t("noneAction")}</ButtonLink>}
      />
    </Card>
  );
}

function Known({ view, domain, asking, onView }: { view: View; domain: string; asking: boolean; onView: (view: View) => void }) {
  const t = useTranslations("senderDomain");
  const { check } = view;
  const badSince = check?.badSince ?? null;
  return (
    <div className="flex min-w-0 flex-col gap-6">
      {view.server === null && <Notice tone="info" title={t("noServer")} />}
      {badSince && (
        <Notice tone="danger" title={<span className="[overflow-wrap:anywhere]">{t("badTitle", { domain })}</span>}>
          {t.rich("badText", { at: () => <Timestamp at={badSince} /> })}
        </Notice>
      )}
      <div className="flex min-w-0 flex-col gap-3">
        <p className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1 text-muted text-sm">
          <Code>{domain}</Code>
          {view.source === "installation" && <span>{t("fromInstallation")}</span>}
          {(check || asking) && <StateBadge state={check?.state ?? "unasked"} asking={asking} />}
          {check && (
            <span>
              {t("checked")} <Timestamp at={check.at} />
            </span>
          )}
        </p>
        {check || asking ? (
          <Findings findings={check?.findings ?? []} asking={asking} />
        ) : (
          <Card>
            <EmptyState title={t("never")} text={t("neverText", { domain })} />
          </Card>
        )}
      </div>
      <Signing view={view} domain={domain} onView={onView} />
      <SelectorsForm view={view} onView={onView} />
    </div>
  );
}
