package citizen

import (
	"net/http"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/delegation"
	"digitalpost/internal/web"
)

// accessRoutes enters "Læse- og skriveadgang": who reads whose post, the forms that
// give it and ask for it, what can be done with one (ACC-01 to ACC-15), and whose
// letters are hidden from all who help. It is the reader's own, whichever mailbox
// they are in, and companies' rights are elsewhere.
func (p *Portal) accessRoutes(on routes) {
	if p.company() {
		return
	}
	on.own("GET /adgang", p.accesses)
	on.own("GET /adgang/giv", p.accessForm(true))
	on.own("POST /adgang/giv", p.sendAccess(true))
	on.own("GET /adgang/bed-om", p.accessForm(false))
	on.own("POST /adgang/bed-om", p.sendAccess(false))
	on.own("GET /adgang/skjulte", p.hiddenSenders)
	on.own("POST /adgang/skjulte", p.hideSender)
	on.own("GET /adgang/{access}", p.access)
	on.own("POST /adgang/{access}", p.answerAccess)
	on.own("POST /adgang/{access}/kode", p.activateAccess)
	on.own("POST /adgang/{access}/ret", p.changeAccess)
	on.own("GET /adgang/{access}/fjern", p.askRemoveAccess)
	on.own("POST /adgang/{access}/fjern", p.removeAccess)
	on.letter("POST", "skjul", p.hideLetter)
}

// accessRow is one in a list, and on its own page.
type accessRow struct {
	Href, Name, Letters string
	About               string
	Status, Badge       string
}

// accessesPage is both lists.
type accessesPage struct {
	Waiting int64 // how many wait for the reader's answer
	Others  []accessRow
	Mine    []accessRow
	Hidden  []string // the senders that are hidden
}

func (p *Portal) accesses(w http.ResponseWriter, r *http.Request, v *visit) error {
	lists, err := p.config.Accesses.List(r.Context(), v.actor, v.box.UUID)
	if err != nil {
		return err
	}
	hidden, err := p.config.Mailboxes.HiddenSenders(r.Context(), v.actor, v.box.UUID)
	if err != nil {
		return err
	}
	var page accessesPage
	for _, a := range lists.Others {
		page.Others = append(page.Others, accessRowOf(v, a))
	}
	for _, a := range lists.Mine {
		page.Mine = append(page.Mine, accessRowOf(v, a))
	}
	for _, a := range append(lists.Others, lists.Mine...) {
		if a.Awaits() {
			page.Waiting++
		}
	}
	for _, s := range hidden {
		page.Hidden = append(page.Hidden, s.Name)
	}
	return p.show(w, r, v, http.StatusOK, "accesses", web.View{Title: v.words.T("access"), Wide: true, Tab: "menu"}, page)
}

func accessRowOf(v *visit, a delegation.Access) accessRow {
	row := accessRow{Href: "/adgang/" + a.ID.String(), Name: a.Name, Letters: web.Initials(a.Name)}
	row.Status, row.Badge = accessStatus(v, a)
	row.About = strings.Join(accessAbout(v, a), " · ")
	return row
}

// accessStatus is how it stands, in the words of ACC-03.
func accessStatus(v *visit, a delegation.Access) (text, badge string) {
	switch {
	case a.Awaits():
		return v.words.T("access.status.yours"), "badge-warning"
	case a.Status == delegation.Asked:
		return v.words.T("access.status.asked"), "badge-info"
	case a.Status == delegation.Active && a.Relation == access.Writer:
		return v.words.T("access.status.write"), "badge-success"
	case a.Status == delegation.Active:
		return v.words.T("access.status.read"), "badge-success"
	case a.Status == delegation.Declined:
		return v.words.T("access.status.declined"), ""
	}
	return v.words.T("access.status.expired"), ""
}

// accessKind is what an access is called, in the middle of a sentence.
func accessKind(v *visit, a delegation.Access) string {
	switch a.Relation {
	case access.Writer:
		return v.words.T("access.kind.write")
	case access.SenderReader:
		return v.words.T("access.kind.senders")
	case access.PrivateReader:
		return v.words.T("access.kind.private")
	}
	return v.words.T("access.kind.read")
}

// accessAbout says in a few words what it is and how long it holds.
func accessAbout(v *visit, a delegation.Access) []string {
	until := v.words.T("access.never")
	if day := a.LastDay(); !day.IsZero() {
		until = v.words.T("access.to", v.words.Date(day))
	}
	var about []string
	switch {
	case a.Request && a.Status == delegation.Asked && a.Asker == a.Owner && a.Awaits():
		about = []string{v.words.T("access.offers", accessKind(v, a)), until}
	case a.Request && a.Status == delegation.Asked && a.Awaits():
		about = []string{v.words.T("access.asks", accessKind(v, a)), until}
	case a.Request && a.Status == delegation.Asked:
		about = []string{v.words.T("access.sent", v.words.Date(a.Created)), accessKind(v, a), until}
	case a.Request:
		return []string{v.words.T("access.sent", v.words.Date(a.Created))}
	case a.Status == delegation.Expired:
		return []string{v.words.T("access.expired", v.words.Date(a.LastDay()))}
	case a.Mine():
		if about = []string{v.words.T("access.holds.never")}; !a.Expires.IsZero() {
			about = []string{v.words.T("access.holds", v.words.Date(a.LastDay()))}
		}
	default:
		about = []string{v.words.T("access.given", v.words.Date(a.Created)), until}
	}
	if !a.Request && a.Relation == access.SenderReader {
		about = append(about, v.words.T("access.some"))
	}
	if !a.Request && a.Relation == access.PrivateReader {
		about = append(about, v.words.T("access.private"))
	}
	if !a.Request && a.ByStaff {
		about = append(about, v.words.T("access.staff"))
	}
	if !a.Request && !a.Mine() {
		about = append(about, accessUsed(v, a))
	}
	return about
}

// accessUsed is when it was last used, for its owner.
func accessUsed(v *visit, a delegation.Access) string {
	if a.Used.IsZero() {
		return v.words.T("access.unused")
	}
	return v.words.T("access.used", v.words.Short(a.Used, v.now))
}

// waiting is how many requests of access wait for the reader, in their own mailbox.
func (p *Portal) waiting(r *http.Request, v *visit) (int64, error) {
	if p.company() || !v.own() {
		return 0, nil
	}
	n, err := p.config.Accesses.Waiting(r.Context(), v.actor, v.box.UUID)
	return int64(n), err
}
