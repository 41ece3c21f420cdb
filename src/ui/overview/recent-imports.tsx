"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import type { Messages } from "@/messages/index";
import { Card, Section } from "../primitives/card";
import { Timestamp } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import type { RouterOutput } from "../trpc";

type Imports = NonNullable<RouterOutput["roi"]["overview"]["imports"]>;

/** The latest files that were read, each a link to its report. */
export function RecentImports({ imports }: { imports: Imports }) {
  const t = useTranslations("overview");
  const shop = useShop();
  const known = (status: string): status is keyof Messages["overview"]["importStatus"] =>
    t.has(`importStatus.${status}` as "importStatus.done");
  return (
    <Section
      title={t("imports")}
      actions={
        <Link className="text-accent text-sm underline-offset-2 hover:underline" href={shopPath(shop.id, "/imports")}>
          {t("importsAll")}
        </Link>
      }
    >
      {imports.length === 0 ? (
        <p className="text-muted text-sm">{t("importsEmpty")}</p>
      ) : (
        <Card flush>
          <ul className="divide-y divide-line">
            {imports.map((file) => (
              <li key={file.id}>
                <Link
                  href={shopPath(shop.id, `/imports/${file.id}`)}
                  className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4 py-2.5 text-sm hover:bg-hover"
                >
                  <span className="min-w-0 truncate font-medium text-ink">{file.fileName}</span>
                  <span className="tabular flex flex-wrap gap-x-3 text-muted text-xs">
                    <span>{known(file.status) ? t(`importStatus.${file.status}`) : file.status}</span>
                    {file.rows !== null && <span>{t("importRows", { count: file.rows })}</span>}
                    <Timestamp at={file.createdAt} />
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </Section>
  );
}
