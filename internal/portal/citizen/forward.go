package citizen

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"digitalpost/internal/compose"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/trustee"
	"digitalpost/internal/web"
)

// forwardPage asks to whom a letter is forwarded (MBX-05).
type forwardPage struct {
	Action, Back string
	Subject      string
	Way          string // myndighed, modtager, email; "" before one has chosen
	Ways         []web.Option
	Recipients   []forwardTo
	EMails       string
	Problems     web.Problems
}

// forwardTo is a Digital Post recipient (RCP-04).
type forwardTo struct {
	ID, Name, Why string // Why nothing can be forwarded to them, "" where it can
	Checked       bool
}

func (p *Portal) forward(w http.ResponseWriter, r *http.Request, v *visit) error {
	if r.URL.Query().Get("til") == "myndighed" {
		message, err := web.ID(r, "message")
		if err != nil {
			return err
		}
		http.Redirect(w, r, addressee{Forward: message}.address(func(*addressee) {}), http.StatusSeeOther)
		return nil
	}
	return p.askForward(w, r, v, r.URL.Query().Get("til"), "", nil, nil)
}

func (p *Portal) askForward(w http.ResponseWriter, r *http.Request, v *visit, way, emails string, chosen map[string]bool, problems web.Problems) error {
	l, ways, err := p.toAnswer(r, v)
	if err != nil {
		return err
	}
	message := l.Message.ID
	here := "/post/" + message.String()
	if l.Message.Unserved() {
		return p.done(w, r, here, v.words.T("problem.unserved"), nil)
	}
	page := forwardPage{Action: here + "/videresend", Back: here, Subject: l.Message.Label, Way: way, EMails: emails, Problems: problems}
	for _, one := range []struct {
		way, text, about string
		may              bool
	}{
		{"myndighed", "forward.authority", "forward.authority.about", ways.ForwardAuthority},
		{"modtager", "forward.recipient", "forward.recipient.about", ways.ForwardRecipient},
		{"email", "forward.email", "forward.email.about", ways.ForwardEMail},
	} {
		if one.may {
			page.Ways = append(page.Ways, web.Option{Value: one.way, Text: v.words.T(one.text), About: v.words.T(one.about), Selected: one.way == way})
		}
	}
	if len(page.Ways) == 0 {
		return errs.New(errs.KindForbidden, "access.not.covered", "the letter may not be forwarded")
	}
	if way == "modtager" {
		lists, err := p.config.Trustees.List(r.Context(), v.actor, v.box.UUID)
		if err != nil {
			return err
		}
		for _, t := range lists.Recipients {
			to := forwardTo{ID: t.Party.UUID.String(), Name: t.Name, Checked: chosen[t.Party.UUID.String()]}
			switch t.Status {
			case trustee.Asked:
				to.Why = v.words.T("forward.asked", t.Name)
			case trustee.Expired:
				to.Why = v.words.T("forward.expired", t.Name)
			case trustee.Declined:
				to.Why = v.words.T("forward.declined", t.Name)
			}
			if to.Why != "" {
				to.ID = ""
			}
			page.Recipients = append(page.Recipients, to)
		}
	}
	status := http.StatusOK
	if len(problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return p.show(w, r, v, status, "forward", web.View{Title: v.words.T("forward"), Form: true, Tab: "none", Failed: len(problems) > 0}, page)
}

// beginForward begins the letter with which another is forwarded.
func (p *Portal) beginForward(w http.ResponseWriter, r *http.Request, v *visit) error {
	message, err := web.ID(r, "message")
	if err != nil {
		return err
	}
	way := r.PostFormValue("til")
	var problems web.Problems
	var to compose.To
	chosen := map[string]bool{}
	switch way {
	case "myndighed":
		http.Redirect(w, r, addressee{Forward: message}.address(func(*addressee) {}), http.StatusSeeOther)
		return nil
	case "modtager":
		if !r.PostForm.Has("valgt") {
			http.Redirect(w, r, address(r.URL.Path, url.Values{"til": {way}}), http.StatusSeeOther)
			return nil
		}
		for _, text := range r.PostForm["modtager"] {
			if id, err := post.ParseUUID(text); err == nil {
				chosen[text] = true
				to.Recipients = append(to.Recipients, id)
			}
		}
		if len(to.Recipients) == 0 {
			problems.Add("modtager", v.words.T("forward.recipient.missing"))
		}
	case "email":
		if !r.PostForm.Has("valgt") {
			http.Redirect(w, r, address(r.URL.Path, url.Values{"til": {way}}), http.StatusSeeOther)
			return nil
		}
		to.EMails = strings.FieldsFunc(r.PostFormValue("email"), func(c rune) bool { return c == ',' || c == ';' || unicode.IsSpace(c) })
		if len(to.EMails) == 0 {
			problems.Add("email", v.words.T("forward.email.missing"))
		}
	default:
		problems.Add("til", v.words.T("forward.missing"))
	}
	if len(problems) > 0 {
		return p.askForward(w, r, v, way, r.PostFormValue("email"), chosen, problems)
	}
	d, err := p.config.Compose.Forward(r.Context(), v.actor, v.box.UUID, message, compose.Edit{To: &to})
	if errs.CodeOf(err) == compose.CodeUnserved {
		return p.done(w, r, "/post/"+message.String(), v.words.T("problem.unserved"), nil)
	}
	if err == nil && way == "email" {
		for _, f := range d.Problems {
			if f.Path == "to" {
				problems.Add("email", v.words.T(problemKey(f.Code)))
			}
		}
	}
	if errs.KindOf(err) == errs.KindInvalid && err != nil {
		problems.Add(map[string]string{"email": "email", "modtager": "modtager"}[way], v.words.T(problemKey(errs.CodeOf(err))))
		err = nil
	}
	if len(problems) > 0 {
		if d.Message.ID != (post.UUID{}) {
			if err := p.config.Compose.Discard(r.Context(), v.actor, v.box.UUID, d.Message.ID, 0); err != nil {
				return err
			}
		}
		return p.askForward(w, r, v, way, r.PostFormValue("email"), chosen, problems)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/ny/"+d.Message.ID.String(), http.StatusSeeOther)
	return nil
}
