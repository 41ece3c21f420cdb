"use client";

import { MoreHorizontal } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useState } from "react";
import type { CreditLot, CustomerCredit } from "@/server/ledger/schema";
import { Button, IconButton } from "../primitives/button";
import { Card, Section } from "../primitives/card";
import { DropdownMenu, MenuItem } from "../primitives/dropdown-menu";
import { SkeletonText } from "../primitives/skeleton";
import { Stat, StatRow } from "../primitives/stat";
import { EmptyState, ErrorState, Notice } from "../primitives/states";
import { Money } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { ClawbackDialog } from "./clawback-dialog";
import { ConvertDialog } from "./convert-dialog";
import { CustomerTransfers } from "./customer-transfers";
import { LotTimeline } from "./lot-timeline";
import { ManualCreditDialog } from "./manual-credit-dialog";
import { MergeDialog } from "./merge-dialog";
import { RecallDialog, recallable } from "./recall-dialog";
import { RefundDialog } from "./refund-dialog";

const DIALOGS = ["refund", "change", "merge", "clawback", "convert"] as const;
type Action = (typeof DIALOGS)[number];

/** A customer's credit: balances, lots in time, every transfer with its reason, actor and source, and what can be done by hand. */
export function CustomerCreditPanel({ customerId }: { customerId: string }) {
  const t = useTranslations("ledger.customer");
  const shop = useShop();
  const [action, setAction] = useState<Action | null>(null);
  const [recalled, setRecalled] = useState<CreditLot | null>(null);
  const credit = trpc.ledger.customerCredit.useQuery({ shopId: shop.id, customerId });
  const balances = credit.data?.balances ?? [];
  const points = balances.filter(({ unit, available }) => unit.startsWith("PTS:") && available > 0n).map(({ unit }) => unit);
  const manages = shop.can("credit.manage");
  const open = (name: Action) => ({ open: action === name, onOpenChange: (next: boolean) => setAction(next ? name : null) });
  return (
    <div className="flex min-w-0 flex-col gap-6" aria-busy={credit.isPending}>
      <Section
        title={t("title")}
        actions={
          shop.can("credit.manual") && (
            <>
              <Button onClick={() => setAction("refund")}>{t("refund")}</Button>
              <Button onClick={() => setAction("change")} disabledReason={credit.data ? undefined : t("loading")}>
                {t("change")}
              </Button>
              {manages && credit.data && (
                <MoreMenu canConvert={points.length > 0} canMerge={shop.can("customer.list")} onChoose={setAction} />
              )}
            </>
          )
        }
      >
        {credit.data?.mergedInto && (
          <Notice
            tone="info"
            title={t("merged")}
            action={
              <Link className="text-sm underline" href={shopPath(shop.id, `/customers/${credit.data.mergedInto}`)}>
                {t("toMerged")}
              </Link>
            }
          >
            {t("mergedText")}
          </Notice>
        )}
        {credit.error ? (
          <Card>
            <ErrorState error={credit.error} onRetry={() => void credit.refetch()} />
          </Card>
        ) : credit.data ? (
          <Balances credit={credit.data} onRecall={manages ? setRecalled : null} />
        ) : (
          <Card>
            <SkeletonText lines={4} />
          </Card>
        )}
      </Section>
      <Section title={t("history")}>
        <CustomerTransfers customerId={customerId} />
      </Section>
      <RefundDialog customerId={customerId} {...open("refund")} />
      {credit.data && (
        <ManualCreditDialog
          customerId={customerId}
          available={balances.find(({ unit }) => unit === shop.currency)?.available ?? 0n}
          now={credit.data.asOf}
          {...open("change")}
        />
      )}
      {manages && (
        <>
          <MergeDialog customerId={customerId} {...open("merge")} />
          <ClawbackDialog customerId={customerId} units={earnedUnits(balances, shop.currency)} {...open("clawback")} />
          <ConvertDialog customerId={customerId} units={points} {...open("convert")} />
          <RecallDialog customerId={customerId} source={recalled && recallable(recalled)} onClose={() => setRecalled(null)} />
        </>
      )}
    </div>
  );
}

/** Units in which the customer was ever given earned credit; the shop's currency where there is none. */
const earnedUnits = (balances: CustomerCredit["balances"], currency: string): readonly string[] => {
  const units = balances.filter(({ lots }) => lots.some((lot) => lot.origin === "earned")).map(({ unit }) => unit);
  return units.length > 0 ? units : [currency];
};

type MoreMenuProps = { canConvert: boolean; canMerge: boolean; onChoose: (action: Action) => void };

function MoreMenu({ canConvert, canMerge, onChoose }: MoreMenuProps) {
  const t = useTranslations("ledger.people");
  return (
    <DropdownMenu
      trigger={
        <IconButton label={t("more")} variant="secondary">
          <MoreHorizontal aria-hidden />
        </IconButton>
      }
    >
      <MenuItem onSelect={() => onChoose("clawback")}>{t("clawback.title")}</MenuItem>
      {canConvert && <MenuItem onSelect={() => onChoose("convert")}>{t("convert.title")}</MenuItem>}
      {canMerge && <MenuItem onSelect={() => onChoose("merge")}>{t("merge.title")}</MenuItem>}
    </DropdownMenu>
  );
}

function Balances({ credit, onRecall }: { credit: CustomerCredit; onRecall: ((lot: CreditLot) => void) | null }) {
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
        <Stat
          label={t("available")}
          value={<Money minor={balance.available} unit={balance.unit} />}
          hint={
            balance.conditional > 0n
              ? t.rich("conditional", { amount: () => <Money minor={balance.conditional} unit={balance.unit} /> })
              : undefined
          }
          size="lg"
        />
        <Stat label={t("held")} value={<Money minor={balance.held} unit={balance.unit} />} hint={t("heldHint")} />
        <Stat label={t("upcoming")} value={<Money minor={balance.upcoming} unit={balance.unit} />} hint={t("upcomingHint")} />
        {balance.debt > 0n && <Stat label={t("debt")} value={<Money minor={balance.debt} unit={balance.unit} />} hint={t("debtHint")} />}
      </StatRow>
      {balance.lots.length > 0 && (
        <Card>
          <LotTimeline unit={balance.unit} lots={balance.lots} now={credit.asOf} onRecall={onRecall} />
        </Card>
      )}
    </div>
  ));
}
