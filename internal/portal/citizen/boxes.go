package citizen

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/session"
	"digitalpost/internal/web"
)

// boxesRoutes enters the list of mailboxes that one can switch to.
func (p *Portal) boxesRoutes(on routes) {
	on.own("GET /postkasser", p.mailboxes)
}

// under is where the mailboxes of others lie: every page of one's own post lies
// there too, under the mailbox's id, so that the address tells whose post a page
// shows, and two pages of a browser never mix two mailboxes (ACC-12).
const under = "/postkasse/"

// alone are the first parts of the addresses that belong to the reader, whichever
// mailbox they are in, and to no mailbox: they lie at the top only.
var alone = map[string]bool{
	"assets": true, "favicon.ico": true, "log-ind": true, "log-ud": true, "tilstede": true, // the browser's, and the session's
	"postkasse": true, "postkasser": true, // mailboxes, to switch to
	"indstillinger": true, "hjaelp": true, "kontakt": true, "velkommen": true, "kalender": true, "adgang": true, "udpeget": true, // one's own
}

// isAlone tells addresses that lie at the top only.
func isAlone(path string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	first, _, _ = strings.Cut(first, "?")
	first, _, _ = strings.Cut(first, "#")
	return alone[first]
}

type boxKey struct{}

// named is the mailbox that a page's address names, the zero id for one's own.
func named(r *http.Request) post.UUID {
	id, _ := r.Context().Value(boxKey{}).(post.UUID)
	return id
}

// another serves the pages of the mailbox that an address names.
func (p *Portal) another(w http.ResponseWriter, r *http.Request, pages http.Handler) {
	box, err := post.ParseUUID(r.PathValue("mailbox"))
	if err != nil || r.PathValue("mailbox") != box.String() { // one mailbox has one address
		p.site.Handle(func(http.ResponseWriter, *http.Request) error { return errs.NotFound("page.unknown") }).ServeHTTP(w, r)
		return
	}
	if n, err := session.Of(r); err == nil {
		web.Ask(w, func() error { return p.config.Mailboxes.Still(r.Context(), n.Actor(), box) }) // ACC-10
	}
	m := &web.Mount{Prefix: under + box.String(), Alone: isAlone}
	m.Serve(w, r.WithContext(context.WithValue(r.Context(), boxKey{}, box)), pages)
}

// enterAnother is the visit of another's mailbox. Who may not know of it, or no more,
// finds nothing there, and is led to their own.
func (p *Portal) enterAnother(r *http.Request, v *visit, box post.UUID) error {
	var err error
	v.box, err = p.config.Mailboxes.Get(r.Context(), v.actor, box)
	if err != nil {
		web.Unmount(r)
		return err
	}
	if v.own() {
		return nil
	}
	behalf := web.Behalf{Name: v.owner(), Ask: v.owner(), Right: right(v.words, v.box, v.words.Date),
		NoWrite: !v.may(access.MessageWrite), NoTrustees: !v.may(access.TrusteeSee), NoLog: !v.may(access.LogRead)}
	if v.box.Via&(access.EmployeeBasic|access.EmployeeWrite|access.EmployeeAdvanced|access.Administrator) != 0 {
		behalf.Ask = v.words.T("right.ask")
	}
	if !p.company() { // where everybody's own post is elsewhere
		behalf.Home = p.top(v, "/post")
	}
	web.OnBehalf(r, behalf)
	v.words = p.pages.In(r)
	return nil
}

// atTop leads to where one's own mailbox lies.
func (p *Portal) atTop(w http.ResponseWriter, r *http.Request) error {
	web.Unmount(r)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return errs.NotFound("page.unknown")
	}
	http.Redirect(w, r, r.URL.RequestURI(), http.StatusSeeOther)
	return nil
}

// top is the address of a page of one's own mailbox, also from another's.
func (p *Portal) top(v *visit, path string) string {
	if v.own() {
		return path
	}
	return p.config.Base + path
}

// own tells that the mailbox is the visitor's own.
func (v *visit) own() bool { return v.box.Via == access.Owner }

// may tells whether the visitor may do something in the mailbox: what they may not is
// not offered.
func (v *visit) may(what access.Action) bool { return v.box.May(what) }

// can is what the visitor may do with the mailbox's letters and folders: pages offer
// that and no more (ACC-05…08).
type can struct{ Write, Forward, Move, Delete, Destroy, Mark, Flag, Note, Folders, FolderDelete, Log, Hide bool }

func (v *visit) can() can {
	return can{Write: v.may(access.MessageWrite), Move: v.may(access.MessageMove), Delete: v.may(access.MessageDelete), Destroy: v.may(access.MessageDestroy),
		Forward: v.may(access.MessageForwardAuthority) || v.may(access.MessageForwardRecipient) || v.may(access.MessageForwardEmail),
		Mark:    v.may(access.MessageMark), Flag: v.may(access.MessageFlag), Note: v.may(access.NoteWrite),
		Folders: v.may(access.FolderManage), FolderDelete: v.may(access.FolderDelete), Log: v.may(access.LogRead), Hide: v.may(access.MessageHide)}
}

// owner is the name of whose mailbox it is.
func (v *visit) owner() string { return v.box.Owner.Name }

// send is what the button says that sends a letter.
func (v *visit) send() string {
	if v.own() {
		return v.words.T("send")
	}
	return v.words.T("write.send.for", v.owner())
}

// right is by which right somebody is in a mailbox, and until when, with the day as it
// stands in a sentence or in a list.
func right(words *web.Words, b mailbox.Mailbox, day func(time.Time) string) string {
	name := words.T("right." + b.Via.String())
	switch {
	case !b.Until.IsZero():
		return words.T("right.until", name, day(post.LastDay(b.Until)))
	case b.Via&lasting != 0:
		return words.T("right.forever", name)
	}
	return name
}

// lasting are the rights that say that they never end.
const lasting = access.Writer | access.Reader | access.PrivateReader | access.SenderReader

// choice is a mailbox in the switcher; over is set where the right's last day is over.
func (p *Portal) choice(v *visit, b mailbox.Mailbox, over bool) (web.Box, error) {
	box := web.Box{Href: under + b.UUID.String() + "/post", Name: b.Owner.Name, Letters: web.Initials(b.Owner.Name), Round: b.Owner.Kind == post.Person,
		Current: b.ID == v.box.ID, Unread: b.Inbox.Unread}
	short := func(t time.Time) string { return v.words.Short(t, v.now) }
	switch {
	case b.Via == access.Owner:
		box.Href, box.About = p.top(v, "/post"), v.words.T("boxes.own.about")
	case over:
		box.Href, box.About = "", v.words.T("right.over", v.words.T("right."+b.Via.String()), short(post.LastDay(b.Until)))
	default:
		box.About = right(v.words, b, short)
	}
	if b.Owner.Kind == post.Organisation {
		cvr, err := p.config.Registry.CVR(b.Owner)
		if err != nil {
			return box, err
		}
		box.About = v.words.T("boxes.cvr", cvr.Reveal(), box.About)
	}
	return box, nil
}

// switcher is how many mailboxes the panel under one's name shows.
const switcher = 8

// choose fills in the mailboxes that one can switch to (ACC-12): the first ones, and
// where the others are.
func (p *Portal) choose(r *http.Request, v *visit, view *web.View) error {
	open, over, err := p.choices(r, v)
	if err != nil {
		return err
	}
	view.Elsewhere = p.elsewhere(v, open)
	if n := len(open) + len(over); n > switcher {
		view.Every, view.All = "/postkasser", v.words.T("boxes.all", v.words.Number(int64(n)))
		if i := slices.IndexFunc(open, func(b mailbox.Mailbox) bool { return b.ID == v.box.ID }); i >= switcher {
			open[switcher-1] = open[i]
		}
		open = open[:min(len(open), switcher)]
		over = over[:min(len(over), switcher-len(open))]
	}
	view.Boxes, err = p.grouped(v, open, over)
	return err
}

// elsewhere leads to the rights portal those who have something there: employees, who
// ask for rights, and who administers the rights of an organisation.
func (p *Portal) elsewhere(v *visit, open []mailbox.Mailbox) []web.Option {
	administers := slices.ContainsFunc(open, func(b mailbox.Mailbox) bool {
		return b.Owner.Kind == post.Organisation && b.May(access.RightsManage)
	})
	if !administers && v.actor.Organisation == 0 {
		return nil
	}
	return []web.Option{{Value: p.config.Rights + "/enheder", Text: v.words.T("virk.rights")}}
}

// choices are the mailboxes that the visitor can switch to, and those whose last day is
// over; they are asked for once for each page.
func (p *Portal) choices(r *http.Request, v *visit) (open, over []mailbox.Mailbox, err error) {
	if v.open == nil && v.over == nil {
		if v.open, v.over, err = p.config.Mailboxes.Choices(r.Context(), v.actor); err != nil {
			return nil, nil, err
		}
	}
	return slices.Clone(v.open), slices.Clone(v.over), nil
}

// grouped puts mailboxes under their headings: one's own, other people's, companies'
// and associations'.
func (p *Portal) grouped(v *visit, open, over []mailbox.Mailbox) ([]web.BoxGroup, error) {
	groups := []web.BoxGroup{{Heading: v.words.T("boxes.own")}, {Heading: v.words.T("boxes.people")}, {Heading: v.words.T("boxes.organisations")}}
	for i, b := range slices.Concat(open, over) {
		at := 1
		switch {
		case b.Via == access.Owner:
			at = 0
		case b.Owner.Kind == post.Organisation:
			at = 2
		}
		box, err := p.choice(v, b, i >= len(open))
		if err != nil {
			return nil, err
		}
		groups[at].Boxes = append(groups[at].Boxes, box)
	}
	return slices.DeleteFunc(groups, func(g web.BoxGroup) bool { return len(g.Boxes) == 0 }), nil
}

// boxesPage is all mailboxes that one can switch to.
type boxesPage struct {
	Words   string
	Finds   bool // there are so many that one searches
	Groups  []web.BoxGroup
	Counted string // "60 af 900 postkasser"
	More    string
	Empty   web.Empty
}

// boxesShown is how many mailboxes the page shows at a time.
const boxesShown = 100

// mailboxes lists all mailboxes that one can switch to, and finds one among hundreds
// by its owner's name (ACC-12).
func (p *Portal) mailboxes(w http.ResponseWriter, r *http.Request, v *visit) error {
	open, over, err := p.choices(r, v)
	if err != nil {
		return err
	}
	page := boxesPage{Words: strings.TrimSpace(r.URL.Query().Get("q")), Finds: len(open)+len(over) > switcher, Empty: v.empty("boxes.none", "search")}
	wanted := strings.Fields(strings.ToLower(page.Words))
	other := func(b mailbox.Mailbox) bool {
		name := strings.ToLower(b.Owner.Name)
		return slices.ContainsFunc(wanted, func(word string) bool { return !strings.Contains(name, word) })
	}
	open, over = slices.DeleteFunc(open, other), slices.DeleteFunc(over, other)
	all := len(open) + len(over)
	shown := boxesShown
	if n, err := strconv.Atoi(r.URL.Query().Get("vis")); err == nil && n > shown {
		shown = n
	}
	open = open[:min(len(open), shown)]
	over = over[:min(len(over), shown-len(open))]
	n := len(open) + len(over)
	page.Counted = v.words.T("list.counted", v.words.Number(int64(n)), v.words.N("boxes.count", int64(all)))
	if n < all {
		more := url.Values{"vis": {strconv.Itoa(shown + 2*boxesShown)}}
		if page.Words != "" {
			more.Set("q", page.Words)
		}
		page.More = address("/postkasser", more)
	}
	if page.Groups, err = p.grouped(v, open, over); err != nil {
		return err
	}
	return p.show(w, r, v, http.StatusOK, "boxes", web.View{Title: v.words.T("boxes.h"), Tab: "none"}, page)
}
