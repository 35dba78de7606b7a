package teamwork

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/jobs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/memo"
)

// Rule files letters of a sender, or from or to a contact point. Rules are tried in
// order, and the first that fits decides.
type Rule struct {
	ID post.UUID
	// Sender is whose letters, the zero Party for anybody's; Point is the contact
	// point that they are from or to, nil for any. One of them is set.
	Sender    registry.Party
	Point     post.UUID
	PointName string // "" where the register does not know it
	// What is done: at least one of them is set.
	Folder   post.UUID
	Assignee rights.Holder
	Name     string    // of the assignee
	Who      post.UUID // the assignee's outside id
	Lost     bool      // the assignee may not read letters any more: the rule assigns nothing
	NoFolder bool      // the folder is gone: letters lie where all do
	Status   Status    // "" leaves it
	Run      Run
	Version  int64
}

// Run is a rule's use on the letters that were there. Its Started is the zero time
// for never.
type Run struct {
	Looked, Filed     int64
	Started, Finished time.Time
}

// Codes of what is wrong with a rule.
const (
	CodeRuleEmpty   = "rule.without.condition" // no sender and no contact point
	CodeRuleNothing = "rule.without.action"
	CodeRules       = "rule.too.many"
	CodeRuleUnknown = "rule.unknown"
	CodeSender      = "rule.sender.unknown"
	maxRules        = 500
)

// errColleague says that nobody of the company may read it under that name.
var errColleague = errs.Invalid(CodeColleague, "assignee", "no colleague who may read this letter")

func fmtID(id post.PartyID) string { return strconv.FormatInt(int64(id), 10) }

const ruleColumns = "id, sender, point, folder, assignee, organisation, status, version"

func ruleRows(tx *db.Tx, box post.PartyID) ([]Rule, error) {
	rows, err := tx.Query("SELECT "+ruleColumns+" FROM filing_rule WHERE mailbox = $1 ORDER BY place, id", box)
	return db.Collect(rows, err, func(rows *db.Rows) (r Rule, err error) {
		err = rows.Scan(&r.ID, &r.Sender.ID, &r.Point, &r.Folder, &r.Assignee.Person, &r.Assignee.Organisation, &r.Status, &r.Version)
		return r, err
	})
}

// fits tells whether a letter is of those that a rule files.
func (r Rule) fits(sender post.PartyID, letter *memo.Message) bool {
	if r.Sender.ID != 0 && r.Sender.ID != sender {
		return false
	}
	if r.Point == (post.UUID{}) {
		return true
	}
	for _, p := range []*memo.ContactPoint{letter.Header.Sender.ContactPoint, letter.Header.Recipient.ContactPoint} {
		if p != nil {
			if id, err := post.ParseUUID(p.ContactPointID); err == nil && id == r.Point {
				return true
			}
		}
	}
	return false
}

// file is what mailbox asks of new letters.
func (t *Team) file(tx *db.Tx, b *db.Batch, box mailbox.View, letters []*mailbox.Delivery) error {
	owner := letters[0].Recipient
	rules, err := ruleRows(tx, owner)
	if err != nil {
		return err
	}
	for _, d := range letters {
		i := slices.IndexFunc(rules, func(r Rule) bool { return r.fits(d.Sender, d.Letter) })
		if i < 0 {
			continue
		}
		r := rules[i]
		d.Folder = r.Folder
		w := Work{Status: Fresh}
		if r.Status != "" {
			w.Status = r.Status
		}
		m := d.Shown(tx.Now)
		if r.Assignee.Person != 0 {
			may, err := box.May(r.Assignee.Asking(post.PlatformVirk), access.MessageAssign, &m)
			if err != nil {
				return err
			}
			if may {
				w.Assignee, w.Assigned = r.Assignee, tx.Now
			}
		}
		if w != (Work{Status: Fresh}) {
			b.Add(saveWork, w.row(owner, d.Message, tx.Now)...)
		}
		audit.Add(tx, b, filed(owner, post.Program, "", d.Message, r))
	}
	return nil
}

func filed(box post.PartyID, by post.Actor, via string, message post.UUID, r Rule) audit.Event {
	props := []audit.Prop{audit.ID(audit.Access, r.ID)}
	if r.Folder != (post.UUID{}) {
		props = append(props, audit.ID(audit.Folder, r.Folder))
	}
	if r.Assignee.Person != 0 {
		props = append(props, audit.Number(audit.Party, r.Assignee.Person))
	}
	return audit.Event{Name: audit.MessageFiled, Mailbox: box, Actor: by, Via: via, Message: message, Props: props}
}

// Rules lists a mailbox's rules in order.
func (t *Team) Rules(ctx context.Context, actor post.Actor, box post.UUID) ([]Rule, error) {
	var all []Rule
	err := t.look(ctx, actor, box, func(d *desk) error {
		if _, err := d.May(access.FilingSee); err != nil {
			return err
		}
		var err error
		all, err = d.rules()
		return err
	})
	return all, err
}

// Rule is one of them.
func (t *Team) Rule(ctx context.Context, actor post.Actor, box, id post.UUID) (Rule, error) {
	all, err := t.Rules(ctx, actor, box)
	if err != nil {
		return Rule{}, err
	}
	return oneOf(all, id)
}

func oneOf(all []Rule, id post.UUID) (Rule, error) {
	i := slices.IndexFunc(all, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, errs.NotFound(CodeRuleUnknown)
	}
	return all[i], nil
}

func (d *desk) rules() ([]Rule, error) {
	all, err := ruleRows(d.tx, d.Mailbox.ID)
	if err != nil {
		return nil, err
	}
	var people []post.PartyID
	for _, r := range all {
		people = append(people, r.Sender.ID, r.Assignee.Person)
	}
	parties, err := d.registry.Parties(d.tx, people)
	if err != nil {
		return nil, err
	}
	runs, err := d.runs()
	if err != nil {
		return nil, err
	}
	for i := range all {
		r := &all[i]
		r.Run = runs[r.ID]
		r.Sender, r.Name, r.Who = parties[r.Sender.ID], parties[r.Assignee.Person].Name, parties[r.Assignee.Person].UUID
		if r.Point != (post.UUID{}) {
			if p, err := d.registry.ContactPoint(d.tx, r.Point); err == nil {
				r.PointName = p.Name
			} else if errs.KindOf(err) != errs.KindNotFound {
				return nil, err
			}
		}
		if r.Folder != (post.UUID{}) {
			_, err := d.Folder(r.Folder)
			r.NoFolder = err != nil
		}
		if r.Assignee.Person != 0 {
			may, err := d.mayRead(r.Assignee, &mailbox.Message{Source: post.SourcePublic, Sender: d.Mailbox.ID})
			if r.Lost = !may; err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

func (d *desk) runs() (map[post.UUID]Run, error) {
	rows, err := d.tx.Query("SELECT rule, looked, filed, started, finished FROM filing_run WHERE mailbox = $1", d.Mailbox.ID)
	all := map[post.UUID]Run{}
	_, err = db.Collect(rows, err, func(rows *db.Rows) (Run, error) {
		var id post.UUID
		var r Run
		err := rows.Scan(&id, &r.Looked, &r.Filed, db.Time(&r.Started), db.Time(&r.Finished))
		all[id] = r
		return r, err
	})
	return all, err
}

// Wanted is what a rule is to be. Sender and Who are outside ids of parties, nil for
// none.
type Wanted struct {
	Sender, Point post.UUID
	Folder, Who   post.UUID
	Status        Status
}

// check finds what a rule names.
func (d *desk) check(w Wanted) (Rule, error) {
	r := Rule{Point: w.Point, Folder: w.Folder, Status: w.Status}
	switch {
	case w.Sender == (post.UUID{}) && w.Point == (post.UUID{}):
		return r, errs.Invalid(CodeRuleEmpty, "sender", "a rule says whose letters, or from or to which contact point")
	case w.Folder == (post.UUID{}) && w.Who == (post.UUID{}) && w.Status == "":
		return r, errs.Invalid(CodeRuleNothing, "folderId", "a rule says what is done")
	case w.Status != "" && !slices.Contains(Statuses, w.Status):
		return r, errs.Invalid(CodeStatus, "status", "there is no such status")
	}
	var err error
	if w.Sender != (post.UUID{}) {
		if r.Sender, err = d.registry.PartyByUUID(d.tx, w.Sender); errs.KindOf(err) == errs.KindNotFound && err != nil {
			return r, errs.Invalid(CodeSender, "sender", "nobody known sends under this id")
		} else if err != nil {
			return r, err
		}
	}
	if w.Folder != (post.UUID{}) {
		if _, err := d.Folder(w.Folder); err != nil {
			return r, err
		}
	}
	if w.Who != (post.UUID{}) {
		c, err := d.byUUID(w.Who, &mailbox.Message{Source: post.SourcePublic, Sender: d.Mailbox.ID})
		if err != nil {
			return r, err
		}
		r.Assignee, r.Name, r.Who = c.Holder, c.Name, c.UUID
	}
	return r, nil
}

// manage does something about the rules.
func (t *Team) manage(ctx context.Context, actor post.Actor, box post.UUID, fn func(d *desk) (rule post.UUID, change string, err error)) error {
	return t.work(ctx, actor, box, func(d *desk) error {
		via, err := d.May(access.FilingManage)
		if err != nil {
			return err
		}
		rule, change, err := fn(d)
		if err != nil || change == "" {
			return err
		}
		d.Tell(audit.FilingRuleChanged, via, post.UUID{}, audit.ID(audit.Access, rule), audit.Prop{Key: audit.Change, Value: change})
		var n int
		if err := d.tx.QueryRow("SELECT COUNT(*) FROM filing_rule WHERE mailbox = $1", d.Mailbox.ID).Scan(&n); err != nil {
			return err
		}
		d.SetFiles(n > 0)
		return nil
	})
}

// AddRule makes a rule, the last in order.
func (t *Team) AddRule(ctx context.Context, actor post.Actor, box post.UUID, w Wanted) (Rule, error) {
	var r Rule
	err := t.manage(ctx, actor, box, func(d *desk) (post.UUID, string, error) {
		var err error
		if r, err = d.check(w); err != nil {
			return r.ID, "", err
		}
		var n, last int64
		if err := d.tx.QueryRow("SELECT COUNT(*), COALESCE(MAX(place), 0) FROM filing_rule WHERE mailbox = $1", d.Mailbox.ID).Scan(&n, &last); err != nil {
			return r.ID, "", err
		}
		if n >= maxRules {
			return r.ID, "", errs.New(errs.KindConflict, CodeRules, "a mailbox has at most %d rules", maxRules)
		}
		r.ID, r.Version = d.tx.NewID(), 1
		_, err = d.tx.Exec("INSERT INTO filing_rule (mailbox, place, "+ruleColumns+", created, updated) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $10)",
			d.Mailbox.ID, last+1, r.ID, r.Sender.ID, null(r.Point), null(r.Folder), r.Assignee.Person, r.Assignee.Organisation, r.Status, d.tx.Now)
		return r.ID, "added", err
	})
	return r, err
}

func null(id post.UUID) any {
	if id == (post.UUID{}) {
		return nil
	}
	return id
}

// ChangeRule alters a rule; version is the one that the asker saw, 0 for any.
func (t *Team) ChangeRule(ctx context.Context, actor post.Actor, box, id post.UUID, version int64, w Wanted) (Rule, error) {
	var r Rule
	err := t.manage(ctx, actor, box, func(d *desk) (post.UUID, string, error) {
		all, err := ruleRows(d.tx, d.Mailbox.ID)
		if err != nil {
			return id, "", err
		}
		old, err := oneOf(all, id)
		if err == nil && version != 0 && version != old.Version {
			err = errs.ErrStale
		}
		if err != nil {
			return id, "", err
		}
		if r, err = d.check(w); err != nil {
			return id, "", err
		}
		r.ID, r.Version = id, old.Version+1
		_, err = d.tx.Exec("UPDATE filing_rule SET sender = $1, point = $2, folder = $3, assignee = $4, organisation = $5, status = $6, updated = $7, version = $8 WHERE mailbox = $9 AND id = $10",
			r.Sender.ID, null(r.Point), null(r.Folder), r.Assignee.Person, r.Assignee.Organisation, r.Status, d.tx.Now, r.Version, d.Mailbox.ID, id)
		return id, "changed", err
	})
	return r, err
}

// RemoveRule ends a rule. What it has filed stays where it is.
func (t *Team) RemoveRule(ctx context.Context, actor post.Actor, box, id post.UUID, version int64) error {
	return t.manage(ctx, actor, box, func(d *desk) (post.UUID, string, error) {
		all, err := ruleRows(d.tx, d.Mailbox.ID)
		if err != nil {
			return id, "", err
		}
		old, err := oneOf(all, id)
		if err == nil && version != 0 && version != old.Version {
			err = errs.ErrStale
		}
		if err != nil {
			return id, "", err
		}
		for _, statement := range []string{"DELETE FROM filing_rule WHERE mailbox = $1 AND id = $2", "DELETE FROM filing_run WHERE mailbox = $1 AND rule = $2"} {
			if _, err := d.tx.Exec(statement, d.Mailbox.ID, id); err != nil {
				return id, "", err
			}
		}
		return id, "removed", nil
	})
}

// MoveRule has a rule tried one place earlier or later.
func (t *Team) MoveRule(ctx context.Context, actor post.Actor, box, id post.UUID, earlier bool) error {
	return t.manage(ctx, actor, box, func(d *desk) (post.UUID, string, error) {
		all, err := ruleRows(d.tx, d.Mailbox.ID)
		if err != nil {
			return id, "", err
		}
		at := slices.IndexFunc(all, func(r Rule) bool { return r.ID == id })
		if at < 0 {
			return id, "", errs.NotFound(CodeRuleUnknown)
		}
		to := at + 1
		if earlier {
			to = at - 1
		}
		if to < 0 || to >= len(all) {
			return id, "", nil
		}
		all[at], all[to] = all[to], all[at]
		for i, r := range all {
			if _, err := d.tx.Exec("UPDATE filing_rule SET place = $1 WHERE mailbox = $2 AND id = $3", i+1, d.Mailbox.ID, r.ID); err != nil {
				return id, "", err
			}
		}
		return id, "moved", nil
	})
}

// looked is how many letters a preview reads for their contact point.
const looked = 1000

// Preview is how many letters in the inbox a rule would file; more tells that there
// are others beyond those that were looked at.
func (t *Team) Preview(ctx context.Context, actor post.Actor, box post.UUID, w Wanted) (n int64, more bool, err error) {
	err = t.look(ctx, actor, box, func(d *desk) error {
		if _, err := d.May(access.FilingManage); err != nil {
			return err
		}
		r, err := d.check(w)
		if err != nil {
			return err
		}
		q := mailbox.Query{Inbox: true, Sender: r.Sender.ID, Limit: looked}
		if r.Point == (post.UUID{}) {
			n, err = d.Count(q)
			return err
		}
		all, err := d.List(q)
		more = len(all) == looked
		for _, m := range all {
			if err != nil {
				return err
			}
			var l mailbox.Letter
			if l, err = d.Message(m.ID, access.MessageList); err == nil && r.fits(m.Sender, l.Memo) {
				n++
			}
		}
		return err
	})
	return n, more, err
}

const runJob jobs.Kind = "teamwork.file"

type runArgs struct {
	Mailbox post.PartyID
	Box     post.UUID
	Rule    post.UUID
}

// Apply uses a rule on the letters that lie in the inbox, by a job. The rights of
// who asks are asked anew for every letter. What somebody has assigned, or set a
// status of, stays so; a court summons that was not served stays where it is.
func (t *Team) Apply(ctx context.Context, actor post.Actor, box, id post.UUID) error {
	return t.work(ctx, actor, box, func(d *desk) error {
		via, err := d.May(access.FilingManage)
		if err != nil {
			return err
		}
		all, err := ruleRows(d.tx, d.Mailbox.ID)
		if err != nil {
			return err
		}
		if _, err := oneOf(all, id); err != nil {
			return err
		}
		by, err := json.Marshal(actor)
		if err != nil {
			return err
		}
		if _, err := d.tx.Exec(`INSERT INTO filing_run (mailbox, rule, actor, before, looked, filed, started, finished) VALUES ($1, $2, $3, NULL, 0, 0, $4, NULL)
			ON CONFLICT (mailbox, rule) DO UPDATE SET actor = excluded.actor, before = NULL, looked = 0, filed = 0, started = excluded.started, finished = NULL`,
			d.Mailbox.ID, id, string(by), d.tx.Now); err != nil {
			return err
		}
		d.Tell(audit.FilingRuleChanged, via, post.UUID{}, audit.ID(audit.Access, id), audit.Prop{Key: audit.Change, Value: "applied"})
		_, err = jobs.Enqueue(d.tx, jobs.Job{Kind: runJob, Queue: mailbox.OperationQueue, Key: id.String(), Args: runArgs{d.Mailbox.ID, box, id}})
		return err
	})
}

// run goes on with the use of a rule until all letters were looked at. It keeps how
// far it is with what it does, so that it goes on where it was.
func (t *Team) run(ctx context.Context, job jobs.Running, args runArgs) error {
	for {
		done, err := t.step(ctx, args)
		if err != nil || done {
			return err
		}
		select {
		case <-job.Stopping:
			return jobs.Snooze(0)
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
	}
}

func (t *Team) step(ctx context.Context, args runArgs) (done bool, err error) {
	var actor post.Actor
	err = t.db.Read(ctx, func(tx *db.Tx) error {
		var by string
		err := tx.QueryRow("SELECT actor FROM filing_run WHERE mailbox = $1 AND rule = $2 AND finished IS NULL", args.Mailbox, args.Rule).Scan(&by)
		if err == nil {
			err = json.Unmarshal([]byte(by), &actor)
		}
		return err
	})
	if errors.Is(err, db.ErrNoRows) {
		return true, nil // it is done, or the rule was removed
	}
	if err != nil {
		return false, err
	}
	err = t.work(ctx, actor, args.Box, func(d *desk) error {
		via, err := d.May(access.FilingManage)
		if err != nil {
			return err
		}
		var before post.UUID
		var n, filing int64
		err = d.tx.QueryRow("SELECT before, looked, filed FROM filing_run WHERE mailbox = $1 AND rule = $2 AND finished IS NULL", args.Mailbox, args.Rule).Scan(&before, &n, &filing)
		if errors.Is(err, db.ErrNoRows) {
			done = true
			return nil
		}
		all, err := ruleRows(d.tx, args.Mailbox)
		if err != nil {
			return err
		}
		r, err := oneOf(all, args.Rule)
		if err != nil {
			return err
		}
		letters, err := d.List(mailbox.Query{Inbox: true, Sender: r.Sender.ID, Before: before, Limit: together})
		if err != nil {
			return err
		}
		for _, m := range letters {
			did, err := d.apply(r, m, via)
			if err != nil {
				return err
			}
			if before, n = m.ID, n+1; did {
				filing++
			}
		}
		done = len(letters) < together
		var finished any
		if done {
			finished = d.tx.Now
		}
		_, err = d.tx.Exec("UPDATE filing_run SET before = $1, looked = $2, filed = $3, finished = $4 WHERE mailbox = $5 AND rule = $6",
			null(before), n, filing, finished, args.Mailbox, args.Rule)
		return err
	})
	if kind := errs.KindOf(err); err != nil && (kind == errs.KindNotFound || kind == errs.KindForbidden) {
		// Who asked has lost the right: it ends here, and says how far it came.
		return true, t.db.Update(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE filing_run SET finished = $1 WHERE mailbox = $2 AND rule = $3", tx.Now, args.Mailbox, args.Rule)
			return err
		})
	}
	return done, err
}

// apply uses a rule on one letter.
func (d *desk) apply(r Rule, m mailbox.Message, via access.Relation) (bool, error) {
	if m.State != mailbox.Received || m.Unserved() {
		return false, nil
	}
	if r.Point != (post.UUID{}) {
		l, err := d.Message(m.ID, access.MessageList)
		if err != nil || !r.fits(m.Sender, l.Memo) {
			return false, err
		}
	}
	w, err := d.stored(m.ID)
	if err != nil {
		return false, err
	}
	did, changed := false, false
	if r.Assignee.Person != 0 && w.Assignee.Person == 0 {
		may, err := d.mayRead(r.Assignee, &m)
		if err != nil {
			return false, err
		}
		if may {
			w.Assignee, w.Assigned, w.by, changed = r.Assignee, d.tx.Now, 0, true
		}
	}
	if r.Status != "" && r.Status != w.Status && w.Status == Fresh {
		w.Status, changed = r.Status, true
	}
	if changed {
		if err := d.store(m.ID, &w); err != nil {
			return false, err
		}
		did = true
	}
	if r.Folder != (post.UUID{}) {
		if err := d.Move(m.ID, r.Folder); err == nil {
			did = true
		} else if errs.CodeOf(err) != "folder.unknown" {
			return false, err
		}
	} else if changed {
		if err := d.Follow(m); err != nil {
			return false, err
		}
	}
	if did {
		e := filed(d.Mailbox.ID, d.Actor, via.String(), m.ID, r)
		d.Tell(e.Name, via, m.ID, e.Props...)
	}
	return did, nil
}
