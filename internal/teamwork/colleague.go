package teamwork

import (
	"context"
	"slices"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/jobs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// Colleague is somebody to whom letters can be assigned.
type Colleague struct {
	rights.Holder
	UUID       post.UUID // the person's, which names them outside
	Name       string
	Department string // "" where the register has none
	Number     string // the employee's number
}

// Colleagues finds those who may read a letter by a part of their name, or by their
// employee number; message nil is public post in general. text "" finds all, at most
// 50 in Danish order.
func (t *Team) Colleagues(ctx context.Context, actor post.Actor, box, message post.UUID, text string) ([]Colleague, error) {
	var found []Colleague
	err := t.look(ctx, actor, box, func(d *desk) error {
		m := mailbox.Message{Source: post.SourcePublic, Sender: d.Mailbox.ID}
		if message == (post.UUID{}) {
			if _, err := d.May(access.CommentSee); err != nil {
				return err
			}
		} else {
			var err error
			if m, _, err = d.Ask(message, access.CommentSee); err != nil {
				return err
			}
		}
		var err error
		found, err = d.colleagues(&m, text)
		return err
	})
	return found, err
}

func (d *desk) colleagues(m *mailbox.Message, text string) ([]Colleague, error) {
	all, err := d.everybody()
	if err != nil {
		return nil, err
	}
	text = strings.ToLower(strings.TrimSpace(text))
	all = slices.DeleteFunc(all, func(c Colleague) bool {
		return text != "" && !strings.Contains(strings.ToLower(c.Name), text) && strings.ToLower(c.Number) != text
	})
	registry.SortDanish(all, func(c Colleague) string { return c.Name })
	var found []Colleague
	var people []post.PartyID
	for _, c := range all {
		may, err := d.mayRead(c.Holder, m)
		if err != nil {
			return nil, err
		}
		if may {
			found, people = append(found, c), append(people, c.Person)
		}
		if len(found) == maxColleagues {
			break
		}
	}
	parties, err := d.registry.Parties(d.tx, people)
	for i := range found {
		found[i].UUID = parties[found[i].Person].UUID
	}
	return found, err
}

// everybody is who holds anything to the mailbox, without the ids of persons. One who
// signs for the company and works there is one colleague, as an employee.
func (d *desk) everybody() ([]Colleague, error) {
	holders, err := d.rights.Holders(d.tx, d.Mailbox.ID)
	if err != nil {
		return nil, err
	}
	of := map[post.PartyID][]post.PartyID{} // people by employer, 0 for none
	for _, h := range holders {
		of[h.Organisation] = append(of[h.Organisation], h.Person)
	}
	all := make([]Colleague, 0, len(holders))
	employed := map[post.PartyID]bool{}
	for employer, people := range of {
		if employer == 0 {
			continue
		}
		members, err := d.members(employer, people)
		if err != nil {
			return nil, err
		}
		for _, person := range people {
			if m, there := members[person]; there {
				all = append(all, Colleague{Holder: rights.Holder{Person: person, Organisation: employer}, Name: m.Name, Department: m.Department, Number: m.Number})
				employed[person] = true
			}
		}
	}
	parties, err := d.registry.Parties(d.tx, of[0])
	for _, person := range of[0] {
		if !employed[person] {
			all = append(all, Colleague{Holder: rights.Holder{Person: person}, Name: parties[person].Name})
		}
	}
	return all, err
}

// members are what people are to their employer. Of many all are read: to PostgreSQL
// that is much less than to look for each.
func (d *desk) members(employer post.PartyID, people []post.PartyID) (map[post.PartyID]registry.Member, error) {
	if len(people) < few/10 {
		return d.registry.MembersAmong(d.tx, employer, people)
	}
	all, err := d.registry.Employees(d.tx, employer)
	of := make(map[post.PartyID]registry.Member, len(all))
	for _, m := range all {
		of[m.Person] = m
	}
	return of, err
}

// ByUUID is the colleague with an outside id who may read a letter, the zero
// Colleague for nobody.
func (t *Team) ByUUID(ctx context.Context, actor post.Actor, box, message, person post.UUID) (Colleague, error) {
	var found Colleague
	err := t.look(ctx, actor, box, func(d *desk) error {
		m, _, err := d.Ask(message, access.MessageAssign)
		if err != nil {
			return err
		}
		found, err = d.byUUID(person, &m)
		return err
	})
	return found, err
}

func (d *desk) byUUID(person post.UUID, m *mailbox.Message) (Colleague, error) {
	party, err := d.registry.PartyByUUID(d.tx, person)
	if err != nil {
		return Colleague{}, errColleague
	}
	holders, err := d.rights.Holders(d.tx, d.Mailbox.ID)
	for i := len(holders) - 1; i >= 0 && err == nil; i-- { // as an employee before as a private person
		h := holders[i]
		if h.Person != party.ID {
			continue
		}
		may, mistake := d.mayRead(h, m)
		if err = mistake; may {
			return Colleague{Holder: h, UUID: party.UUID, Name: party.Name}, nil
		}
	}
	if err == nil {
		err = errColleague
	}
	return Colleague{}, err
}

// Myself is the asker as a colleague.
func Myself(actor post.Actor) rights.Holder {
	return rights.Holder{Person: actor.Party, Organisation: actor.Organisation}
}

const (
	endJob    jobs.Kind = "teamwork.end"
	endAllJob jobs.Kind = "teamwork.end.all"
)

// recheck has assignments looked at anew when a right to a mailbox changes. What is
// shown is right before that: works asks each time.
func (t *Team) recheck(tx *db.Tx, box post.PartyID) error {
	var n int
	err := tx.QueryRow("SELECT COUNT(*) FROM (SELECT 1 FROM shared_letter WHERE mailbox = $1 AND assignee <> 0 LIMIT 1) AS one", box).Scan(&n)
	if err != nil || n == 0 {
		return err
	}
	_, err = jobs.Enqueue(tx, jobs.Job{Kind: endJob, Key: fmtID(box), Args: endArgs{box}})
	return err
}

type endArgs struct{ Mailbox post.PartyID }

// together is how many letters one transaction deals with.
const together = 500

// endLost ends the assignments of those who may not read a mailbox's letters any
// more: they do not come back with the right.
func (t *Team) endLost(ctx context.Context, _ jobs.Running, args endArgs) error {
	var people []rights.Holder
	err := t.db.Read(ctx, func(tx *db.Tx) error {
		rows, err := tx.Query("SELECT DISTINCT assignee, organisation FROM shared_letter WHERE mailbox = $1 AND assignee <> 0 AND ended IS NULL", args.Mailbox)
		people, err = db.Collect(rows, err, func(rows *db.Rows) (h rights.Holder, err error) {
			err = rows.Scan(&h.Person, &h.Organisation)
			return h, err
		})
		return err
	})
	for _, who := range people {
		for more := true; more && err == nil; {
			err = t.db.Update(ctx, func(tx *db.Tx) error {
				view, err := t.mailboxes.ViewOf(tx, args.Mailbox)
				if err != nil {
					return err
				}
				may, err := view.May(who.Asking(post.PlatformVirk), access.MessageAssign, &mailbox.Message{Source: post.SourcePublic, Sender: args.Mailbox})
				if err != nil || may {
					more = false
					return err
				}
				n, err := tx.Exec(`UPDATE shared_letter SET ended = $1, updated = $1, version = version + 1 WHERE mailbox = $2 AND message IN
					(SELECT message FROM shared_letter WHERE mailbox = $2 AND assignee = $3 AND assignee <> 0 AND organisation = $4 AND ended IS NULL LIMIT $5)`,
					tx.Now, args.Mailbox, who.Person, who.Organisation, together)
				if more = n == together; err != nil || n == 0 {
					return err
				}
				return audit.Append(tx, audit.Event{Name: audit.MessageUnassigned, Mailbox: args.Mailbox, Actor: post.Program, Props: []audit.Prop{
					audit.Number(audit.Party, who.Person), audit.Number(audit.Count, n), {Key: audit.Reason, Value: CodeColleague}}})
			})
		}
	}
	return err
}

// endAll looks at all mailboxes: an employment ends in the register, which tells
// nobody.
func (t *Team) endAll(ctx context.Context, job jobs.Running, _ struct{}) error {
	var boxes []post.PartyID
	err := t.db.Read(ctx, func(tx *db.Tx) error {
		rows, err := tx.Query("SELECT DISTINCT mailbox FROM shared_letter WHERE assignee <> 0 AND ended IS NULL")
		boxes, err = db.Collect(rows, err, func(rows *db.Rows) (id post.PartyID, err error) { err = rows.Scan(&id); return id, err })
		return err
	})
	for _, box := range boxes {
		if err == nil {
			err = t.endLost(ctx, job, endArgs{box})
		}
	}
	return err
}
