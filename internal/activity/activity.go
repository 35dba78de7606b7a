// Package activity shows the log of a mailbox: who did what, to which letter, when,
// on which platform and kind of device, on whose behalf and by which right (ACC-16).
//
// It owns no table: audit keeps the events, mailbox knows what the reader may see,
// and access decides whether they may read the log at all. What holds beyond that:
//
//   - An event about a letter is told to whoever may see the letter, and to nobody
//     else: not about private post on another platform, not about what the owner hides.
//   - Log-ins are told to who logs in, and to nobody else.
//   - Who looked the owner up, who was refused, who else has a right and what is hidden
//     is told to the owner, and in a company to those who administer its post or its
//     rights; to others only what is their own right.
//   - Who was refused is not named.
package activity

import (
	"context"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Log is the capability.
type Log struct {
	mailboxes *mailbox.Mailboxes
	registry  *registry.Registry
}

// New makes the capability.
func New(boxes *mailbox.Mailboxes, people *registry.Registry) *Log { return &Log{boxes, people} }

// Kind is what somebody is to the reader.
type Kind string

const (
	You      Kind = "you"
	Person   Kind = "person"
	Staff    Kind = "staff"    // at the counter; the party is their organisation
	Sender   Kind = "sender"   // of a letter, or a system's owner; without a party one whose letter is gone
	Program  Kind = "program"  // Digital Post itself
	Stranger Kind = "stranger" // somebody who was refused, and is not named
)

// Who is somebody, as the reader may know them.
type Who struct {
	Kind  Kind
	Party registry.Party
	Name  string
}

// Letter is a letter that something was done with.
type Letter struct {
	ID      post.UUID
	Subject string
	// Gone tells that it was deleted for good: it has no subject any more.
	Gone bool
	// MemoUUID is the letter's own id.
	MemoUUID post.UUID
}

// Folder is a folder that something was put into, or that was changed.
type Folder struct {
	Name string // "" for the four that every mailbox has
	Type mailbox.FolderType
}

// Entry is what happened, as the reader may know it.
type Entry struct {
	ID   post.UUID
	Time time.Time
	Name audit.Name
	Who  Who
	// Via is the right to the mailbox by which it was done, 0 where it was by none.
	Via access.Relation
	// OnBehalf tells that it was done for the owner.
	OnBehalf bool
	Platform post.Platform
	Device   post.Device
	// Letters are what it was done with, as many as are told of one by one; Count is
	// how many there were.
	Letters []Letter
	Count   int
	Folder  *Folder
	// Other is the other person or organisation that it is about: who got a right, to
	// whom a letter was forwarded.
	Other Who
	// Group is what the company's group of employees is called that it is about, "" for
	// one that is no more; nil where it is about none. Only who administers a company's
	// rights is told.
	Group *string
	// Change, Reason and Code are what the event says beside: see package audit.
	Change, Reason, Code string
	// Attempt says which action was refused, where that was one that the right did not
	// cover; "" where there was no right.
	Attempt string
}

// Query chooses of the log; what is left out chooses all.
type Query struct {
	// By is the party that did it, or whose staff did.
	By       post.UUID
	Staff    bool
	Kinds    []audit.Kind
	Name     audit.Name
	Platform post.Platform
	From, To time.Time
	// Letter asks for the history of one letter. It is NotFound where the reader may not
	// see it.
	Letter post.UUID
	// Before is the Next of the page before.
	Before post.UUID
	Offset int // entries to pass over
	Limit  int // at most MaxPage; 0 is 50
	// Apart gives each event an entry of its own; else what was done at once with many
	// letters is one.
	Apart bool
	// Count counts what is chosen, as far as so many.
	Count int
	// People asks also who can be asked for.
	People bool
}

// MaxPage is the largest page.
const MaxPage = 500

// MaxLetters is how many letters of an entry are told of one by one.
const MaxLetters = 20

// Page is a part of the log, the newest first.
type Page struct {
	Mailbox mailbox.Mailbox
	Entries []Entry
	// Next is the Before of the following page, nil where there is none. A page can be
	// shorter than asked for, where much is not for the reader.
	Next post.UUID
	// Total is how many were counted.
	Total int
	// People are those who can be asked for: the reader first.
	People []Who
	// Letter is the one whose history it is.
	Letter *Letter
	// Insider tells that the reader is told of rights, look-ups and refusals.
	Insider bool
}

// Page reads a part of the log.
func (l *Log) Page(ctx context.Context, actor post.Actor, box post.UUID, q Query) (Page, error) {
	var page Page
	err := l.mailboxes.Look(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		via, err := o.May(access.LogRead)
		if err != nil {
			return err
		}
		r := &reader{log: l, tx: tx, Opened: o, via: via}
		page = Page{Mailbox: o.Mailbox, Insider: r.insider()}
		if err := r.page(&page, q); err != nil || !q.People {
			return err
		}
		page.People, err = r.people(page.Entries)
		return err
	})
	return page, err
}

// Export reads the whole of what is chosen, an entry for each event, and is an event
// itself. The right is asked again all along.
func (l *Log) Export(ctx context.Context, actor post.Actor, box post.UUID, q Query, form string, each func(Page) error) error {
	err := l.mailboxes.Work(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		via, err := o.May(access.LogRead)
		if err == nil {
			o.Tell(audit.LogExported, via, post.UUID{}, audit.Prop{Key: audit.Change, Value: form})
		}
		return err
	})
	q.Apart, q.Limit, q.Count, q.People = true, MaxPage, 0, false
	for err == nil {
		var page Page
		if page, err = l.Page(ctx, actor, box, q); err != nil {
			break
		}
		if err = each(page); err != nil || page.Next == (post.UUID{}) {
			break
		}
		q.Before = page.Next
	}
	return err
}

var errNoLetter = errs.NotFound(access.CodeNotFound)
