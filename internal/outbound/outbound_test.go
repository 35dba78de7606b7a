package outbound

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/jobs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
)

// outside is the world around the capability: systems, letters, a clock.
type outside struct {
	*Outbound
	t       *testing.T
	clock   *testkit.Clock
	runner  *jobs.Runner
	roots   *x509.CertPool
	mu      sync.Mutex
	systems map[post.SystemID]registry.System
	letters map[post.UUID]string // XML by message
}

// start makes a capability that may call the test's own servers.
func start(t *testing.T, d *db.DB) *outside {
	w := &outside{t: t, clock: testkit.NewClock(), roots: x509.NewCertPool(), systems: map[post.SystemID]registry.System{}, letters: map[post.UUID]string{}}
	d.Now = w.clock.Now
	w.Outbound = New(Config{DB: d, Systems: w, Letters: w, Log: slog.New(slog.DiscardHandler), AllowInternal: true, Roots: w.roots})
	w.runner = jobs.NewRunner(d, w.log, jobs.Options{Queues: map[string]int{jobs.Default: 1, ReceiptQueue: 4, LetterQueue: 4}})
	w.Register(w.runner)
	return w
}

// work has everything run that is due.
func (w *outside) work() {
	w.t.Helper()
	if _, err := w.runner.RunDue(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *outside) System(_ *db.Tx, id post.SystemID) (registry.System, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s, ok := w.systems[id]; ok {
		return s, nil
	}
	return registry.System{}, errs.NotFound(registry.CodeSystemUnknown)
}

func (w *outside) Party(*db.Tx, post.PartyID) (registry.Party, error) { return registry.Party{}, nil }

func (w *outside) SwitchOff(tx *db.Tx, id post.SystemID) error {
	w.change(id, func(s *registry.System) { s.ActiveTo = tx.Now })
	return nil
}

func (w *outside) change(id post.SystemID, how func(*registry.System)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.systems[id]
	how(&s)
	w.systems[id] = s
}

func (w *outside) WriteMemo(_ context.Context, out io.Writer, _ post.PartyID, message post.UUID, version string) error {
	xml, ok := w.letters[message]
	switch {
	case !ok:
		return errs.NotFound("message.not.found")
	case xml == "damaged":
		return errors.New("the letter is damaged")
	}
	_, err := io.WriteString(out, `<memo version="`+version+`">`+xml+`</memo>`)
	return err
}

func (w *outside) Outgoing(context.Context, post.PartyID, post.UUID) (*mailbox.Outgoing, error) {
	return nil, errs.NotFound("message.not.found") // these tests send no e-mail
}

func (w *outside) LookOutgoing(*db.Tx, post.PartyID, post.UUID) (*mailbox.Outgoing, error) {
	return nil, errs.NotFound("message.not.found")
}

func (w *outside) ViewOf(*db.Tx, post.PartyID) (mailbox.View, error) {
	return mailbox.View{}, errs.NotFound("message.not.found")
}

// add registers a system.
func (w *outside) add(id post.SystemID, s registry.System) registry.System {
	s.ID, s.UUID, s.MemoVersion = id, post.NewUUID(), "1.1"
	w.change(id, func(old *registry.System) { *old = s })
	return s
}

// endpoint is a server of another organisation.
func (w *outside) endpoint(handler http.HandlerFunc) *httptest.Server {
	server := httptest.NewTLSServer(handler)
	w.t.Cleanup(server.Close)
	w.roots.AddCert(server.Certificate())
	return server
}

func (w *outside) update(fn func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.db.Update(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *outside) read(fn func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.db.Read(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// receipts adds n receipts for a system and returns them.
func (w *outside) receipts(system post.SystemID, n int) []Receipt {
	all := make([]Receipt, n)
	w.update(func(tx *db.Tx) error {
		for i := range all {
			all[i] = Receipt{ID: tx.NewID(), System: system, Transmission: post.NewUUID(), MessageUUID: post.NewUUID(), Status: Completed, At: tx.Now}
		}
		var b db.Batch
		if err := w.AddReceipts(tx, &b, map[post.SystemID]bool{system: true}, all...); err != nil {
			return err
		}
		return tx.Run(&b)
	})
	return all
}

// waiting is the ids of the receipts that wait for a system.
func (w *outside) waiting(system post.SystemID) []post.UUID {
	var p Page[post.UUID]
	w.read(func(tx *db.Tx) (err error) {
		p, err = w.Receipts(tx, system, 0, MaxPageSize)
		return err
	})
	return p.Content
}

func (w *outside) failures() []Failure {
	var all []Failure
	w.read(func(tx *db.Tx) (err error) {
		all, err = w.Failures(tx)
		return err
	})
	return all
}

// events counts the events of a name.
func (w *outside) events(name audit.Name) int {
	var n int
	w.read(func(tx *db.Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM event WHERE name = $1", string(name)).Scan(&n)
	})
	return n
}

// inbox remembers what an endpoint got, in order.
type inbox struct {
	mu     sync.Mutex
	status int // what it answers, 0 is 200
	got    []post.UUID
}

func (in *inbox) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	in.mu.Lock()
	defer in.mu.Unlock()
	var receipt Receipt
	if err := json.NewDecoder(r.Body).Decode(&receipt); err != nil || r.Header.Get("Content-Type") != "application/json" {
		out.WriteHeader(http.StatusUnsupportedMediaType)
		return
	}
	in.got = append(in.got, receipt.MessageUUID)
	if in.status != 0 {
		out.WriteHeader(in.status)
	}
}

func (in *inbox) answer(status int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.status = status
}

func (in *inbox) all() []post.UUID {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.Clone(in.got)
}

func messages(receipts []Receipt) []post.UUID {
	var all []post.UUID
	for _, r := range receipts {
		all = append(all, r.MessageUUID)
	}
	return all
}

func wantKind(t *testing.T, err error, kind errs.Kind) {
	t.Helper()
	if errs.KindOf(err) != kind || err == nil {
		t.Errorf("got error %v, want %v", err, kind)
	}
}

const day = 24 * time.Hour
