import { spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";

const PATIENCE_MS = 60_000;

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // the process has just ended
  }
};

/** Processes whose parent this is. */
function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1]) === parent);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // gone already, which is what we want
  }
}

/** A PostgreSQL server that can be killed like by a power cut and started again as it was. Linux only: it reads /proc. */
export class MortalPostgres {
  constructor(
    private pid: number,
    private readonly url: string,
  ) {}

  /** SIGKILL of the server and of everything it started; then it is started with the same words, and recovers. */
  async killServer(): Promise<void> {
    const command = read(`/proc/${this.pid}/cmdline`).split("\0").filter(Boolean);
    const [program, ...args] = command;
    if (!program) throw new Error("the server to kill is not there");
    const { uid, gid } = statSync(`/proc/${this.pid}`);
    const children = childrenOf(this.pid);
    kill(this.pid);
    for (const pid of children) kill(pid);
    await this.answering(() => {
      const server = spawn(program, args, { uid, gid, detached: true, stdio: "ignore", cwd: "/" });
      server.unref();
      if (server.pid) this.pid = server.pid;
    });
  }

  /** SIGKILL of one backend that is at work: the server cannot trust its shared memory any more, ends all others and recovers. */
  async killBackend(): Promise<boolean> {
    const [pid] = await this.asOwner(async (client) => {
      const { rows } = await client.query<{ pid: number }>(
        `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
         order by state = 'active' desc, random() limit 1`,
      );
      return rows.map((row) => row.pid);
    });
    if (!pid) return false;
    kill(pid);
    await pause(50);
    await this.answering();
    return true;
  }

  /** Tries until the server answers; `start` is repeated, because leftovers of the killed one may stand in its way for a moment. */
  private async answering(start?: () => void): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    let started = 0;
    for (;;) {
      if (start && Date.now() - started > 3_000 && !read(`/proc/${this.pid}/cmdline`)) {
        start();
        started = Date.now();
      }
      try {
        await this.asOwner((client) => client.query("select 1"));
        return;
      } catch (error) {
        if (Date.now() > until) throw error;
        await pause(100);
      }
    }
  }

  async asOwner<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: this.url });
    client.on("error", () => {}); // told by the query that fails
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}
