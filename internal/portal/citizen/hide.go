package citizen

import (
	"net/http"
	"slices"

	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/web"
)

// hiddenPage is the senders whose letters those with access do not see.
type hiddenPage struct {
	Hidden  []web.Option
	Senders []web.Option // that can be hidden
	Problem web.Problems
}

func (p *Portal) hiddenSenders(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.showHidden(w, r, v, http.StatusOK, nil)
}

func (p *Portal) showHidden(w http.ResponseWriter, r *http.Request, v *visit, status int, problems web.Problems) error {
	hidden, err := p.config.Mailboxes.HiddenSenders(r.Context(), v.actor, v.box.UUID)
	if err != nil {
		return err
	}
	all, err := p.config.Mailboxes.Senders(r.Context(), v.actor, v.box.UUID)
	if err != nil {
		return err
	}
	page := hiddenPage{Problem: problems}
	for _, s := range hidden {
		page.Hidden = append(page.Hidden, web.Option{Value: s.UUID.String(), Text: s.Name})
	}
	for _, o := range senderOptions(all, func(string) bool { return false }) {
		if !slices.ContainsFunc(hidden, func(s registry.Party) bool { return s.UUID.String() == o.Value }) {
			page.Senders = append(page.Senders, o)
		}
	}
	return p.show(w, r, v, status, "access.hidden", web.View{Title: v.words.T("access.hidden.h"), Form: true, Tab: "none", Failed: len(problems) > 0}, page)
}

func (p *Portal) hideSender(w http.ResponseWriter, r *http.Request, v *visit) error {
	sender, err := post.ParseUUID(r.PostFormValue("afsender"))
	if err != nil {
		var problems web.Problems
		problems.Add("afsender", v.words.T("access.hidden.missing"))
		return p.showHidden(w, r, v, http.StatusUnprocessableEntity, problems)
	}
	hide := r.PostFormValue("vis") == ""
	if err := p.config.Mailboxes.HideSender(r.Context(), v.actor, v.box.UUID, sender, hide); err != nil {
		return err
	}
	text := "access.hidden.shown"
	if hide {
		text = "access.hidden.said"
	}
	return p.done(w, r, "/adgang/skjulte", v.words.T(text), nil)
}

// hideLetter hides one letter from all who help its owner, or shows it again.
func (p *Portal) hideLetter(w http.ResponseWriter, r *http.Request, v *visit) error {
	message, err := web.ID(r, "message")
	if err != nil {
		return err
	}
	hide := r.PostFormValue("vis") == ""
	if _, err := p.config.Mailboxes.Patch(r.Context(), v.actor, v.box.UUID, message, 0, mailbox.Change{Hide: &hide}); err != nil {
		return err
	}
	text, undo := "letter.shown.said", map[string]string{}
	if hide {
		text, undo = "letter.hidden.said", map[string]string{"vis": "1"}
	}
	undo["tilbage"] = back(r, "/post/"+message.String())
	return p.done(w, r, undo["tilbage"], v.words.T(text), &web.Undo{Action: "/post/" + message.String() + "/skjul", Fields: undo})
}
