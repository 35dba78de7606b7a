// What stands around the post: start, log-in, menu, help, errors.
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
  "09-not-found": async (page) => {
    await logIn(page, person());
    await page.goto(local.web.borger + "/post/findes-ikke");
  },
});
