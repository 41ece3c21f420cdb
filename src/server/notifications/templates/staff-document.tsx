import { Body, Button, Container, Head, Html, Preview, Section, Text } from "@react-email/components";
import { readableOn } from "./email-parts";
import type { MessageLocale } from "./values";

export type StaffItem = { text: string; detail: string; label: string; url: string };
export type StaffDocumentInput = { locale: MessageLocale; subject: string; shopName: string; accent: string; items: StaffItem[] };

/** Why somebody gets this, in one line below it. */
export const STAFF_FOOTER: Record<MessageLocale, (shop: string) => string> = {
  de: (shop) => `Diese E-Mail geht an Menschen, die bei ${shop} an Kampagnen arbeiten oder über sie entscheiden.`,
  en: (shop) => `This e-mail goes to people who work on campaigns of ${shop} or decide about them.`,
};

const FONT = "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";
/** The page's own colour stands here and not at the body: there it would be repeated at a table cell that no rule for dark reaches. */
const STYLES = `
.page{background-color:#f5f6f5}
@media (prefers-color-scheme:dark){.page{background-color:#101311!important}.card{background-color:#181c19!important}.ink{color:#ecefec!important}.muted{color:#a4aaa5!important}}
`;

/** An e-mail to the shop's own people: no advertising, no customer, one button for each thing to do. */
export function StaffDocument({ locale, subject, shopName, accent, items }: StaffDocumentInput) {
  const muted = { margin: "0 0 16px", color: "#5f6360", fontSize: "14px", lineHeight: "21px" };
  return (
    <Html lang={locale} dir="ltr">
      <Head>
        <title>{subject}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <style>{STYLES}</style>
      </Head>
      <Preview>{subject}</Preview>
      <Body className="page" style={{ margin: 0, fontFamily: FONT }}>
        <Container className="card" style={{ maxWidth: "600px", margin: "0 auto", padding: "32px 24px", backgroundColor: "#ffffff" }}>
          <Text className="muted" style={muted}>
            {shopName}
          </Text>
          {items.map((item) => (
            <Section key={`${item.text}${item.url}`} style={{ margin: "0 0 24px" }}>
              <Text className="ink" style={{ margin: "0 0 4px", color: "#1a1a1a", fontSize: "16px", lineHeight: "24px", fontWeight: 600 }}>
                {item.text}
              </Text>
              <Text className="muted" style={muted}>
                {item.detail}
              </Text>
              <Button
                href={item.url}
                style={{
                  ...{ backgroundColor: accent, color: readableOn(accent), borderRadius: "6px", padding: "10px 20px" },
                  ...{ fontSize: "15px", lineHeight: "22px", fontWeight: 600, textDecoration: "none" },
                }}
              >
                {item.label}
              </Button>
            </Section>
          ))}
          <Text className="muted" style={{ ...muted, margin: 0, fontSize: "12px", lineHeight: "18px" }}>
            {STAFF_FOOTER[locale](shopName)}
          </Text>
        </Container>
      </Body>
    </Html>
  );
}
