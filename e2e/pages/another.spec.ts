// Another's mailbox, and the mailboxes to switch to.
import { pages } from "../pages.mjs";
import { expect } from "@playwright/test";
import { local, logIn, person, switchTo } from "../person.mjs";

const birthe = async (page) => {
  await logIn(page, person());
  await switchTo(page, "Birthe Åkjær");
};
const in_ = (path) => async (page) => {
  await birthe(page);
  await page.goto(page.url().replace(/\/post$/, path));
};
const letter = async (page) => {
  await birthe(page);
  await page.locator(".dp-item a").first().click();
  await expect(page.locator(".dp-subject")).toBeVisible();
};

pages({
  "40-switcher": async (page) => {
    await logIn(page, person());
    await page.locator(".dp-who__name").locator("..").click();
    await expect(page.getByText("Post, du har adgang til")).toBeVisible();
  },
  "41-another-inbox": birthe,
  "42-another-letter": letter,
  "43-another-deadlines": in_("/frister"),
  "44-another-folders": in_("/mapper"),
  "45-another-recipients": in_("/modtagere"),
  "46-another-write": async (page) => {
    await letter(page);
    await page.getByRole("link", { name: "Videresend" }).first().click();
    await page.getByText("En e-mailadresse").click();
    await page.getByRole("button", { name: "Fortsæt" }).click();
    await page.locator("#email").fill("bo@example.dk");
    await page.getByRole("button", { name: "Fortsæt" }).click();
    await expect(page.getByRole("button", { name: "Send på vegne af Birthe Åkjær" })).toBeVisible();
  },
  "47-read-access": async (page) => {
    await logIn(page, person());
    await switchTo(page, "Jonas Lund");
    await page.locator(".dp-item a").first().click();
    await expect(page.getByText("Du har kun læseadgang til Jonas Lunds post.")).toBeVisible();
  },
  "47-another-full-screen": async (page) => {
    await letter(page);
    await page.goto(page.url() + "?visning=fuld");
  },
  "48-mailboxes": async (page) => {
    await logIn(page, person());
    await page.goto(local.web.borger + "/postkasser");
  },
  "49-another-forbidden": async (page) => {
    await logIn(page, person());
    await switchTo(page, "Jonas Lund");
    await page.goto(page.url().replace(/\/post$/, "/ny"));
    await expect(page.getByText("Din adgang giver ikke ret til det her. Spørg Jonas Lund.")).toBeVisible();
  },
  "49-another-menu": in_("/menu"),
});
