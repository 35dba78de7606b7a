package api

import (
	"net/http"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Systems are shown to the systems of the same organisation: to all others they
// are not there. Keys and certificates are not shown. health is ours: it tells an
// organisation that its system fails before a citizen does.

// mailSystem is the API's MailSystem.
type mailSystem struct {
	ID              post.UUID         `json:"id"`
	Version         int64             `json:"version"`
	Name            string            `json:"name"`
	Endpoint        string            `json:"endpoint,omitempty" doc:"Where letters are posted to, for REST_PUSH."`
	ReceiptEndpoint string            `json:"receiptEndpoint,omitempty" doc:"Where receipts are posted to; without it they are fetched."`
	ActiveFrom      moment            `json:"activeFrom,omitempty"`
	ActiveTo        moment            `json:"activeTo,omitempty" doc:"The first moment at which it is not active. A system that got nothing for 7 days is switched off by it."`
	Active          bool              `json:"active"`
	ServiceProtocol registry.Protocol `json:"serviceProtocol"`
	OrganisationID  post.UUID         `json:"organisationId"`
	SystemTypes     []string          `json:"systemTypes" doc:"SENDER, RECIPIENT, and RECIPIENT_DEFAULT for letters that name no contact point."`
	AllowedIPs      []allowedIP       `json:"allowedIps" doc:"None is any address."`
	ReceiptFormat   string            `json:"receiptFormat" enum:"MEMO"`
	MemoVersion     string            `json:"memoVersion" doc:"Of the letters that it receives."`
	DelegatedCVR    string            `json:"delegatedCVR,omitempty"`
	Health          systemHealth      `json:"health"`
}

// allowedIP is the API's AllowedIp.
type allowedIP struct {
	IP    string `json:"ip"`
	Range bool   `json:"range"`
}

// systemHealth is how it goes with a system.
type systemHealth struct {
	Letters     waitingJSON     `json:"letters" doc:"Letters that the system has not got yet."`
	Unreceipted int             `json:"unreceipted" doc:"Letters that it got and gave no business receipt for."`
	Refused     int             `json:"refused" doc:"Letters that it did not take."`
	Receipts    waitingJSON     `json:"receipts" doc:"Business receipts that the system has not got yet."`
	Failures    []systemFailure `json:"failures" doc:"Why it gets nothing at present; empty where all is well."`
}

// waitingJSON is what waits for a system.
type waitingJSON struct {
	Waiting int    `json:"waiting" doc:"Exact up to 10,000."`
	Oldest  moment `json:"oldest,omitempty"`
}

// systemFailure tells that a system gets nothing at present.
type systemFailure struct {
	Queue       string `json:"queue" enum:"letters receipts"`
	Since       moment `json:"since"`
	Attempts    int    `json:"attempts" doc:"Calls that failed; 0 for a system that fetches."`
	Reason      string `json:"reason" doc:"A dotted code, such as endpoint.status.503 or system.does.not.fetch."`
	Told        moment `json:"told,omitempty" doc:"When a message about it came into the organisation's mailbox."`
	SwitchedOff moment `json:"switchedOff,omitempty"`
}

type systemSearchResult struct {
	searchResult
	Systems []mailSystem `json:"systems"`
}

// ownOrganisation is the caller's organisation, where the path names it.
func (c *call) ownOrganisation(tx *db.Tx) (registry.Party, error) {
	id, err := c.id("organisationId")
	if err != nil {
		return registry.Party{}, err
	}
	own, err := c.api.Registry.Party(tx, c.system.Organisation)
	if err == nil && own.UUID != id {
		err = errs.NotFound(access.CodeNotFound)
	}
	return own, err
}

func (c *call) querySystems() error {
	page, err := c.wholePage()
	if err != nil {
		return err
	}
	var result systemSearchResult
	err = c.api.DB.Read(c.r.Context(), func(tx *db.Tx) error {
		result.Systems = []mailSystem{}
		own, err := c.ownOrganisation(tx)
		if err != nil {
			return err
		}
		all, err := c.api.Registry.SystemsOf(tx, own.ID)
		if err != nil {
			return err
		}
		all, result.searchResult = cutPage(all, page, func(one registry.System) string { return one.UUID.String() })
		for _, s := range all {
			one, err := c.mailSystem(tx, own, s)
			if err != nil {
				return err
			}
			result.Systems = append(result.Systems, one)
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.json(http.StatusOK, result)
	return nil
}

func (c *call) fetchMailSystem() error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	var out mailSystem
	err = c.api.DB.Read(c.r.Context(), func(tx *db.Tx) error {
		own, err := c.ownOrganisation(tx)
		if err != nil {
			return err
		}
		s, err := c.api.Registry.SystemByUUID(tx, id)
		if err == nil && s.Organisation != own.ID {
			err = errs.NotFound(access.CodeNotFound)
		}
		if err != nil {
			return err
		}
		out, err = c.mailSystem(tx, own, s)
		return err
	})
	if err != nil {
		return err
	}
	c.one(out.Version, out)
	return nil
}

func (c *call) mailSystem(tx *db.Tx, own registry.Party, s registry.System) (mailSystem, error) {
	out := mailSystem{ID: s.UUID, Version: s.Version, Name: s.Name, Endpoint: s.Endpoint, ReceiptEndpoint: s.ReceiptEndpoint,
		ActiveFrom: momentOf(s.ActiveFrom), ActiveTo: momentOf(s.ActiveTo), Active: s.ActiveAt(tx.Now), ServiceProtocol: s.Protocol, OrganisationID: own.UUID,
		SystemTypes: []string{}, AllowedIPs: []allowedIP{}, ReceiptFormat: "MEMO", MemoVersion: s.MemoVersion, DelegatedCVR: s.DelegatedCVR}
	for _, is := range []struct {
		so   bool
		kind string
	}{{s.Sends, "SENDER"}, {s.Receives, "RECIPIENT"}, {s.Receives && s.ByDefault, "RECIPIENT_DEFAULT"}} {
		if is.so {
			out.SystemTypes = append(out.SystemTypes, is.kind)
		}
	}
	for _, p := range s.AllowedIPs {
		one := allowedIP{IP: p.String(), Range: !p.IsSingleIP()}
		if p.IsSingleIP() {
			one.IP = p.Addr().String()
		}
		out.AllowedIPs = append(out.AllowedIPs, one)
	}
	h, err := c.api.Outbound.Health(tx, s.ID)
	out.Health = healthOf(h)
	return out, err
}

func healthOf(h outbound.Health) systemHealth {
	out := systemHealth{Letters: waitingJSON{h.Letters.Waiting, momentOf(h.Letters.Oldest)}, Unreceipted: h.Unreceipted, Refused: h.Refused,
		Receipts: waitingJSON{h.Receipts.Waiting, momentOf(h.Receipts.Oldest)}, Failures: []systemFailure{}}
	for _, f := range h.Failures {
		out.Failures = append(out.Failures, systemFailure{f.Queue, momentOf(f.Since), f.Attempts, f.Reason, momentOf(f.Told), momentOf(f.SwitchedOff)})
	}
	return out
}
