// What the tests share: the running localserve, its people, log-in, and axe.
import { expect } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

// Each worker has a localserve; what only lists the tests reads the first.
export const data = process.env.LOCALSERVE?.split(delimiter)[process.env.TEST_PARALLEL_INDEX ?? 0];
export const local = data ? JSON.parse(readFileSync(join(data, "localserve.json"), "utf8")) : undefined;

/** The nth demo person with a status. */
export function person(status = "registered", nth = 0) {
  return local.persons.filter((p) => p.status === status)[nth];
}

const sessions = new Map(); // the cookies of who has logged in

/** Has a person be logged in, and see their post: as before, where they were in another test. */
export async function logIn(page, who) {
  if (sessions.has(who.cpr)) {
    await page.context().addCookies(sessions.get(who.cpr));
    await page.goto(local.web.borger + "/post");
    if (page.url() === local.web.borger + "/post") return; // it has not ended meanwhile
  }
  await logInAnew(page, who);
  sessions.set(who.cpr, await page.context().cookies(local.web.borger));
}

/** Logs a person in by the test log-in, as a person does. */
export async function logInAnew(page, who) {
  await page.goto(local.web.borger + "/");
  await page.getByRole("link", { name: "Log ind med MitID" }).first().click();
  await expect(page).toHaveURL(new RegExp("^" + local.web.id));
  await page.getByRole("button", { name: who.name }).click();
  await page.waitForURL((url) => url.href.startsWith(local.web.borger));
  const on = page.getByRole("link", { name: "Gå til din post" }); // the first visit
  if (page.url().endsWith("/velkommen")) await on.click();
}

/** An employee of the demo organisations. */
export function employee(name, organisation) {
  return local.employees.find((e) => e.name === name && (!organisation || e.organisation === organisation));
}

/** Logs in to another portal of local.web as an employee (MitID Erhverv), or with the private MitID of a person. */
export async function logInAt(page, portal, who) {
  await page.goto(local.web[portal] + "/log-ind");
  await expect(page).toHaveURL(new RegExp("^" + local.web.id));
  await page.getByRole("button", { name: who.organisation ? `${who.name}, ${who.organisation}` : who.name, exact: true }).click();
  await page.waitForURL((url) => url.href.startsWith(local.web[portal]));
}

/** Switches to another's mailbox under one's name, as a person does. */
export async function switchTo(page, name) {
  await page.locator("summary", { hasText: "skift postkasse" }).click();
  await page.locator(".dp-box", { hasText: name }).click();
  await expect(page.locator(".dp-behalf")).toContainText("Du læser");
}

/** The nth demo employee who has a right in their own organisation. */
export function employeeWith(relation, nth = 0) {
  return local.employees.filter((e) => e.may.some((m) => m.relation === relation && m.cvr === e.cvr))[nth];
}

/** Sends a letter with the program's own sender. */
export function send(to, subject, ...files) {
  execFileSync("bin/digitalpost", ["send", "--localserve", data, "--to", to.cpr ?? to.cvr, "--subject", subject, ...files.flatMap((f) => ["--file", f])]);
}

// Run here, and not by @axe-core/playwright: that takes a second for what takes a tenth.
const axe = readFileSync("node_modules/axe-core/axe.min.js", "utf8");

/** No violation of WCAG 2.2 AA or of good practice, and nothing the policy had to stop. */
export async function accessible(page) {
  // At the end of the page no row lies half under the bar that stays in view,
  // where it would count as too small to hit.
  // Nor may one lie half under the head of the page.
  const head = (position) => page.evaluate((position) => document.querySelector(".dp-top")?.style.setProperty("position", position), position);
  await head("static");
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  if (await page.evaluate(() => !window.axe)) await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const without = [[".hiddenCanvasElement"]]; // pdf.js measures text with it; it has no size and no content
    const { violations } = await window.axe.run({ exclude: without }, {
      iframes: false, // a document's frame lets no script in, also not axe's: it would wait for it in vain
      resultTypes: ["violations"],
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" | ")}`);
  });
  await head("");
  await page.evaluate(() => scrollTo(0, 0));
  expect(found).toEqual([]);
}
