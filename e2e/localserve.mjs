// Starts a localserve for each worker, on ports of its own, and ends them after the
// tests: what one worker's tests do to people and letters, the other's do not see.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

export default async function start(config) {
  const folder = await mkdtemp(join(tmpdir(), "digitalpost-e2e-"));
  const all = Array.from({ length: config.workers }, (_, n) => ({ data: join(folder, `data-${n}`) }));
  await Promise.all(all.map(async (one) => {
    one.server = spawn("bin/digitalpost", ["localserve", "--data", one.data, "--web", "127.0.0.1:0", "--api", "127.0.0.1:0", "--population", "20"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((ready, fail) => {
      one.server.stdout.once("data", ready); // it greets when it is ready
      one.server.once("exit", (code) => fail(new Error(`localserve ended with ${code}`)));
    });
  }));
  process.env.LOCALSERVE = all.map((one) => one.data).join(delimiter);
  return async () => {
    await Promise.all(all.map(({ server }) => {
      const ended = new Promise((end) => server.once("exit", end));
      server.kill("SIGTERM");
      return ended;
    }));
    await rm(folder, { recursive: true });
  };
}
