package extract

import (
	"context"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"digitalpost/internal/access"
	"digitalpost/internal/agency"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
)

// Take takes in a document: a PDF or a picture. Ask or Drop it.
func (c *Extracts) Take(name string, body io.Reader) (*agency.Upload, error) {
	return c.desk.Take("", name, body)
}

// Drop lets go of documents that no request has taken.
func (c *Extracts) Drop(all ...*agency.Upload) { c.desk.Drop(all...) }

// Ask puts in a request for a mailbox.
func (c *Extracts) Ask(ctx context.Context, actor post.Actor, box post.UUID, text string, files []*agency.Upload) (Extract, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n == 0 || n > agency.MaxText {
		return Extract{}, errs.Invalid(agency.CodeText, "note", "a reason of at most %d characters is needed", agency.MaxText)
	}
	if len(files) == 0 || len(files) > agency.MaxFiles {
		return Extract{}, errs.Invalid(agency.CodeFiles, "documentations", "from 1 to %d documents go with a request", agency.MaxFiles)
	}
	var e Extract
	err := c.mailboxes.Work(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		via, err := o.May(access.ExtractRequest)
		if err != nil {
			return err
		}
		if o.Mailbox.Owner.Kind != post.Organisation {
			return errs.New(errs.KindForbidden, CodeCompany, "a data extract is of an organisation's post")
		}
		if err := c.makeRoom(tx, o); err != nil {
			return err
		}
		e = Extract{Request: agency.Request{ID: tx.NewID(), State: Submitted, About: o.Mailbox.Owner, Text: text, Made: tx.Now, Version: 1}}
		if e.Applicant, err = c.desk.Registry.Party(tx, actor.Party); err != nil {
			return err
		}
		sealed, err := c.desk.Seal(e.ID, said{Text: e.Text})
		if err != nil {
			return err
		}
		var b db.Batch
		b.Add(`INSERT INTO extract (id, state, applicant, organisation, platform, mailbox, sealed, made, decided_by, parts, letters, size, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, 0, 1)`, e.ID, e.State, actor.Party, actor.Organisation, string(actor.Platform), o.Mailbox.ID, sealed, tx.Now)
		for i, u := range files {
			sealed, err := c.desk.Store(tx, &b, e.ID, u)
			if err != nil {
				return err
			}
			b.Add("INSERT INTO extract_file (extract, place, file, sealed) VALUES ($1, $2, $3, $4)", e.ID, i, u.Kept.ID, sealed)
		}
		if err := tx.Run(&b); err != nil {
			return err
		}
		o.Then(func() error { return c.write(tx, e, asked(e)) })
		return c.desk.Tell(tx, actor, via, audit.ExtractRequested, e.Request)
	})
	return e, err
}

// makeRoom tells whether there is an open request. One of somebody who may not ask any
// more, such as of an administrator before the company ceased, makes room for another.
func (c *Extracts) makeRoom(tx *db.Tx, o *mailbox.Opened) error {
	all, err := c.rows(tx, "mailbox = $1 AND state IN ($2, $3, $4)", o.Mailbox.ID, Submitted, Approved, Ready)
	if err != nil {
		return err
	}
	for _, e := range all {
		who := post.Actor{Party: e.Applicant.ID, Organisation: e.Organisation.ID, Platform: e.platform, Assurance: post.AssuranceSubstantial}
		may, err := o.View().May(who, access.ExtractRequest, nil)
		if err != nil {
			return err
		}
		if may {
			return errs.New(errs.KindConflict, agency.CodeThere, "there is an open request for this mailbox")
		}
		if err := c.close(tx, post.Program, 0, &e, Expired, audit.ExtractDestroyed); err != nil {
			return err
		}
	}
	return nil
}

// List are the requests for a mailbox, the newest first, for who may make one.
func (c *Extracts) List(ctx context.Context, actor post.Actor, box post.UUID) ([]Extract, error) {
	var all []Extract
	err := c.mailboxes.Look(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		if _, err := o.May(access.ExtractRequest); err != nil {
			return err
		}
		if o.Mailbox.Owner.Kind != post.Organisation {
			return agency.ErrUnknown
		}
		var err error
		if all, err = c.rows(tx, "mailbox = $1", o.Mailbox.ID); err != nil {
			return err
		}
		slices.Reverse(all)
		for i := range all {
			if all[i].Parts, err = c.partsOf(tx, all[i].ID); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// mine is the asker's own request for a mailbox, while they may make one.
func (c *Extracts) mine(tx *db.Tx, o *mailbox.Opened, id post.UUID) (Extract, access.Relation, error) {
	via, err := o.May(access.ExtractRequest)
	if err != nil {
		return Extract{}, 0, err
	}
	e, err := c.one(tx, id)
	if err == nil && (e.About.ID != o.Mailbox.ID || !e.By(o.Actor)) {
		err = agency.ErrUnknown
	}
	return e, via, err
}

// Withdraw takes one's own request back; files that are ready are destroyed.
func (c *Extracts) Withdraw(ctx context.Context, actor post.Actor, box, id post.UUID, version int64) error {
	return c.mailboxes.Work(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		e, via, err := c.mine(tx, o, id)
		if err == nil {
			err = e.Meets(version, Submitted, Approved, Ready)
		}
		if err != nil {
			return err
		}
		return c.close(tx, actor, via, &e, Withdrawn, audit.ExtractWithdrawn)
	})
}
