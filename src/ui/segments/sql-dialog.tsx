"use client";

import { useTranslations } from "next-intl";
import { CodeBlock } from "../primitives/code";
import { Dialog } from "../primitives/dialog";
import { SkeletonText } from "../primitives/skeleton";
import { ErrorState } from "../primitives/states";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";

type SqlDialogProps = { query: string; open: boolean; onOpenChange: (open: boolean) => void };

/** What the database is really asked, for the curious and the careful. Values stand apart: the text never contains one. */
export function SqlDialog({ query, open, onOpenChange }: SqlDialogProps) {
  const t = useTranslations("segments.sql");
  const shop = useShop();
  const sql = trpc.segments.sql.useQuery({ shopId: shop.id, query }, { enabled: open, retry: false });
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("title")} description={t("text")} size="lg">
      {sql.error ? (
        <ErrorState error={sql.error} onRetry={() => void sql.refetch()} className="py-4" />
      ) : sql.data ? (
        <div className="flex flex-col gap-4">
          <CodeBlock text={sql.data.sql} label={t("title")} copyLabel={t("copy")} wrap />
          {sql.data.parameters.length > 0 && (
            <TableFrame label={t("parameters")}>
              <Table aria-label={t("parameters")}>
                <thead>
                  <Tr>
                    <Th>{t("no")}</Th>
                    <Th>{t("type")}</Th>
                    <Th>{t("value")}</Th>
                  </Tr>
                </thead>
                <tbody>
                  {sql.data.parameters.map((parameter) => (
                    <Tr key={parameter.no}>
                      <Td className="font-mono text-xs">${parameter.no}</Td>
                      <Td className="font-mono text-muted text-xs">{parameter.type}</Td>
                      <Td className="font-mono text-xs [overflow-wrap:anywhere]">{parameter.value}</Td>
                    </Tr>
                  ))}
                </tbody>
              </Table>
            </TableFrame>
          )}
        </div>
      ) : (
        <SkeletonText lines={6} />
      )}
    </Dialog>
  );
}
