import { Body, Container, Head, Hr, Html, Img, Link, Preview, Text } from "@react-email/components";
import type { Brand } from "../schema";
import { BlockView } from "./email-blocks";
import { CARD, Cell, LINE, MUTED, STYLES, TEXT } from "./email-parts";
import type { EmailContent } from "./schema";
import type { MessageLocale } from "./values";
import { WORDS } from "./words";

export type DocumentInput = {
  locale: MessageLocale;
  content: EmailContent;
  brand: Brand;
  shopName: string;
  marketing: boolean;
};

/** An e-mail as a React tree; values and tags of the template stand in its texts as marks that survive rendering. */
export function EmailDocument({ locale, content, brand, shopName, marketing }: DocumentInput) {
  return (
    <Html lang={locale} dir="ltr">
      <Head>
        <title>{content.subject}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        {/* Phones would turn the last day and the footer's numbers into blue links. */}
        <meta name="format-detection" content="telephone=no, date=no, address=no, email=no" />
        <style>{STYLES}</style>
      </Head>
      {content.preheader !== "" && <Preview>{content.preheader}</Preview>}
      <Body className="page" style={{ margin: 0, padding: 0, backgroundColor: "#f5f6f5" }}>
        <Container className="card" style={{ maxWidth: "600px", margin: "0 auto", backgroundColor: CARD }}>
          <Cell className="pad" style={{ padding: "32px 40px 8px" }}>
            {brand.logoUrl ? (
              <Img
                src={brand.logoUrl}
                alt={shopName}
                height="32"
                className="logo ink"
                style={{
                  ...TEXT,
                  display: "block",
                  maxWidth: "240px",
                  maxHeight: "40px",
                  height: "auto",
                  fontSize: "16px",
                  fontWeight: 600,
                }}
              />
            ) : (
              <Text className="ink" style={{ ...TEXT, margin: 0, fontSize: "16px", lineHeight: "24px", fontWeight: 600 }}>
                {shopName}
              </Text>
            )}
          </Cell>
          <Cell className="pad" style={{ padding: "16px 40px 32px" }}>
            {content.blocks.map((block, index) => (
              // Blocks have no identity of their own: the document is rendered once, to text.
              <BlockView key={`${block.type}-${index.toString()}`} block={block} brand={brand} locale={locale} />
            ))}
          </Cell>
          <Footer locale={locale} brand={brand} shopName={shopName} marketing={marketing} />
        </Container>
      </Body>
    </Html>
  );
}

/** Who sends this, and the ways out of it. */
export function footerOf({ locale, brand: { footer }, shopName, marketing }: Omit<DocumentInput, "content">) {
  const t = WORDS[locale];
  const links: { label: string; url: string }[] = [
    ...(marketing ? [{ label: t.unsubscribe, url: "{{ unsubscribe_url }}" }] : []),
    { label: t.preferences, url: "{{ preferences_url }}" },
    ...(footer.imprintUrl ? [{ label: t.imprint, url: footer.imprintUrl }] : []),
    ...(footer.privacyUrl ? [{ label: t.privacy, url: footer.privacyUrl }] : []),
  ];
  return {
    why: `${t.why} ${shopName}.${marketing ? ` ${t.objection}` : ""}`,
    sender: [footer.company || shopName, ...footer.address.split("\n"), footer.register, footer.vatId].filter(
      (line): line is string => typeof line === "string" && line.trim() !== "",
    ),
    links,
  };
}

function Footer(input: Omit<DocumentInput, "content">) {
  const { why, sender, links } = footerOf(input);
  const small = { ...TEXT, margin: "0 0 8px", color: MUTED, fontSize: "12px", lineHeight: "18px" };
  return (
    <Cell className="pad" style={{ padding: "0 40px 32px" }}>
      <Hr className="rule" style={{ margin: "0 0 16px", borderColor: LINE }} />
      <Text className="muted" style={small}>
        {why}
      </Text>
      <Text className="muted" style={small}>
        {sender.map((line, index) => (
          <span key={`${index.toString()} ${line}`}>
            {index > 0 && <br />}
            {line}
          </span>
        ))}
      </Text>
      <Text className="muted" style={{ ...small, lineHeight: "24px" }}>
        {links.map(({ label, url }, index) => (
          <span key={url}>
            {index > 0 && " · "}
            <Link href={url} style={{ color: MUTED, textDecoration: "underline" }}>
              {label}
            </Link>
          </span>
        ))}
      </Text>
    </Cell>
  );
}
