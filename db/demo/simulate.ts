import { CATEGORIES, type DemoProduct, makeCatalogue } from "./catalogue";
import { makePerson, type Person, type Region } from "./people";
import { Random } from "./random";

export const DAY = 86_400_000;
const YEARS = 3;
const SPAN_DAYS = 365 * YEARS;
const EVENT_DAYS = 120;
const MAIL_DAYS = 365;
const DAYS_BETWEEN_MAILS = 14;
const FREE_SHIPPING_FROM = 6_900;
const SHIPPING = 490;

export type ShopProfile = {
  seed: string;
  customers: number;
  region: Region;
  currency: string;
  english: boolean;
  /** VAT contained in prices, in percent. */
  vat: number;
  models: number;
};

export type DemoCustomer = Person & {
  id: string;
  externalId: string;
  addedAt: number;
  birthDate: string | null;
  tags: string[];
  accountStatus: "ENABLED" | "DISABLED" | "INVITED";
  emailConsent: "SUBSCRIBED" | "NOT_SUBSCRIBED" | "PENDING" | "UNSUBSCRIBED" | "INVALID";
  smsConsent: "SUBSCRIBED" | "NOT_SUBSCRIBED";
  consentAt: number | null;
  /** What nobody knows in a real shop, and what the simulation runs on. */
  latent: { perYear: number; leavesAt: number; basket: number; engagement: number; likes: readonly [number, number] };
};

export type DemoLine = { product: DemoProduct; quantity: number; unitPrice: number };
export type DemoOrder = {
  id: string;
  /** Given when the order is loaded: a shop numbers its orders as they come. */
  externalId: string;
  customer: DemoCustomer;
  placedAt: number;
  lines: DemoLine[];
  shipping: number;
  total: number;
  tax: number;
  status: "pending" | "paid" | "cancelled" | "refunded";
  refund: { amount: number; at: number } | null;
  creditUsed: number;
};
export type DemoEvent = { id: string; customerId: string; kind: string; at: number; refId: string | null; data: string };
export type DemoShop = { products: DemoProduct[]; customers: DemoCustomer[]; orders: DemoOrder[]; events: DemoEvent[] };

/** How busy a day is: December before Christmas, quiet January and late summer, a push in May. */
function seasonOf(at: number): number {
  const date = new Date(at);
  const month = [0.78, 0.8, 0.95, 1.05, 1.15, 1.05, 0.92, 0.88, 0.95, 1.05, 1.4, 1.55][date.getUTCMonth()] ?? 1;
  const afterChristmas = date.getUTCMonth() === 11 && date.getUTCDate() > 22 ? 0.45 : 1;
  const weekday = [1.2, 1, 0.95, 0.95, 0.95, 0.9, 1][date.getUTCDay()] ?? 1;
  return month * afterChristmas * weekday;
}
const MAX_SEASON = 1.55 * 1.2;

export const byTime = (one: DemoOrder, other: DemoOrder): number => one.placedAt - other.placedAt;

/** A time of day people shop at: little at night, most in the evening. */
function timeOfDay(random: Random): number {
  const hour = random.weighted([
    [7, 2],
    [9, 5],
    [11, 7],
    [13, 8],
    [15, 8],
    [17, 10],
    [19, 14],
    [20, 13],
    [21, 9],
    [23, 3],
  ] as const);
  return (hour - 1) * 3_600_000 + Math.floor(random.unit() * 7_200_000);
}

/** Three years of one shop up to `now`, for a day that began at `today` (both ms since 1970). Pure and repeatable for a day. */
export function simulateShop(profile: ShopProfile, now: number, today: number): DemoShop {
  const random = new Random(profile.seed);
  const start = today - SPAN_DAYS * DAY;
  const products = makeCatalogue(random, { english: profile.english, models: profile.models, createdAt: start });
  const shelf = new Shelf(products);
  const customers = makeCustomers(random, profile, start, now);
  const orders: DemoOrder[] = [];
  for (const customer of customers)
    for (const at of orderTimes(random, customer, now)) orders.push(makeOrder(random, profile, shelf, customer, at, now));
  orders.sort(byTime);
  return { products, customers, orders, events: makeEvents(random, customers, orders, shelf, now, today) };
}

function makeCustomers(random: Random, profile: ShopProfile, start: number, now: number): DemoCustomer[] {
  const times: number[] = [];
  while (times.length < profile.customers) {
    // The shop grows: more newcomers every year, more in the season.
    const day = Math.floor(SPAN_DAYS * random.unit());
    const at = start + day * DAY + timeOfDay(random);
    if (at < now && random.chance(((0.55 + 0.45 * (day / SPAN_DAYS)) * seasonOf(at)) / MAX_SEASON)) times.push(at);
  }
  times.sort((one, other) => one - other);
  return times.map((addedAt, index) => makeCustomer(random, profile, addedAt, index + 1, now));
}

function makeCustomer(random: Random, profile: ShopProfile, addedAt: number, no: number, now: number): DemoCustomer {
  const emailConsent = random.weighted([
    ["SUBSCRIBED", 62],
    ["NOT_SUBSCRIBED", 25],
    ["UNSUBSCRIBED", 9],
    ["PENDING", 2],
    ["INVALID", 2],
  ] as const);
  const asked = emailConsent === "SUBSCRIBED" || emailConsent === "UNSUBSCRIBED";
  const loyal = random.chance(0.22);
  const perYear = loyal ? 2.5 + random.exponential(3) : random.exponential(1.1);
  const tags = random.chance(0.04) ? ["b2b"] : [];
  if (loyal && perYear > 6) tags.push("vip");
  if (random.chance(0.06)) tags.push("filiale");
  const birthYear = new Date(now).getUTCFullYear() - random.between(19, 79);
  return {
    ...makePerson(random, profile.region, no),
    id: random.uuid(addedAt),
    // A prefix, so that a file imported into the demo shop never meets these people by number.
    externalId: `K-${10_000 + no}`,
    addedAt,
    birthDate: random.chance(0.55)
      ? `${birthYear}-${String(random.between(1, 12)).padStart(2, "0")}-${String(random.between(1, 28)).padStart(2, "0")}`
      : null,
    tags,
    accountStatus: random.weighted([
      ["ENABLED", 60],
      ["DISABLED", 36],
      ["INVITED", 4],
    ] as const),
    emailConsent,
    smsConsent: random.chance(0.18) ? "SUBSCRIBED" : "NOT_SUBSCRIBED",
    consentAt: asked
      ? Math.min(now - 3_600_000, addedAt + (emailConsent === "UNSUBSCRIBED" ? Math.floor(random.exponential(200 * DAY)) : 60_000))
      : null,
    latent: {
      perYear,
      leavesAt: addedAt + random.exponential((loyal ? 900 : 300) * DAY),
      basket: Math.exp(random.normal() * 0.35),
      engagement: Math.min(0.85, 0.05 + random.exponential(0.2)),
      likes: [random.between(0, CATEGORIES.length - 1), random.between(0, CATEGORIES.length - 1)],
    },
  };
}

/** First order on arrival (nine of ten), then a Poisson process thinned by the season until the customer leaves for good. */
function orderTimes(random: Random, customer: DemoCustomer, now: number): number[] {
  const times: number[] = [];
  const first = customer.addedAt + random.between(1, 15) * 60_000;
  if (random.chance(0.9) && first < now) times.push(first);
  const meanGap = (365 * DAY) / Math.max(0.05, customer.latent.perYear * MAX_SEASON);
  const end = Math.min(now, customer.latent.leavesAt);
  for (let at = customer.addedAt + random.exponential(meanGap); at < end; at += random.exponential(meanGap)) {
    if (!random.chance(seasonOf(at) / MAX_SEASON)) continue;
    const placed = Math.floor(at / DAY) * DAY + timeOfDay(random);
    if (placed > customer.addedAt + 3_600_000 && placed < now) times.push(placed);
  }
  return times;
}

/** What is on offer, by category and popularity, so that drawing a product is quick. */
export class Shelf {
  private readonly byCategory: (readonly (readonly [DemoProduct, number])[])[];

  constructor(products: readonly DemoProduct[]) {
    this.byCategory = CATEGORIES.map((_, index) => products.filter((p) => p.category === index).map((p) => [p, p.popularity] as const));
  }

  draw(random: Random, likes: readonly [number, number], at: number): DemoProduct {
    const month = new Date(at).getUTCMonth();
    const category = random.weighted(
      CATEGORIES.map((entry, index) => [index, (entry.months[month] ?? 1) * (likes.includes(index) ? 5 : 1)] as const),
    );
    return random.weighted(this.byCategory[category] ?? []);
  }
}

export function makeOrder(
  random: Random,
  profile: ShopProfile,
  shelf: Shelf,
  customer: DemoCustomer,
  placedAt: number,
  now: number,
): DemoOrder {
  const wanted = Math.min(6, 1 + random.poisson(0.75 * customer.latent.basket));
  const lines = new Map<string, DemoLine>();
  for (let i = 0; i < wanted; i++) {
    const product = shelf.draw(random, customer.latent.likes, placedAt);
    const sale = product.tags.includes("sale") && random.chance(0.5);
    const line = lines.get(product.id) ?? { product, quantity: 0, unitPrice: sale ? Math.round(product.price * 0.8) : product.price };
    line.quantity += random.chance(0.85) ? 1 : 2;
    lines.set(product.id, line);
  }
  const goods = [...lines.values()].reduce((sum, line) => sum + line.quantity * line.unitPrice, 0);
  const shipping = goods < FREE_SHIPPING_FROM ? SHIPPING : 0;
  const total = goods + shipping;
  const order: DemoOrder = {
    id: random.uuid(placedAt),
    externalId: "",
    customer,
    placedAt,
    lines: [...lines.values()],
    shipping,
    total,
    tax: Math.round((total * profile.vat) / (100 + profile.vat)),
    status: random.chance(0.015) ? "cancelled" : now - placedAt < DAY && random.chance(0.2) ? "pending" : "paid",
    refund: null,
    creditUsed: 0,
  };
  const returned = placedAt + (5 + random.exponential(9)) * DAY;
  if (order.status === "paid" && random.chance(0.07) && returned < now) {
    const line = random.pick(order.lines);
    const amount = random.chance(0.4) ? total : line.unitPrice;
    order.refund = { amount, at: Math.floor(returned) };
    if (amount === total) order.status = "refunded";
  }
  return order;
}

/** Newsletters of a year, and what visitors did in the last months. */
function makeEvents(
  random: Random,
  customers: readonly DemoCustomer[],
  orders: readonly DemoOrder[],
  shelf: Shelf,
  now: number,
  today: number,
): DemoEvent[] {
  const events: DemoEvent[] = [];
  const add = (customer: DemoCustomer, kind: string, at: number, refId: string | null, data: object = {}) => {
    if (at < now && at > customer.addedAt)
      events.push({
        id: `demo-${events.length + 1}`,
        customerId: customer.id,
        kind,
        at: Math.floor(at),
        refId,
        data: JSON.stringify(data),
      });
  };
  for (const customer of customers) {
    if (customer.emailConsent === "SUBSCRIBED" || customer.emailConsent === "UNSUBSCRIBED") readMail(random, customer, today, now, add);
    browse(random, customer, shelf, today, now, add);
  }
  for (const order of orders) {
    if (order.placedAt < today - EVENT_DAYS * DAY) continue;
    const before = order.placedAt - random.between(2, 25) * 60_000;
    add(order.customer, "cart.updated", before, null, { items: order.lines.length });
    add(order.customer, "checkout.started", before + 60_000, `checkout-${order.id}`, { total: String(order.total) });
  }
  return events;
}

type Add = (customer: DemoCustomer, kind: string, at: number, refId: string | null, data?: object) => void;

function readMail(random: Random, customer: DemoCustomer, today: number, now: number, add: Add): void {
  const until = customer.emailConsent === "UNSUBSCRIBED" && customer.consentAt ? customer.consentAt : now;
  for (let day = MAIL_DAYS; day > 0; day -= DAYS_BETWEEN_MAILS) {
    const sent = today - day * DAY + 9 * 3_600_000;
    if (sent < customer.addedAt || sent > until) continue;
    const interest = sent < customer.latent.leavesAt ? customer.latent.engagement : customer.latent.engagement * 0.25;
    if (!random.chance(interest)) continue;
    const opened = sent + random.exponential(8 * 3_600_000);
    const mail = `newsletter-${new Date(sent).toISOString().slice(0, 10)}`;
    add(customer, "email.opened", opened, mail);
    if (random.chance(0.18)) add(customer, "email.clicked", opened + random.between(10, 90) * 1_000, mail);
  }
}

function browse(random: Random, customer: DemoCustomer, shelf: Shelf, today: number, now: number, add: Add): void {
  const active = customer.latent.leavesAt > today - EVENT_DAYS * DAY;
  const visits = random.poisson(active ? 0.5 + Math.min(3, customer.latent.perYear * 0.45) : 0.12);
  for (let visit = 0; visit < visits; visit++) {
    let at = today - random.between(0, EVENT_DAYS) * DAY + timeOfDay(random);
    if (random.chance(0.3)) add(customer, "collection.viewed", at, CATEGORIES[customer.latent.likes[0]]?.collection ?? null);
    const seen = 1 + random.poisson(1.6);
    for (let i = 0; i < seen; i++) {
      at += random.between(15, 180) * 1_000;
      const product = shelf.draw(random, customer.latent.likes, at);
      add(customer, "product.viewed", at, product.externalId);
      if (i > 0 || !random.chance(0.16) || at >= now) continue;
      add(customer, "cart.updated", at + 30_000, null, { items: 1 });
      if (random.chance(0.45))
        add(customer, "checkout.started", at + 90_000, `checkout-${customer.externalId}-${visit}`, { total: String(product.price) });
    }
  }
}
