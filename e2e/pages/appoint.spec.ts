// Appointed access (ORG-04, ORG-05): applying, and deciding at the counter.
import { expect } from "@playwright/test";
import { pages } from "../pages.mjs";
import { local, logIn, logInAt, person } from "../person.mjs";

const proof = { name: "bevis.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7\n%%EOF\n") };

async function apply(page, nth) {
  await logIn(page, person("registered", nth));
  await page.goto(local.web.borger + "/udpeget/ny?som=likvidator");
  await page.getByLabel("CVR-nummer").fill(local.employees[0].cvr);
  await page.getByLabel("Bevis for, at du er likvidator").setInputFiles(proof);
  await page.getByRole("button", { name: "Send ansøgning" }).click();
  await page.goto(local.web.borger + "/udpeget");
  await expect(page.getByText("Mangler afgørelse").first()).toBeVisible();
}

const manager = () => local.employees.find((e) => e.may.some((m) => m.relation === "staff.system.manager"));

pages({
  "60-appointed": async (page) => apply(page, 3),
  "61-appointed-kind": async (page) => {
    await logIn(page, person("registered", 3));
    await page.goto(local.web.borger + "/udpeget/ny");
  },
  "62-appointed-mistakes": async (page) => {
    await logIn(page, person("registered", 3));
    await page.goto(local.web.borger + "/udpeget/ny?som=kurator");
    await page.getByRole("button", { name: "Send ansøgning" }).click();
    await expect(page.getByRole("alert")).toContainText("fejl i formularen");
  },
  "63-counter-appointed": async (page) => {
    await apply(page, 4);
    await logInAt(page, "borgerservice", manager());
    await page.goto(local.web.borgerservice + "/udpeget");
    await page.getByRole("link", { name: /^Se/ }).first().click();
    await page.getByRole("button", { name: "Afvis" }).click();
    await expect(page.getByRole("alert")).toContainText("Skriv en begrundelse");
  },
});
