"use client";

import { Download } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button } from "../primitives/button";
import { saveCsv } from "./save-csv";

/** The file of a table that is no chart. `rows` with its head, numbers plain; made on the click. */
export function ExportButton({ title, rows }: { title: string; rows: () => readonly (readonly string[])[] }) {
  const t = useTranslations("common.chart");
  return (
    <Button
      variant="ghost"
      size="sm"
      className="print:hidden"
      aria-label={t("exportLabel", { title })}
      onClick={() => saveCsv(title, rows())}
    >
      <Download aria-hidden />
      {t("export")}
    </Button>
  );
}
