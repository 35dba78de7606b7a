// Browser tests: real Chromium against real localserves.
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "e2e",
  fullyParallel: false,
  workers: 2, // each has people of its own: localserve.mjs
  timeout: 60_000,
  expect: { timeout: 15_000 }, // a machine may be busy
  reporter: [["list"]],
  forbidOnly: Boolean(process.env.CI),
  globalSetup: "./e2e/localserve.mjs",
  // Pages are looked at before anybody does anything to what is on them.
  projects: [
    { name: "pages", testMatch: "pages/*.spec.ts" },
    { name: "ways", testMatch: "*.spec.ts", testIgnore: "pages/*" },
  ],
  use: {
    locale: "da-DK",
    timezoneId: "Europe/Copenhagen",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    },
  },
});
