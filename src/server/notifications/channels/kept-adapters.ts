import type { Adapter, EmailDelivery, PushDelivery, SmsDelivery } from "./adapter";

type AnyAdapter = Adapter<EmailDelivery> | Adapter<SmsDelivery> | Adapter<PushDelivery>;

/**
 * Open ways out, by key. When there are too many, the one that was not asked for the longest is closed: whoever sends asks for theirs again
 * and again, and takes another one for a changed setting.
 */
export class KeptAdapters {
  private readonly kept = new Map<string, { stamp: string; adapter: AnyAdapter }>();

  constructor(private readonly most: number) {}

  /** The same adapter as long as the stamp is the same. One key stands for one kind of adapter. */
  open<A extends AnyAdapter>(key: string, stamp: string, make: () => A): A {
    const found = this.kept.get(key);
    if (found) this.kept.delete(key);
    if (found?.stamp === stamp) {
      this.kept.set(key, found);
      return found.adapter as A;
    }
    found?.adapter.close();
    const oldest = this.kept.size >= this.most ? this.kept.keys().next().value : undefined;
    if (oldest !== undefined) {
      this.kept.get(oldest)?.adapter.close();
      this.kept.delete(oldest);
    }
    const adapter = make();
    this.kept.set(key, { stamp, adapter });
    return adapter;
  }

  close(): void {
    for (const { adapter } of this.kept.values()) adapter.close();
    this.kept.clear();
  }
}
