package teamwork

import (
	"context"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Filter chooses letters by how the company works with them. The zero value is all;
// more than one are all to hold.
type Filter struct {
	Mine       bool      // assigned to the asker
	Assignee   post.UUID // assigned to this person, by their id outside; nil for whoever it is
	Unassigned bool
	Unopened   bool // that the asker has not opened: "ulæst for mig"
	Status     Status
	// DueFrom and DueTo are about the company's own date: then or later, and before; the
	// zero time for no bound.
	DueFrom, DueTo time.Time
}

// Any tells that the filter chooses at all.
func (f Filter) Any() bool { return f != Filter{} }

// Messages lists letters as mailbox.Messages does, of those that the filter chooses.
// They are counted to mailbox.MaxCounted.
func (t *Team) Messages(ctx context.Context, actor post.Actor, box post.UUID, q mailbox.Query, f Filter) (mailbox.Page, error) {
	if f.Any() {
		err := t.look(ctx, actor, box, func(d *desk) error {
			if _, err := d.May(access.CommentSee); err != nil {
				return err
			}
			var err error
			if q.And, err = d.conditions(f); f.Unopened {
				q.Past = past(actor.Party, d.Mailbox.ID)
			}
			return err
		})
		if err != nil {
			return mailbox.Page{}, err
		}
	}
	return t.mailboxes.Messages(ctx, actor, box, q)
}

// few is how many rows are chosen by, rather than asked about for each letter.
const few = 5000

func (d *desk) conditions(f Filter) ([]mailbox.Condition, error) {
	var all []mailbox.Condition
	// chosen are letters that have a row: where there are few, they are gone through;
	// where there are many, letters are, newest first, and the page is soon full.
	chosen := func(condition string, value any) error {
		var n int
		err := d.tx.QueryRow("SELECT COUNT(*) FROM (SELECT 1 FROM shared_letter WHERE mailbox = $1 AND "+condition+"$2 LIMIT $3) AS bounded", d.Mailbox.ID, value, few+1).Scan(&n)
		all = append(all, func(arg func(any) string) string {
			if n > few {
				return "EXISTS (SELECT 1 FROM shared_letter w WHERE w.mailbox = message.mailbox AND w.message = message.id AND " + condition + arg(value) + ")"
			}
			return "id IN (SELECT message FROM shared_letter WHERE mailbox = $1 AND " + condition + arg(value) + ")"
		})
		return err
	}
	const assigned = "ended IS NULL AND assignee <> 0 AND assignee = "
	var err error
	if f.Mine {
		err = chosen(assigned, d.Actor.Party)
	}
	if f.Assignee != (post.UUID{}) && err == nil {
		var who registry.Party // of an id that nobody has, nothing is assigned
		if who, err = d.registry.PartyByUUID(d.tx, f.Assignee); err == nil || errs.KindOf(err) == errs.KindNotFound {
			err = chosen(assigned, who.ID)
		}
	}
	if f.Status == InProgress || f.Status == Done {
		if err == nil {
			err = chosen("status <> 'NEW' AND status = ", f.Status)
		}
	}
	if !f.DueFrom.IsZero() && err == nil {
		err = chosen("due IS NOT NULL AND due >= ", f.DueFrom)
	}
	if !f.DueTo.IsZero() && err == nil {
		err = chosen("due IS NOT NULL AND due < ", f.DueTo)
	}
	if f.Status == Fresh {
		all = append(all, func(func(any) string) string {
			return "state = 'RECEIVED' AND NOT EXISTS (SELECT 1 FROM shared_letter w WHERE w.mailbox = message.mailbox AND w.message = message.id AND w.status <> 'NEW')"
		})
	}
	if f.Unassigned {
		all = append(all, func(func(any) string) string {
			return "state = 'RECEIVED' AND NOT EXISTS (SELECT 1 FROM shared_letter w WHERE w.mailbox = message.mailbox AND w.message = message.id AND w.assignee <> 0 AND w.ended IS NULL)"
		})
	}
	if f.Unopened {
		all = append(all, func(arg func(any) string) string {
			return "state = 'RECEIVED' AND NOT EXISTS (SELECT 1 FROM opening o WHERE o.mailbox = message.mailbox AND o.message = message.id AND o.person = " + arg(d.Actor.Party) + ")"
		})
	}
	return all, err
}

// Fits tells whether a letter stands on a list with the filter.
func (f Filter) Fits(w Work, received bool, actor post.Actor) bool {
	mine := w.Assignee.Person == actor.Party && !w.Lost
	assigned := w.Assignee.Person != 0 && !w.Lost
	his := w.Who == f.Assignee && !w.Lost
	return (!f.Mine || mine) && (f.Assignee == post.UUID{} || his) && (!f.Unassigned || received && !assigned) && (!f.Unopened || received && !w.Opened) &&
		(f.DueFrom.IsZero() || !w.Due.IsZero() && !w.Due.Before(f.DueFrom)) && (f.DueTo.IsZero() || !w.Due.IsZero() && w.Due.Before(f.DueTo)) &&
		(f.Status == "" || w.Status == f.Status && (received || f.Status != Fresh))
}
