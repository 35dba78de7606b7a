// Every page, on a phone and a desktop, light and dark: no barrier (MBX-19), no
// complaint of the content security policy, nothing wider than the screen. With
// SCREENS set (make screens) the light pages are pictured in docs/screens.
import { expect, test } from "@playwright/test";
import { accessible, local, logIn, person } from "./person.mjs";

const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

const pages = {
  "01-start": async (page) => page.goto(local.web.borger + "/"),
  "02-test-log-in": async (page) => {
    await page.goto(local.web.borger + "/log-ind");
  },
  "03-inbox": async (page) => logIn(page, person()),
  "04-letter": async (page) => {
    await logIn(page, person());
    await page.locator(".dp-item a").first().click();
    await expect(page.locator("[data-pdf] canvas, .dp-viewer canvas").first()).toBeVisible();
  },
  "05-deleted": async (page) => {
    await logIn(page, person());
    const phone = page.locator("summary", { hasText: "Mapper" });
    if (await phone.isVisible()) await phone.click();
    await page.getByRole("link", { name: "Slettet post" }).locator("visible=true").click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Slettet post");
  },
  "06-search": async (page) => {
    await logIn(page, person());
    await page.goto(local.web.borger + "/soeg?q=plads");
  },
  "07-menu": async (page) => {
    await logIn(page, person());
    await page.goto(local.web.borger + "/menu");
  },
  "08-help": async (page) => page.goto(local.web.borger + "/hjaelp"),
  "09-not-found": async (page) => {
    await logIn(page, person());
    await page.goto(local.web.borger + "/post/findes-ikke");
  },
  "10-english": async (page) => {
    await logIn(page, person());
    await page.goto(local.web.borger + "/post?sprog=en");
  },
};

for (const [name, open] of Object.entries(pages)) {
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const colorScheme of ["light", "dark"]) {
      test(`${name} on a ${size}, ${colorScheme}`, async ({ browser }) => {
        const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce" });
        const page = await context.newPage();
        const complaints = [];
        page.on("console", (m) => m.type() === "error" && !m.text().includes("404") && complaints.push(m.text()));
        page.on("pageerror", (e) => complaints.push(e.message));
        page.on("request", (r) => {
          const host = new URL(r.url()).hostname;
          if (!host.endsWith("localhost")) complaints.push("request to " + host);
        });
        await open(page);
        await accessible(page);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(overflow, "wider than the screen").toBeLessThanOrEqual(0);
        expect(complaints).toEqual([]);
        if (process.env.SCREENS && colorScheme === "light") await page.screenshot({ path: `docs/screens/${name}-${size}.png` });
        await context.close();
      });
    }
  }
}
