package api

import (
	"net/http"
	"strconv"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Whom one can write to is public: these operations are the same for everybody who
// may call them, and show what the business register and an authority tell
// everybody. Choices that the API leaves open: lists hold authorities, a company
// is had by its number; contact points that are not visible are not listed, but
// told to who knows their id, as a letter may name them; which system receives is
// not told.

// organisationJSON is the API's Organisation.
type organisationJSON struct {
	ID               post.UUID          `json:"id"`
	Version          int64              `json:"version"`
	CreatedDate      moment             `json:"createdDate"`
	LastUpdated      moment             `json:"lastUpdated"`
	Name             string             `json:"name"`
	CVRNumber        string             `json:"cvrNumber"`
	Type             string             `json:"type" enum:"AUTHORITY COMPANY"`
	AuthorityType    registry.Authority `json:"authorityType,omitempty"`
	LegalAllowed     bool               `json:"legalNotificationAllowed"`
	MandatoryAllowed bool               `json:"mandatoryPostAllowed"`
	LogoAvailable    bool               `json:"logoAvailable"`
	LogoMediaType    string             `json:"logoMediaType,omitempty" enum:"IMAGE_PNG"`
	StatusType       string             `json:"statusType" enum:"ACTIVE INACTIVE CLOSED"`
	StatusDate       moment             `json:"statusDate,omitempty"`
}

type organisationSearchResult struct {
	searchResult
	Organisations []organisationJSON `json:"organisations"`
}

// contactGroupJSON is the API's ContactGroup.
type contactGroupJSON struct {
	ID           post.UUID         `json:"id"`
	Version      int64             `json:"version"`
	CreatedDate  moment            `json:"createdDate"`
	LastUpdated  moment            `json:"lastUpdated"`
	Name         string            `json:"name"`
	Description  string            `json:"description"`
	Organisation organisationJSON  `json:"organisation"`
	Parent       *parentGroup      `json:"parent,omitempty"`
	Targets      []registry.Target `json:"targets" doc:"Who writes here; none is everybody."`
}

// parentGroup is the group around another, as far as it is told there.
type parentGroup struct {
	ID post.UUID `json:"id"`
}

type contactGroupSearchResult struct {
	searchResult
	ContactGroups []contactGroupJSON `json:"contactGroups"`
}

// contactPointJSON is the API's ContactPoint.
type contactPointJSON struct {
	ID              post.UUID              `json:"id"`
	Version         int64                  `json:"version"`
	CreatedDate     moment                 `json:"createdDate"`
	LastUpdated     moment                 `json:"lastUpdated"`
	Name            string                 `json:"name"`
	Description     string                 `json:"description"`
	Targets         []registry.Target      `json:"targets" doc:"Who writes here; none is everybody."`
	SizeLimit       float64                `json:"memoSizeThresholdMB" doc:"Of the whole letter, in millions of bytes. A person may send at most 60, a company at most 40, whatever stands here."`
	AttachmentLimit int                    `json:"allowedNumberOfAttachments" doc:"Documents beside the main one, at most 10."`
	Active          bool                   `json:"active"`
	Visible         bool                   `json:"visible"`
	OrganisationID  post.UUID              `json:"organisationId"`
	Codes           []contactPointCode     `json:"contactPointCodes"`
	ContactGroups   []parentGroup          `json:"contactGroups"`
	Questions       []recommendedAttribute `json:"recommendedAttributes" doc:"What the writer is asked to tell, at most two; the answers go into the letter as contactInfo."`
	SearchTerms     []searchTerm           `json:"searchTerms"`
}

type contactPointCode struct {
	ID   post.UUID `json:"id"`
	Type string    `json:"type" enum:"UNKNOWN CUSTOM FORM GLN KLE SOR"`
	Code string    `json:"code"`
	Name string    `json:"name,omitempty"`
}

// recommendedAttribute is the API's RecommendedAttribute; description and required
// are ours.
type recommendedAttribute struct {
	ID          post.UUID `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty" doc:"A sentence that helps to answer."`
	Required    bool      `json:"required" doc:"A letter without the answer is not sent."`
}

type searchTerm struct {
	ID   post.UUID `json:"id"`
	Term string    `json:"term"`
}

type contactPointSearchResult struct {
	searchResult
	ContactPoints []contactPointJSON `json:"contactPoints"`
}

const maxDirectory = 1000 // the largest page of these lists

func (c *call) organisation(o registry.Organisation) (organisationJSON, error) {
	cvr, err := c.api.Registry.CVR(o.Party)
	out := organisationJSON{ID: o.UUID, Version: o.Version, CreatedDate: momentOf(o.Created), LastUpdated: momentOf(o.Updated), Name: o.Name,
		CVRNumber: cvr.Reveal(), Type: "COMPANY", AuthorityType: o.Authority, LegalAllowed: o.LegalAllowed, MandatoryAllowed: o.MandatoryAllowed,
		LogoAvailable: o.Logo, StatusType: "ACTIVE", StatusDate: momentOf(o.StatusSince)}
	if o.Authority != "" {
		out.Type = "AUTHORITY"
	}
	if o.Logo {
		out.LogoMediaType = "IMAGE_PNG"
	}
	if o.Status == registry.Closed {
		out.StatusType = "CLOSED"
	}
	return out, err
}

func (c *call) queryOrganisations() error {
	page, err := c.wholePage()
	if err != nil {
		return err
	}
	v := c.query()
	q := registry.OrganisationQuery{Name: v.Get("name"), Term: v.Get("searchTerm")}
	if text := v.Get("cvrNumber"); text != "" {
		if q.CVR, err = post.ParseCVR(text); err != nil {
			return badRequest(CodeParameter, "cvrNumber", "the parameter is not a CVR number")
		}
	}
	var all []registry.Organisation
	err = c.api.DB.Read(c.r.Context(), func(tx *db.Tx) (err error) { all, err = c.api.Registry.Organisations(tx, q); return err })
	if err != nil {
		return err
	}
	found := []organisationJSON{}
	for _, o := range all {
		one, err := c.organisation(o)
		if err != nil {
			return err
		}
		if kind := v.Get("type"); kind == "" || kind == one.Type {
			found = append(found, one)
		}
	}
	part, counts := cutPage(found, page, func(one organisationJSON) string { return one.ID.String() })
	c.json(http.StatusOK, organisationSearchResult{counts, part})
	return nil
}

// theOrganisation is the one in the path.
func (c *call) theOrganisation(tx *db.Tx, name string) (registry.Organisation, error) {
	id, err := c.id(name)
	if err != nil {
		return registry.Organisation{}, err
	}
	return c.api.Registry.Organisation(tx, id)
}

func (c *call) fetchOrganisation() error {
	var o registry.Organisation
	err := c.api.DB.Read(c.r.Context(), func(tx *db.Tx) (err error) { o, err = c.theOrganisation(tx, "id"); return err })
	if err != nil {
		return err
	}
	out, err := c.organisation(o)
	if err != nil {
		return err
	}
	c.one(out.Version, out)
	return nil
}

func (c *call) fetchLogo() error {
	var logo []byte
	err := c.api.DB.Read(c.r.Context(), func(tx *db.Tx) error {
		o, err := c.theOrganisation(tx, "id")
		if err != nil {
			return err
		}
		logo, err = c.api.Registry.Logo(tx, o.ID)
		return err
	})
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", typePNG)
	h.Set("Content-Length", strconv.Itoa(len(logo)))
	h.Set("ETag", tagOf(0, logo))
	if matches(c.r.Header.Values("If-None-Match"), tagOf(0, logo)) {
		h.Del("Content-Length")
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	c.w.Write(logo) //nolint:errcheck // the caller has left
	return nil
}

// groupOf shows a group of an organisation.
func groupOf(g registry.ContactGroup, of organisationJSON) contactGroupJSON {
	out := contactGroupJSON{ID: g.ID, Version: g.Version, CreatedDate: momentOf(g.Created), LastUpdated: momentOf(g.Updated), Name: g.Name,
		Description: g.Description, Organisation: of, Targets: append([]registry.Target{}, g.Targets...)}
	if g.Parent != (post.UUID{}) {
		out.Parent = &parentGroup{g.Parent}
	}
	return out
}

// queryContactGroups lists groups, of one organisation or of all.
func (c *call) queryContactGroups() error {
	page, err := c.wholePage()
	if err != nil {
		return err
	}
	q := registry.GroupQuery{Name: c.query().Get("name")}
	if q.Root, err = c.flag("isRoot", false); err != nil {
		return err
	}
	result := contactGroupSearchResult{ContactGroups: []contactGroupJSON{}}
	err = c.api.DB.Read(c.r.Context(), func(tx *db.Tx) error {
		if q.Organisation, err = c.within(tx); err != nil {
			return err
		}
		all, err := c.api.Registry.ContactGroups(tx, q)
		if err != nil {
			return err
		}
		all, result.searchResult = cutPage(all, page, func(one registry.ContactGroup) string { return one.ID.String() })
		owners := make([]post.PartyID, len(all))
		for i, g := range all {
			owners[i] = g.Organisation
		}
		shown, err := c.organisations(tx, owners)
		for _, g := range all {
			result.ContactGroups = append(result.ContactGroups, groupOf(g, shown[g.Organisation]))
		}
		return err
	})
	if err != nil {
		return err
	}
	c.json(http.StatusOK, result)
	return nil
}

// within is the organisation in the path, 0 where the path has none.
func (c *call) within(tx *db.Tx) (post.PartyID, error) {
	if c.r.PathValue("organisationId") == "" {
		return 0, nil
	}
	o, err := c.theOrganisation(tx, "organisationId")
	return o.ID, err
}

func (c *call) organisations(tx *db.Tx, ids []post.PartyID) (map[post.PartyID]organisationJSON, error) {
	all, err := c.api.Registry.OrganisationsOf(tx, ids)
	if err != nil {
		return nil, err
	}
	shown := make(map[post.PartyID]organisationJSON, len(all))
	for _, o := range all {
		if shown[o.ID], err = c.organisation(o); err != nil {
			return nil, err
		}
	}
	return shown, nil
}

func (c *call) fetchContactGroup() error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	var out contactGroupJSON
	err = c.api.DB.Read(c.r.Context(), func(tx *db.Tx) error {
		o, err := c.theOrganisation(tx, "organisationId")
		if err != nil {
			return err
		}
		g, err := c.api.Registry.ContactGroup(tx, id)
		if err != nil {
			return err
		}
		if g.Organisation != o.ID {
			return errs.NotFound(access.CodeNotFound)
		}
		of, err := c.organisation(o)
		out = groupOf(g, of)
		return err
	})
	if err != nil {
		return err
	}
	c.one(out.Version, out)
	return nil
}

func pointOf(p registry.ContactPoint, of post.UUID) contactPointJSON {
	out := contactPointJSON{ID: p.ID, Version: p.Version, CreatedDate: momentOf(p.Created), LastUpdated: momentOf(p.Updated), Name: p.Name,
		Description: p.Description, Targets: append([]registry.Target{}, p.Targets...), SizeLimit: p.SizeLimit, AttachmentLimit: p.FileLimit,
		Active: p.Active, Visible: p.Visible, OrganisationID: of, ContactGroups: []parentGroup{}, Codes: []contactPointCode{},
		Questions: []recommendedAttribute{}, SearchTerms: []searchTerm{}}
	if p.Group != (post.UUID{}) {
		out.ContactGroups = append(out.ContactGroups, parentGroup{p.Group})
	}
	for _, code := range p.Codes {
		out.Codes = append(out.Codes, contactPointCode{partID(p.ID, "code/"+code.Type+"/"+code.Code), code.Type, code.Code, code.Name})
	}
	for _, q := range p.Questions {
		out.Questions = append(out.Questions, recommendedAttribute{partID(p.ID, "attribute/"+q.Name), q.Name, q.Description, q.Required})
	}
	for _, t := range p.SearchTerms {
		out.SearchTerms = append(out.SearchTerms, searchTerm{partID(p.ID, "term/"+t.Term), t.Term})
	}
	return out
}

// queryContactPoints lists points, of one organisation or of all.
func (c *call) queryContactPoints() error {
	var q registry.PointQuery
	page, err := c.wholePage()
	if err != nil {
		return err
	}
	q.Page, q.Size = page.number, page.size
	v := c.query()
	q.Term, q.TermOrName = v.Get("searchTerm"), v.Get("searchTermOrName")
	if q.Root, err = c.flag("isRoot", false); err != nil {
		return err
	}
	if text := v.Get("contactGroupId"); text != "" {
		if q.Group, err = post.ParseUUID(text); err != nil {
			return badRequest(CodeParameter, "contactGroupId", "the parameter is an id")
		}
	}
	result := contactPointSearchResult{ContactPoints: []contactPointJSON{}}
	err = c.api.DB.Read(c.r.Context(), func(tx *db.Tx) error {
		if q.Organisation, err = c.within(tx); err != nil {
			return err
		}
		all, total, err := c.api.Registry.ContactPoints(tx, q)
		if err != nil {
			return err
		}
		result.searchResult = searchResult{CurrentPage: q.Page, TotalPages: pages(total, q.Size), ElementsOnPage: len(all), TotalElements: total}
		if q.Page+1 < result.TotalPages {
			result.Next = strconv.Itoa(q.Page + 1)
		}
		owners := make([]post.PartyID, len(all))
		for i, p := range all {
			owners[i] = p.Organisation
		}
		parties, err := c.api.Registry.Parties(tx, owners)
		for _, p := range all {
			result.ContactPoints = append(result.ContactPoints, pointOf(p, parties[p.Organisation].UUID))
		}
		return err
	})
	if err != nil {
		return err
	}
	c.json(http.StatusOK, result)
	return nil
}

func (c *call) fetchContactPoint() error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	var out contactPointJSON
	err = c.api.DB.Read(c.r.Context(), func(tx *db.Tx) error {
		o, err := c.theOrganisation(tx, "organisationId")
		if err != nil {
			return err
		}
		p, err := c.api.Registry.ContactPoint(tx, id)
		if err == nil && (p.Organisation != o.ID || !p.Active) {
			err = errs.NotFound(access.CodeNotFound)
		}
		out = pointOf(p, o.UUID)
		return err
	})
	if err != nil {
		return err
	}
	c.one(out.Version, out)
	return nil
}
