"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Code } from "../primitives/code";
import { Dialog } from "../primitives/dialog";
import { SkeletonText } from "../primitives/skeleton";
import { Notice } from "../primitives/states";
import { Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";

/** Checks every invariant of the books now, on demand: it reads all of them. */
export function BooksCheck() {
  const t = useTranslations("ledger.check");
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t("action")}</Button>
      <Dialog open={open} onOpenChange={setOpen} title={t("title")} description={t("description")}>
        {open && <Result />}
      </Dialog>
    </>
  );
}

function Result() {
  const t = useTranslations("ledger.check");
  const shop = useShop();
  const errorText = useErrorText();
  const check = trpc.ledger.violations.useQuery({ shopId: shop.id }, { staleTime: 0, gcTime: 0 });
  if (check.error) return <Notice tone="danger" title={errorText(check.error)} />;
  if (!check.data) return <SkeletonText lines={3} />;
  const { violations, checkedAt } = check.data;
  return (
    <div className="flex flex-col gap-3">
      {violations.length === 0 ? (
        <Notice tone="accent" title={t("clean")}>
          {t("cleanText")}
        </Notice>
      ) : (
        <>
          <Notice tone="danger" title={t("broken", { count: violations.length })}>
            {t("brokenText")}
          </Notice>
          <ul className="divide-y divide-line text-sm">
            {violations.map((violation) => (
              <li key={`${violation.invariant} ${violation.subject}`} className="py-2">
                <span className="font-medium">{violation.invariant}</span> <Code>{violation.subject}</Code>
                <div className="text-muted text-xs [overflow-wrap:anywhere]">{JSON.stringify(violation.detail)}</div>
              </li>
            ))}
          </ul>
        </>
      )}
      <p className="text-muted text-xs">{t.rich("at", { time: () => <Timestamp at={checkedAt} /> })}</p>
    </div>
  );
}
