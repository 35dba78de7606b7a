// Starts a localserve for the tests on ports of its own, and ends it after them.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export default async function start() {
  const folder = await mkdtemp(join(tmpdir(), "digitalpost-e2e-"));
  const data = join(folder, "data");
  const server = spawn("bin/digitalpost", ["localserve", "--data", data, "--web", "127.0.0.1:0", "--api", "127.0.0.1:0", "--population", "20"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((ready, fail) => {
    server.stdout.once("data", ready); // it greets when it is ready
    server.once("exit", (code) => fail(new Error(`localserve ended with ${code}`)));
  });
  process.env.LOCALSERVE = data;
  return async () => {
    const ended = new Promise((end) => server.once("exit", end));
    server.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true });
  };
}
