// Package agency is what those capabilities share in which somebody applies with
// documents and a system manager of the agency that runs Digital Post decides: the
// request, its documents, who sees and decides, what is told of it.
//
// It owns no table: rows and documents lie in the capability's, sealed here.
package agency

import (
	"context"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// Desk is the agency's, with what it works with.
type Desk struct {
	DB       *db.DB
	Keys     *keys.Ring
	Blobs    *blob.Store
	Registry *registry.Registry
	Rights   *rights.Rights
	Intake   *intake.Intake
	// Operator is the organisation that runs Digital Post, whose system managers decide.
	Operator post.CVR
	// Key is the name of the data key that seals what is written and the documents'
	// keys, and Action what deciding is to access: the capability's own.
	Key    string
	Action access.Action
}

// Look runs fn in a transaction that reads; a refusal in it is written down.
func (d Desk) Look(ctx context.Context, fn func(tx *db.Tx) error) error {
	return audit.Remember(ctx, d.DB, d.DB.Read(ctx, fn))
}

// Work is Look in a transaction that writes.
func (d Desk) Work(ctx context.Context, fn func(tx *db.Tx) error) error {
	return audit.Remember(ctx, d.DB, d.DB.Update(ctx, fn))
}

// Sees asks access whether somebody sees what is applied for about a party's post.
// The role of system manager is that of employees of the agency, and of no others. A
// refusal is written down where it runs inside Look or Work.
func (d Desk) Sees(tx *db.Tx, actor post.Actor, about registry.Party) (access.Relation, error) {
	var grants []access.Grant
	operator, err := d.Registry.OrganisationByCVR(tx, d.Operator)
	if err != nil && errs.KindOf(err) != errs.KindNotFound {
		return 0, err
	}
	if err == nil && operator.ID == actor.Organisation {
		held, err := d.Rights.Grants(tx, actor, about.ID)
		if err != nil {
			return 0, err
		}
		grants = held.Grants
	}
	facts := access.Facts{Mailbox: about.ID, Status: rights.StatusOf(about, tx.Now), Grants: grants}
	decision := access.Check(actor, d.Action, access.Resource{Mailbox: about.ID}, facts, tx.Now)
	if decision.Allowed {
		return decision.Via, nil
	}
	return decision.Via, audit.Refuse(decision.Err(), actor, about.ID, post.UUID{}, d.Action.String(), decision.Reason.String())
}

// Lists is Sees of the lists of what is applied for, whoever it is about.
func (d Desk) Lists(tx *db.Tx, actor post.Actor) error {
	agency, err := d.Registry.Party(tx, actor.Organisation)
	if err == nil {
		_, err = d.Sees(tx, actor, agency)
	}
	return err
}

// Decides asks access whether somebody decides on a request: who sees it, and has not
// made it.
func (d Desk) Decides(tx *db.Tx, actor post.Actor, r Request) (access.Relation, error) {
	via, err := d.Sees(tx, actor, r.About)
	if err == nil && r.Applicant.ID == actor.Party {
		err = errs.New(errs.KindForbidden, CodeOwn, "nobody decides on their own request")
	}
	return via, err
}

// Seal is what is stored of something written about a request, or about a document.
func (d Desk) Seal(id post.UUID, v any) ([]byte, error) {
	plain, err := cbor.Marshal(v)
	return d.Keys.Seal(d.Key, plain, id[:]), err
}

// Unseal reads what Seal made.
func (d Desk) Unseal(id post.UUID, sealed []byte, v any) error {
	plain, err := d.Keys.Open(d.Key, sealed, id[:])
	if err == nil {
		err = cbor.Unmarshal(plain, v)
	}
	if err != nil {
		return fmt.Errorf("read what the agency decides on: %w", err)
	}
	return nil
}

// Tell appends an event to the log of the mailbox; via is 0 for the applicant's doing.
func (d Desk) Tell(tx *db.Tx, by post.Actor, via access.Relation, name audit.Name, r Request, props ...audit.Prop) error {
	e := audit.Event{Name: name, Mailbox: r.About.ID, Actor: by, Props: append([]audit.Prop{audit.ID(audit.Access, r.ID), audit.Number(audit.Party, r.Applicant.ID)}, props...)}
	if via != 0 {
		e.Via = via.String()
	}
	return audit.Append(tx, e)
}
