"use client";

import { useTranslations } from "next-intl";
import { Button } from "../primitives/button";
import { Code } from "../primitives/code";
import { Sheet } from "../primitives/dialog";
import { SkeletonText } from "../primitives/skeleton";
import { ErrorState } from "../primitives/states";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { Money, Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { CustomerName } from "./customer-handle";
import { useSourceLabel } from "./labels";

type Transfer = RouterOutput["ledger"]["transfer"];

const PAGE = 50;

/** One transfer down to its postings. */
export function TransferSheet({ id, onClose }: { id: string | null; onClose: () => void }) {
  const t = useTranslations("ledger");
  const shop = useShop();
  const detail = trpc.ledger.transfer.useQuery({ shopId: shop.id, id: id ?? "" }, { enabled: id !== null });
  return (
    <Sheet
      open={id !== null}
      onOpenChange={(open) => !open && onClose()}
      title={detail.data ? t(`kind.${detail.data.kind}`) : t("detail.title")}
      description={null}
    >
      {detail.error ? (
        <ErrorState error={detail.error} onRetry={() => void detail.refetch()} />
      ) : detail.data ? (
        <TransferDetail transfer={detail.data} />
      ) : (
        <SkeletonText lines={8} />
      )}
    </Sheet>
  );
}

function TransferDetail({ transfer }: { transfer: Transfer }) {
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
      <Postings transfer={transfer} />
    </div>
  );
}

/** All postings, page by page: a drop has one per customer. */
function Postings({ transfer }: { transfer: Transfer }) {
  const t = useTranslations("ledger.detail");
  const shop = useShop();
  const postings = trpc.ledger.books.postings.useInfiniteQuery(
    { shopId: shop.id, id: transfer.id, limit: PAGE },
    { getNextPageParam: (page) => page.nextCursor },
  );
  if (postings.error) return <ErrorState error={postings.error} onRetry={() => void postings.refetch()} />;
  if (!postings.data) return <SkeletonText lines={4} />;
  const rows = postings.data.pages.flatMap((page) => page.items);
  return (
    <>
      <TableFrame label={t("postings")}>
        <Table aria-label={t("postings")}>
          <thead>
            <Tr>
              <Th>{t("account")}</Th>
              <Th className="text-right">{t("amount")}</Th>
            </Tr>
          </thead>
          <tbody>
            {rows.map((posting) => (
              <Tr key={posting.no}>
                <Td>
                  {t(`accounts.${posting.account}`)}
                  {posting.ofCustomer && (
                    <span className="block text-muted text-xs">
                      <CustomerName {...posting} />
                    </span>
                  )}
                </Td>
                <Td className="text-right align-top">
                  <Money minor={posting.amount} unit={transfer.unit} sign="always" />
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      </TableFrame>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="text-muted text-xs">
          {transfer.entries > rows.length ? t("more", { shown: rows.length, count: transfer.entries }) : t("balanced")}
        </p>
        {postings.hasNextPage && (
          <Button size="sm" loading={postings.isFetchingNextPage} onClick={() => void postings.fetchNextPage()}>
            {t("showMore")}
          </Button>
        )}
      </div>
    </>
  );
}
