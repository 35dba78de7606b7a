// A text field with simple formatting in the place of a plain one. What is written
// goes into the form's field html; the server keeps what is simple of it.
const commands = [
  ["bold", "bold"],
  ["italic", "italic"],
  ["list", "insertUnorderedList"],
  ["numbers", "insertOrderedList"],
  ["link", "createLink"],
];

/** rich turns a field's textarea into an editor. */
export function rich(field) {
  const plain = field.querySelector("textarea");
  const editor = document.createElement("div");
  editor.className = "form-input dp-rich";
  editor.contentEditable = "true";
  editor.setAttribute("role", "textbox");
  editor.setAttribute("aria-multiline", "true");
  editor.setAttribute("aria-labelledby", "tekst-l");
  if (plain.hasAttribute("aria-describedby")) editor.setAttribute("aria-describedby", plain.getAttribute("aria-describedby"));
  if (plain.hasAttribute("aria-invalid")) editor.setAttribute("aria-invalid", "true");
  editor.append(field.querySelector("template").content.cloneNode(true));

  const html = document.createElement("input");
  html.type = "hidden";
  html.name = "html";
  const keep = () => {
    html.value = editor.textContent.trim() || editor.querySelector("li") ? editor.innerHTML : "";
    plain.value = editor.innerText;
  };
  keep();

  const tools = document.createElement("div");
  tools.className = "dp-rich__tools";
  tools.setAttribute("role", "group");
  tools.setAttribute("aria-label", field.dataset.tools);
  for (const [name, command] of commands) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button dp-quiet";
    button.dataset.tool = name;
    button.textContent = field.dataset[name];
    button.addEventListener("mousedown", (event) => event.preventDefault()); // the text keeps its selection
    button.addEventListener("click", () => {
      editor.focus();
      if (command !== "createLink") document.execCommand(command);
      else {
        const to = prompt(field.dataset.linkAsk, "https://");
        if (to && /^(https?:\/\/|mailto:|tel:)/.test(to)) document.execCommand(command, false, to);
      }
      keep();
      editor.dispatchEvent(new Event("input", { bubbles: true }));
    });
    tools.append(button);
  }

  editor.addEventListener("input", keep);
  editor.addEventListener("paste", (event) => {
    // What is pasted comes without its looks.
    event.preventDefault();
    document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
  });
  document.execCommand("defaultParagraphSeparator", false, "p");
  plain.hidden = true;
  plain.id = "";
  editor.id = "tekst";
  plain.before(tools, editor, html);
  field.querySelector("label").addEventListener("click", () => editor.focus());
}
