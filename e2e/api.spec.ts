// The API's documentation page, as client developers see it: no barrier, nothing
// from others, nothing wider than the screen.
import { expect, test } from "@playwright/test";
import { accessible, local } from "./person.mjs";

for (const viewport of [{ width: 1280, height: 900 }, { width: 390, height: 844 }]) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`the API's documentation, ${viewport.width} px, ${colorScheme}`, async ({ browser }) => {
      const context = await browser.newContext({ viewport, colorScheme, ignoreHTTPSErrors: true });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("console", (m) => m.type() === "error" && complaints.push(m.text()));
      page.on("request", (r) => new URL(r.url()).hostname.endsWith("localhost") || complaints.push(r.url()));
      await page.goto(local.api + "/");
      await expect(page).toHaveURL(local.api + "/docs");
      const document = await page.getByRole("link", { name: "openapi.json" }).getAttribute("href");
      const look = async () => {
        await accessible(page);
        const overflow = await page.evaluate(() => window.document.documentElement.scrollWidth - window.document.documentElement.clientWidth);
        expect(overflow, "wider than the screen").toBeLessThanOrEqual(0);
      };
      await look();
      await page.getByRole("link", { name: "PatchMessage" }).click();
      await expect(page.getByRole("heading", { name: "PatchMessage" })).toBeInViewport();
      await look();
      expect((await (await context.request.get(new URL(document!, local.api).href)).json()).openapi).toMatch(/^3\.1/);
      expect(complaints).toEqual([]);
      await context.close();
    });
  }
}
