// Writing: finding an authority as one types, text with simple formatting, a draft
// that is saved as one types, and files that go on after a lost connection.
import "./write/whom.js";
import { each } from "./core/page.js";
import { drafting } from "./write/draft.js";
import { rich } from "./write/rich.js";
import { uploads } from "./write/upload.js";

each("form[data-write]", (form) => {
  for (const field of form.querySelectorAll("[data-rich]")) rich(field);
  const draft = drafting(form);
  if (form.querySelector("[data-drop]")) uploads(form, draft);
});
