package mailbox

import (
	"context"
	"errors"
	"sync"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// errUnserved says that a court summons has to be served before its bytes are
// shown.
var errUnserved = errors.New("a court summons that has not been served")

// Content is a file's bytes. It outlives the transaction that opened it; close it.
// Somebody else than the owner reads on only as long as they may: each piece is asked
// for anew, so that what is being sent stops when the right ends (ACC-10).
type Content struct {
	*blob.Reader
	may func() error // nil for the owner
}

// Read implements io.Reader.
func (c *Content) Read(p []byte) (int, error) {
	if err := c.Still(); err != nil {
		return 0, err
	}
	return c.Reader.Read(p)
}

// Still tells whether the asker may still read it.
func (c *Content) Still() error {
	if c.may == nil {
		return nil
	}
	return c.may()
}

// Content opens a file's bytes. A court summons is served by it (SND-08).
func (m *Mailboxes) Content(ctx context.Context, actor post.Actor, mailbox, message post.UUID, document, place int) (File, *Content, error) {
	var file File
	var box Mailbox
	reader := &Content{}
	content := func(tx *db.Tx) error {
		v, f, err := m.message(tx, actor, mailbox, message, access.MessageRead)
		if err != nil {
			return err
		}
		if file, err = m.file(tx, v, f, document, place); err != nil {
			return err
		}
		if f.Unserved() {
			return errUnserved
		}
		if f.via != access.Owner {
			reader.may = func() error { return m.still(ctx, actor, mailbox, message) }
		}
		box = v.mailbox(access.Decision{Via: f.via, Grant: f.grant}, tx.Now)
		reader.Reader, err = m.blobs.Open(tx, file.Blob, file.Key)
		return err
	}
	err := m.read(ctx, content)
	if errors.Is(err, errUnserved) {
		if err = m.serve(ctx, actor, mailbox, message); err == nil {
			err = m.read(ctx, content)
		}
	}
	if err == nil {
		if err = m.readAgain(ctx, actor, box, message, audit.DocumentDownloaded); err != nil {
			reader.Close()
		}
	}
	return file, reader, err
}

func (m *Mailboxes) serve(ctx context.Context, actor post.Actor, mailbox, message post.UUID) error {
	return m.update(ctx, func(tx *db.Tx) error {
		v, f, err := m.message(tx, actor, mailbox, message, access.MessageRead)
		if err != nil {
			return err
		}
		all := v.changes(m, tx)
		if err := all.apply(&f, Change{opens: true}); err != nil {
			return err
		}
		return all.write()
	})
}

// still tells whether somebody may still read a message.
func (m *Mailboxes) still(ctx context.Context, actor post.Actor, mailbox, message post.UUID) error {
	return m.db.Read(ctx, func(tx *db.Tx) error {
		_, _, err := m.message(tx, actor, mailbox, message, access.MessageRead)
		return err
	})
}

// Still tells whether somebody may still see a mailbox. An edge asks it when its
// answer is ready and not yet sent: the right may have ended meanwhile. Nobody ends an
// owner's right to what is theirs, so of them nothing is asked.
func (m *Mailboxes) Still(ctx context.Context, actor post.Actor, mailbox post.UUID) error {
	if actor.Organisation == 0 && m.owners.has(actor.Party, mailbox) {
		return nil
	}
	return m.db.Read(ctx, func(tx *db.Tx) error {
		_, _, err := m.see(tx, actor, mailbox)
		return err
	})
}

// owners are the mailboxes of those who asked for their own lately. It is whose they
// are, which never changes, and no right.
type owners struct {
	mu  sync.RWMutex
	own map[post.PartyID]post.UUID
}

// mostOwners is how many are remembered: more than have an answer under way at once.
const mostOwners = 10_000

func (o *owners) has(owner post.PartyID, mailbox post.UUID) bool {
	o.mu.RLock()
	defer o.mu.RUnlock()
	own, known := o.own[owner]
	return known && own == mailbox
}

func (o *owners) note(owner post.PartyID, mailbox post.UUID) {
	if o.has(owner, mailbox) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.own == nil || len(o.own) >= mostOwners {
		o.own = make(map[post.PartyID]post.UUID)
	}
	o.own[owner] = mailbox
}
