package api

import (
	"bytes"
	"encoding/json"
	"net/http"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// contact is the API's Contact: what a sender may know of a party.
type contact struct {
	ID                  post.UUID           `json:"id"`
	Version             int64               `json:"version"`
	Type                string              `json:"type" enum:"COMPANY CITIZEN"`
	CPRNumber           string              `json:"cprNumber,omitempty"`
	CVRNumber           string              `json:"cvrNumber,omitempty"`
	Voluntary           bool                `json:"eligibleForVoluntaryRegistration"`
	MailboxSubscription mailboxSubscription `json:"mailboxSubscription"`
	LastUpdated         moment              `json:"lastUpdated"`
	CreatedDate         moment              `json:"createdDate"`
}

// mailboxSubscription is the API's MailboxSubscription: the registration. It has
// no id of its own here: it is its contact's.
type mailboxSubscription struct {
	ID                 post.UUID                   `json:"id"`
	Version            int64                       `json:"version"`
	RegistrationStatus registry.Registration       `json:"registrationStatus"`
	PublicStatus       registry.PublicRegistration `json:"publicRegistrationStatus"`
	ByProxy            bool                        `json:"exemptThroughPowerOfAttorney"`
	ExemptionStart     moment                      `json:"exemptionStart,omitempty"`
	ExemptionEnd       moment                      `json:"exemptionEnd,omitempty"`
	StartTime          moment                      `json:"startTime,omitempty"`
	EndTime            moment                      `json:"endTime,omitempty"`
}

// contactSearchResult is the API's ContactSearchResult.
type contactSearchResult struct {
	searchResult
	Contacts []contact `json:"contacts"`
}

func (c *call) contact(p registry.Party) (contact, error) {
	now := c.api.DB.Now()
	out := contact{ID: p.UUID, Version: p.Version, Voluntary: p.Voluntary, LastUpdated: momentOf(p.Updated), CreatedDate: momentOf(p.Created),
		MailboxSubscription: mailboxSubscription{ID: p.UUID, Version: p.Version, RegistrationStatus: p.EffectiveRegistration(now),
			PublicStatus: p.PublicRegistration(now), ByProxy: p.ByProxy, ExemptionStart: momentOf(p.ExemptFrom), ExemptionEnd: momentOf(p.ExemptTo),
			StartTime: momentOf(p.Registered)}}
	if out.MailboxSubscription.PublicStatus == registry.ClosedParty {
		out.MailboxSubscription.EndTime = momentOf(p.StatusSince)
	}
	if p.Kind == post.Organisation {
		cvr, err := c.api.Registry.CVR(p)
		out.Type, out.CVRNumber = "COMPANY", cvr.Reveal()
		return out, err
	}
	cpr, err := c.api.Registry.CPR(p)
	out.Type, out.CPRNumber = "CITIZEN", cpr.Reveal()
	return out, err
}

// fetchContact looks up one party by its id.
func (c *call) fetchContact() error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	found, err := c.lookUp(registry.ContactQuery{IDs: []post.UUID{id}, Size: 1})
	if err != nil {
		return err
	}
	if len(found.Parties) == 0 {
		return errs.NotFound("contact.not.found")
	}
	one, err := c.contact(found.Parties[0])
	if err != nil {
		return err
	}
	c.one(one.Version, one)
	return nil
}

func (c *call) lookUp(q registry.ContactQuery) (registry.ContactPage, error) {
	var found registry.ContactPage
	err := c.api.DB.Update(c.r.Context(), func(tx *db.Tx) (err error) {
		found, err = c.api.Registry.Contacts(tx, post.Actor{System: c.system.ID, Organisation: c.system.Organisation}, q)
		return err
	})
	return found, err
}

// queryContacts looks up parties: by id, by number, many at once (isBulkLookup
// with a body), or those changed since a time, in the order of their changes.
// One of these is required: there is no list of the whole nation. Pages after
// the first are had by the parameter next, as the answer gives it.
func (c *call) queryContacts() error {
	q, err := c.contactQuery()
	if err != nil {
		return err
	}
	found, err := c.lookUp(q)
	if err != nil {
		return err
	}
	result := contactSearchResult{Contacts: make([]contact, len(found.Parties))}
	result.searchResult = searchResult{ElementsOnPage: len(found.Parties), TotalElements: found.Total, Next: found.Next}
	result.CurrentPage, result.TotalPages = found.Page, pages(found.Total, q.Size)
	for i, p := range found.Parties {
		if result.Contacts[i], err = c.contact(p); err != nil {
			return err
		}
	}
	c.json(http.StatusOK, result)
	return nil
}

func (c *call) contactQuery() (registry.ContactQuery, error) {
	var q registry.ContactQuery
	var err error
	if q.Page, q.Size, err = c.paging(); err != nil {
		return q, err
	}
	v := c.query()
	q.Next = v.Get("next")
	bulk, err := c.flag("isBulkLookup", false)
	switch {
	case err != nil:
		return q, err
	case bulk:
		q.Size = registry.MaxContacts
		return q, c.readContacts(&q)
	}
	for _, name := range []string{"id", "cprNumber", "cvrNumber"} {
		if text := v.Get(name); text != "" {
			if err := addContact(&q, name, text); err != nil {
				return q, err
			}
		}
	}
	if q.Since, err = c.time("lastUpdated"); err != nil {
		return q, err
	}
	if q.Empty() {
		return q, badRequest("contact.query.empty", "", "one of id, cprNumber, cvrNumber, lastUpdated and isBulkLookup is required")
	}
	return q, nil
}

// readContacts reads the body of a look-up of many. The API calls it an object
// and says no more: lists under cprNumber, cvrNumber and id are taken, and so is
// a bare list of numbers and ids.
func (c *call) readContacts(q *registry.ContactQuery) error {
	var raw json.RawMessage
	if err := c.readJSON(&raw); err != nil {
		return err
	}
	wrong := badRequest(CodeJSON, "", `the body is {"cprNumber":[…],"cvrNumber":[…],"id":[…]}, or a list of such`)
	lists := map[string][]string{}
	if bytes.HasPrefix(raw, []byte("[")) {
		var all []string
		if json.Unmarshal(raw, &all) != nil {
			return wrong
		}
		for _, text := range all {
			name := map[int]string{8: "cvrNumber", 10: "cprNumber"}[len(text)]
			if name == "" {
				name = "id"
			}
			lists[name] = append(lists[name], text)
		}
	} else if json.Unmarshal(raw, &lists) != nil {
		return wrong
	}
	for _, name := range []string{"id", "cprNumber", "cvrNumber"} {
		for _, text := range lists[name] {
			if err := addContact(q, name, text); err != nil {
				return err
			}
		}
	}
	switch n := len(q.IDs) + len(q.Numbers); {
	case n == 0:
		return wrong
	case n > registry.MaxContacts:
		return badRequest("contact.query.too.large", "", "at most %d contacts are looked up at once", registry.MaxContacts)
	}
	return nil
}

// addContact adds a party to look up. The error does not repeat the number.
func addContact(q *registry.ContactQuery, name, text string) error {
	switch name {
	case "id":
		id, err := post.ParseUUID(text)
		if err != nil {
			return badRequest(CodeParameter, name, "an id is a UUID")
		}
		q.IDs = append(q.IDs, id)
	case "cprNumber":
		cpr, err := post.ParseCPR(text)
		if err != nil {
			return badRequest(CodeParameter, name, "a CPR number has ten digits and begins with a date")
		}
		q.Numbers = append(q.Numbers, registry.Number{Kind: post.Person, Digits: cpr.Reveal()})
	case "cvrNumber":
		cvr, err := post.ParseCVR(text)
		if err != nil {
			return badRequest(CodeParameter, name, "a CVR number has eight digits that fit modulus 11")
		}
		q.Numbers = append(q.Numbers, registry.Number{Kind: post.Organisation, Digits: cvr.Reveal()})
	}
	return nil
}
