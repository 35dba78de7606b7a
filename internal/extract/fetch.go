package extract

import (
	"context"
	"fmt"
	"io"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/agency"
	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
)

// errFetched says that a part has been fetched, or that its time is over.
var errFetched = errs.New(errs.KindConflict, CodeFetched, "the file was fetched, or its time is over")

// Download is a part on its way to who asked for it. Copy it, then Close it.
type Download struct {
	Name string
	Size int64 // of the whole part
	From int64 // where it begins

	reader *blob.Reader
	still  func() (time.Time, error)
	note   func(sent int64) error
}

// Fetch opens a part for who asked for the extract, and for nobody else, until all of it
// has left once. Where it breaks off, the same person goes on at a byte, or begins anew
// (from is negative), for an hour after the last bytes left: not every program can go
// on. That they may is asked in the transaction that lets them have it.
func (c *Extracts) Fetch(ctx context.Context, actor post.Actor, box, id post.UUID, place int, from int64) (*Download, error) {
	var d *Download
	err := c.mailboxes.Work(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		e, via, err := c.mine(tx, o, id)
		if err != nil {
			return err
		}
		if place < 0 || place >= len(e.Parts) {
			return agency.ErrUnknown
		}
		p := e.Parts[place]
		switch {
		case e.State != Ready || !p.There || !tx.Now.Before(e.Ends):
			return errFetched
		case from >= 0 && p.Claimed.IsZero(), !p.Claimed.IsZero() && !tx.Now.Before(p.Claimed.Add(Resume)):
			return errFetched
		case from >= p.Size:
			return errs.Invalid("extract.range", "Range", "the file has %d bytes", p.Size)
		}
		if from < 0 {
			if _, err := tx.Exec("UPDATE extract_part SET claimed = $1 WHERE extract = $2 AND place = $3", tx.Now, id, place); err != nil {
				return err
			}
			if err := c.desk.Tell(tx, actor, via, audit.ExtractFetched, e.Request, audit.Number(audit.Count, place+1)); err != nil {
				return err
			}
		}
		d = &Download{Name: fmt.Sprintf("dataudtraek-%s-%d-af-%d.zip", e.Made.In(post.Denmark).Format(time.DateOnly), place+1, len(e.Parts)), Size: p.Size, From: max(from, 0)}
		d.still = func() (time.Time, error) { return c.still(ctx, actor, box, id) }
		d.note = func(sent int64) error { return c.left(context.WithoutCancel(ctx), actor, via, id, place, d.From, sent) }
		d.reader, err = c.desk.Blobs.Open(tx, p.blob, p.key)
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, err := d.reader.Seek(d.From, io.SeekStart); err != nil {
		d.reader.Close()
		return nil, err
	}
	return d, nil
}

// Still tells whether the asker may still fetch it.
func (d *Download) Still() error {
	_, err := d.still()
	return err
}

// Close ends reading.
func (d *Download) Close() error { return d.reader.Close() }

// piece is how much is sent between two questions whether the asker still may.
const piece = 256 << 10

// noted is how often it is written down how far a part has left: its hour begins anew
// then, so that a slow line has the time it needs.
const noted = Resume / 12

// Copy sends the part from where it begins to its end. It stops when the right ends. A
// part that has left whole is destroyed.
func (d *Download) Copy(w io.Writer) error {
	var sent int64
	var failed error
	var last time.Time
	for d.From+sent < d.Size {
		var now time.Time
		if now, failed = d.still(); failed == nil && !last.IsZero() && now.Sub(last) >= noted {
			failed = d.note(sent)
			last = now
		}
		if failed != nil {
			break
		}
		if last.IsZero() {
			last = now
		}
		var n int64
		n, failed = io.CopyN(onlyWriter{w}, d.reader, min(piece, d.Size-d.From-sent))
		sent += n
		if failed != nil {
			break
		}
	}
	if err := d.note(sent); err != nil {
		return err
	}
	return failed
}

// onlyWriter hides what else a writer can do, so that what it says it has written is
// what has left.
type onlyWriter struct{ io.Writer }

// still tells whether somebody may still fetch an extract, and what time it is.
func (c *Extracts) still(ctx context.Context, actor post.Actor, box, id post.UUID) (now time.Time, err error) {
	err = c.mailboxes.Look(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		e, _, err := c.mine(tx, o, id)
		if err == nil && e.State != Ready {
			err = errFetched
		}
		now = tx.Now
		return err
	})
	return now, err
}

// left writes down that bytes of a part have left, from one on.
func (c *Extracts) left(ctx context.Context, actor post.Actor, via access.Relation, id post.UUID, place int, from, n int64) error {
	return c.desk.DB.Update(ctx, func(tx *db.Tx) error {
		if err := c.lock(tx, id); err != nil {
			return err
		}
		e, err := c.one(tx, id)
		if err != nil || e.State != Ready {
			return err
		}
		p := &e.Parts[place]
		if !p.There || n == 0 {
			return nil
		}
		if from <= p.Sent {
			p.Sent = max(p.Sent, from+n)
		}
		if _, err := tx.Exec("UPDATE extract_part SET sent = $1, claimed = $2 WHERE extract = $3 AND place = $4", p.Sent, tx.Now, id, place); err != nil || p.Sent < p.Size {
			return err
		}
		return c.gone(tx, actor, via, &e, place)
	})
}

// gone destroys a part that is not fetched any more, and ends the extract with the last.
func (c *Extracts) gone(tx *db.Tx, by post.Actor, via access.Relation, e *Extract, place int) error {
	if err := c.destroy(tx, e.ID, e.Parts[place]); err != nil {
		return err
	}
	e.Parts[place].There = false
	state := Fetched
	for _, p := range e.Parts {
		if p.There {
			return nil
		}
		if p.Sent < p.Size {
			state = Expired
		}
	}
	return c.close(tx, by, via, e, state, audit.ExtractDestroyed)
}

// lock keeps others from an extract until the transaction ends.
func (c *Extracts) lock(tx *db.Tx, id post.UUID) error {
	_, err := tx.Exec("UPDATE extract SET version = version WHERE id = $1", id)
	return err
}

// clean destroys what was not fetched in time.
func (c *Extracts) clean(ctx context.Context) error {
	var due []post.UUID
	err := c.desk.DB.Read(ctx, func(tx *db.Tx) error {
		rows, err := tx.Query(`SELECT id FROM extract WHERE state = $1 AND (ends <= $2 OR EXISTS (
			SELECT 1 FROM extract_part p WHERE p.extract = extract.id AND p.file IS NOT NULL AND p.claimed <= $3))`, Ready, tx.Now, tx.Now.Add(-Resume))
		due, err = db.Collect(rows, err, func(rows *db.Rows) (id post.UUID, err error) { err = rows.Scan(&id); return id, err })
		return err
	})
	for _, id := range due {
		if err != nil {
			return err
		}
		err = c.desk.DB.Update(ctx, func(tx *db.Tx) error {
			if err := c.lock(tx, id); err != nil {
				return err
			}
			e, err := c.one(tx, id)
			if err != nil || e.State != Ready {
				return err
			}
			if !tx.Now.Before(e.Ends) {
				return c.close(tx, post.Program, 0, &e, Expired, audit.ExtractDestroyed)
			}
			for i, p := range e.Parts {
				if p.There && !p.Claimed.IsZero() && !tx.Now.Before(p.Claimed.Add(Resume)) {
					if err := c.gone(tx, post.Program, 0, &e, i); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	return err
}

// close ends a request and destroys what was written for it.
func (c *Extracts) close(tx *db.Tx, by post.Actor, via access.Relation, e *Extract, state State, name audit.Name) error {
	parts, err := c.partsOf(tx, e.ID)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if err := c.destroy(tx, e.ID, p); err != nil {
			return err
		}
	}
	e.State = state
	if err := c.save(tx, e); err != nil {
		return err
	}
	return c.desk.Tell(tx, by, via, name, e.Request)
}

// destroy destroys the bytes of a part, and their key.
func (c *Extracts) destroy(tx *db.Tx, id post.UUID, p Part) error {
	if !p.There {
		return nil
	}
	if _, err := tx.Exec("UPDATE extract_part SET file = NULL, sealed = NULL WHERE extract = $1 AND place = $2", id, p.Place); err != nil {
		return err
	}
	return c.desk.Blobs.Delete(tx, p.blob)
}
