package mailbox

import (
	"context"
	"maps"
	"slices"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// List is every mailbox that somebody may see, in the name in which they act: their
// own first, then people's, companies' and associations', each in Danish order
// (ACC-12). It is never cut off: rights that are not shown are taken for lost.
func (m *Mailboxes) List(ctx context.Context, actor post.Actor) ([]Mailbox, error) {
	all, _, err := m.Choices(ctx, actor)
	return all, err
}

// Choices is what List is, and beside it the mailboxes to which only the last day of
// somebody's right is over: they know of them, and see that they cannot open them.
//
// An organisation has a mailbox as soon as somebody may look into it, also before
// its first letter: those that are missing are made.
func (m *Mailboxes) Choices(ctx context.Context, actor post.Actor) (open, over []Mailbox, err error) {
	var missing []post.PartyID
	look := func(tx *db.Tx) error {
		grants, err := m.rights.All(tx, actor)
		if err != nil {
			return err
		}
		if actor.Organisation == 0 {
			grants[actor.Party] = nil
		}
		open, over, missing, err = m.listed(tx, actor, grants)
		return err
	}
	if err = m.read(ctx, look); err != nil || len(missing) == 0 {
		return open, over, err
	}
	switch err = m.db.Update(ctx, func(tx *db.Tx) error { return m.ensure(tx, missing) }); {
	case errs.KindOf(err) == errs.KindUnavailable: // a full disk: what is there is shown, and the others when they can be made
		return open, over, nil
	case err == nil:
		err = m.read(ctx, look)
	}
	return open, over, err
}

// Own is somebody's own mailbox. It is NotFound where there is none to be seen; Enter
// makes it.
func (m *Mailboxes) Own(ctx context.Context, actor post.Actor) (Mailbox, error) {
	box, err := Mailbox{}, error(errNotFound)
	failed := m.read(ctx, func(tx *db.Tx) error {
		v, failed := m.own(tx, actor)
		if d, refused := v.check(tx.Now, access.MailboxSee, nil); failed == nil && refused == nil {
			box, err = v.mailbox(d, tx.Now), nil
		}
		return failed
	})
	if failed != nil {
		err = failed
	}
	return box, err
}

// listed also finds the organisations whose mailbox somebody may see and that have
// none yet.
func (m *Mailboxes) listed(tx *db.Tx, actor post.Actor, grants map[post.PartyID][]access.Grant) (all, over []Mailbox, missing []post.PartyID, err error) {
	ids := slices.Sorted(maps.Keys(grants))
	owners, err := m.registry.Parties(tx, ids)
	if err != nil {
		return nil, nil, nil, err
	}
	var views []view
	err = tx.QueryIn("SELECT "+mailboxColumns+" FROM mailbox WHERE id IN ($IN)", anys(ids), nil, func(rows *db.Rows) error {
		v := view{actor: actor}
		var err error
		v.row, err = scanMailbox(rows)
		v.owner = owners[v.id]
		v.know(grants[v.id], tx.Now)
		views = append(views, v)
		delete(owners, v.id)
		return err
	})
	if err != nil {
		return nil, nil, nil, err
	}
	for id, owner := range owners {
		v := view{row: row{id: id}, owner: owner, actor: actor}
		v.know(grants[id], tx.Now)
		if _, refused := v.check(tx.Now, access.MailboxSee, nil); refused == nil && owner.Kind == post.Organisation && owner.Refusal(tx.Now, true) == "" {
			missing = append(missing, id)
		}
	}
	for _, v := range views {
		d, refused := v.check(tx.Now, access.MailboxSee, nil)
		switch {
		case refused == nil:
			all = append(all, v.mailbox(d, tx.Now))
		case d.Reason == access.Expired:
			over = append(over, v.mailbox(d, tx.Now))
		} // nobody asked for the others: no refusal is written down
	}
	for _, some := range [][]Mailbox{all, over} {
		registry.SortDanish(some, func(b Mailbox) string { return b.Owner.Name })
		slices.SortStableFunc(some, func(a, b Mailbox) int { return a.rank() - b.rank() })
	}
	return all, over, missing, m.inboxes(tx, all)
}

// rank is where a mailbox stands among others.
func (b Mailbox) rank() int {
	switch {
	case b.Via == access.Owner:
		return 0
	case b.Owner.Kind == post.Person:
		return 1
	}
	return 2
}

// inboxes counts what each inbox shows: the whole of a source by the kept numbers
// in one query, what a window leaves of it one by one.
func (m *Mailboxes) inboxes(tx *db.Tx, all []Mailbox) error {
	at := map[post.PartyID]int{}
	var apart []int // mailboxes of which one may see a part by sender
	shown := map[post.PartyID]map[post.Source]access.Window{}
	var ids []any
	for i := range all {
		b := &all[i]
		b.Inbox.Modseq = b.Modseq
		at[b.ID] = i
		windows := access.Visible(b.actor, b.facts, tx.Now)
		if slices.ContainsFunc(windows, func(w access.Window) bool { return w.Senders != nil }) {
			apart = append(apart, i)
			continue
		}
		ids = append(ids, b.ID)
		shown[b.ID] = map[post.Source]access.Window{}
		for _, w := range windows {
			shown[b.ID][w.Source] = w
		}
	}
	err := tx.QueryIn("SELECT mailbox, source, total, unread, hidden, hidden_unread FROM folder_count WHERE folder = $1 AND mailbox IN ($IN)", ids, []any{Inbox}, func(rows *db.Rows) error {
		var id post.PartyID
		var source post.Source
		var n count
		if err := rows.Scan(&id, &source, &n.total, &n.unread, &n.hidden, &n.hiddenUnread); err != nil {
			return err
		}
		if w, ok := shown[id][source]; ok {
			total, unread := n.to(w)
			all[at[id]].Inbox.Total += total
			all[at[id]].Inbox.Unread += unread
		}
		return nil
	})
	for _, i := range apart {
		if err != nil {
			break
		}
		b := &all[i]
		v := view{row: row{id: b.ID}, actor: b.actor, facts: b.facts}
		err = m.count(tx, v, func(folder FolderID, total, unread int64) {
			if folder == Inbox {
				b.Inbox.Total, b.Inbox.Unread = b.Inbox.Total+total, b.Inbox.Unread+unread
			}
		})
	}
	return err
}

func anys[T any](all []T) []any {
	out := make([]any, len(all))
	for i, v := range all {
		out[i] = v
	}
	return out
}
