import { Body, Button, Column, Container, Head, Heading, Hr, Html, Img, Link, Preview, Row, Section, Text } from "@react-email/components";
import type { Brand } from "../schema";
import type { Block, EmailContent, SimpleBlock } from "./schema";
import type { MessageLocale } from "./values";

/** Fixed words around a shop's own text. */
const WORDS = {
  de: {
    validUntil: "Gültig bis",
    open: "Dieses Guthaben läuft nicht ab.",
    unsubscribe: "Keine Werbung mehr",
    preferences: "Einstellungen für Nachrichten",
    why: "Diese Nachricht geht an Kundinnen und Kunden von",
    objection:
      "Der Verwendung der Adresse für Werbung kann jederzeit widersprochen werden, ohne dass andere als die Übermittlungskosten nach den Basistarifen entstehen.",
    imprint: "Impressum",
    privacy: "Datenschutz",
  },
  en: {
    validUntil: "Valid until",
    open: "This credit does not expire.",
    unsubscribe: "No more advertising",
    preferences: "Message settings",
    why: "This message is sent to customers of",
    objection:
      "You may object to the use of your address for advertising at any time, at no cost other than transmission at the basic rate.",
    imprint: "Imprint",
    privacy: "Privacy",
  },
} as const;

const FONT = "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";
const INK = "#1a1a1a";
const MUTED = "#5f6360";
const LINE = "#e3e5e3";

/** Readers with a dark theme that honour it get our own dark colours; the others invert ours themselves. */
const STYLES = `
body,table,td{-webkit-text-size-adjust:100%}
a{word-break:break-word}
@media (max-width:480px){.pad{padding-left:20px!important;padding-right:20px!important}.col{display:block!important;width:100%!important;padding:0!important}.btn{display:block!important;text-align:center!important}}
@media (prefers-color-scheme:dark){.page{background-color:#101311!important}.card{background-color:#181c19!important}.ink,.ink a{color:#ecefec!important}.muted,.muted a{color:#a4aaa5!important}.box{background-color:#202622!important;border-color:#343b36!important}.rule{border-color:#343b36!important}}
`;

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
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <style>{STYLES}</style>
      </Head>
      {content.preheader !== "" && <Preview>{content.preheader}</Preview>}
      <Body className="page" style={{ margin: 0, backgroundColor: "#f5f6f5", fontFamily: FONT }}>
        <Container className="card" style={{ maxWidth: "600px", margin: "0 auto", backgroundColor: "#ffffff" }}>
          <Section className="pad" style={{ padding: "32px 40px 8px" }}>
            {brand.logoUrl ? (
              <Img src={brand.logoUrl} alt={shopName} height="32" style={{ display: "block", maxWidth: "240px" }} />
            ) : (
              <Text className="ink" style={{ margin: 0, color: INK, fontSize: "16px", lineHeight: "24px", fontWeight: 600 }}>
                {shopName}
              </Text>
            )}
          </Section>
          <Section className="pad" style={{ padding: "16px 40px 32px" }}>
            {content.blocks.map((block, index) => (
              // Blocks have no identity of their own: the document is rendered once, to text.
              <BlockView key={`${block.type}-${index.toString()}`} block={block} brand={brand} locale={locale} />
            ))}
          </Section>
          <Footer locale={locale} brand={brand} shopName={shopName} marketing={marketing} />
        </Container>
      </Body>
    </Html>
  );
}

function BlockView({ block, brand, locale }: { block: Block; brand: Brand; locale: MessageLocale }) {
  if (block.type !== "columns") return <SimpleView block={block} brand={brand} locale={locale} />;
  const side = (blocks: SimpleBlock[], padding: string) => (
    <Column className="col" style={{ width: "50%", verticalAlign: "top", padding }}>
      {blocks.map((inner, index) => (
        <SimpleView key={`${inner.type}-${index.toString()}`} block={inner} brand={brand} locale={locale} />
      ))}
    </Column>
  );
  return (
    <Row>
      {side(block.left, "0 12px 0 0")}
      {side(block.right, "0 0 0 12px")}
    </Row>
  );
}

function Paragraphs({ text }: { text: string }) {
  return text.split(/\n{2,}/).map((paragraph, index) => (
    <Text
      key={index.toString()}
      className="ink"
      style={{ margin: "0 0 16px", color: INK, fontSize: "16px", lineHeight: "25px", whiteSpace: "pre-line" }}
    >
      {paragraph.trim()}
    </Text>
  ));
}

function SimpleView({ block, brand, locale }: { block: SimpleBlock; brand: Brand; locale: MessageLocale }) {
  switch (block.type) {
    case "heading":
      return (
        <Heading
          as="h1"
          className="ink"
          style={{ margin: "8px 0 16px", color: INK, fontSize: "24px", lineHeight: "31px", fontWeight: 650 }}
        >
          {block.text}
        </Heading>
      );
    case "text":
      return <Paragraphs text={block.text} />;
    case "button": {
      // A shop without an address has no button to it.
      const variable = /^\{\{-?\s*(\w+)/.exec(block.url)?.[1];
      return (
        <Section style={{ margin: "8px 0 24px" }}>
          {variable && `{% if ${variable} %}`}
          <Button
            className="btn"
            href={block.url}
            style={{
              backgroundColor: brand.accent,
              color: readableOn(brand.accent),
              borderRadius: "6px",
              padding: "12px 24px",
              fontSize: "16px",
              lineHeight: "24px",
              fontWeight: 600,
              textDecoration: "none",
            }}
          >
            {block.label}
          </Button>
          {variable && "{% endif %}"}
        </Section>
      );
    }
    case "image": {
      const image = (
        <Img src={block.url} alt={block.alt} width={block.width ?? 520} style={{ display: "block", maxWidth: "100%", height: "auto" }} />
      );
      return <Section style={{ margin: "0 0 16px" }}>{block.href ? <Link href={block.href}>{image}</Link> : image}</Section>;
    }
    case "credit":
      return <CreditBox accent={brand.accent} locale={locale} />;
    case "conditions":
      return (
        <Text className="muted" style={{ margin: "0 0 16px", color: MUTED, fontSize: "14px", lineHeight: "21px" }}>
          {"{{ conditions }}"}
        </Text>
      );
    case "divider":
      return <Hr className="rule" style={{ margin: "8px 0 24px", borderColor: LINE }} />;
    case "spacer":
      return <Section style={{ height: `${block.size.toString()}px`, lineHeight: `${block.size.toString()}px` }}>&nbsp;</Section>;
    case "recommendations":
      return <Recommendations title={block.title} count={block.count} />;
  }
}

function CreditBox({ accent, locale }: { accent: string; locale: MessageLocale }) {
  return (
    <Section
      className="box"
      style={{ margin: "8px 0 24px", padding: "20px 24px", border: `1px solid ${LINE}`, borderRadius: "8px", backgroundColor: "#f8faf8" }}
    >
      <Text className="ink" style={{ margin: 0, color: accent, fontSize: "34px", lineHeight: "42px", fontWeight: 700 }}>
        {"{{ amount }}"}
      </Text>
      <Text className="muted" style={{ margin: "4px 0 0", color: MUTED, fontSize: "14px", lineHeight: "21px" }}>
        {"{% if expires_date %}"}
        {WORDS[locale].validUntil} {"{{ expires_date }}"}, {"{{ expires_time }}"}
        {"{% else %}"}
        {WORDS[locale].open}
        {"{% endif %}"}
      </Text>
    </Section>
  );
}

function Recommendations({ title, count }: { title: string; count: number }) {
  return (
    <>
      {"{% if recommendations.size > 0 %}"}
      <Text className="ink" style={{ margin: "8px 0 8px", color: INK, fontSize: "16px", lineHeight: "24px", fontWeight: 600 }}>
        {title}
      </Text>
      {`{% for product in recommendations limit: ${count.toString()} %}`}
      <Text className="ink" style={{ margin: "0 0 8px", color: INK, fontSize: "15px", lineHeight: "22px" }}>
        {"{{ product.title }}"}
        {"{% if product.price %}"} · {"{{ product.price }}"}
        {"{% endif %}"}
      </Text>
      {"{% endfor %}{% endif %}"}
    </>
  );
}

function Footer({ locale, brand, shopName, marketing }: Omit<DocumentInput, "content">) {
  const t = WORDS[locale];
  const { footer } = brand;
  const small = { margin: "0 0 8px", color: MUTED, fontSize: "12px", lineHeight: "18px" };
  const links: [string, string][] = [
    ...(marketing ? ([["{{ unsubscribe_url }}", t.unsubscribe]] as [string, string][]) : []),
    ["{{ preferences_url }}", t.preferences],
    ...(footer.imprintUrl ? ([[footer.imprintUrl, t.imprint]] as [string, string][]) : []),
    ...(footer.privacyUrl ? ([[footer.privacyUrl, t.privacy]] as [string, string][]) : []),
  ];
  return (
    <Section className="pad" style={{ padding: "0 40px 32px" }}>
      <Hr className="rule" style={{ margin: "0 0 16px", borderColor: LINE }} />
      <Text className="muted" style={small}>
        {t.why} {shopName}.{marketing && ` ${t.objection}`}
      </Text>
      <Text className="muted" style={{ ...small, whiteSpace: "pre-line" }}>
        {[footer.company || shopName, footer.address, footer.register, footer.vatId].filter(Boolean).join("\n")}
      </Text>
      <Text className="muted" style={small}>
        {links.map(([href, label], index) => (
          <span key={href}>
            {index > 0 && " · "}
            <Link href={href} style={{ color: MUTED, textDecoration: "underline" }}>
              {label}
            </Link>
          </span>
        ))}
      </Text>
    </Section>
  );
}

/** Black or white, whichever stands out more from a colour (WCAG relative luminance). */
function readableOn(hex: string): string {
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  return luminance > 0.179 ? "#101311" : "#ffffff";
}
