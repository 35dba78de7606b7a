package api

import (
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/staff"
)

// exemptionJSON is the API's Exemption.
type exemptionJSON struct {
	ID              post.UUID          `json:"id"`
	Version         int64              `json:"version"`
	CPRNumber       string             `json:"cprNumber"`
	Recipient       massPrintRecipient `json:"recipient"`
	Date            moment             `json:"date"`
	LettersFrom     *moment            `json:"sendLettersReceivedFromDate,omitempty" doc:"Unread letters received since then go on paper."`
	Organisation    string             `json:"organisation" doc:"CVR number of the municipality that decides."`
	ForwardTo       bool               `json:"forwardToAddress"`
	ExemptByProxy   bool               `json:"exemptByProxy"`
	ExemptionStatus string             `json:"exemptionStatus" enum:"CREATED PROCESSED" doc:"CREATED waits for another employee, PROCESSED is in force."`
}

type massPrintRecipient struct {
	Name        string `json:"name"`
	ZipCode     string `json:"zipCode"`
	CountryCode string `json:"countryCode"`
	Address1    string `json:"address1Text"`
	Address2    string `json:"address2Text"`
	Address3    string `json:"address3Text"`
}

// exemptionCommand is the API's ExemptionCommand.
type exemptionCommand struct {
	CPRNumber     string                     `json:"cprNumber" required:""`
	CVRNumber     string                     `json:"cvrNumber" doc:"Companies are exempt by another authority: must be left out."`
	Recipient     *exemptionRecipientCommand `json:"recipient" doc:"Where paper goes; left out, to the address in the register."`
	Date          string                     `json:"date" format:"date-time" doc:"Today, or left out."`
	Organisation  string                     `json:"organisation" doc:"CVR number of the caller's municipality, or left out."`
	ForwardTo     bool                       `json:"forwardToAddress" doc:"Unread letters of the last three months go on paper."`
	ExemptByProxy bool                       `json:"exemptByProxy" doc:"The form was brought with a power of attorney: another employee has to approve it at the counter."`
}

type exemptionRecipientCommand struct {
	Name     string `json:"name"`
	Address1 string `json:"address1Text"`
	Address2 string `json:"address2Text"`
	Address3 string `json:"address3Text"`
	ZipCode  string `json:"zipCode"`
	Country  string `json:"countryCode"`
}

func (c *call) exemptionOf(e staff.Exempted) (exemptionJSON, error) {
	cvr, err := c.api.Registry.CVR(e.By)
	out := exemptionJSON{ID: e.ID, Version: e.Version, CPRNumber: e.CPR.Reveal(), Date: momentOf(e.Made), Organisation: cvr.Reveal(), ForwardTo: e.Forward, ExemptByProxy: e.Proxy,
		ExemptionStatus: "CREATED", Recipient: massPrintRecipient{Name: e.ToName, CountryCode: "DK"}}
	if e.State == staff.Approved {
		out.ExemptionStatus = "PROCESSED"
	}
	if e.Forward {
		from := momentOf(e.Since)
		out.LettersFrom = &from
	}
	lines := append(e.ToAddress, "", "", "")
	out.Recipient.Address1, out.Recipient.Address2, out.Recipient.Address3 = lines[0], lines[1], lines[2]
	return out, err
}

// readExemption reads what a program says of an exemption.
func (c *call) readExemption() (staff.ExemptCommand, error) {
	var command exemptionCommand
	var q staff.ExemptCommand
	err := c.readJSON(&command)
	if err != nil {
		return q, err
	}
	if command.CVRNumber != "" {
		return q, badRequest(CodeJSON, "cvrNumber", "a municipality exempts persons only")
	}
	if q.CPR, err = post.ParseCPR(command.CPRNumber); err != nil {
		return q, badRequest(CodeJSON, "cprNumber", "the field is not a CPR number")
	}
	if command.Date != "" {
		if day, err := time.Parse(time.RFC3339, command.Date); err != nil || !post.Today(day).Equal(post.Today(c.api.DB.Now())) {
			return q, badRequest(CodeJSON, "date", "an exemption begins today")
		}
	}
	q.Forward, q.Proxy = command.ForwardTo, command.ExemptByProxy
	if r := command.Recipient; r != nil {
		q.ToName = r.Name
		for _, line := range []string{r.Address1, r.Address2, r.Address3} {
			if line != "" {
				q.ToAddress = append(q.ToAddress, line)
			}
		}
		if r.ZipCode != "" && len(q.ToAddress) == 1 { // the town is in the address text, or in no field at all
			q.ToAddress = append(q.ToAddress, r.ZipCode)
		}
		if len(q.ToAddress) == 0 || len(q.ToName) > 200 || len(r.Address1)+len(r.Address2)+len(r.Address3)+len(r.ZipCode) > 500 {
			return q, badRequest(CodeJSON, "recipient", "an address has one to three lines of text")
		}
	}
	return q, c.sameMunicipality(command.Organisation)
}

// sameMunicipality refuses another organisation than the caller's own.
func (c *call) sameMunicipality(number string) error {
	if number == "" {
		return nil
	}
	err := c.api.DB.Read(c.r.Context(), func(tx *db.Tx) error {
		cvr, err := post.ParseCVR(number)
		if err != nil {
			return err
		}
		named, err := c.api.Registry.OrganisationByCVR(tx, cvr)
		if err == nil && named.ID != c.actor.Organisation {
			err = errs.NotFound("exemption.organisation")
		}
		return err
	})
	if err == nil {
		return nil
	}
	return errs.New(errs.KindForbidden, "exemption.organisation", "the organisation is not the one that the caller works for")
}

func (c *call) createExemption() error {
	q, err := c.readExemption()
	if err != nil {
		return err
	}
	made, err := c.api.Staff.ExemptByProgram(c.r.Context(), c.actor, q)
	return c.exemption(made, err)
}

// exemption answers with one.
func (c *call) exemption(e staff.Exempted, err error) error {
	if err != nil {
		return err
	}
	out, err := c.exemptionOf(e)
	if err == nil {
		c.one(e.Version, out)
	}
	return err
}

func (c *call) fetchExemption() error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	e, err := c.api.Staff.ExemptionByProgram(c.r.Context(), c.actor, id)
	return c.exemption(e, err)
}

func (c *call) updateExemption() error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	q, err := c.readExemption()
	if err != nil {
		return err
	}
	e, err := c.api.Staff.ChangeByProgram(c.r.Context(), c.actor, id, version, q)
	return c.exemption(e, err)
}

func (c *call) deleteExemption() error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	return c.noContent(c.api.Staff.WithdrawByProgram(c.r.Context(), c.actor, id, version))
}
