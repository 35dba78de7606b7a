// What all pages do beside what they do without script. Every page loads this
// file; files beside it are loaded by the pages that name them (web.View.Scripts),
// and what they share lies in core.
import "./core/session.js";
import "./core/page.js";
import "./core/dialog.js";
import "./core/toast.js";
import "./core/said.js";
import "./core/suggest.js";
import "./core/panel.js";
import "./core/keys.js";
import "./core/offline.js";

addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload(); // a page from the browser's memory may show what is read by now
});
