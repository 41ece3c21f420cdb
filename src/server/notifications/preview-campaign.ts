import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { attempt, type MessageBody } from "./get-message";
import { exampleLinks } from "./links";
import type { Channel, CreditParams } from "./schema";
import { readSettings } from "./settings";
import { recommendationsFor } from "./templates/recommendations";
import { sampleValues } from "./templates/sample";
import { findSources, showsRecommendations } from "./templates/template-source";
import { type MessageLocale, valuesOf } from "./templates/values";

export type PreviewedPerson = { customerId: string; firstName: string | null; lastName: string | null };

type Wanted = {
  campaignId: string;
  kind: "credit_granted" | "campaign_message";
  channel: Channel;
  /** One language each: to whom, and what the message tells. Without a person an invented one reads it. */
  readers: readonly { locale: MessageLocale; person: PreviewedPerson | null; params: CreditParams }[];
};

/** What a campaign that has not begun would say, from the same texts and by the same renderer as sending. Its links belong to nobody. */
export async function previewCampaign(handle: TenantTrx, ctx: ShopContext, { readers, ...campaign }: Wanted): Promise<MessageBody[]> {
  const settings = await readSettings(handle, ctx);
  const shop = await handle.trx.selectFrom("shop").select(["name", "time_zone"]).where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
  const wanted = { ...campaign, templateId: null, templateVersion: null };
  const source = (await findSources(handle, ctx, [wanted]))(wanted);
  const ids = readers.flatMap(({ person }) => (person ? [person.customerId] : []));
  const recommended = showsRecommendations(source) ? await recommendationsFor(handle, ctx, ids) : null;
  const about = { name: shop.name, timeZone: shop.time_zone, url: settings.brand.shopUrl };
  return Promise.all(
    readers.map(({ locale, person, params }) => {
      const invented = sampleValues(locale, about, campaign.channel);
      const values = valuesOf({
        ...{ locale, params, shop: about, links: exampleLinks(campaign.channel) },
        person: person ?? { firstName: invented.first_name, lastName: invented.last_name },
        recommendations: (person && recommended?.get(person.customerId)) ?? [],
      });
      return attempt(
        ctx,
        source,
        locale,
        { name: shop.name, settings },
        person ? values : { ...values, recommendations: invented.recommendations },
      );
    }),
  );
}
