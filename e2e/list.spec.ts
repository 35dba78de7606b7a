// Lists of letters, by mouse, keyboard, fingers and without script, and what other
// clients do to them.
import { expect, test } from "@playwright/test";
import { accessible, local, logIn, logInAnew, person, send } from "./person.mjs";

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const row = (page, subject) => page.locator(".dp-item:not(.is-gone)", { hasText: subject });
const box = (page, subject) => row(page, subject).locator(".dp-pick");
const said = (page, text) => expect(page.locator(".dp-toast p")).toHaveText(text);
const heading = (page) => page.getByRole("heading", { level: 1 });
const act = (page, name) => page.locator(".dp-bulk").getByRole("button", { name, exact: true }).first();
const shot = (page, name) => process.env.SCREENS && page.screenshot({ path: `${process.env.SCREENS === "1" ? "docs/screens" : process.env.SCREENS}/${name}.png` });

/** A person of the test's own, with letters of these subjects, the last the newest. */
function someone(nth, ...subjects) {
  const who = person("registered", nth);
  for (const subject of subjects) send(who, subject);
  return who;
}

/** Goes to one of the folders as a reader does. */
async function folder(page, name) {
  await page.locator(".dp-side").getByRole("link", { name }).click();
  await expect(heading(page)).toContainText(name);
}

// MBX-18, MBX-11, MBX-12
test("several letters are picked by mouse and marked; it can be undone", async ({ page }) => {
  const who = someone(4, "Valg et", "Valg to", "Valg tre");
  await logIn(page, who);
  await box(page, "Valg tre").click();
  await box(page, "Valg et").click({ modifiers: ["Shift"] });
  await expect(page.locator("[data-picked]")).toHaveText("3 valgt");
  await expect(page.locator("#status")).toHaveText("3 valgt");
  await box(page, "Valg to").click();
  await expect(page.locator("[data-picked]")).toHaveText("2 valgt");
  await accessible(page);
  await act(page, "Markér som læst").click();
  await said(page, "2 beskeder markeret som læst.");
  await expect(row(page, "Valg et")).not.toContainText("Ulæst");
  await expect(row(page, "Valg to")).toContainText("Ulæst");
  await expect(page.locator(".dp-pick:checked")).toHaveCount(0);
  await page.getByRole("button", { name: "Fortryd" }).click();
  await said(page, "Fortrudt.");
  await expect(row(page, "Valg et")).toContainText("Ulæst");

  await box(page, "Valg et").click();
  await page.locator(".dp-bulk summary").click();
  await accessible(page);
  await page.getByRole("button", { name: "Markér som vigtig" }).click();
  await expect(row(page, "Valg et")).toContainText("Vigtig");
  await folder(page, "Vigtige");
  await expect(row(page, "Valg et")).toBeVisible();
  await expect(row(page, "Valg to")).toHaveCount(0);
  // Where it is no longer important it leaves the list.
  await box(page, "Valg et").click();
  await page.locator(".dp-bulk summary").click();
  await page.getByRole("button", { name: "Fjern markering" }).click();
  await expect(page.getByText("Du har ingen vigtige beskeder")).toBeVisible();
  await expect(heading(page)).toBeFocused();
});

// MBX-08: a row that is taken back while it still goes away.
test("a row comes back though it has not gone yet", async ({ page }) => {
  await logIn(page, someone(5, "Straks et", "Straks to"));
  await page.evaluate(() => {
    const later = globalThis.setTimeout;
    globalThis.held = [];
    globalThis.setTimeout = (fn, ms, ...rest) => (ms === 170 ? globalThis.held.push(fn) : later(fn, ms, ...rest));
  });
  await box(page, "Straks to").click();
  await act(page, "Slet").click();
  await said(page, "1 besked flyttet til Slettet post.");
  await expect(row(page, "Straks to")).toHaveCount(0);
  await page.getByRole("button", { name: "Fortryd" }).click();
  await said(page, "Fortrudt. Beskeden ligger i Indbakke igen.");
  await expect(row(page, "Straks to")).toBeVisible();
  expect(await page.evaluate(() => globalThis.held.splice(0).map((gone) => gone()).length)).toBe(1);
  await expect(row(page, "Straks to")).toBeVisible();
});

// MBX-08, MBX-06: where the focus goes, and back.
test("letters are moved and deleted; the focus goes to the next row", async ({ page }) => {
  const who = someone(5, "Flyt et", "Flyt to", "Flyt tre");
  await logIn(page, who);
  await box(page, "Flyt tre").click();
  await act(page, "Flyt").click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("heading")).toBeFocused();
  await accessible(page);
  await dialog.getByLabel("Ny mappe").check();
  await dialog.getByRole("button", { name: "Flyt" }).click(); // without a name
  await expect(dialog.getByRole("alert")).toContainText("Skriv et navn på højst 100 tegn");
  await expect(page).toHaveURL(/\/post$/);
  await dialog.getByLabel("Navn på mappen").fill("Samling");
  await dialog.getByRole("button", { name: "Flyt" }).click();
  await said(page, "1 besked flyttet til Samling.");
  await expect(row(page, "Flyt tre")).toHaveCount(0);
  await expect(row(page, "Flyt to").getByRole("link")).toBeFocused();
  await expect(page.locator(".dp-side").getByRole("link", { name: "Samling" })).toBeVisible();
  await page.getByRole("button", { name: "Fortryd" }).click();
  await said(page, "Fortrudt. Beskeden ligger i Indbakke igen.");
  // Back in its place: above the others.
  await expect(page.locator(".dp-item").first()).toContainText("Flyt tre");

  await box(page, "Flyt to").click();
  await act(page, "Slet").click();
  await said(page, "1 besked flyttet til Slettet post.");
  await expect(row(page, "Flyt et").getByRole("link")).toBeFocused();
  await folder(page, "Slettet post");
  await accessible(page);
  await box(page, "Flyt to").click();
  await act(page, "Slet for altid").click();
  await expect(dialog).toContainText("»Flyt to« fra");
  await expect(dialog).toContainText("Hverken du eller vi kan hente den tilbage.");
  await expect(dialog.getByRole("link", { name: "Behold beskeden" })).toBeFocused();
  await accessible(page);
  await shot(page, "18-destroy-desktop");
  await page.keyboard.press("Escape");
  await expect(row(page, "Flyt to")).toBeVisible();
  await act(page, "Gendan").click();
  await said(page, "1 besked ligger igen, hvor den lå før.");
  await folder(page, "Indbakke");
  await box(page, "Flyt to").click();
  await act(page, "Slet").click();
  await folder(page, "Slettet post");
  await page.getByRole("link", { name: "Tøm Slettet post" }).click();
  await dialog.getByRole("button", { name: "Slet besked" }).click();
  await expect(page.getByText("Der er ikke noget i Slettet post")).toBeVisible();
});

// MBX-19, guide 7: everything by key, where the reader has switched keys on.
test("a list is worked by keys", async ({ page, context }) => {
  const who = someone(5, "Tast et", "Tast to", "Tast tre");
  await logIn(page, who);
  await page.keyboard.press("j");
  await expect(page.locator(".dp-item a:focus")).toHaveCount(0); // off until switched on
  await context.addCookies([{ name: "visning", value: "taster=1", url: local.web.borger }]);
  await page.reload();
  await page.keyboard.press("j");
  await expect(row(page, "Tast tre").getByRole("link")).toBeFocused();
  await page.keyboard.press("u");
  await expect(row(page, "Tast tre")).not.toContainText("Ulæst");
  await page.keyboard.press("s");
  await expect(row(page, "Tast tre")).toContainText("Vigtig");
  await expect(row(page, "Tast tre").getByRole("link")).toBeFocused();
  await page.keyboard.press("s");
  await expect(row(page, "Tast tre")).not.toContainText("Vigtig");
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Shift+X");
  await expect(page.locator("[data-picked]")).toHaveText("3 valgt");
  await page.keyboard.press("Escape");
  await expect(page.locator(".dp-pick:checked")).toHaveCount(0);
  await page.keyboard.press("k");
  await expect(row(page, "Tast to").getByRole("link")).toBeFocused();
  await page.keyboard.press("v");
  await expect(page.getByRole("dialog").getByRole("heading")).toHaveText("Flyt 1 besked");
  await page.keyboard.press("Escape");
  await expect(row(page, "Tast to").getByRole("link")).toBeFocused();
  await page.keyboard.press("#");
  await said(page, "1 besked flyttet til Slettet post.");
  await expect(row(page, "Tast et").getByRole("link")).toBeFocused();
  await page.keyboard.press("/");
  await expect(page.getByRole("combobox", { name: "Søg i din post" })).toBeFocused();
  await page.keyboard.type("u#"); // keys are letters in a field
  await expect(page.getByRole("combobox", { name: "Søg i din post" })).toHaveValue("u#");
  await page.keyboard.press("Escape");
  await heading(page).focus();
  await page.keyboard.press("g");
  await page.keyboard.press("v");
  await expect(heading(page)).toContainText("Vigtige");
  await page.keyboard.press("g");
  await page.keyboard.press("i");
  await expect(heading(page)).toContainText("Indbakke");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(heading(page)).toHaveText("Tast tre");
});

// MBX-18: fingers on a phone.
test("a row is swiped, and pressed long, on a phone", async ({ browser }) => {
  const who = someone(4, "Finger et", "Finger to", "Finger tre");
  const context = await browser.newContext(phone);
  const page = await context.newPage();
  await logIn(page, who);
  const cdp = await context.newCDPSession(page);
  const touch = async (type, x, y) => cdp.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x, y }] });
  const at = async (subject) => {
    const b = await row(page, subject).boundingBox();
    return { x: b.x + b.width / 2, y: b.y + b.height / 2 };
  };
  const swipe = async (subject, dx, last) => {
    const { x, y } = await at(subject);
    await touch("touchStart", x, y);
    for (let i = 1; i <= 8; i++) await touch("touchMove", x + (dx * i) / 8, y);
    if (last) await last();
    await touch("touchEnd");
  };
  await swipe("Finger tre", 140, () => shot(page, "19-swipe-phone"));
  await said(page, "1 besked markeret som læst.");
  await expect(row(page, "Finger tre")).not.toContainText("Ulæst");
  await swipe("Finger tre", 140);
  await expect(row(page, "Finger tre")).toContainText("Ulæst");
  await swipe("Finger tre", 60); // not far enough
  await swipe("Finger to", -140);
  await said(page, "1 besked flyttet til Slettet post.");
  await expect(row(page, "Finger to")).toHaveCount(0);
  await page.getByRole("button", { name: "Fortryd" }).click();
  await expect(row(page, "Finger to")).toBeVisible();
  await page.getByRole("button", { name: "Luk" }).click();

  const { x, y } = await at("Finger tre");
  await touch("touchStart", x, y);
  await expect(box(page, "Finger tre")).toBeChecked();
  await touch("touchEnd");
  await expect(page).toHaveURL(/\/post$/); // it did not open
  await row(page, "Finger et").locator("a").tap();
  await expect(page.locator("[data-picked]")).toHaveText("2 valgt");
  await accessible(page);
  await page.getByRole("link", { name: "Fravælg alle" }).tap();
  await row(page, "Finger et").locator("a").tap();
  await expect(heading(page)).toHaveText("Finger et");
  await context.close();
});

// MBX-08: by dragging, too.
test("a letter is dragged to a folder", async ({ page }) => {
  const who = someone(4, "Træk et", "Træk to");
  await logIn(page, who);
  await page.getByRole("link", { name: "Ny mappe" }).click();
  await page.getByLabel("Navn på mappen").fill("Trukket");
  await page.getByRole("button", { name: "Opret mappe" }).click();
  const target = page.locator(".dp-side").getByRole("link", { name: "Trukket" });
  await expect(target).toBeVisible();
  await row(page, "Træk to").dragTo(target);
  await said(page, "1 besked flyttet til Trukket.");
  await expect(row(page, "Træk to")).toHaveCount(0);
  await target.click();
  await expect(row(page, "Træk to")).toBeVisible();
});

// MBX-06, MBX-08, MBX-11, MBX-18, guide 11
test("all of it works without script", async ({ browser }) => {
  const who = someone(4, "Uden et", "Uden to", "Uden tre");
  const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await logIn(page, who);
  await expect(page.locator(".dp-bulk")).toBeHidden();
  await box(page, "Uden tre").check();
  await box(page, "Uden to").check();
  await expect(page.locator(".dp-bulk")).toBeVisible();
  await act(page, "Flyt").click();
  await page.getByLabel("Ny mappe").check();
  await page.getByLabel("Navn på mappen").fill("Kasse");
  await page.getByRole("button", { name: "Flyt" }).click();
  await said(page, "2 beskeder flyttet til Kasse.");
  await expect(heading(page)).toContainText("Indbakke");
  await page.getByRole("button", { name: "Fortryd" }).click();
  await said(page, "Fortrudt. 2 beskeder ligger igen, hvor de lå før.");
  await page.locator(".dp-listhead summary").click();
  await page.getByRole("link", { name: "Vælg alle på siden" }).locator("visible=true").click();
  await expect(box(page, "Uden et")).toBeChecked();
  await page.getByRole("link", { name: "Fravælg alle" }).click();
  await expect(box(page, "Uden et")).not.toBeChecked();
  await box(page, "Uden et").check();
  await act(page, "Slet").click();
  await said(page, "1 besked flyttet til Slettet post.");
  await folder(page, "Slettet post");
  await box(page, "Uden et").check();
  await act(page, "Slet for altid").click();
  await expect(heading(page)).toHaveText("Vil du slette beskeden for altid?");
  await page.getByRole("button", { name: "Slet besked" }).click();
  await said(page, "1 besked er slettet for altid.");
  await expect(page.getByText("Der er ikke noget i Slettet post")).toBeVisible();
  await page.getByRole("link", { name: "Indbakke" }).first().click();
  await page.locator(".dp-listhead summary").click();
  await page.getByRole("link", { name: "Ældste først" }).click();
  await expect(page.locator(".dp-item").last()).toContainText("Uden tre");
});

// MBX-15: two clients of the same person.
test("what another client does appears in an open list, and disturbs nothing", async ({ page, browser }) => {
  const who = someone(5, "Live et", "Live to", "Live tre");
  const other = await (await browser.newContext()).newPage();
  await logIn(page, who);
  await logInAnew(other, who);
  const count = page.locator(".dp-side").getByRole("link", { name: "Indbakke" });
  const unread = Number((await count.textContent()).match(/\d+/)[0]);
  // The reader is at a row, and types.
  await row(page, "Live to").getByRole("link").focus();
  await row(other, "Live et").getByRole("link").click(); // reads it
  await expect(row(page, "Live et")).not.toContainText("Ulæst");
  await expect(count).toContainText(String(unread - 1));
  await expect(page).toHaveTitle(`Indbakke (${unread - 1} ${unread === 2 ? "ulæst" : "ulæste"}) – Digital Post`);
  await expect(row(page, "Live to").getByRole("link")).toBeFocused();

  await box(page, "Live to").check();
  await row(page, "Live to").getByRole("link").focus();
  await other.goto(local.web.borger + "/post");
  await box(other, "Live to").click();
  await other.locator(".dp-bulk summary").click();
  await other.getByRole("button", { name: "Markér som vigtig" }).click();
  await expect(row(page, "Live to")).toContainText("Vigtig");
  await expect(row(page, "Live to").getByRole("link")).toBeFocused(); // the row is the same
  await expect(box(page, "Live to")).toBeChecked();

  // A row that goes under the reader hands the focus on.
  await box(other, "Live to").click();
  await act(other, "Slet").click();
  await expect(row(page, "Live to")).toHaveCount(0);
  await expect(row(page, "Live et").getByRole("link")).toBeFocused();
  await other.getByRole("button", { name: "Fortryd" }).click();
  await expect(row(page, "Live to")).toBeVisible();

  // New post is announced, and does not come in between.
  const search = page.getByRole("combobox", { name: "Søg i din post" });
  await search.fill("halvt skrev");
  send(who, "Live fire");
  await expect(page.getByRole("link", { name: "1 ny besked – vis" })).toBeVisible();
  await expect(page.locator("#status")).toHaveText("1 ny besked");
  await expect(row(page, "Live fire")).toHaveCount(0);
  await expect(search).toBeFocused();
  await expect(search).toHaveValue("halvt skrev");
  send(who, "Live fem");
  await page.getByRole("link", { name: "2 nye beskeder – vis" }).click();
  await expect(page.locator(".dp-item").first()).toContainText("Live fem");
  await expect(row(page, "Live fem").getByRole("link")).toBeFocused();
  await expect(search).toHaveValue("halvt skrev"); // no page was loaded

  // Folders, too.
  await other.goto(local.web.borger + "/mapper/ny");
  await other.getByLabel("Navn på mappen").fill("Fra en anden");
  await other.getByRole("button", { name: "Opret mappe" }).click();
  await expect(page.locator(".dp-side").getByRole("link", { name: "Fra en anden" })).toBeVisible();

  // Without a connection nothing is lost; it is caught up with.
  await page.context().setOffline(true);
  await expect(page.getByText("Du har ingen forbindelse.")).toBeVisible();
  await other.goto(local.web.borger + "/post");
  await box(other, "Live tre").click();
  await act(other, "Slet").click();
  await said(other, "1 besked flyttet til Slettet post.");
  await page.context().setOffline(false);
  await expect(row(page, "Live tre")).toHaveCount(0, { timeout: 20_000 });
  await expect(page.getByText("Du har ingen forbindelse.")).toHaveCount(0);
});

// MBX-01: sorting, and more than a page.
test("a list is sorted, and shows more", async ({ page }) => {
  const who = someone(4, "Bøf", "Abe", "Ål");
  await logIn(page, who);
  await page.locator(".dp-listhead summary").click();
  await page.getByRole("link", { name: "Emne, A til Å" }).click();
  await expect(page).toHaveURL(/sorter=titel/);
  const subjects = await page.locator(".dp-item__subj").allTextContents();
  const at = (s) => subjects.findIndex((t) => t.endsWith(s));
  expect(at("Abe")).toBeLessThan(at("Bøf"));
  expect(at("Bøf")).toBeLessThan(at("Ål"));
  await accessible(page);
  await row(page, "Abe").first().getByRole("link").click();
  await expect(page).toHaveURL(/sorter=titel/); // the list beside the letter stays as it was
});

// MBX-16: by typing, with filters, with and without script.
test("letters are found", async ({ page, browser }, info) => {
  const who = person("registered", 0);
  await logIn(page, who);
  const search = page.getByRole("combobox", { name: "Søg i din post" });
  await search.pressSequentially("vugge");
  await expect(page.getByRole("option").first()).toBeVisible();
  await accessible(page);
  await shot(page, "20-suggestions-desktop");
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("option").first()).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("option").first()).toBeHidden();
  await search.fill("vuggestue");
  await page.keyboard.press("Enter");
  await expect(heading(page)).toContainText("om »vuggestue«");
  await expect(page.locator(".dp-hits mark").first()).toHaveText(/vuggestue/i);
  const all = await page.locator(".dp-hits > li").count();
  await page.getByLabel("Vigtige").check();
  await page.getByRole("button", { name: "Vis resultater" }).click();
  await expect(page.getByText("Prøv færre ord, eller ryd filtrene.")).toBeVisible();
  await page.getByRole("link", { name: /^Vigtige/ }).click(); // takes the filter away
  await expect(page.locator(".dp-hits > li")).toHaveCount(all);

  const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await logIn(plain, who);
  await plain.getByRole("searchbox", { name: "Søg i din post" }).fill("vuggestue");
  await plain.keyboard.press("Enter");
  await expect(plain.locator(".dp-hits > li")).toHaveCount(all);
  await plain.getByRole("link", { name: /Vuggestue/ }).first().click();
  await expect(heading(plain)).toContainText("Vuggestue");
});

// MBX-13, MBX-14, MBX-18
test("several letters are downloaded and printed", async ({ page }) => {
  const who = someone(4, "Ud et", "Ud to");
  await logIn(page, who);
  await box(page, "Ud et").click();
  await box(page, "Ud to").click();
  await page.locator(".dp-bulk summary").click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download dokumenter" }).click()]);
  expect(download.suggestedFilename()).toBe("Digital Post.zip");
  await page.getByRole("button", { name: "Udskriv" }).click();
  await expect(page.getByRole("heading", { name: "Ud et" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Ud to" })).toBeVisible();
  await accessible(page);
  await shot(page, "21-print-desktop");
  await page.getByRole("link", { name: "Tilbage til listen" }).click();
  await expect(heading(page)).toContainText("Indbakke");
});
