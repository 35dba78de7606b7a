package api

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
	"digitalpost/internal/trustee"
)

// The API 1.68 has one operation about Digital Post recipients, QueryTrustees:
// those one can forward to. How they are set up, approved and removed it leaves to
// the state's own pages; the other operations here are ours, in its manner.

// trusteeJSON is the API's Trustee, and the id by which we know it.
type trusteeJSON struct {
	TrusteeID post.UUID `json:"trusteeId" doc:"Names the recipient in the operations on recipients."`
	ID        string    `json:"id,omitempty" doc:"The CVR number; a person's CPR number only with the scope cpr_number."`
	IDType    string    `json:"idType" enum:"CPR CVR"`
	Name      string    `json:"name"`
}

type trusteeSearchResult struct {
	Trustees []trusteeJSON `json:"trustees"`
}

// queryTrustees lists those to whom the caller can forward now from their own
// mailbox.
func (c *call) queryTrustees() error {
	own, _, err := c.ownParty()
	if err != nil {
		return err
	}
	lists, err := c.api.Trustees.List(c.r.Context(), c.actor, own)
	if err != nil {
		return err
	}
	result := trusteeSearchResult{[]trusteeJSON{}}
	now := c.api.DB.Now()
	for _, t := range lists.Recipients {
		if t.Status != trustee.Approved || t.Party.Refusal(now, false) != "" {
			continue
		}
		one := trusteeJSON{TrusteeID: t.ID, IDType: idType(t.Party), Name: t.Name}
		if t.Party.Kind == post.Organisation || slices.Contains(c.scopes, session.ScopeCPR) {
			number, err := c.api.Registry.Number(t.Party)
			if err != nil {
				return err
			}
			one.ID = number.Digits
		}
		result.Trustees = append(result.Trustees, one)
	}
	slices.SortStableFunc(result.Trustees, func(a, b trusteeJSON) int {
		n := strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		if c.query().Get("sortOrder") == "DESC" {
			return -n
		}
		return n
	})
	c.json(http.StatusOK, result)
	return nil
}

func idType(p registry.Party) string {
	if p.Kind == post.Organisation {
		return "CVR"
	}
	return "CPR"
}

// trusteeRequestJSON is a recipient with how it stands, from either side.
type trusteeRequestJSON struct {
	ID              post.UUID      `json:"id"`
	Version         int64          `json:"version"`
	CreatedDateTime moment         `json:"createdDateTime"`
	Direction       string         `json:"direction" enum:"OWN OTHERS" doc:"OWN is somebody this mailbox forwards to, OTHERS somebody who forwards to this mailbox."`
	Status          trustee.Status `json:"status"`
	IDType          string         `json:"idType" enum:"CPR CVR"`
	Name            string         `json:"name" doc:"Of the other side; before a person has approved, as the owner wrote it."`
	Email           string         `json:"email,omitempty"`
	LastDay         string         `json:"lastDay,omitempty" format:"date" doc:"It holds until the end of this day in Denmark; left out where it has no end."`
}

type trusteeRequestResult struct {
	Trustees []trusteeRequestJSON `json:"trustees"`
}

func (c *call) trusteeOf(t trustee.Trustee, box post.PartyID) trusteeRequestJSON {
	out := trusteeRequestJSON{ID: t.ID, Version: t.Version, CreatedDateTime: momentOf(t.Created), Direction: "OTHERS", Status: t.Status,
		IDType: idType(t.Party), Name: t.Name, Email: t.Email}
	if t.Owner == box {
		out.Direction = "OWN"
	}
	if day := t.LastDay(); !day.IsZero() {
		out.LastDay = day.Format(time.DateOnly)
	}
	return out
}

// listTrustees shows both lists: this mailbox's recipients, then whose recipient it
// is.
func (c *call) listTrustees() error {
	box, err := c.id("mailboxId")
	if err != nil {
		return err
	}
	lists, err := c.api.Trustees.List(c.r.Context(), c.actor, box)
	if err != nil {
		return err
	}
	result := trusteeRequestResult{[]trusteeRequestJSON{}}
	for _, t := range slices.Concat(lists.Recipients, lists.Others) {
		result.Trustees = append(result.Trustees, c.trusteeOf(t, lists.Mailbox))
	}
	c.json(http.StatusOK, result)
	return nil
}

// trusteeCreateCommand is a person by name and CPR number, or an organisation by
// CVR number and e-mail address.
type trusteeCreateCommand struct {
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
	CPRNumber string `json:"cprNumber"`
	CVRNumber string `json:"cvrNumber"`
	Email     string `json:"email" format:"email"`
	LastDay   string `json:"lastDay" format:"date" doc:"Left out: without an end."`
}

func (c *call) createTrustee() error {
	box, err := c.id("mailboxId")
	if err != nil {
		return err
	}
	var command trusteeCreateCommand
	if err := c.readJSON(&command); err != nil {
		return err
	}
	r := trustee.Request{FirstName: command.FirstName, LastName: command.LastName, Email: command.Email}
	if command.CPRNumber != "" {
		if r.CPR, err = post.ParseCPR(command.CPRNumber); err != nil {
			return badRequest(CodeJSON, "cprNumber", "the field is not a CPR number")
		}
	}
	if command.CVRNumber != "" {
		if r.CVR, err = post.ParseCVR(command.CVRNumber); err != nil {
			return badRequest(CodeJSON, "cvrNumber", "the field is not a CVR number")
		}
	}
	if command.LastDay != "" {
		if r.LastDay, err = dayOf("lastDay", command.LastDay); err != nil {
			return err
		}
	}
	one, err := c.api.Trustees.Ask(c.r.Context(), c.actor, box, r)
	if err != nil {
		return err
	}
	c.one(one.Version, c.trusteeOf(one, one.Owner))
	return nil
}

// trusteePath is what the path names.
func (c *call) trusteePath() (box, id post.UUID, err error) {
	if box, err = c.id("mailboxId"); err == nil {
		id, err = c.id("id")
	}
	return box, id, err
}

func (c *call) fetchTrustee() error {
	box, id, err := c.trusteePath()
	if err != nil {
		return err
	}
	one, err := c.api.Trustees.Get(c.r.Context(), c.actor, box, id)
	if err != nil {
		return err
	}
	c.one(one.Version, c.trusteeOf(one, one.Mailbox))
	return nil
}

type trusteeAnswerCommand struct {
	Status string `json:"status" enum:"APPROVED DECLINED" required:""`
}

func (c *call) answerTrustee() error {
	box, id, err := c.trusteePath()
	if err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	var command trusteeAnswerCommand
	if err := c.readJSON(&command); err != nil {
		return err
	}
	if status := trustee.Status(command.Status); status != trustee.Approved && status != trustee.Declined {
		return badRequest(CodeJSON, "status", "the field is APPROVED or DECLINED")
	}
	one, err := c.api.Trustees.Answer(c.r.Context(), c.actor, box, id, version, trustee.Status(command.Status) == trustee.Approved)
	if err != nil {
		return err
	}
	c.one(one.Version, c.trusteeOf(one, one.Mailbox))
	return nil
}

func (c *call) deleteTrustee() error {
	box, id, err := c.trusteePath()
	if err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	_, err = c.api.Trustees.Remove(c.r.Context(), c.actor, box, id, version)
	return c.noContent(err)
}
