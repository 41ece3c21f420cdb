import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closeDb, withTenant } from "@/server/db";
import { mergeHistories } from "@/server/scoring/backtest";
import { fitBgNbd } from "@/server/scoring/bg-nbd";
import { fitGammaGamma } from "@/server/scoring/gamma-gamma";
import { exactKMeans } from "@/server/scoring/kmeans";
import { runPrediction } from "@/server/scoring/prediction-run";
import { readRfmInput, scoringShop } from "@/server/scoring/queries";
import { runRfm } from "@/server/scoring/rfm-run";
import { systemContext } from "@/server/tenancy/context";
import { openBenchShop } from "./bench-shop";
import { BENCH_ORG, BENCH_SHOP } from "./generate-shop";
import { type Measure, seconds } from "./measure";

const CLUSTERS = 5;
const VALUES = 1_000_000;
const FIT = 50_000;

/** The same values for both: order totals of a heavy-tailed shop, on the logarithmic scale that is clustered. */
function invented(): Float64Array {
  let state = 7;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 4_294_967_296;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  return Float64Array.from({ length: VALUES }, () => Math.log1p(Math.round(100 * Math.exp(4 + 1.2 * normal())) / 100));
}

/** Sorting, counting equal values and the exact partition, as a run does it. */
function cluster(values: Float64Array): number {
  const sorted = values.slice().sort();
  const unique: number[] = [];
  const weights: number[] = [];
  for (const value of sorted) {
    if (unique.length > 0 && unique[unique.length - 1] === value) weights[weights.length - 1] = (weights[weights.length - 1] ?? 0) + 1;
    else {
      unique.push(value);
      weights.push(1);
    }
  }
  return exactKMeans(Float64Array.from(unique), Float64Array.from(weights), CLUSTERS).sse;
}

const PEER = `
import sys, time, json
try:
    import numpy
    from sklearn.cluster import KMeans
except ImportError:
    print(json.dumps(None)); sys.exit(0)
x = numpy.fromfile(sys.argv[1]).reshape(-1, 1)
began = time.time()
model = KMeans(${CLUSTERS}, n_init=1, random_state=0).fit(x)
print(json.dumps({"seconds": time.time() - began, "sse": float(model.inertia_)}))
`;

function peer(values: Float64Array): { seconds: number; sse: number } | null {
  const dir = mkdtempSync(join(tmpdir(), "guthaben-kmeans-"));
  try {
    const file = join(dir, "values");
    writeFileSync(file, new Uint8Array(values.buffer));
    // Debian's interpreter first: that is where python3-sklearn installs itself.
    for (const python of ["/usr/bin/python3", "python3"]) {
      const { stdout, status } = spawnSync(python, ["-c", PEER, file], { encoding: "utf8", timeout: 300_000 });
      const found: unknown = status === 0 ? JSON.parse(stdout) : null;
      if (typeof found === "object" && found !== null && "seconds" in found && "sse" in found)
        return { seconds: Number(found.seconds), sse: Number(found.sse) };
    }
    return null;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function clustering(): Promise<Measure[]> {
  const values = invented();
  let sse = 0;
  const rounds: number[] = [];
  for (let round = 0; round < 3; round++)
    rounds.push(
      await seconds(async () => {
        sse = cluster(values);
      }),
    );
  const own = Math.min(...rounds);
  const other = peer(values);
  const measures: Measure[] = [{ name: "exact 1-D k-means, 1,000,000 values, k = 5", value: own, unit: "s" }];
  if (!other) {
    console.log("scikit-learn is not installed (apt-get install python3-sklearn): no comparison");
    return measures;
  }
  return [
    ...measures,
    {
      name: "beside scikit-learn KMeans (n_init=1)",
      value: own / other.seconds,
      unit: "x",
      limit: { at: "most", value: 1 },
      note: `${other.seconds.toFixed(2)} s there`,
    },
    { name: "within-cluster sum of squares against it", value: sse / other.sse, unit: "x", limit: { at: "most", value: 1 } },
  ];
}

/** Invented purchase histories: half bought once, the others up to thirty times within three years. */
async function fitting(): Promise<Measure[]> {
  let state = 11;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 4_294_967_296;
  };
  const customers = Array.from({ length: FIT }, () => {
    const T = (1 + Math.floor(1_090 * random())) / 7;
    const rate = -Math.log(random()) / 20;
    const lives = T * Math.min(1, -Math.log(random()) * 0.7);
    let [x, tx] = [0, 0];
    for (let t = -Math.log(random()) / rate; t < lives && x < 200; t += -Math.log(random()) / rate) {
      x++;
      tx = Math.ceil(t * 7) / 7;
    }
    return { x, tx: Math.min(tx, T), T, m: 2_000 + 8_000 * random() };
  });
  const merged = mergeHistories(customers);
  const spenders = customers.filter((customer) => customer.x > 0);
  let found = false;
  const took = await seconds(async () => {
    found = fitBgNbd(merged, { border: true }) !== null && fitGammaGamma(spenders) !== null;
  });
  return [
    {
      ...{ name: "BG/NBD and Gamma-Gamma fit, 50,000 customers", value: took, unit: "s", limit: { at: "most", value: 10 } },
      note: `${merged.length} different histories, ${spenders.length} repeat buyers${found ? "" : "; refused"}`,
    },
  ];
}

/** RFM and forecasts of a whole shop, reading and writing included; clustering and fitting alone beside them. */
export async function run(): Promise<Measure[]> {
  const alone = [...(await clustering()), ...(await fitting())];
  const shop = await openBenchShop();
  try {
    const ctx = systemContext(BENCH_ORG, BENCH_SHOP, "bench");
    const read = await seconds(() => withTenant(ctx, async (handle) => readRfmInput(handle, await scoringShop(handle, BENCH_SHOP))));
    const first = await seconds(() => runRfm(ctx, "monthly"));
    const again = await seconds(() => runRfm(ctx, "monthly"));
    const forecasts = await seconds(() => runPrediction(ctx, "monthly"));
    const many = shop.customers.toLocaleString("en");
    return [
      ...alone,
      { name: `RFM of ${many} customers, first run`, value: first, unit: "s", note: `of which reading ${read.toFixed(1)} s` },
      { name: `RFM of ${many} customers, next month`, value: again, unit: "s" },
      { name: `forecasts of ${many} customers, fit and backtest included`, value: forecasts, unit: "s" },
    ];
  } finally {
    await closeDb();
    await shop.close();
  }
}
