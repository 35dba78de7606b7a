// What stands around every page, with script and without, by keyboard alone, at
// 400 % zoom, in other colours (MBX-19).
import { expect, test } from "@playwright/test";
import { accessible, local, logIn, person } from "./person.mjs";

const at = (path) => local.web.borger + path;

/** Nothing is wider than the screen. */
async function fits(page) {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
}

test("single keys are off until they are switched on, and then move, open, search and explain", async ({ page }) => {
  await logIn(page, person());
  await page.keyboard.press("j");
  await expect(page.locator(".dp-item a:focus")).toHaveCount(0);

  await page.goto(at("/indstillinger"));
  await page.getByLabel("Brug enkelte taster").check();
  await page.getByRole("button", { name: "Gem" }).click();
  await expect(page.getByRole("status")).toHaveText("Dine valg er gemt.");
  await page.getByRole("button", { name: "Luk" }).click();
  await expect(page.locator(".dp-toast")).toHaveCount(0);

  await page.goto(at("/post"));
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await expect(page.locator(".dp-item a").nth(1)).toBeFocused();
  await page.keyboard.press("k");
  await expect(page.locator(".dp-item a").first()).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/post\/.+/);
  await page.waitForLoadState(); // keys before that are lost

  await page.keyboard.press("g");
  await page.keyboard.press("i");
  await expect(page).toHaveURL(at("/post"));
  await page.waitForLoadState();
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Taster" });
  await expect(dialog.getByRole("heading", { name: "Taster" })).toBeFocused();
  await accessible(page);
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);

  await page.keyboard.press("/");
  await expect(page.locator("#q")).toBeFocused();
  await page.keyboard.type("jjj/n"); // in a field they are letters
  await expect(page.locator("#q")).toHaveValue("jjj/n");
});

test("a panel opens without script, and with it closes by Esc, which gives the focus back", async ({ page, browser }) => {
  await logIn(page, person());
  const name = page.locator("summary", { hasText: "skift postkasse" });
  await name.press("Enter");
  await expect(page.getByText("Din egen post")).toBeVisible();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Escape");
  await expect(page.getByText("Din egen post")).toBeHidden();
  await expect(name).toBeFocused();

  const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await logIn(plain, person());
  await plain.locator("summary", { hasText: "Menu" }).click();
  await plain.getByRole("link", { name: "Indstillinger" }).click();
  await plain.getByLabel("Mørke").check();
  await plain.getByRole("button", { name: "Gem" }).click();
  await expect(plain.locator(".dp-toast")).toHaveText("Dine valg er gemt.");
  await expect(plain.locator("html")).toHaveAttribute("data-theme", "dark");
  expect(await plain.locator("body").evaluate((b) => getComputedStyle(b).backgroundColor)).toBe("rgb(17, 20, 16)");
  await plain.reload();
  await expect(plain.locator(".dp-toast")).toHaveCount(0); // it is said once
});

test("a lost connection is said, for as long as it lasts", async ({ page }) => {
  await logIn(page, person());
  await page.context().setOffline(true);
  await expect(page.getByRole("alert")).toContainText("Du har ingen forbindelse");
  await page.context().setOffline(false);
  await expect(page.getByRole("alert")).toHaveCount(0);
});

// 1280 by 1024 at 400 % is 320 by 256 (WCAG 1.4.10), and nothing covers what has
// the focus (2.4.11).
for (const path of ["/", "/post", "/hjaelp", "/kontakt", "/indstillinger", "/menu", "/velkommen"]) {
  test(`at 400 % zoom ${path} fits, and what has the focus is seen`, async ({ browser }) => {
    const page = await (await browser.newContext({ viewport: { width: 320, height: 256 } })).newPage();
    if (path !== "/") await logIn(page, person());
    await page.goto(at(path));
    await fits(page);
    for (let i = 0; i < 30; i++) {
      await page.keyboard.press("Tab");
      const covered = await page.evaluate(() => {
        const e = document.activeElement;
        if (!e || e === document.body) return "";
        const box = e.getBoundingClientRect();
        if (box.width < 2 || e.closest(".dp-item")) return ""; // its outline is around the row
        const top = document.elementFromPoint(Math.max(box.left + Math.min(box.width, 300) / 2, 0), box.top + Math.min(box.height, 200) / 2);
        return top && (e.contains(top) || top.contains(e)) || e.labels?.length ? "" : e.outerHTML;
      });
      expect(covered).toBe("");
    }
  });
}

test("the largest text fits a phone", async ({ browser }) => {
  const page = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
  await logIn(page, person());
  await page.goto(at("/indstillinger"));
  await page.getByLabel("Meget stor").check();
  await page.getByRole("button", { name: "Gem" }).click();
  for (const path of ["/post", "/hjaelp", "/kontakt", "/indstillinger", "/menu"]) {
    await page.goto(at(path));
    await fits(page);
    await accessible(page);
  }
});

test("more contrast is more contrast, in both looks", async ({ browser }) => {
  for (const colorScheme of ["light", "dark"]) {
    const page = await (await browser.newContext({ colorScheme, contrast: "more" })).newPage();
    await logIn(page, person());
    const [line, text, ink] = await page.evaluate(() => {
      const item = document.querySelector(".dp-item:not(.is-unread) time") ?? document.querySelector(".dp-item time");
      return [getComputedStyle(document.querySelector(".dp-listcol")).borderInlineStartColor, getComputedStyle(item).color, getComputedStyle(document.body).color];
    });
    expect(text).toBe(ink);
    expect(line).not.toBe(colorScheme === "light" ? "rgb(221, 225, 216)" : "rgb(49, 55, 45)");
    await accessible(page);
  }
});

test("where colours are the reader's own, what is current and unread is still seen", async ({ browser }) => {
  const page = await (await browser.newContext({ forcedColors: "active" })).newPage();
  await logIn(page, person());
  const outline = await page.locator('.dp-folders a[aria-current="page"]').locator("visible=true").first().evaluate((a) => getComputedStyle(a).outlineStyle);
  expect(outline).toBe("solid");
  await accessible(page);
});

// The core that pages mark up for: taken over without a full load, with title,
// address, focus and the way back; and as ever where something is in the way.
test("a part of a page is taken over, and the way back leads to the link one came by", async ({ page }) => {
  await logIn(page, person());
  await page.evaluate(() => {
    window.here = true;
    for (const link of document.querySelectorAll(".dp-item a")) link.dataset.swap = "app";
  });
  const row = page.locator(".dp-item a").nth(2);
  const subject = await row.locator(".dp-item__subj").evaluate((e) => e.lastChild.textContent);
  await row.click();
  await expect(page.getByRole("heading", { level: 1, name: subject })).toBeFocused();
  await expect(page).toHaveTitle(subject + " – Digital Post");
  expect(page.url()).toMatch(/\/post\/.+/);
  const letter = new URL(page.url()).pathname;
  expect(await page.evaluate(() => window.here)).toBe(true);
  await page.goBack();
  await expect(page.locator(`.dp-item a[href^="${letter}"]`)).toBeFocused();
  expect(await page.evaluate(() => window.here)).toBe(true);

  // Logged out meanwhile: the browser goes where it is sent.
  await page.context().clearCookies();
  await page.evaluate(() => (document.querySelector(".dp-item a").dataset.swap = "app"));
  await page.locator(".dp-item a").first().click();
  await expect(page).not.toHaveURL(new RegExp("^" + local.web.borger + "/post"));
});

test("what takes long shows rows that wait, and says so", async ({ page }) => {
  await logIn(page, person());
  let go;
  const held = new Promise((resolve) => (go = resolve));
  await page.route(/\/post\/mappe\//, async (route) => {
    await held;
    await route.continue();
  });
  await page.evaluate(() => {
    document.querySelector(".dp-listcol").dataset.skeleton = "rows";
    for (const link of document.querySelectorAll(".dp-side a")) link.dataset.swap = "app";
  });
  await page.locator(".dp-side").getByRole("link", { name: "Slettet post" }).click();
  await expect(page.locator(".dp-skel").first()).toBeVisible();
  await expect(page.getByRole("status")).toHaveText("Henter …");
  go();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Slettet post");
  await expect(page.locator(".dp-skel")).toHaveCount(0);
});

test("on paper it is black on white, whatever the screen looks like", async ({ browser }) => {
  const page = await (await browser.newContext({ colorScheme: "dark" })).newPage();
  await logIn(page, person());
  await page.emulateMedia({ media: "print" });
  const [paper, ink] = await page.locator("body").evaluate((b) => [getComputedStyle(b).backgroundColor, getComputedStyle(b).color]);
  expect([paper, ink]).toEqual(["rgb(255, 255, 255)", "rgb(0, 0, 0)"]);
  await expect(page.locator(".dp-items").first()).toBeVisible(); // the list is what is printed
  await expect(page.locator(".dp-top")).toBeHidden();
});
