package intake_test

import (
	"archive/tar"
	"bytes"
	"io"
	"testing"

	"github.com/ulikunitz/xz/lzma"

	"digitalpost/internal/db"
	"digitalpost/internal/intake"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

// testContainer is a mass mailing being written.
type testContainer struct {
	t   testing.TB
	out bytes.Buffer
	w   *memo.ContainerWriter
}

func newContainer(t testing.TB) *testContainer {
	c := &testContainer{t: t}
	var err error
	if c.w, err = memo.NewContainerWriter(&c.out); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *testContainer) add(id post.UUID, xml string) {
	c.t.Helper()
	entry, err := c.w.Create(id, int64(len(xml)))
	if err == nil {
		_, err = io.WriteString(entry, xml)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *testContainer) close() *bytes.Buffer {
	c.t.Helper()
	if err := c.w.Close(); err != nil {
		c.t.Fatal(err)
	}
	return &c.out
}

// mass hands in a container and delivers it.
func (w *world) mass(t testing.TB, body io.Reader) outbound.Receipt {
	t.Helper()
	answer, err := w.intake.AcceptContainer(t.Context(), w.system, body)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// outcomes is what the sender is told of each letter, by messageUUID.
func (w *world) outcomes(t testing.TB) map[post.UUID][]outbound.Receipt {
	t.Helper()
	all := map[post.UUID][]outbound.Receipt{}
	for _, r := range w.receipts(t) {
		all[r.MessageUUID] = append(all[r.MessageUUID], r)
	}
	return all
}

// Every entry of a container has one outcome.
func TestEntries(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		twice, misnamed, unreadable, foreign := post.NewUUID(), post.NewUUID(), post.NewUUID(), post.NewUUID()
		c := newContainer(t)
		letter := letterXML(twice, citizenCPR, "", []byte("to gange"))
		c.add(twice, letter)
		c.add(twice, letter)
		c.add(misnamed, letterXML(post.NewUUID(), citizenCPR, "", []byte("et andet navn"))) // facts 1.7
		c.add(unreadable, "ikke et brev")
		c.add(foreign, replaceCVR(letterXML(foreign, citizenCPR, "", []byte("en andens"))))
		answer := w.mass(t, c.close())
		// The program is killed twice on the way, and each time begins again.
		for _, recorded := range []bool{false, true} {
			if err := w.intake.Killed(t.Context(), answer.Transmission, recorded); err != nil && err != io.EOF {
				t.Fatal(err)
			}
		}
		run(t, w)
		got := w.outcomes(t)
		for id, want := range map[post.UUID]struct {
			status outbound.Status
			code   string
		}{
			twice:      {outbound.Completed, ""},
			misnamed:   {outbound.Invalid, intake.CodeUUIDMismatch},
			unreadable: {outbound.Invalid, memo.CodeInvalid},
			foreign:    {outbound.NotAllowed, intake.CodeSender},
		} {
			r := got[id]
			if len(r) != 1 || r[0].Status != want.status || r[0].Code != want.code || r[0].Transmission != answer.Transmission {
				t.Errorf("want %v, got %+v", want, r)
			}
		}
		if n := len(w.inbox(t, w.citizen)); n != 1 || len(got) != 4 {
			t.Errorf("%d letters, %d receipts", n, len(got))
		}
	})
}

// A container that is cut off, in its stream or in the archive: the letters that
// could be read whole are delivered, one receipt says that the rest is missing, and
// the whole container sent after it delivers the others.
func TestContainerCutOff(t *testing.T) {
	const n = 40
	var archive bytes.Buffer
	entries := tar.NewWriter(&archive)
	for range n {
		id := post.NewUUID()
		xml := letterXML(id, citizenCPR, "", bytes.Repeat(id[:], 200))
		if err := entries.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: id.String() + ".xml", Mode: 0o600, Size: int64(len(xml))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(entries, xml); err != nil {
			t.Fatal(err)
		}
	}
	if err := entries.Close(); err != nil {
		t.Fatal(err)
	}
	pack := func(archive []byte) []byte {
		var out bytes.Buffer
		w, err := lzma.WriterConfig{EOSMarker: true}.NewWriter(&out)
		if err == nil {
			_, err = w.Write(archive)
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	whole := pack(archive.Bytes())
	w := newWorld(t, testkit.SQLite(t))
	for name, c := range map[string]struct {
		body  []byte
		least int // letters that came whole
	}{
		"in the header":      {whole[:10], 0},
		"in the stream":      {whole[:len(whole)*3/4], 0}, // the reader unpacks 128 MiB before it gives a byte
		"before the end":     {whole[:len(whole)-2], 0},
		"in a letter":        {pack(archive.Bytes()[:archive.Len()*3/4]), n*3/4 - 1},
		"in the first":       {pack(archive.Bytes()[:1000]), 0},
		"in the last header": {pack(archive.Bytes()[:archive.Len()-1024-4500]), n - 1},
	} {
		answer := w.mass(t, bytes.NewReader(c.body))
		run(t, w)
		var failures []outbound.Receipt
		for _, r := range w.receipts(t) {
			if r.Transmission == answer.Transmission && r.Status != outbound.Completed {
				failures = append(failures, r)
			}
		}
		if len(failures) != 1 || failures[0].Code != memo.CodeContainerInvalid || failures[0].MessageUUID != (post.UUID{}) {
			t.Errorf("%s: receipts %+v", name, failures)
		}
		if now := len(w.inbox(t, w.citizen)); now < c.least {
			t.Errorf("%s: %d letters, %d came whole", name, now, c.least)
		}
	}
	w.mass(t, bytes.NewReader(whole))
	run(t, w)
	completed := 0
	for _, r := range w.receipts(t) {
		if r.Status == outbound.Completed {
			completed++
		}
	}
	if now := len(w.inbox(t, w.citizen)); now != n || completed != n {
		t.Errorf("%d letters and %d receipts of %d", now, completed, n)
	}
}

// A system that gets a new key while its mailing waits is still the one that sent
// it; one that is switched off is not.
func TestSystemChangesWhileItsMailingWaits(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*world, *db.Tx) error
		want   outbound.Status
		code   string
	}{
		"a new key":    {func(w *world, tx *db.Tx) error { _, err := w.registry.RenewKey(tx, w.system.ID); return err }, outbound.Completed, ""},
		"switched off": {func(w *world, tx *db.Tx) error { return w.registry.SwitchOff(tx, w.system.ID) }, outbound.NotAllowed, registry.CodeSystemInactive},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, testkit.SQLite(t))
			c2 := newContainer(t)
			id := post.NewUUID()
			c2.add(id, letterXML(id, citizenCPR, "", []byte("x")))
			w.mass(t, c2.close())
			if err := w.db.Update(t.Context(), func(tx *db.Tx) error { return c.change(w, tx) }); err != nil {
				t.Fatal(err)
			}
			run(t, w)
			if r := w.outcomes(t)[id]; len(r) != 1 || r[0].Status != c.want || r[0].Code != c.code {
				t.Errorf("%+v", r)
			}
		})
	}
}
