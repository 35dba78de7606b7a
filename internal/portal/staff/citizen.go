package staff

import (
	"net/http"
	"strconv"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/staff"
	"digitalpost/internal/web"
)

// citizenRoutes enters a citizen's page in an open case, and what is done at once
// there: to remove an access, to register, to close the case.
func (p *Portal) citizenRoutes(on routes) {
	const all = access.CitizenService | access.SystemManager
	on.as(all, "GET /sag/{case}", p.theCitizen)
	on.as(all, "POST /sag/{case}/luk", p.closeCase)
	on.as(access.CitizenService, "GET /sag/{case}/adgang/{right}/fjern", p.askRemove)
	on.as(access.CitizenService, "POST /sag/{case}/adgang/{right}/fjern", p.remove)
	on.as(access.CitizenService, "GET /sag/{case}/tilmeld", p.askRegister)
	on.as(access.CitizenService, "POST /sag/{case}/tilmeld", p.register)
}

// caseHead is what stands above all pages of a case.
type caseHead struct {
	Case   string // its address
	Name   string
	Reason string
	Ends   string
}

func (p *Portal) head(v *visit, s staff.Sight) caseHead {
	return caseHead{"/sag/" + s.Case.ID.String(), s.Citizen.Name, v.words.T("staff.reason." + string(s.Case.Reason)), v.words.Clock(s.Case.Ends)}
}

// sight is the citizen of the case in the path. A case that is over leads to the
// start page, which says so.
func (p *Portal) sight(r *http.Request, v *visit) (staff.Sight, error) {
	one, err := web.ID(r, "case")
	if err != nil {
		return staff.Sight{}, err
	}
	return p.config.Staff.See(r.Context(), v.actor, one)
}

// over answers for a case that is over; false for any other error.
func (p *Portal) over(w http.ResponseWriter, r *http.Request, v *visit, err error) (bool, error) {
	if errs.CodeOf(err) != staff.CodeOver {
		return false, nil
	}
	return true, p.done(w, r, "/", v.words.T("staff.over"))
}

type accessRow struct {
	Name, Letters, About, Status, Badge, Remove string
}

type applicationRow struct {
	Href, Title, About, Status, Badge string
}

type citizenPage struct {
	caseHead
	CPR         string
	Address     []string
	Status      string
	Badge       string
	Explained   string
	Elsewhere   bool // another municipality decides on the registration
	MayGive     bool
	MayExempt   bool
	MayEnrol    bool
	Exempt      bool
	Given, Held []accessRow
	Applied     []applicationRow
}

func (p *Portal) theCitizen(w http.ResponseWriter, r *http.Request, v *visit) error {
	s, err := p.sight(r, v)
	if err != nil {
		if over, err := p.over(w, r, v, err); over {
			return err
		}
		return err
	}
	number := s.CPR.Reveal()
	page := citizenPage{caseHead: p.head(v, s), CPR: number[:6] + "-" + number[6:], Address: s.Address.Lines(), Elsewhere: !s.Lives}
	public := s.Citizen.PublicRegistration(v.now)
	page.Status, page.Badge = v.words.T("staff.status."+string(public)), map[registry.PublicRegistration]string{registry.Registered: "badge-success", registry.Exempt: "badge-info"}[public]
	page.Exempt = public == registry.Exempt
	switch {
	case page.Exempt && !s.Citizen.ExemptFrom.IsZero():
		page.Explained = v.words.T("staff.exempt.since", v.words.Date(s.Citizen.ExemptFrom))
		if s.Citizen.ByProxy {
			page.Explained += " " + v.words.T("staff.exempt.proxy")
		}
	case public == registry.NotRegistered:
		page.Explained = v.words.T("staff.status.why." + string(s.Registration))
	}
	page.MayGive = s.May(access.AccessManageOnBehalf) && public != registry.ClosedParty
	page.MayExempt = s.Lives && s.MayExempt && s.May(access.ExemptionManage)
	page.MayEnrol = s.Lives && s.MayEnrol && s.May(access.RegistrationManage)
	for _, a := range s.Given {
		page.Given = append(page.Given, p.accessRow(v, page.Case, a, s))
	}
	for _, a := range s.Held {
		page.Held = append(page.Held, p.accessRow(v, page.Case, a, s))
	}
	for _, a := range s.Applications {
		page.Applied = append(page.Applied, p.applicationRow(v, page.Case, a))
	}
	return p.show(w, r, http.StatusOK, "citizen", web.View{Title: s.Citizen.Name, Wide: true}, page)
}

func (p *Portal) accessRow(v *visit, in string, a staff.Access, s staff.Sight) accessRow {
	row := accessRow{Name: a.Name, Letters: web.Initials(a.Name), Status: v.words.T("staff.right." + a.Relation.String()), Badge: "badge-success"}
	switch {
	case a.To.IsZero():
		row.About = v.words.T("staff.never")
	case a.Over:
		row.About, row.Badge = v.words.T("staff.ended", v.words.Short(a.LastDay(), v.now)), ""
	default:
		row.About = v.words.T("staff.until", v.words.Short(a.LastDay(), v.now))
	}
	row.About += " · " + v.words.T("staff.created", v.words.Short(a.Created, v.now))
	if s.May(access.AccessManageOnBehalf) {
		row.Remove = in + "/adgang/" + a.ID.String() + "/fjern"
	}
	return row
}

var applicationBadges = map[staff.State]string{staff.Opened: "badge-warning", staff.Approved: "badge-success", staff.Declined: "", staff.Ended: ""}

func (p *Portal) applicationRow(v *visit, in string, a staff.Application) applicationRow {
	title := v.words.T("staff.kind." + string(a.Kind))
	if a.Kind == staff.ForOther {
		title = v.words.T("staff.kind.for", a.OtherName)
	}
	return applicationRow{in + "/ansoegning/" + a.ID.String(), title, v.words.T("staff.applied", v.words.Short(a.Made, v.now), a.MadeName), applicationStatus(v, a), applicationBadges[a.State]}
}

func applicationStatus(v *visit, a staff.Application) string {
	switch {
	case a.State == staff.Opened && !a.Signed:
		return v.words.T("staff.state.unsigned")
	case a.State == staff.Opened && a.FourEyes():
		return v.words.T("staff.state.colleague")
	}
	return v.words.T("staff.state." + strings.ToLower(string(a.State)))
}

func (p *Portal) closeCase(w http.ResponseWriter, r *http.Request, v *visit) error {
	one, err := web.ID(r, "case")
	if err != nil {
		return err
	}
	if err := p.config.Staff.CloseCase(r.Context(), v.actor, one); err != nil {
		return err
	}
	return p.done(w, r, "/", v.words.T("staff.closed"))
}

// right is the access in the path, with whose it is.
func (p *Portal) right(r *http.Request, v *visit) (s staff.Sight, a staff.Access, given bool, err error) {
	one, err := web.ID(r, "right")
	if err != nil {
		return s, a, false, err
	}
	if s, err = p.sight(r, v); err != nil {
		return s, a, false, err
	}
	for _, a := range s.Given {
		if a.ID == one {
			return s, a, true, nil
		}
	}
	for _, a := range s.Held {
		if a.ID == one {
			return s, a, false, nil
		}
	}
	return s, a, false, errs.NotFound("page.unknown")
}

func (p *Portal) askRemove(w http.ResponseWriter, r *http.Request, v *visit) error {
	s, a, given, err := p.right(r, v)
	if err != nil {
		if over, err := p.over(w, r, v, err); over {
			return err
		}
		return err
	}
	holder, owner := a.Name, s.Citizen.Name
	if !given {
		holder, owner = owner, holder
	}
	in := "/sag/" + s.Case.ID.String()
	page := web.Confirm{Heading: v.words.T("staff.remove.h", holder, v.words.Genitive(owner)), Text: []string{v.words.T("staff.remove.p")},
		Action: in + "/adgang/" + a.ID.String() + "/fjern", Hidden: []web.Hidden{{Name: "version", Value: strconv.FormatInt(a.Version, 10)}},
		Yes: v.words.T("staff.remove"), No: v.words.T("staff.keep"), Back: in}
	return p.show(w, r, http.StatusOK, "confirm", web.View{Title: page.Heading, Form: true}, page)
}

func (p *Portal) remove(w http.ResponseWriter, r *http.Request, v *visit) error {
	one, err := web.ID(r, "case")
	if err != nil {
		return err
	}
	right, err := web.ID(r, "right")
	if err != nil {
		return err
	}
	in := "/sag/" + one.String()
	err = p.config.Staff.RemoveAccess(r.Context(), v.actor, one, right, web.SeenVersion(r))
	switch {
	case errs.CodeOf(err) == "privilege.unknown": // somebody was quicker: it is as it should be
		return p.done(w, r, in, v.words.T("staff.removed"))
	case errs.CodeOf(err) == staff.CodeSelf:
		return p.done(w, r, in, v.words.T("staff.self"))
	case err != nil:
		if over, err := p.over(w, r, v, err); over {
			return err
		}
		return err
	}
	return p.done(w, r, in, v.words.T("staff.removed"))
}

func (p *Portal) askRegister(w http.ResponseWriter, r *http.Request, v *visit) error {
	s, err := p.sight(r, v)
	if err != nil {
		if over, err := p.over(w, r, v, err); over {
			return err
		}
		return err
	}
	heading, yes, no := "staff.register.h", "staff.register", "cancel"
	if s.Citizen.PublicRegistration(v.now) == registry.Exempt {
		heading, yes, no = "staff.withdraw.h", "staff.withdraw", "staff.withdraw.no"
	}
	in := "/sag/" + s.Case.ID.String()
	page := web.Confirm{Heading: v.words.T(heading, s.Citizen.Name), Text: []string{v.words.T("staff.register.p"), v.words.T("staff.register.mitid")},
		Action: in + "/tilmeld", Yes: v.words.T(yes), No: v.words.T(no), Back: in}
	return p.show(w, r, http.StatusOK, "confirm", web.View{Title: page.Heading, Form: true}, page)
}

func (p *Portal) register(w http.ResponseWriter, r *http.Request, v *visit) error {
	one, err := web.ID(r, "case")
	if err != nil {
		return err
	}
	in := "/sag/" + one.String()
	err = p.config.Staff.Register(r.Context(), v.actor, one)
	switch errs.CodeOf(err) {
	case registry.CodeIsRegistered:
		return p.done(w, r, in, v.words.T("staff.registered"))
	case registry.CodeMayNotRegister:
		return p.done(w, r, in, v.words.T("staff.register.not"))
	case staff.CodeResidence:
		return p.done(w, r, in, v.words.T("staff.elsewhere"))
	}
	if err != nil {
		if over, err := p.over(w, r, v, err); over {
			return err
		}
		return err
	}
	return p.done(w, r, in, v.words.T("staff.registered"))
}

// theApplication is the one in the path.
func (p *Portal) theApplication(r *http.Request, v *visit) (post.UUID, staff.Application, error) {
	one, err := web.ID(r, "case")
	if err != nil {
		return one, staff.Application{}, err
	}
	application, err := web.ID(r, "application")
	if err != nil {
		return one, staff.Application{}, err
	}
	a, err := p.config.Staff.Application(r.Context(), v.actor, one, application)
	return one, a, err
}
