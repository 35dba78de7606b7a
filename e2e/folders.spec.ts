// Folders (MBX-07), by mouse and keyboard, on a phone, without script, and from another
// client.
import { expect, test } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { accessible, data, local, logIn, person, send } from "./person.mjs";

const heading = (page) => page.getByRole("heading", { level: 1 });
const line = (page, name) => page.locator(".dp-tree__row", { has: page.getByRole("link", { name: new RegExp("^" + name) }) });
const said = (page, text) => expect(page.locator(".dp-toast p")).toHaveText(text);
const shot = (page, name) => process.env.SCREENS && page.screenshot({ path: `${process.env.SCREENS === "1" ? "docs/screens" : process.env.SCREENS}/${name}.png` });

async function create(page, name, button = page.getByRole("link", { name: "Ny mappe" }).first()) {
  await button.click();
  await page.getByLabel("Navn på mappen").fill(name);
  await page.getByRole("button", { name: "Opret mappe" }).click();
  await said(page, `Mappen ${name} er oprettet.`);
}

test("folders are made, renamed, put in one another, deleted and brought back", async ({ page }) => {
  const who = person("registered", 5);
  send(who, "Til en mappe");
  await logIn(page, who);
  await page.goto(local.web.borger + "/mapper");
  await create(page, "Børn");
  await create(page, "Skole", line(page, "Børn").getByRole("link", { name: /Ny undermappe/ }));
  await expect(page.getByRole("link", { name: "Ny undermappe: Børn" })).toBeFocused();
  await create(page, "Bolig");
  await expect(page.locator(".dp-tree .dp-tree").getByRole("link", { name: /^Skole/ })).toBeVisible();
  await accessible(page);
  await shot(page, "14-folders-tree-desktop");

  await line(page, "Bolig").getByRole("link", { name: /Omdøb/ }).click();
  await accessible(page);
  await page.getByLabel("Navn på mappen").fill("Børn"); // taken
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toContainText("Du har allerede en mappe med det navn her.");
  await page.getByLabel("Navn på mappen").fill("Hus");
  await page.keyboard.press("Enter");
  await said(page, "Mappen hedder nu Hus.");
  await line(page, "Hus").getByRole("link", { name: /Flyt/ }).click();
  await page.getByLabel("Ligger i").selectOption({ label: "Børn" });
  await page.getByRole("button", { name: "Flyt" }).click();
  await said(page, "Mappen Hus er flyttet.");
  await expect(page.locator(".dp-tree .dp-tree").getByRole("link", { name: /^Hus/ })).toBeVisible();
  await page.getByRole("button", { name: "Fortryd" }).click();
  await expect(page.locator(".dp-tree .dp-tree").getByRole("link", { name: /^Hus/ })).toHaveCount(0);

  // A letter in the folder below goes to the trash, and comes back.
  await page.goto(local.web.borger + "/post");
  await page.locator(".dp-item", { hasText: "Til en mappe" }).locator(".dp-pick").click();
  await page.locator(".dp-bulk").getByRole("button", { name: "Flyt" }).click();
  await page.getByRole("radio", { name: "Skole" }).check();
  await shot(page, "13-move-tree-desktop");
  await page.getByRole("dialog").getByRole("button", { name: "Flyt" }).click();
  await said(page, "1 besked flyttet til Skole.");
  await page.goto(local.web.borger + "/mapper");
  await line(page, "Børn").getByRole("link", { name: /Slet/ }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Vil du slette mappen Børn?");
  await expect(dialog).toContainText("Dens 1 besked flyttes til Slettet post, og du kan flytte den tilbage.");
  await expect(dialog).toContainText("Den har 1 undermappe, som også bliver slettet.");
  await accessible(page);
  await shot(page, "15-delete-folder-desktop");
  await dialog.getByRole("button", { name: "Slet mappe" }).click();
  await said(page, "Mappen Børn er slettet. Dens beskeder ligger i Slettet post.");
  await expect(line(page, "Skole")).toHaveCount(0);
  await page.getByRole("button", { name: "Fortryd" }).click();
  await expect(line(page, "Skole")).toContainText("1 besked");
});

test("on a phone the folders are a page", async ({ browser }) => {
  const page = await (await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true })).newPage();
  await logIn(page, person("registered", 4));
  await page.getByRole("link", { name: "Mapper" }).tap();
  await expect(heading(page)).toHaveText("Mapper");
  await create(page, "Bil");
  await create(page, "Forsikring", page.getByRole("link", { name: "Ny undermappe: Bil" }));
  await accessible(page);
  await shot(page, "14-folders-tree-phone");
  await page.getByRole("link", { name: /^Sendt post/ }).tap();
  await expect(heading(page)).toHaveText(/Sendt post/);
  await expect(page.getByText("Du har ikke sendt noget endnu")).toBeVisible();
});

test("folders work without script", async ({ browser }) => {
  const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await logIn(page, person("registered", 4));
  await page.goto(local.web.borger + "/mapper");
  await create(page, "Papir");
  await line(page, "Papir").getByRole("link", { name: /Omdøb/ }).click();
  await page.getByLabel("Navn på mappen").fill("");
  await page.getByRole("button", { name: "Gem" }).click();
  await expect(page).toHaveTitle(/^Fejl: /);
  await page.getByLabel("Navn på mappen").fill("Mine papirer");
  await page.getByRole("button", { name: "Gem" }).click();
  await said(page, "Mappen hedder nu Mine papirer.");
  await page.getByRole("button", { name: "Fortryd" }).click();
  await said(page, "Mappen hedder nu Papir.");
  await line(page, "Papir").getByRole("link", { name: /Slet/ }).click();
  await expect(page.getByText("Mappen er tom.")).toBeVisible();
  await page.getByRole("button", { name: "Slet mappe" }).click();
  await expect(line(page, "Papir")).toHaveCount(0);
  await page.getByRole("button", { name: "Fortryd" }).click();
  await expect(line(page, "Papir")).toBeVisible();
});

// MBX-09, MBX-17
test("folders and what lies in them are the same in another program that shows the post", async ({ browser }) => {
  const who = person("registered", 5);
  send(who, "Til arkivet");
  const token = execFileSync("bin/digitalpost", ["token", "--localserve", data, "--cpr", who.cpr]).toString().trim();
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const api = async (method, path, body?, version?) => {
    const headers = { Authorization: "Bearer " + token, ...(version && { "If-Match": String(version) }) };
    const answer = await context.request.fetch(local.api + path, { method, headers, data: body });
    expect(answer.status(), method + " " + path).toBeLessThan(300);
    return answer.json();
  };
  const [box] = (await api("GET", "/mailboxes/")).mailboxes;
  const folder = await api("POST", `/mailboxes/${box.id}/folders/`, { name: "Arkiv" });
  const letter = (await api("GET", `/mailboxes/${box.id}/messages/`)).messages.find((m) => m.label === "Til arkivet");
  await api("PATCH", `/mailboxes/${box.id}/messages/${letter.id}`, { folderId: folder.id }, letter.version);
  const page = await context.newPage();
  await logIn(page, who);
  await page.goto(local.web.borger + "/mapper");
  await line(page, "Arkiv").getByRole("link", { name: /^Arkiv/ }).click();
  await expect(page.locator(".dp-item")).toHaveCount(1);
  await expect(page.locator(".dp-item")).toContainText("Til arkivet");
  await context.close();
});
