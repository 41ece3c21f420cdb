import type { CSSProperties, ReactNode } from "react";
import { contrast } from "../schema";
import { LIQUID_PARTS } from "./liquid";

export const CARD = "#ffffff";
export const BOX = "#f8faf8";
export const INK = "#1a1a1a";
export const MUTED = "#5f6360";
export const LINE = "#e3e5e3";
const FONT = "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";

/** Outlook's Word engine inherits no font into tables, and a long name must not make a phone scroll: both are said at every text. */
export const TEXT: CSSProperties = { fontFamily: FONT, color: INK, overflowWrap: "anywhere", wordBreak: "break-word" };

/** Readers with a dark theme that honour it get our own dark colours; the others invert ours themselves. */
export const STYLES = `
body,table,td{-webkit-text-size-adjust:100%}
@media (max-width:480px){.pad{padding-left:20px!important;padding-right:20px!important}.col{display:block!important;width:auto!important;padding:0!important}.btn{display:block!important;text-align:center!important}}
@media (prefers-color-scheme:dark){.page,.page>table,.page>table>tbody>tr>td{background-color:#101311!important}.card{background-color:#181c19!important}.ink,.ink a{color:#ecefec!important}.muted,.muted a{color:#a4aaa5!important}.box{background-color:#202622!important;border-color:#343b36!important}.rule{border-color:#343b36!important}.logo{background-color:#ffffff!important;border-radius:4px!important;padding:4px!important}}
`;

/** A table of one cell. Padding stands at the cell: Outlook knows none at tables. */
export function Cell({ className, style, children }: { className?: string; style?: CSSProperties; children: ReactNode }) {
  return (
    <table border={0} cellPadding={0} cellSpacing={0} role="presentation" width="100%">
      <tbody>
        <tr>
          <td className={className} style={style}>
            {children}
          </td>
        </tr>
      </tbody>
    </table>
  );
}

type TextPart = { kind: "text" | "break" | "link"; text: string };

/** What in a text is an address: one of our variables that stand for one, or one that somebody typed. A mark at its end is the sentence's. */
const ADDRESS = /\{\{-?\s*\w+_url\s*-?\}\}|https?:\/\/[^\s<>"`{}|\\^]*[^\s<>"'`{}|\\^.,;:!?)\]]/g;

/** A text as pieces: lines end where somebody ended them, outside of values and tags; addresses are links in every mail program. */
export function textParts(text: string): TextPart[] {
  const marked = text.replace(LIQUID_PARTS, (part) => part.replaceAll("\n", " "));
  return marked.split("\n").flatMap((line, index): TextPart[] => {
    const parts: TextPart[] = index > 0 ? [{ kind: "break", text: "" }] : [];
    let from = 0;
    for (const match of line.matchAll(ADDRESS)) {
      if (match.index > from) parts.push({ kind: "text", text: line.slice(from, match.index) });
      parts.push({ kind: "link", text: match[0] });
      from = match.index + match[0].length;
    }
    return from < line.length ? [...parts, { kind: "text", text: line.slice(from) }] : parts;
  });
}

/** Black or white, whichever stands out more: with pure black there is no colour on which neither can be read. */
export const readableOn = (hex: string): string => (contrast(hex, "#000000") >= contrast(hex, "#ffffff") ? "#000000" : "#ffffff");

/** A brand's colour as a text on the light box, or ink where nobody could read it. */
export const readableAccent = (accent: string): string => (contrast(accent, BOX) >= 4.5 ? accent : INK);
