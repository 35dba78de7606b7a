package mailbox

import (
	"slices"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// Delivery is a letter on its way into a mailbox. Whoever delivers has checked
// that the recipient can receive it.
type Delivery struct {
	Recipient  post.PartyID
	Sender     post.PartyID
	SenderKind string // the API's AuthorityType, "" for a company
	Actor      post.Actor
	// Letter's files have as Content a *blob.Draft, or a Stored where the letter
	// has waited for its date.
	Letter *memo.Message

	// Of is a message of the recipient's mailbox that the letter tells about, nil for
	// none: it is hidden from helpers where that is.
	Of post.UUID
	// Alone tells that the letter is hidden from helpers anyhow.
	Alone bool

	// Message is the id the letter gets, set by Deliver.
	Message post.UUID
	// Folder is where the recipient's rules file it, nil for the inbox (Files).
	Folder post.UUID

	folder FolderID
	thread post.UUID
	hidden Hiding
}

// Deliver puts letters into mailboxes. It reads at once and adds what it writes
// to the batch, so that many letters travel together; nothing is delivered
// until the batch has run and tx is committed. Watchers are told after that.
func (m *Mailboxes) Deliver(tx *db.Tx, b *db.Batch, letters []*Delivery) error {
	boxes, err := m.reserve(tx, letters)
	if err != nil {
		return err
	}
	if err := threads(tx, letters); err != nil {
		return err
	}
	if err := hide(tx, boxes, letters); err != nil {
		return err
	}
	for _, d := range letters {
		d.Message = tx.NewID()
	}
	if err := m.fileNew(tx, b, boxes, letters); err != nil {
		return err
	}
	var messages, sealed, dates [][]any
	var drafts []*blob.Draft
	var events []audit.Event
	type place struct {
		owner  post.PartyID
		folder FolderID
	}
	arrived := map[place]*count{}
	for _, d := range letters {
		box := boxes[d.Recipient]
		c, err := box.cipher(m.keys)
		if err != nil {
			return err
		}
		plain, err := Encode(d.Letter)
		if err != nil {
			return err
		}
		msg := d.message(tx.Now, box.modseq)
		messages = append(messages, msg.row(d.Recipient))
		dates = append(dates, deadlineRows(d.Recipient, d.Message, d.Letter)...)
		sealed = append(sealed, []any{d.Message, d.Recipient, c.Seal(plain, d.Message[:])})
		for f := range allFiles(d.Letter) {
			if draft, ok := f.Content.(*blob.Draft); ok {
				drafts = append(drafts, draft)
			}
		}
		at := place{d.Recipient, d.folder}
		if arrived[at] == nil {
			arrived[at] = new(count)
		}
		arrived[at].add(msg, 1)
		events = append(events, audit.Event{Name: audit.MemoAvailableToRecipient, Mailbox: d.Recipient, Actor: d.Actor, Message: d.Message,
			Props: []audit.Prop{{Key: audit.MessageUUID, Value: d.Letter.Header.MessageUUID.String()}}})
	}
	m.blobs.Insert(tx, b, drafts)
	audit.Add(tx, b, events...)
	b.InsertMany(insertMessage, messages, "")
	b.InsertMany("letter (message, mailbox, sealed)", sealed, "")
	b.InsertMany(insertDeadline, dates, "")
	counts := make([][]any, 0, len(arrived))
	for at, n := range arrived {
		owner := at.owner
		counts = append(counts, []any{owner, at.folder, post.SourcePublic, n.total, n.unread, n.hidden, n.hiddenUnread})
		tx.OnCommit(func() { m.watchers.wake(owner) })
	}
	b.InsertMany(insertCount, counts, raiseCount)
	return nil
}

// reserve raises the modseq of every recipient's mailbox, which on PostgreSQL
// also locks it until the transaction ends, and makes the mailboxes that are
// missing. Rows are locked in one order everywhere.
func (m *Mailboxes) reserve(tx *db.Tx, letters []*Delivery) (map[post.PartyID]row, error) {
	boxes := make(map[post.PartyID]row, len(letters))
	raise := func(owners []post.PartyID) error {
		ids := make([]any, len(owners))
		for i, id := range owners {
			ids[i] = id
		}
		return tx.QueryIn("UPDATE mailbox SET modseq = modseq + 1 WHERE id IN (SELECT id FROM mailbox WHERE id IN ($IN) ORDER BY id"+tx.ForUpdate()+
			") RETURNING "+mailboxColumns, ids, nil, func(rows *db.Rows) error {
			r, err := scanMailbox(rows)
			boxes[r.id] = r
			return err
		})
	}
	var owners, missing []post.PartyID
	for _, d := range letters {
		owners = append(owners, d.Recipient)
	}
	slices.Sort(owners)
	owners = slices.Compact(owners)
	if err := raise(owners); err != nil {
		return nil, err
	}
	for _, id := range owners {
		if _, there := boxes[id]; !there {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return boxes, nil
	}
	if err := m.ensure(tx, missing); err != nil {
		return nil, err
	}
	return boxes, raise(missing)
}

const insertMessage = "message (mailbox, " + messageColumns + ")"

func (d *Delivery) message(now time.Time, modseq int64) Message {
	h := &d.Letter.Header
	kind := Regular
	switch {
	case h.LegalNotification:
		kind = LegalNotification
	case h.Mandatory:
		kind = Mandatory
	}
	code, due := firstDue(d.Letter, nil)
	shown, size := extent(d.Letter)
	return Message{ID: d.Message, Folder: d.folder, Source: post.SourcePublic, State: Received, Type: kind, MemoUUID: h.MessageUUID, Received: now, Label: h.Label,
		Sender: d.Sender, SenderName: h.Sender.Label, SenderKind: d.SenderKind, Reply: h.Reply, ReplyBy: h.ReplyByDateTime, DueCode: code, Due: due,
		Documents: shown, Size: size, Thread: d.thread, Hidden: d.hidden, hiddenAt: modseq, Born: modseq, Modseq: modseq, Version: 1, Updated: now}
}

// row is a message as insertMessage wants it.
func (m Message) row(mailbox post.PartyID) []any {
	return []any{mailbox, m.ID, m.Folder, m.Origin, m.Source, m.State, m.Type, m.MemoUUID, m.Received, m.Label, m.Sender, m.SenderName, m.SenderKind, m.RecipientName,
		m.Read, m.Flag, m.Reply, m.ReplyBy, m.DueCode, m.Due, m.Documents, m.Size, m.Served, m.Answered, m.Forwarded, m.Done, m.Thread, m.Hidden, m.hiddenAt, m.Born, m.Modseq, m.Version, m.Updated}
}

// extent is how many documents of a letter a reader sees, and the bytes of all
// its files.
func extent(letter *memo.Message) (shown int, size int64) {
	for document, doc := range letter.Documents() {
		if document != memo.TechnicalDocument {
			shown++
		}
		for _, f := range doc.Files {
			size += f.Size
		}
	}
	return shown, size
}
