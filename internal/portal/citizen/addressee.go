package citizen

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"digitalpost/internal/compose"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/web"
)

// authorityKinds are the kinds by which one looks through authorities (MBX-03),
// with their words.
var authorityKinds = []struct {
	kind      registry.Authority
	many, one string
}{
	{registry.State, "kind.state", "kind.state.one"}, {registry.Region, "kind.region", "kind.region.one"},
	{registry.Municipality, "kind.municipality", "kind.municipality.one"}, {registry.Other, "kind.other", "kind.other.one"},
}

// addressee is what of the page's form says whom one writes to.
type addressee struct {
	Words     string
	Kind      string
	Authority post.UUID
	Point     post.UUID // the category
	Draft     post.UUID // whose recipient is changed, nil for a new letter
	Forward   post.UUID // the letter that is forwarded, nil for none
}

func addresseeOf(r *http.Request) addressee {
	id := func(name string) post.UUID {
		u, err := post.ParseUUID(r.FormValue(name))
		if err != nil {
			return post.UUID{}
		}
		return u
	}
	words := strings.TrimSpace(r.FormValue("q"))
	if len(words) > 200 {
		words = words[:200]
	}
	return addressee{Words: strings.ToValidUTF8(words, ""), Kind: r.FormValue("type"), Authority: id("m"), Point: id("kategori"), Draft: id("kladde"), Forward: id("videresend")}
}

// address is the page's own with some of it changed.
func (a addressee) address(change func(*addressee)) string {
	change(&a)
	query := url.Values{}
	set := func(name string, value string) {
		if value != "" && value != (post.UUID{}).String() {
			query.Set(name, value)
		}
	}
	set("q", a.Words)
	set("type", a.Kind)
	set("m", a.Authority.String())
	set("kategori", a.Point.String())
	set("kladde", a.Draft.String())
	set("videresend", a.Forward.String())
	return address("/ny", query)
}

// addresseePage asks whom one wants to write to.
type addresseePage struct {
	addressee
	Back, BackText string
	Heading        string
	Problems       web.Problems
	Kinds          []web.Option // links
	Found          []web.Option // authorities
	FoundText      string       // "2 myndigheder passer til »ålhavn«"
	None           bool         // nothing was found
	Categories     []web.Option
	Hidden         []web.Hidden
	Chosen         string // the authority's name, once its categories are asked for
	About          string // what the category is for
	Asks           []registry.Ask
	Limit          string
}

// whom is the first step of a new letter: the authority and its category.
func (p *Portal) whom(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.askWhom(w, r, v, addresseeOf(r), nil)
}

// mostShown is how many authorities are listed.
const mostShown = 30

func (p *Portal) askWhom(w http.ResponseWriter, r *http.Request, v *visit, a addressee, problems web.Problems) error {
	page := addresseePage{addressee: a, Problems: problems, Heading: v.words.T("write.whom"), Back: "/post", BackText: v.words.T("inbox")}
	switch {
	case a.Draft != (post.UUID{}):
		page.Back, page.BackText = "/ny/"+a.Draft.String(), v.words.T("write.message")
		page.Hidden = append(page.Hidden, web.Hidden{Name: "kladde", Value: a.Draft.String()})
	case a.Forward != (post.UUID{}):
		page.Back, page.BackText, page.Heading = "/post/"+a.Forward.String()+"/videresend", v.words.T("forward"), v.words.T("forward.whom")
		page.Hidden = append(page.Hidden, web.Hidden{Name: "videresend", Value: a.Forward.String()})
	}
	if a.Kind != "" {
		page.Hidden = append(page.Hidden, web.Hidden{Name: "type", Value: a.Kind})
	}
	var found []registry.Party
	var groups []registry.ContactGroup
	var chosen registry.Party
	err := p.config.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if found, err = p.authorities(tx, a); err != nil || a.Authority == (post.UUID{}) {
			return err
		}
		if chosen, err = p.config.Registry.PartyByUUID(tx, a.Authority); err != nil || chosen.Authority == "" {
			chosen = registry.Party{}
			if errs.KindOf(err) == errs.KindNotFound {
				err = nil
			}
			return err
		}
		groups, err = p.config.Registry.Structure(tx, chosen.ID, v.box.Owner.Target())
		return err
	})
	if err != nil {
		return err
	}
	p.fillWhom(v, &page, found, chosen, groups)
	if page.Chosen != "" && (page.Point != (post.UUID{}) || len(page.Categories) == 0) {
		limits, err := p.config.Compose.Limits(r.Context(), v.actor, v.box.UUID, compose.To{Authority: a.Authority, Point: page.Point})
		if text := v.refusal(err); text != "" {
			if page.Problems.Of("m") == "" {
				page.Problems.Add("m", text)
			}
		} else if err != nil {
			return err
		} else {
			page.Limit, page.Asks = v.limit(limits), limits.Questions
		}
	}
	status := http.StatusOK
	if len(page.Problems) > 0 && r.Method == http.MethodPost {
		status = http.StatusUnprocessableEntity
	}
	return p.show(w, r, v, status, "whom", web.View{Title: page.Heading, Form: true, Tab: "write", Failed: status != http.StatusOK, Scripts: []string{"js/write.js"}}, page)
}

// authorities are those that the page lists.
func (p *Portal) authorities(tx *db.Tx, a addressee) ([]registry.Party, error) {
	if a.Words != "" {
		hits, err := p.config.Registry.FindAuthorities(tx, a.Words, mostShown)
		var all []registry.Party
		for _, h := range hits {
			if a.Kind == "" || h.Authority == registry.Authority(a.Kind) {
				all = append(all, h.Party)
			}
		}
		return all, err
	}
	for _, k := range authorityKinds {
		if string(k.kind) == a.Kind {
			return p.config.Registry.Authorities(tx, k.kind)
		}
	}
	return nil, nil
}

func (p *Portal) fillWhom(v *visit, page *addresseePage, found []registry.Party, chosen registry.Party, groups []registry.ContactGroup) {
	a := page.addressee
	page.Kinds = []web.Option{{Value: a.address(func(a *addressee) { a.Kind, a.Authority, a.Point = "", post.UUID{}, post.UUID{} }), Text: v.words.T("kind.all"), Selected: a.Kind == ""}}
	kinds := map[registry.Authority]string{}
	for _, k := range authorityKinds {
		kinds[k.kind] = v.words.T(k.one)
		page.Kinds = append(page.Kinds, web.Option{Value: a.address(func(a *addressee) { a.Kind, a.Authority, a.Point = string(k.kind), post.UUID{}, post.UUID{} }),
			Text: v.words.T(k.many), Selected: a.Kind == string(k.kind)})
	}
	there := false
	for _, one := range found {
		there = there || one.ID == chosen.ID
		page.Found = append(page.Found, web.Option{Value: one.UUID.String(), Text: one.Name, About: kinds[one.Authority], Selected: one.ID == chosen.ID})
	}
	if chosen.ID != 0 && !there {
		page.Found = append([]web.Option{{Value: chosen.UUID.String(), Text: chosen.Name, About: kinds[chosen.Authority], Selected: true}}, page.Found...)
	}
	switch {
	case a.Words != "":
		page.FoundText = v.words.T("whom.found", v.words.N("authorities", int64(len(page.Found))), a.Words)
		page.None = len(page.Found) == 0
	case len(page.Found) > 0:
		page.FoundText = v.words.T("whom.pick")
	}
	if chosen.ID == 0 {
		return
	}
	page.Chosen = chosen.Name
	for _, g := range groups {
		for _, c := range g.Points {
			name := c.Name
			if g.Name != "" {
				name = g.Name + " › " + c.Name
			}
			if len(page.Categories) == 0 {
				page.Categories = append(page.Categories, web.Option{Text: v.words.T("whom.category.none"), Selected: a.Point == (post.UUID{})})
			}
			page.Categories = append(page.Categories, web.Option{Value: c.ID.String(), Text: name, Selected: c.ID == a.Point})
			if c.ID == a.Point {
				page.About = c.Description
			}
		}
	}
}

// limit says how much one may attach.
func (v *visit) limit(l compose.Limits) string {
	return v.words.T("write.limit", l.Files, v.words.Size(l.Bytes))
}

// refusal is what a writer is told where something cannot be sent to somebody, ""
// where the error is none of these.
func (v *visit) refusal(err error) string {
	if err == nil {
		return ""
	}
	if key, known := writeProblems[errs.CodeOf(err)]; known {
		return v.words.T(key)
	}
	switch errs.KindOf(err) {
	case errs.KindInvalid, errs.KindNotFound:
		return v.words.T("problem.category.gone")
	}
	return ""
}

// chooseWhom begins the letter, or gives the one that is written another
// recipient.
func (p *Portal) chooseWhom(w http.ResponseWriter, r *http.Request, v *visit) error {
	a := addresseeOf(r)
	if r.PostFormValue("soeg") != "" {
		return p.askWhom(w, r, v, a, nil)
	}
	var problems web.Problems
	if a.Authority == (post.UUID{}) {
		problems.Add("m", v.words.T("whom.pick"))
		return p.askWhom(w, r, v, a, problems)
	}
	if a.Point == (post.UUID{}) && r.PostFormValue("valgt") != a.Authority.String() {
		asks, err := p.hasCategories(r, v, a.Authority)
		if err != nil {
			return err
		}
		if asks {
			return p.askWhom(w, r, v, a, nil)
		}
	}
	to := compose.To{Authority: a.Authority, Point: a.Point}
	if _, err := p.config.Compose.Limits(r.Context(), v.actor, v.box.UUID, to); err != nil {
		if text := v.refusal(err); text != "" {
			problems.Add("m", text)
			return p.askWhom(w, r, v, a, problems)
		}
		return err
	}
	var d compose.Draft
	var err error
	switch {
	case a.Draft != (post.UUID{}):
		d, err = p.config.Compose.Save(r.Context(), v.actor, v.box.UUID, a.Draft, compose.Known{}, compose.Edit{To: &to})
	case a.Forward != (post.UUID{}):
		d, err = p.config.Compose.Forward(r.Context(), v.actor, v.box.UUID, a.Forward, compose.Edit{To: &to})
	default:
		d, err = p.config.Compose.Create(r.Context(), v.actor, v.box.UUID, compose.Edit{To: &to})
	}
	if errs.CodeOf(err) == compose.CodeDraftsMany {
		problems.Add("m", v.words.T(problemKey(compose.CodeDraftsMany)))
		return p.askWhom(w, r, v, a, problems)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/ny/"+d.Message.ID.String(), http.StatusSeeOther)
	return nil
}

// hasCategories tells whether an authority has contact points to choose among.
func (p *Portal) hasCategories(r *http.Request, v *visit, authority post.UUID) (bool, error) {
	n := 0
	err := p.config.DB.Read(r.Context(), func(tx *db.Tx) error {
		n = 0
		party, err := p.config.Registry.PartyByUUID(tx, authority)
		if errors.Is(err, registry.ErrNobody) {
			return nil
		}
		if err != nil {
			return err
		}
		groups, err := p.config.Registry.Structure(tx, party.ID, v.box.Owner.Target())
		for _, g := range groups {
			n += len(g.Points)
		}
		return err
	})
	return n > 0, err
}
