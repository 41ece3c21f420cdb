"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { BarChart } from "../charts/bar-chart";
import { Card, Section } from "../primitives/card";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import type { RouterOutput } from "../trpc";

type Groups = NonNullable<RouterOutput["roi"]["overview"]["groups"]>;

/** How the customers are spread over the six groups; the page of the groups says what to do with each. */
export function GroupsPart({ groups }: { groups: Groups }) {
  const t = useTranslations("overview");
  const name = useTranslations("scoring.group");
  const shop = useShop();
  return (
    <Section
      title={t("groups")}
      actions={
        <Link className="text-accent text-sm underline-offset-2 hover:underline" href={shopPath(shop.id, "/analytics/groups")}>
          {t("allGroups")}
        </Link>
      }
    >
      <Card>
        <BarChart
          title={t("groups")}
          titleHidden
          categoryLabel={t("group")}
          valueLabel={t("customers")}
          format={{ kind: "number" }}
          orientation="horizontal"
          bars={groups.groups.map(({ group, customers }) => ({ id: group, label: name(group), value: customers }))}
        />
      </Card>
    </Section>
  );
}
