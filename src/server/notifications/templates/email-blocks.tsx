import { Button, Heading, Hr, Img, Link, Text } from "@react-email/components";
import type { Brand } from "../schema";
import { BOX, Cell, INK, LINE, MUTED, readableAccent, readableOn, TEXT, textParts } from "./email-parts";
import type { Block, SimpleBlock } from "./schema";
import type { MessageLocale } from "./values";
import { WORDS } from "./words";

type BlockProps<Of> = { block: Of; brand: Brand; locale: MessageLocale /** Outlook needs a picture's width in pixels. */; width: number };

const CONTENT_WIDTH = 520;
const COLUMN_WIDTH = 248;

export function BlockView({ block, brand, locale }: Omit<BlockProps<Block>, "width">) {
  if (block.type !== "columns") return <SimpleView block={block} brand={brand} locale={locale} width={CONTENT_WIDTH} />;
  const side = (blocks: SimpleBlock[], padding: string) => (
    <td className="col" width="50%" style={{ width: "50%", verticalAlign: "top", padding }}>
      {blocks.map((inner, index) => (
        // Blocks have no identity of their own: the document is rendered once, to text.
        <SimpleView key={`${inner.type}-${index.toString()}`} block={inner} brand={brand} locale={locale} width={COLUMN_WIDTH} />
      ))}
    </td>
  );
  return (
    <table border={0} cellPadding={0} cellSpacing={0} role="presentation" width="100%">
      <tbody>
        <tr>
          {side(block.left, "0 12px 0 0")}
          {side(block.right, "0 0 0 12px")}
        </tr>
      </tbody>
    </table>
  );
}

/** The words of a text. A line break is an element: Outlook does not keep the ones in the source. */
function Words({ text }: { text: string }) {
  return textParts(text).map(({ kind, text: part }, index) => {
    const key = `${kind}-${index.toString()}`;
    if (kind === "break") return <br key={key} />;
    if (kind === "text") return part;
    return (
      <Link key={key} href={part} style={{ color: INK, textDecoration: "underline" }}>
        {part}
      </Link>
    );
  });
}

const Paragraphs = ({ text }: { text: string }) =>
  text.split(/\n{2,}/).map((paragraph, index) => (
    <Text key={index.toString()} className="ink" style={{ ...TEXT, margin: "0 0 16px", fontSize: "16px", lineHeight: "25px" }}>
      <Words text={paragraph.trim()} />
    </Text>
  ));

function SimpleView({ block, brand, locale, width }: BlockProps<SimpleBlock>) {
  switch (block.type) {
    case "heading":
      return (
        <Heading as="h1" className="ink" style={{ ...TEXT, margin: "8px 0 16px", fontSize: "24px", lineHeight: "31px", fontWeight: 700 }}>
          <Words text={block.text} />
        </Heading>
      );
    case "text":
      return <Paragraphs text={block.text} />;
    case "button":
      return <ButtonView label={block.label} url={block.url} accent={brand.accent} />;
    case "image": {
      const shown = Math.min(block.width ?? CONTENT_WIDTH, width);
      const image = (
        <Img
          src={block.url}
          alt={block.alt}
          width={shown}
          className="ink"
          style={{ ...TEXT, display: "block", width: "100%", maxWidth: `${shown.toString()}px`, height: "auto", fontSize: "14px" }}
        />
      );
      return (
        <Cell className="ink" style={{ padding: "0 0 16px" }}>
          {block.href ? (
            <Link href={block.href} style={{ color: INK, textDecoration: "none" }}>
              {image}
            </Link>
          ) : (
            image
          )}
        </Cell>
      );
    }
    case "credit":
      return <CreditBox accent={brand.accent} locale={locale} />;
    case "conditions":
      return (
        <>
          {"{% if conditions %}"}
          <Text className="muted" style={{ ...TEXT, margin: "0 0 16px", color: MUTED, fontSize: "14px", lineHeight: "21px" }}>
            {"{{ conditions }}"}
          </Text>
          {"{% endif %}"}
        </>
      );
    case "divider":
      return <Hr className="rule" style={{ margin: "8px 0 24px", borderColor: LINE }} />;
    case "spacer": {
      const height = `${block.size.toString()}px`;
      return <Cell style={{ height, lineHeight: height, fontSize: "1px" }}>&nbsp;</Cell>;
    }
    case "recommendations":
      return <Recommendations title={block.title} count={block.count} />;
  }
}

function ButtonView({ label, url, accent }: { label: string; url: string; accent: string }) {
  // A shop without an address has no button to it.
  const variable = /^\{\{-?\s*(\w+)/.exec(url)?.[1];
  return (
    <>
      {variable && `{% if ${variable} %}`}
      <Cell style={{ padding: "8px 0 24px" }}>
        <Button
          className="btn"
          href={url}
          style={{
            ...{ ...TEXT, backgroundColor: accent, color: readableOn(accent), borderRadius: "6px", padding: "12px 24px" },
            ...{ fontSize: "16px", lineHeight: "24px", fontWeight: 600, textDecoration: "none" },
          }}
        >
          {label}
        </Button>
      </Cell>
      {variable && "{% endif %}"}
    </>
  );
}

function CreditBox({ accent, locale }: { accent: string; locale: MessageLocale }) {
  return (
    <Cell style={{ padding: "8px 0 24px" }}>
      <Cell className="box" style={{ padding: "20px 24px", border: `1px solid ${LINE}`, borderRadius: "8px", backgroundColor: BOX }}>
        <Text
          className="ink"
          style={{ ...TEXT, margin: 0, color: readableAccent(accent), fontSize: "34px", lineHeight: "42px", fontWeight: 700 }}
        >
          {"{{ amount }}"}
        </Text>
        <Text className="muted" style={{ ...TEXT, margin: "4px 0 0", color: MUTED, fontSize: "14px", lineHeight: "21px" }}>
          {"{% if expires_date %}"}
          {WORDS[locale].validUntil} {"{{ expires_date }}"}, {"{{ expires_time }}"}
          {"{% else %}"}
          {WORDS[locale].open}
          {"{% endif %}"}
        </Text>
      </Cell>
    </Cell>
  );
}

/** Products with picture, name and price; without any the whole block is away. */
function Recommendations({ title, count }: { title: string; count: number }) {
  const words = (
    <>
      <Text className="ink" style={{ ...TEXT, margin: 0, fontSize: "15px", lineHeight: "22px", fontWeight: 600 }}>
        {"{% if product.url %}"}
        <Link href="{{ product.url }}" style={{ color: INK, textDecoration: "none" }}>
          {"{{ product.title }}"}
        </Link>
        {"{% else %}{{ product.title }}{% endif %}"}
      </Text>
      {"{% if product.price %}"}
      <Text className="muted" style={{ ...TEXT, margin: "2px 0 0", color: MUTED, fontSize: "14px", lineHeight: "21px" }}>
        {"{{ product.price }}"}
      </Text>
      {"{% endif %}"}
    </>
  );
  return (
    <>
      {"{% if recommendations.size > 0 %}"}
      {title !== "" && (
        <Text className="ink" style={{ ...TEXT, margin: "8px 0 12px", fontSize: "16px", lineHeight: "24px", fontWeight: 700 }}>
          <Words text={title} />
        </Text>
      )}
      {`{% for product in recommendations limit: ${count.toString()} %}{% if product.image %}`}
      <table border={0} cellPadding={0} cellSpacing={0} role="presentation" width="100%">
        <tbody>
          <tr>
            <td width="72" style={{ width: "72px", padding: "0 16px 16px 0", verticalAlign: "top" }}>
              <Img
                src="{{ product.image }}"
                alt=""
                width="72"
                height="72"
                style={{ display: "block", width: "72px", height: "72px", objectFit: "cover", borderRadius: "6px" }}
              />
            </td>
            <td style={{ padding: "0 0 16px", verticalAlign: "middle" }}>{words}</td>
          </tr>
        </tbody>
      </table>
      {"{% else %}"}
      <Cell style={{ padding: "0 0 12px" }}>{words}</Cell>
      {"{% endif %}{% endfor %}{% endif %}"}
    </>
  );
}
