package citizen

import (
	"errors"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/delegation"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/web"
)

// accessFormPage is the form that gives access or asks for it, with what was typed;
// the CPR number is not kept.
type accessFormPage struct {
	Action  string
	Gives   bool
	Some    bool // chosen senders' post only (ACC-15)
	With    string
	Name    string // of the one with whom there is or was an access
	Kinds   []web.Option
	First   string
	Last    string
	Never   bool
	Day     web.Date
	Senders []web.Option
	Code    string

	Problems web.Problems
}

// Values of the form's choices.
const (
	kindRead  = "laes"
	kindWrite = "skriv"
	never     = "aldrig"
)

func (p *Portal) accessForm(gives bool) ownPage {
	return func(w http.ResponseWriter, r *http.Request, v *visit) error {
		form := accessFormPage{Gives: gives, Some: gives && r.URL.Query().Get("post") == "udvalgt", With: r.URL.Query().Get("med")}
		return p.showAccessForm(w, r, v, http.StatusOK, form, kindRead, nil)
	}
}

// showAccessForm draws the form; senders are those that are ticked.
func (p *Portal) showAccessForm(w http.ResponseWriter, r *http.Request, v *visit, status int, form accessFormPage, kind string, senders []string) error {
	title := v.words.T("access.ask")
	form.Action = "/adgang/bed-om"
	if form.Gives {
		title, form.Action = v.words.T("access.give"), "/adgang/giv"
	}
	if form.With != "" {
		with, err := post.ParseUUID(form.With)
		if err != nil {
			return errs.NotFound("page.unknown")
		}
		a, err := p.config.Accesses.Get(r.Context(), v.actor, v.box.UUID, with)
		if err != nil {
			return err
		}
		form.Name = a.Name
	}
	about := []string{v.words.T("access.read.theirs"), v.words.T("access.write.theirs")}
	if form.Gives {
		about = []string{v.words.T("access.read.yours"), v.words.T("access.write.yours")}
	}
	form.Kinds = []web.Option{
		{Value: kindRead, Text: v.words.T("access.read"), About: about[0], Selected: kind != kindWrite},
		{Value: kindWrite, Text: v.words.T("access.write"), About: about[1], Selected: kind == kindWrite},
	}
	if form.Some {
		all, err := p.config.Mailboxes.Senders(r.Context(), v.actor, v.box.UUID)
		if err != nil {
			return err
		}
		form.Senders = senderOptions(all, func(id string) bool { return slices.Contains(senders, id) })
		if form.Code == "" {
			form.Code = delegation.NewCode()
		}
	}
	return p.show(w, r, v, status, "access.form", web.View{Title: title, Form: true, Tab: "none", Failed: len(form.Problems) > 0}, form)
}

// senderOptions are senders to choose among, in Danish order.
func senderOptions(all []mailbox.SenderCount, chosen func(id string) bool) []web.Option {
	var options []web.Option
	for _, s := range all {
		if s.Sender.Kind == post.Organisation {
			options = append(options, web.Option{Value: s.Sender.UUID.String(), Text: s.Sender.Name, Selected: chosen(s.Sender.UUID.String())})
		}
	}
	registry.SortDanish(options, func(o web.Option) string { return o.Text })
	return options
}

func (p *Portal) sendAccess(gives bool) ownPage {
	return func(w http.ResponseWriter, r *http.Request, v *visit) error {
		form := accessFormPage{Gives: gives, Some: gives && r.PostFormValue("post") == "udvalgt", With: r.PostFormValue("med"),
			First: r.PostFormValue("fornavn"), Last: r.PostFormValue("efternavn"), Never: r.PostFormValue("hvorlaenge") == never, Day: web.DateForm(r, "dag"), Code: r.PostFormValue("kode")}
		kind, senders := r.PostFormValue("adgang"), r.PostForm["afsender"]
		terms := form.terms(v, r.PostFormValue("cpr"), kind, senders)
		if len(form.Problems) > 0 {
			return p.showAccessForm(w, r, v, http.StatusUnprocessableEntity, form, kind, senders)
		}
		send := p.config.Accesses.Ask
		if gives {
			send = p.config.Accesses.Give
		}
		made, err := send(r.Context(), v.actor, v.box.UUID, terms)
		if err != nil {
			status, known := form.refused(v, err)
			if !known {
				return err
			}
			return p.showAccessForm(w, r, v, status, form, kind, senders)
		}
		if made.Code {
			return p.done(w, r, "/adgang", v.words.T("access.sent.code", made.Name), nil)
		}
		return p.done(w, r, "/adgang", v.words.T("access.sent.said", made.Name), nil)
	}
}

// terms are what the form says; what is wrong with it is noted.
func (f *accessFormPage) terms(v *visit, cpr, kind string, senders []string) delegation.Terms {
	wrong := func(field, key string) { f.Problems.Add(field, v.words.T(key)) }
	t := delegation.Terms{FirstName: f.First, LastName: f.Last, Relation: access.Reader}
	if kind == kindWrite {
		t.Relation = access.Writer
	}
	if f.Some {
		t.Relation, t.Code = access.SenderReader, f.Code
		for _, s := range senders {
			if id, err := post.ParseUUID(s); err == nil {
				t.Senders = append(t.Senders, id)
			}
		}
		if len(t.Senders) == 0 {
			wrong("afsender", "access.senders.missing")
		}
	}
	var err error
	if f.With != "" {
		if t.With, err = post.ParseUUID(f.With); err != nil {
			wrong("adgang", "access.with.gone")
		}
	} else {
		if strings.TrimSpace(f.First) == "" {
			wrong("fornavn", "trustees.first.missing")
		}
		if strings.TrimSpace(f.Last) == "" {
			wrong("efternavn", "trustees.last.missing")
		}
		if t.CPR, err = post.ParseCPR(digitsOf(cpr)); err != nil {
			wrong("cpr", "trustees.cpr.wrong")
		}
	}
	t.LastDay = f.lastDay(v)
	return t
}

// lastDay is the last day that the form says, the zero time for never.
func (f *accessFormPage) lastDay(v *visit) time.Time {
	if f.Never {
		return time.Time{}
	}
	day, there := f.Day.Time()
	switch {
	case f.Day.Empty():
		f.Problems.Add("dag-dag", v.words.T("access.day.missing"))
	case !there:
		f.Problems.Add("dag-dag", v.words.T("problem.date"))
	case post.Today(day).Before(post.Today(v.now)):
		f.Problems.Add("dag-dag", v.words.T("trustees.day.past"))
	}
	return day
}

// lookupRefused is what is said where a name and a number find nobody, or too often
// nobody; "" for another error.
func lookupRefused(v *visit, err error) (text string, status int) {
	e := (*errs.Error)(nil)
	errors.As(err, &e)
	switch errs.CodeOf(err) {
	case registry.CodeNameMismatch:
		return v.words.T("trustees.mismatch"), http.StatusUnprocessableEntity
	case registry.CodeTooManyAsked:
		return v.words.T("trustees.enough"), http.StatusTooManyRequests
	case registry.CodeTooManyTries:
		return v.words.N("trustees.slow", int64(math.Ceil(e.Wait.Minutes()))), http.StatusTooManyRequests
	}
	return "", 0
}

// refused notes what the capability said; false where that is no matter of the form.
func (f *accessFormPage) refused(v *visit, err error) (status int, known bool) {
	whom := "cpr"
	if f.With != "" {
		whom = "adgang"
	}
	if text, status := lookupRefused(v, err); text != "" {
		f.Problems.Add(whom, text)
		return status, true
	}
	field, key := whom, ""
	switch errs.CodeOf(err) {
	case delegation.CodeYourself:
		key = "access.yourself"
	case delegation.CodeThere:
		key = "access.there"
	case delegation.CodePending:
		key = "access.pending"
	case delegation.CodeLastDay:
		field, key = "dag-dag", "trustees.day.past"
	case delegation.CodeShortCode:
		field, key = "kode", "access.code.short"
	case delegation.CodeSenders:
		field, key = "afsender", "access.senders.missing"
	case delegation.ErrUnknown.Code:
		key = "access.with.gone"
	default:
		return 0, false
	}
	f.Problems.Add(field, v.words.T(key))
	return http.StatusUnprocessableEntity, true
}
