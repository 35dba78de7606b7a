package citizen

import (
	"net/http"

	"digitalpost/internal/web"
)

// settingsRoutes enters how pages look and behave in this browser, and the keys.
func (p *Portal) settingsRoutes(on routes) {
	on.either("GET /indstillinger", p.settings)
	on.either("POST /indstillinger", p.keepSettings)
	on.either("GET /indstillinger/taster", p.keyList)
}

// settingsPage is the form of settings.
type settingsPage struct {
	Themes, Sizes, Languages []web.Option
	Pane, Keys               bool
	List                     []keyLine
}

// keyLine is a key and what it does.
type keyLine struct {
	Keys []string
	Text string
}

// keysOf are the keys that pages listen to, in the order in which they are
// explained.
func keysOf(words *web.Words) []keyLine {
	or := func(keys ...string) []string { return keys }
	return []keyLine{
		{or("j", "k"), words.T("keys.move")}, {or("Enter"), words.T("keys.open")}, {or("x", "Shift+x"), words.T("keys.tick")},
		{or("r"), words.T("reply")}, {or("f"), words.T("forward")}, {or("v", "e"), words.T("keys.file")}, {or("#", "Delete"), words.T("delete")},
		{or("u"), words.T("mark.unread")}, {or("s"), words.T("mark.important")}, {or("n"), words.T("write")}, {or("/"), words.T("search.label")},
		{or("g i"), words.T("keys.inbox")}, {or("g f"), words.T("keys.deadlines")}, {or("g v"), words.T("keys.important")}, {or("Esc"), words.T("keys.close")}, {or("?"), words.T("keys.list")},
	}
}

func (p *Portal) settings(w http.ResponseWriter, r *http.Request, v *visit) error {
	words, now := p.pages.In(r), web.SettingsOf(r)
	page := settingsPage{
		Themes: []web.Option{
			{Value: "", Text: words.T("settings.theme.auto"), Selected: now.Theme == ""},
			{Value: "light", Text: words.T("settings.theme.light"), Selected: now.Theme == "light"},
			{Value: "dark", Text: words.T("settings.theme.dark"), Selected: now.Theme == "dark"},
		},
		Sizes: []web.Option{
			{Value: "", Text: words.T("settings.text.normal"), Selected: now.Text == ""},
			{Value: "large", Text: words.T("settings.text.large"), Selected: now.Text == "large"},
			{Value: "larger", Text: words.T("settings.text.larger"), Selected: now.Text == "larger"},
		},
		Languages: []web.Option{
			{Value: string(web.Danish), Text: "Dansk", Selected: words.Lang == web.Danish},
			{Value: string(web.English), Text: "English", Selected: words.Lang == web.English},
		},
		Pane: !now.NoPane, Keys: now.Keys, List: keysOf(words),
	}
	return p.show(w, r, v, http.StatusOK, "settings", web.View{Title: words.T("settings"), Tab: "menu"}, page)
}

func (p *Portal) keepSettings(w http.ResponseWriter, r *http.Request, _ *visit) error {
	p.site.KeepSettings(w, r, web.SettingsForm(r))
	lang := p.site.KeepLanguage(w, r, web.Lang(r.PostFormValue("sprog")))
	return p.done(w, r, "/indstillinger", p.pages.Words(lang).T("settings.kept"), nil)
}

// keyList is the list of keys as a page, and as the dialog of the key "?".
func (p *Portal) keyList(w http.ResponseWriter, r *http.Request, v *visit) error {
	words := p.pages.In(r)
	page := settingsPage{Keys: web.SettingsOf(r).Keys, List: keysOf(words)}
	return p.show(w, r, v, http.StatusOK, "keys", web.View{Title: words.T("keys.h"), Tab: "menu"}, page)
}
