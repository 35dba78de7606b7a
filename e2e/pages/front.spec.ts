// What stands around the post: start, log-in, menu, help, errors.
import { expect } from "@playwright/test";
import { pages } from "../pages.mjs";
import { local, logIn, person } from "../person.mjs";

pages({
  "01-start": async (page) => page.goto(local.web.borger + "/"),
  "02-test-log-in": async (page) => {
    await page.goto(local.web.borger + "/log-ind");
  },
  "07-menu": async (page) => {
    await logIn(page, person());
    await page.goto(local.web.borger + "/menu");
  },
  "08-help": async (page) => page.goto(local.web.borger + "/hjaelp"),
  "08-help-answers": async (page) => page.goto(local.web.borger + "/hjaelp?alle"),
  "08-contact": async (page) => page.goto(local.web.borger + "/kontakt"),
  "08-contact-mistakes": async (page) => {
    await logIn(page, person());
    await page.goto(local.web.borger + "/kontakt");
    await page.getByRole("button", { name: "Send" }).click();
    await expect(page.getByRole("alert")).toContainText("fejl i formularen");
  },
  "08-contact-receipt": async (page) => {
    await logIn(page, person("registered", 5));
    await page.goto(local.web.borger + "/kontakt");
    await page.getByText("Ris eller ros", { exact: true }).click();
    await page.getByLabel("Emne").fill("Tak for hjælpen");
    await page.getByLabel("Besked").fill("Det gik let at finde mit gamle brev.");
    await page.getByRole("button", { name: "Send" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Tak. Vi har modtaget din henvendelse.");
  },
  "09-not-found": async (page) => {
    await logIn(page, person());
    await page.goto(local.web.borger + "/post/findes-ikke");
  },
  "11-settings": async (page) => {
    await logIn(page, person());
    await page.goto(local.web.borger + "/indstillinger");
  },
  "12-keys": async (page) => page.goto(local.web.borger + "/indstillinger/taster"),
  "13-welcome": async (page) => {
    await logIn(page, person());
    await page.goto(local.web.borger + "/velkommen");
  },
});
