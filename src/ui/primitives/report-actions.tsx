"use client";

import { Download, Printer } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button, buttonStyle } from "./button";

/**
 * What a report can be taken away as: a file that the server writes, and paper. The print dialog also saves as PDF; how a page looks there
 * is told by the print rules in theme.css.
 */
export function ReportActions({ csv }: { csv: string }) {
  const t = useTranslations("common.actions");
  return (
    <div className="flex flex-wrap gap-2 print:hidden">
      <a href={csv} download className={buttonStyle({ size: "sm" })}>
        <Download aria-hidden />
        {t("csv")}
      </a>
      <Button size="sm" onClick={() => window.print()}>
        <Printer aria-hidden />
        {t("print")}
      </Button>
    </div>
  );
}
