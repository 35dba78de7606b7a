package testid

import (
	"context"
	"errors"
	"strings"

	"digitalpost/internal/post"
)

// Person is somebody one can pick.
type Person struct {
	CPR   post.CPR
	Name  string
	About string // "34 år · får Digital Post"
}

// Organisation has employees one can pick (MitID Erhverv).
type Organisation struct {
	CVR       post.CVR
	Name      string
	Employees []Employee
}

// Employee is a person at work.
type Employee struct {
	Person
	Number string // in the organisation, as the register has it
}

// Identity is whom somebody logs in as: a person on their own behalf, or where
// CVR is set an employee, told by their number there or as a person.
type Identity struct {
	CPR    post.CPR
	CVR    post.CVR
	Number string
	name   string // of the organisation, where it is known
}

// The kinds of identity, in the words of the Danish brokers: what a portal asks
// for, and what the answer says.
const (
	AskPrivate      = "mitid"
	AskProfessional = "mitid_erhverv"
	// AskParameter is the parameter of a request that has them.
	AskParameter = "idp_values"

	private      = "private"
	professional = "professional"
)

func (i Identity) kind() string {
	if i.CVR.IsZero() {
		return private
	}
	return professional
}

// claims are what the provider tells of an identity to who asks with a token. An
// employee's are those of NemLog-in.
func (i Identity) claims() map[string]any {
	if i.CVR.IsZero() {
		return map[string]any{"dk.cpr": i.CPR.Reveal()}
	}
	told := map[string]any{"nemlogin.cvr": i.CVR.Reveal()}
	for name, value := range map[string]string{"nemlogin.nemid.rid": i.Number, "nemlogin.cpr": i.CPR.Reveal(), "nemlogin.org_name": i.name} {
		if value != "" {
			told[name] = value
		}
	}
	return told
}

var (
	errCPR      = errors.New("CPR-nummeret skal have 10 cifre")
	errCVR      = errors.New("CVR-nummeret skal have 8 cifre")
	errEmployee = errors.New("CPR-nummer eller medarbejdernummer mangler")
)

// typed is the identity of what somebody typed: a CPR number, or a CVR number
// with an employee's number or CPR number.
func typed(cpr, cvr, number string) (i Identity, err error) {
	i.Number = strings.TrimSpace(number)
	if cpr = strings.TrimSpace(cpr); cpr != "" || cvr == "" {
		if i.CPR, err = post.ParseCPR(cpr); err != nil {
			return i, errCPR
		}
	}
	if cvr = strings.TrimSpace(cvr); cvr == "" {
		return i, nil
	}
	if i.CVR, err = post.ParseCVR(cvr); err != nil {
		return i, errCVR
	}
	if i.CPR.IsZero() && i.Number == "" {
		return i, errEmployee
	}
	return i, nil
}

// complete adds what the provider knows of an employee it can show.
func (p *Provider) complete(ctx context.Context, i Identity) (Identity, error) {
	if i.CVR.IsZero() {
		return i, nil
	}
	organisations, err := p.organisations(ctx)
	if err != nil {
		return i, err
	}
	for _, o := range organisations {
		if o.CVR != i.CVR {
			continue
		}
		i.name = o.Name
		for _, e := range o.Employees {
			switch {
			case i.Number == "" && e.CPR == i.CPR:
				i.Number = e.Number
			case i.CPR.IsZero() && e.Number == i.Number:
				i.CPR = e.CPR
			}
		}
	}
	return i, nil
}

func (p *Provider) organisations(ctx context.Context) ([]Organisation, error) {
	if p.Organisations == nil {
		return nil, nil
	}
	return p.Organisations(ctx)
}
