package citizen

import (
	"errors"
	"net/http"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/login"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/session"
	"digitalpost/internal/web"
)

// company tells the portal of companies and associations (SYS-04) from that of the
// citizens. Nobody has a mailbox of their own there: every mailbox is an
// organisation's and lies under its own address. A person comes with MitID Erhverv
// for one organisation, or with their private MitID for those they sign for alone
// (SYS-09, ORG-03, ORG-08).
func (p *Portal) company() bool { return p.config.Browser.Platform == post.PlatformVirk }

// takes are the kinds of identity that log in to the portal.
func (p *Portal) takes() login.Kind {
	if p.company() {
		return login.Either
	}
	return login.Private
}

// Why somebody who is logged in sees no mailbox.
var (
	errNoCompany    = errs.New(errs.KindForbidden, "virk.none", "no organisation's mailbox is open to who is logged in")
	errAdministrate = errs.New(errs.KindForbidden, "virk.administrator", "who is logged in gives rights and has none to read")
)

// firstCompany is the first mailbox whose post somebody may read.
func (p *Portal) firstCompany(r *http.Request, actor post.Actor) (mailbox.Mailbox, error) {
	boxes, err := p.config.Mailboxes.List(r.Context(), actor)
	if err != nil {
		return mailbox.Mailbox{}, err
	}
	for _, b := range boxes {
		if b.May(access.MessageList) {
			return b, nil
		}
	}
	if len(boxes) > 0 {
		return mailbox.Mailbox{}, errAdministrate
	}
	return mailbox.Mailbox{}, errNoCompany
}

// toFirst leads from an address without a mailbox to the first that the visitor may
// read.
func (p *Portal) toFirst(w http.ResponseWriter, r *http.Request, n session.Session) error {
	box, err := p.firstCompany(r, n.Actor())
	if err != nil {
		return err
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return errs.NotFound("page.unknown") // what changes a mailbox says which
	}
	http.Redirect(w, r, under+box.UUID.String()+r.URL.RequestURI(), http.StatusSeeOther)
	return nil
}

// noCompany says to who is logged in what to do to see a mailbox, where err is of the
// kind that says so.
func (p *Portal) noCompany(w http.ResponseWriter, r *http.Request, n session.Session, err error) error {
	page := noCompanyPage{Administrates: errors.Is(err, errAdministrate), Rights: p.config.Rights}
	if !page.Administrates && !errors.Is(err, errNoCompany) {
		return err
	}
	if n.Organisation != 0 {
		err := p.config.DB.Read(r.Context(), func(tx *db.Tx) error {
			organisation, err := p.config.Registry.Party(tx, n.Organisation)
			page.Employer = organisation.Name
			return err
		})
		if err != nil {
			return err
		}
	}
	return p.site.Render(w, r, http.StatusOK, p.pages, "virk.none", web.View{Title: p.pages.In(r).T("virk.none.h"), Tab: "none"}, page)
}

type noCompanyPage struct {
	Administrates bool
	Employer      string // "" for who is logged in on their own behalf
	Rights        string // the rights portal's address
}
