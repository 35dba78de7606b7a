// Digital Post recipients.
import { pages } from "../pages.mjs";
import { local, logIn, person } from "../person.mjs";

pages({
  "30-recipients": async (page) => {
    await logIn(page, person());
    await page.goto(local.web.borger + "/modtagere");
  },
  "31-new-recipient": async (page) => {
    await logIn(page, person());
    await page.goto(local.web.borger + "/modtagere/ny?hvem=person");
  },
});
