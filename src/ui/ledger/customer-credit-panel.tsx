"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import type { CustomerCredit } from "@/server/ledger/schema";
import { Button } from "../primitives/button";
import { Card, Section } from "../primitives/card";
import { SkeletonText } from "../primitives/skeleton";
import { Stat, StatRow } from "../primitives/stat";
import { EmptyState, ErrorState } from "../primitives/states";
import { Money } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { CustomerTransfers } from "./customer-transfers";
import { LotTimeline } from "./lot-timeline";
import { ManualCreditDialog } from "./manual-credit-dialog";
import { RefundDialog } from "./refund-dialog";

/** A customer's credit: balances, lots in time, every transfer with its reason, actor and source, and giving or taking by hand. */
export function CustomerCreditPanel({ customerId }: { customerId: string }) {
  const t = useTranslations("ledger.customer");
  const shop = useShop();
  const [editing, setEditing] = useState(false);
  const [refunding, setRefunding] = useState(false);
  const credit = trpc.ledger.customerCredit.useQuery({ shopId: shop.id, customerId });
  const own = credit.data?.balances.find((balance) => balance.unit === shop.currency);
  return (
    <div className="flex min-w-0 flex-col gap-6" aria-busy={credit.isPending}>
      <Section
        title={t("title")}
        actions={
          shop.can("credit.manual") && (
            <>
              <Button onClick={() => setRefunding(true)}>{t("refund")}</Button>
              <Button onClick={() => setEditing(true)} disabledReason={credit.data ? undefined : t("loading")}>
                {t("change")}
              </Button>
            </>
          )
        }
      >
        {credit.error ? (
          <Card>
            <ErrorState error={credit.error} onRetry={() => void credit.refetch()} />
          </Card>
        ) : credit.data ? (
          <Balances credit={credit.data} />
        ) : (
          <Card>
            <SkeletonText lines={4} />
          </Card>
        )}
      </Section>
      <Section title={t("history")}>
        <CustomerTransfers customerId={customerId} />
      </Section>
      <RefundDialog customerId={customerId} open={refunding} onOpenChange={setRefunding} />
      {credit.data && (
        <ManualCreditDialog
          customerId={customerId}
          available={own?.available ?? 0n}
          now={credit.data.asOf}
          open={editing}
          onOpenChange={setEditing}
        />
      )}
    </div>
  );
}

function Balances({ credit }: { credit: CustomerCredit }) {
  const t = useTranslations("ledger.customer");
  if (credit.balances.length === 0) {
    return (
      <Card>
        <EmptyState title={t("emptyTitle")} text={t("emptyText")} />
      </Card>
    );
  }
  return credit.balances.map((balance) => (
    <div key={balance.unit} className="flex min-w-0 flex-col gap-3">
      <StatRow>
        <Stat label={t("available")} value={<Money minor={balance.available} unit={balance.unit} />} size="lg" />
        <Stat label={t("held")} value={<Money minor={balance.held} unit={balance.unit} />} hint={t("heldHint")} />
        <Stat label={t("upcoming")} value={<Money minor={balance.upcoming} unit={balance.unit} />} hint={t("upcomingHint")} />
      </StatRow>
      <Card>
        <LotTimeline unit={balance.unit} lots={balance.lots} now={credit.asOf} />
      </Card>
    </div>
  ));
}
