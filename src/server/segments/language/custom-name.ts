import { ALIASES, isOwnName } from "../fields";
import { type AttributeName, CUSTOM_KEY, type CustomType } from "../schema";

/** Types of the shop's own attributes by key, as it defined them. */
export type CustomTypes = Readonly<Record<string, CustomType>>;

const METAFIELD = /^(?:customer\.)?metafields\.(.+)$/;

/** A written name as an attribute, or undefined: the language's own, another spelling of one, or one of the shop's own attributes. */
export function attributeNamed(written: string, custom: CustomTypes): AttributeName | undefined {
  const name = Object.hasOwn(ALIASES, written) ? (ALIASES[written] ?? written) : written;
  if (isOwnName(name)) return name;
  const path = METAFIELD.exec(name)?.[1];
  const key = path?.startsWith("custom.") ? path.slice("custom.".length) : path;
  if (!key || !CUSTOM_KEY.test(key) || !Object.hasOwn(custom, key)) return undefined;
  return custom[key] && `custom.${custom[key]}.${key}`;
}
