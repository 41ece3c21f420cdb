type Lot = { expiresAt: number; remaining: number };

/** What customers have left of the credit the demo gave them, so that simulated checkouts ask for no more than the ledger holds. */
export class Wallets {
  private readonly lots = new Map<string, Lot[]>();

  add(customerId: string, amount: number, expiresAt: number): void {
    const lots = this.lots.get(customerId) ?? [];
    lots.push({ expiresAt, remaining: amount });
    lots.sort((one, other) => one.expiresAt - other.expiresAt);
    this.lots.set(customerId, lots);
  }

  /** Takes up to `wanted`, soonest-expiring first as the ledger does. Returns what was taken. */
  spend(customerId: string, wanted: number, at: number): number {
    let left = wanted;
    for (const lot of this.lots.get(customerId) ?? []) {
      if (lot.expiresAt <= at) continue;
      const part = Math.min(left, lot.remaining);
      lot.remaining -= part;
      left -= part;
    }
    return wanted - left;
  }
}
