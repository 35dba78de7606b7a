// Every page, on a phone and a desktop, light and dark: no barrier (MBX-19), no
// complaint of the content security policy, nothing wider than the screen. With
// SCREENS set (make screens) the light pages are pictured in docs/screens.
//
// Each area has its pages in a file of its own in e2e/pages: names of pictures, and
// functions that open the page. `npx playwright test e2e/pages -g NAME` runs one.
import { expect, test } from "@playwright/test";
import { accessible } from "./person.mjs";

const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

export function pages(all) {
  for (const [name, open] of Object.entries(all)) {
    test(name, async ({ browser }) => {
      const context = await browser.newContext({ viewport: sizes.desktop, colorScheme: "light", reducedMotion: "reduce" });
      const page = await context.newPage();
      const complaints = [];
      page.on("console", (m) => m.type() === "error" && !/status of 4(03|04|22)/.test(m.text()) && complaints.push(m.text()));
      page.on("pageerror", (e) => complaints.push(e.message));
      page.on("request", (r) => {
        const host = new URL(r.url()).hostname;
        if (!host.endsWith("localhost")) complaints.push("request to " + host);
      });
      await open(page);
      for (const [size, viewport] of Object.entries(sizes)) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme: "light" });
        await accessible(page);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(overflow, `wider than the screen of a ${size}`).toBeLessThanOrEqual(0);
        if (process.env.SCREENS) await page.screenshot({ path: `${process.env.SCREENS === "1" ? "docs/screens" : process.env.SCREENS}/${name}-${size}.png` });
        await page.emulateMedia({ colorScheme: "dark" });
        await accessible(page);
      }
      expect(complaints).toEqual([]);
      await context.close();
    });
  }
}
