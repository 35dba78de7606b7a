package appointment

import (
	"context"
	"io"
	"slices"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/agency"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/jobs"
	"digitalpost/internal/post"
)

// A program puts an application together piece by piece, as the API has it: it names
// the documents, sends the bytes of each, and puts the application in. Until then it is
// a draft: nobody is told of it and nobody decides on it.

// MaxDrafts is how many drafts somebody can have; one that nobody has put in for
// DraftDays days is removed with its documents.
const (
	MaxDrafts = 5
	DraftDays = 30
)

// CodeDrafts is the code of one draft too many.
const CodeDrafts = "appointment.drafts"

// Paper names a document of a draft.
type Paper struct {
	Place int // of one that is there, below 0 for a new one
	Kind  Kind
	Name  string
}

// Begin makes a draft; the Files of what is wanted are left out.
func (c *Appointments) Begin(ctx context.Context, actor post.Actor, w Wanted, papers []Paper) (Application, error) {
	err := w.check()
	if err == nil {
		err = checkApplicant(actor)
	}
	if err == nil { // before anybody is looked up: what is refused later leaves no trace in their log
		err = checkPapers(papers)
	}
	if err != nil {
		return Application{}, err
	}
	var a Application
	err = c.desk.DB.Update(ctx, func(tx *db.Tx) (err error) {
		var n int
		err = tx.QueryRow("SELECT COUNT(*) FROM appointment WHERE applicant = $1 AND organisation = $2 AND state = $3", actor.Party, actor.Organisation, Draft).Scan(&n)
		if err == nil && n >= MaxDrafts {
			err = errs.New(errs.KindConflict, CodeDrafts, "there are %d applications that were begun and not put in", n)
		}
		if err != nil {
			return err
		}
		var b db.Batch
		if a, err = c.begin(tx, &b, actor, w, Draft); err != nil {
			return err
		}
		if err := c.name(tx, &b, &a, papers); err != nil {
			return err
		}
		return tx.Run(&b)
	})
	return a, err
}

func checkPapers(papers []Paper) error {
	kinds := make([]Kind, len(papers))
	for i, p := range papers {
		kinds[i] = p.Kind
	}
	return checkKinds(kinds)
}

// name has a draft have the documents that papers name, which are checked, and no others.
func (c *Appointments) name(tx *db.Tx, b *db.Batch, a *Application, papers []Paper) error {
	next := 0
	var left []File
	for _, f := range a.Files {
		next = max(next, f.Place+1)
		if slices.ContainsFunc(papers, func(p Paper) bool { return p.Place == f.Place }) {
			left = append(left, f)
			continue
		}
		if err := c.desk.Remove(tx, f); err != nil {
			return err
		}
		b.Add("DELETE FROM appointment_file WHERE appointment = $1 AND place = $2", a.ID, f.Place)
	}
	a.Files = left
	for _, p := range papers {
		p.Name = post.SafeName(p.Name) // never ""
		i := slices.IndexFunc(a.Files, func(f File) bool { return f.Place == p.Place })
		write := "UPDATE appointment_file SET sealed = $1 WHERE appointment = $2 AND place = $3"
		if i < 0 {
			i = len(a.Files)
			a.Files = append(a.Files, File{Name: p.Name, Place: next, Version: 1})
			write = "INSERT INTO appointment_file (sealed, appointment, place) VALUES ($1, $2, $3)"
			next++
		}
		a.Files[i].Kind = p.Kind
		sealed, err := c.desk.SealFile(a.ID, a.Files[i])
		if err != nil {
			return err
		}
		b.Add(write, sealed, a.ID, a.Files[i].Place)
	}
	return nil
}

// mine is a draft of somebody's own; version is that of the draft, 0 for any.
func (c *Appointments) mine(tx *db.Tx, actor post.Actor, id post.UUID, version int64) (Application, error) {
	a, err := c.one(tx, id)
	if err == nil && !a.By(actor) {
		err = agency.ErrUnknown
	}
	if err == nil {
		err = checkApplicant(actor)
	}
	if err == nil {
		err = c.works(tx, actor)
	}
	if err == nil {
		err = a.Meets(version, Draft)
	}
	return a, err
}

// Edit is what changes of a draft.
type Edit struct {
	Text   *string  // nil leaves it as it is
	Papers *[]Paper // as Text; those that are not among them are removed
	Submit bool     // puts the application in
}

// Edit changes a draft, or puts it in.
func (c *Appointments) Edit(ctx context.Context, actor post.Actor, id post.UUID, version int64, e Edit) (Application, error) {
	var a Application
	err := c.desk.DB.Update(ctx, func(tx *db.Tx) (err error) {
		if a, err = c.mine(tx, actor, id, version); err != nil {
			return err
		}
		var b db.Batch
		if e.Text != nil {
			if a.Text, err = strings.TrimSpace(*e.Text), checkText(*e.Text); err != nil {
				return err
			}
		}
		if e.Papers != nil {
			if err := checkPapers(*e.Papers); err != nil {
				return err
			}
			if err := c.name(tx, &b, &a, *e.Papers); err != nil {
				return err
			}
		}
		if e.Submit {
			if err := c.complete(tx, a); err != nil {
				return err
			}
			a.State, a.Made = Submitted, tx.Now
		}
		sealed, err := c.desk.Seal(a.ID, said{Text: a.Text, Called: a.Called})
		if err != nil {
			return err
		}
		a.Version++
		b.Add("UPDATE appointment SET state = $1, sealed = $2, made = $3, version = $4 WHERE id = $5", a.State, sealed, a.Made, a.Version, a.ID)
		if err := tx.Run(&b); err != nil || !e.Submit {
			return err
		}
		return c.putIn(tx, actor, a)
	})
	return a, err
}

// complete tells whether a draft can be put in.
func (c *Appointments) complete(tx *db.Tx, a Application) error {
	var kinds []Kind
	for _, f := range a.Files {
		if !f.Whole() {
			return errs.Invalid(agency.CodeFiles, "documentations", "the document %s has not come", f.Kind)
		}
		kinds = append(kinds, f.Kind)
	}
	if err := checkNeeds(a.Relation, kinds); err != nil {
		return err
	}
	if a.Relation == access.Administrator {
		if err := c.vacant(tx, a.About, a.Applicant.ID); err != nil {
			return err
		}
	}
	return c.free(tx, a, Submitted)
}

// Attach takes the bytes of a draft's document: a PDF or a picture. version is that of
// the document, 0 for any.
func (c *Appointments) Attach(ctx context.Context, actor post.Actor, id post.UUID, place int, version int64, body io.Reader) (Application, error) {
	var a Application
	var file *File
	find := func(tx *db.Tx) (err error) {
		if a, err = c.mine(tx, actor, id, 0); err != nil {
			return err
		}
		i := slices.IndexFunc(a.Files, func(f File) bool { return f.Place == place })
		if i < 0 {
			return agency.ErrUnknown
		}
		if file = &a.Files[i]; version != 0 && version != file.Version {
			return errs.ErrStale
		}
		return nil
	}
	if err := c.desk.DB.Read(ctx, find); err != nil {
		return a, err
	}
	u, err := c.desk.Take(file.Kind, file.Name, body)
	if err != nil {
		return a, err
	}
	err = c.desk.DB.Update(ctx, func(tx *db.Tx) error {
		if err := find(tx); err != nil {
			return err
		}
		var b db.Batch
		sealed, err := c.desk.Fill(tx, &b, id, *file, u)
		if err != nil {
			return err
		}
		b.Add("UPDATE appointment_file SET file = $1, sealed = $2 WHERE appointment = $3 AND place = $4", u.Kept.ID, sealed, id, place)
		if err := tx.Run(&b); err != nil {
			return err
		}
		a, err = c.one(tx, id)
		return err
	})
	if err != nil {
		c.Drop(u)
	}
	return a, err
}

// forget removes a draft and its documents.
func (c *Appointments) forget(tx *db.Tx, a Application) error {
	for _, f := range a.Files {
		if err := c.desk.Remove(tx, f); err != nil {
			return err
		}
	}
	var b db.Batch
	b.Add("DELETE FROM appointment_file WHERE appointment = $1", a.ID)
	b.Add("DELETE FROM appointment WHERE id = $1", a.ID)
	return tx.Run(&b)
}

const draftsJob jobs.Kind = "appointment.drafts"

// Register has the runner remove drafts that nobody has put in.
func (c *Appointments) Register(r *jobs.Runner) {
	jobs.Handle(r, draftsJob, c.removeOld)
	r.Every(draftsJob, jobs.DailyAt("03:50", post.Denmark))
}

func (c *Appointments) removeOld(ctx context.Context, _ jobs.Running, _ struct{}) error {
	return c.desk.DB.Update(ctx, func(tx *db.Tx) error {
		old, err := c.rows(tx, "state = $1 AND made < $2", Draft, tx.Now.AddDate(0, 0, -DraftDays))
		for _, a := range old {
			if err != nil {
				return err
			}
			if a, err = c.one(tx, a.ID); err == nil {
				err = c.forget(tx, a)
			}
		}
		return err
	})
}
