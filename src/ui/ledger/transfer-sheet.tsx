"use client";

import { useTranslations } from "next-intl";
import { Code } from "../primitives/code";
import { Sheet } from "../primitives/dialog";
import { SkeletonText } from "../primitives/skeleton";
import { ErrorState } from "../primitives/states";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { Money, Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { useSourceLabel } from "./labels";

type Detail = RouterOutput["ledger"]["transfer"];

/** One transfer down to its postings. */
export function TransferSheet({ id, onClose }: { id: string | null; onClose: () => void }) {
  const t = useTranslations("ledger");
  const shop = useShop();
  const detail = trpc.ledger.transfer.useQuery({ shopId: shop.id, id: id ?? "" }, { enabled: id !== null });
  return (
    <Sheet
      open={id !== null}
      onOpenChange={(open) => !open && onClose()}
      title={detail.data ? t(`kind.${detail.data.transfer.kind}`) : t("detail.title")}
      description={null}
    >
      {detail.error ? (
        <ErrorState error={detail.error} onRetry={() => void detail.refetch()} />
      ) : detail.data ? (
        <TransferDetail {...detail.data} />
      ) : (
        <SkeletonText lines={8} />
      )}
    </Sheet>
  );
}

function TransferDetail({ transfer, postings }: Detail) {
  const t = useTranslations("ledger.detail");
  const source = useSourceLabel()(transfer.sourceType);
  const facts: [string, React.ReactNode][] = [
    [t("amount"), <Money key="amount" minor={transfer.amount} unit={transfer.unit} className="font-medium" />],
    [t("at"), <Timestamp key="at" at={transfer.at} />],
    [t("actor"), `${transfer.actorLabel} (${t(`actorType.${transfer.actorType}`)})`],
    ...(transfer.reason ? [[t("reason"), transfer.reason] satisfies [string, React.ReactNode]] : []),
    ...(transfer.orderRef ? [[t("order"), transfer.orderRef] satisfies [string, React.ReactNode]] : []),
    ...(source
      ? [
          [
            t("source"),
            <span key="source">
              {source} {transfer.sourceId && <Code>{transfer.sourceId}</Code>}
            </span>,
          ] satisfies [string, React.ReactNode],
        ]
      : []),
    [t("id"), <Code key="id">{transfer.id}</Code>],
  ];
  return (
    <div className="flex min-w-0 flex-col gap-5">
      <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-x-3 gap-y-2 text-sm">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="min-w-0 [overflow-wrap:anywhere]">{value}</dd>
          </div>
        ))}
      </dl>
      <TableFrame label={t("postings")}>
        <Table aria-label={t("postings")}>
          <thead>
            <Tr>
              <Th>{t("account")}</Th>
              <Th className="text-right">{t("amount")}</Th>
            </Tr>
          </thead>
          <tbody>
            {postings.map((posting) => (
              <Tr key={posting.no}>
                <Td>
                  {t(`accounts.${posting.account}`)}
                  {posting.customerId && (
                    <span className="block text-faint text-xs">{t("customer", { id: posting.customerId.slice(-12) })}</span>
                  )}
                </Td>
                <Td className="text-right">
                  <Money minor={posting.amount} unit={transfer.unit} sign="always" />
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      </TableFrame>
      <p className="text-muted text-xs">
        {transfer.entries > postings.length ? t("more", { shown: postings.length, count: transfer.entries }) : t("balanced")}
      </p>
    </div>
  );
}
