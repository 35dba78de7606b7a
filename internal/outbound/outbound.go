// Package outbound hands things out of the house. To other organisations'
// systems: business receipts to the systems that sent letters, and letters to the
// systems that receive for an organisation. Either is fetched by the system
// (pull) or posted to its endpoint (push). To people: letters that are forwarded
// to an e-mail address, through a relay (email.go).
//
// It owns receipt, waiting_letter, refused_letter, system_failure and email. Whether
// something may leave is its callers' to know.
//
// What waits is removed when it was handed over: a receipt when the endpoint
// took it or the system deleted it, a letter when the system gave a receipt for
// it or deleted it. Between a call and its record the program may be killed; then
// the call is made again. So everything arrives at least once, and receivers
// tell doubles by messageUUID.
//
// Receipts are pushed in the order they arose, letters in the order of arrival
// except that one which failed goes to the back. Each system has one job for each
// of the two, and each run of it is bounded, so that nobody waits behind another
// system's bad endpoint. What waits for a push can be fetched as well.
package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"sync"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/keys"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Systems is what outbound asks the registry.
type Systems interface {
	System(tx *db.Tx, id post.SystemID) (registry.System, error)
	// SwitchOff ends a recipient system's activity now, and records that the
	// program did it because nothing could be delivered for 7 days.
	SwitchOff(tx *db.Tx, id post.SystemID) error
	Party(tx *db.Tx, id post.PartyID) (registry.Party, error)
}

// Letters renders letters.
type Letters interface {
	// WriteMemo writes the XML of a message in a MeMo version, "1.1" or "1.2". It
	// answers NotFound, before it writes, where the message is no more.
	WriteMemo(ctx context.Context, w io.Writer, mailbox post.PartyID, message post.UUID, version string) error
	// Outgoing opens a message with its files; LookOutgoing tells about them in a
	// transaction. Both answer NotFound where the message is no more.
	Outgoing(ctx context.Context, mailbox post.PartyID, message post.UUID) (*mailbox.Outgoing, error)
	LookOutgoing(tx *db.Tx, mailbox post.PartyID, message post.UUID) (*mailbox.Outgoing, error)
	// ViewOf tells what somebody may do in a mailbox now.
	ViewOf(tx *db.Tx, mailbox post.PartyID) (mailbox.View, error)
}

// Config is what an Outbound stands on.
type Config struct {
	DB      *db.DB
	Keys    *keys.Ring
	Systems Systems
	Letters Letters
	Log     *slog.Logger // nil is slog.Default
	// AllowInternal lets endpoints lie on internal addresses, and on http at the
	// machine itself. Only localserve sets it.
	AllowInternal bool
	Roots         *x509.CertPool   // whose certificates endpoints may have; nil is the machine's own list
	Certificate   *tls.Certificate // what we show of ourselves; nil is nothing
	// KeepIdle leaves systems on that fetch nothing. Only localserve sets it, where
	// nobody may be there to fetch.
	KeepIdle bool
	// Mail is where e-mails are handed to; nil sends none.
	Mail *Relay
}

// Outbound is the capability.
type Outbound struct {
	db            *db.DB
	keys          *keys.Ring
	systems       Systems
	letters       Letters
	log           *slog.Logger
	client        *client
	allowInternal bool
	keepIdle      bool
	runTime       time.Duration
	woken         sync.Map // sending job's key -> time.Time, see wake
	mail          *Relay
	announcer     Announcer
	progress      Progress
}

// New makes the capability on a migrated database.
func New(c Config) *Outbound {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Outbound{db: c.DB, keys: c.Keys, mail: c.Mail, systems: c.Systems, letters: c.Letters, log: c.Log,
		client: newClient(c), allowInternal: c.AllowInternal, keepIdle: c.KeepIdle, runTime: runTime, progress: untold{}}
}

// SetAnnouncer says what tells mailboxes of failures. It comes before any job
// runs: whoever writes letters stands above this package.
func (o *Outbound) SetAnnouncer(a Announcer) { o.announcer = a }
