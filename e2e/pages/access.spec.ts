// Who reads whose post.
import { pages } from "../pages.mjs";
import { local, logIn, person } from "../person.mjs";

const at = (path) => async (page) => {
  await logIn(page, person());
  await page.goto(local.web.borger + path);
};

pages({
  "50-access": at("/adgang"),
  "51-access-give": at("/adgang/giv"),
  "52-access-chosen": at("/adgang/giv?post=udvalgt"),
  "53-access-ask": at("/adgang/bed-om"),
  "54-access-hidden": at("/adgang/skjulte"),
});
