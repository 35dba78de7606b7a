package mailbox

import (
	"encoding/binary"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// Message is what a list shows of a message.
type Message struct {
	ID     post.UUID
	Folder FolderID
	// Origin is the folder it lay in before it was deleted, 0 where it was not.
	Origin   FolderID
	Source   post.Source
	State    State
	Type     Type
	MemoUUID post.UUID // MeMo's messageUUID
	Received time.Time
	Label    string
	// Sender is who sent it; SenderName is the name as the letter gives it, and
	// SenderKind the API's AuthorityType, "" for a company or a person.
	Sender     post.PartyID
	SenderName string
	SenderKind string
	// RecipientName is whom a draft or a sent message is to, "" for what was
	// received.
	RecipientName string
	Read          bool
	Flag          bool
	// Reply tells that the sender takes an answer (SND-04, MBX-04), until ReplyBy
	// where that is set.
	Reply   bool
	ReplyBy time.Time
	// DueCode is the MeMo action code of the first dated action that is not done,
	// "" where there is none; Due is when it must be done by, or begins.
	DueCode   string
	Due       time.Time
	Documents int   // those a reader sees
	Size      int64 // bytes of all files
	Served    time.Time
	Answered  time.Time // by its reader, the zero time for never; as Forwarded
	Forwarded time.Time
	// Done is when the last of what the letter asks for was done.
	Done time.Time
	// Hidden tells why it is hidden from helpers, 0 for what is not.
	Hidden   Hiding
	hiddenAt int64     // the mailbox's modseq when it was hidden
	Thread   post.UUID // MemoUUID of its thread's first letter, nil for a letter by itself
	Born     int64     // the mailbox's modseq when it came
	Modseq   int64     // the mailbox's modseq of its last change
	Version  int64     // for If-Match
	Updated  time.Time
	// Noted tells that the asker has a note on it, in lists and changes only.
	Noted bool
}

// Unserved tells a court summons that has not been served (SND-08).
func (m Message) Unserved() bool { return m.Type == LegalNotification && m.Served.IsZero() }

// State is the API's MessageState.
type State string

const (
	Draft    State = "DRAFT"
	Sent     State = "SENT"
	Received State = "RECEIVED"
)

// Type is the API's MessageType.
type Type string

const (
	Regular           Type = "REGULAR"
	Mandatory         Type = "MANDATORY"
	LegalNotification Type = "LEGAL_NOTIFICATION" // a court summons (SND-08)
)

const messageColumns = `id, folder, origin, source, state, type, memo, received, label, sender, sender_name, sender_kind, recipient_name,
	read, flag, reply, reply_by, due_code, due, documents, size, served, answered, forwarded, done, thread, hidden, hidden_at, born, modseq, version, updated`

func scanMessage(rows interface{ Scan(...any) error }) (Message, error) {
	var m Message
	err := rows.Scan(&m.ID, &m.Folder, &m.Origin, &m.Source, &m.State, &m.Type, &m.MemoUUID, db.Time(&m.Received), &m.Label, &m.Sender, &m.SenderName,
		&m.SenderKind, &m.RecipientName, &m.Read, &m.Flag, &m.Reply, db.Time(&m.ReplyBy), &m.DueCode, db.Time(&m.Due), &m.Documents, &m.Size, db.Time(&m.Served),
		db.Time(&m.Answered), db.Time(&m.Forwarded), db.Time(&m.Done), &m.Thread, &m.Hidden, &m.hiddenAt, &m.Born, &m.Modseq, &m.Version, db.Time(&m.Updated))
	return m, err
}

// at is the first id that a message received at a moment can have: ids begin
// with the time in milliseconds.
func at(t time.Time) post.UUID {
	var id post.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(t.UnixMilli())<<16)
	return id
}

// timeOf is the moment that an id tells.
func timeOf(id post.UUID) time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(id[:8]) >> 16)).UTC()
}
