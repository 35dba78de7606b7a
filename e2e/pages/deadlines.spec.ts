// Deadlines and links for calendars.
import { pages } from "../pages.mjs";
import { local, logIn, person } from "../person.mjs";

pages({
  "20-deadlines": async (page) => {
    await logIn(page, person());
    await page.goto(local.web.borger + "/frister");
  },
  "21-calendar": async (page) => {
    await logIn(page, person());
    await page.goto(local.web.borger + "/kalender");
  },
});
