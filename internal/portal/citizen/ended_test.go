package citizen_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

// ending is a mailbox whose owner ends a reader's right while a page is made.
type ending struct {
	*other
	reader *somebody
	right  rights.Right
	end    func(rights.Right) // in this process or in another
}

func (s *stack) ending() *ending {
	o := s.other(post.PlatformBorger)
	e := &ending{other: o, reader: o.people[slices.IndexFunc(o.people, func(p *somebody) bool { return p.relation == access.Reader })]}
	s.Update(func(tx *db.Tx) error {
		all, err := s.Rights.Of(tx, e.reader.actor.Party, 0)
		e.right = all[0]
		return err
	})
	second := testkit.Second(s.t, s.DB) // as another process would
	second.Now = s.Clock.Now
	e.end = func(right rights.Right) {
		err := second.Update(s.t.Context(), func(tx *db.Tx) error {
			_, err := s.Rights.End(tx, o.maker, access.Owner, right.ID, 0)
			return err
		})
		if err != nil {
			s.t.Error(err)
		}
	}
	return e
}

// again gives the right anew.
func (e *ending) again() {
	e.t.Helper()
	right := e.right
	e.Update(func(tx *db.Tx) error {
		if all, err := e.Rights.Of(tx, right.Holder, 0); err != nil || len(all) > 0 {
			e.right = all[0]
			return err
		}
		var err error
		e.right, err = e.Rights.Give(tx, e.maker, access.Owner, rights.Right{Mailbox: right.Mailbox, Holder: right.Holder, Relation: right.Relation})
		return err
	})
}

// A page that was asked for while the right held shows nothing when the right ends
// before the page is sent: at whichever moment until then (ACC-10).
func TestEndedRightShowsNoPageUnderWay(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		e := newStackOn(t, d, base, documents).ending()
		moments := 0
		for _, row := range pageRows {
			method, pattern, _ := strings.Cut(row.pattern, " ")
			if method != http.MethodGet || row.gone || !e.allowed(e.reader, row) || strings.Contains(pattern, "haendelser") {
				continue
			}
			for at := 1; ; at++ {
				e.again()
				r := httptest.NewRequest(method, base+"/postkasse/"+e.box.String()+e.fill(pattern)+"?"+row.query, nil)
				r.AddCookie(e.reader.cookie)
				n, ended, headed := 0, false, false
				w := &hooked{ResponseRecorder: httptest.NewRecorder()}
				w.begun = func() { headed = true }
				w.headed = func() {
					if n++; n == at && !headed {
						ended = true
						e.end(e.right)
					}
				}
				func() {
					defer func() { recover() }() // an answer that is broken off
					e.pages.ServeHTTP(w, r)
				}()
				if !ended {
					break // the answer had begun
				}
				moments++
				text := w.Body.String()
				if w.Code != http.StatusNotFound && w.Code != http.StatusForbidden || strings.Contains(text, theSubject) || strings.Contains(text, theName) {
					t.Fatalf("%s: the right ended at moment %d before the answer, which is %d:\n%s", row.pattern, at, w.Code, text)
				}
			}
		}
		if moments < 50 {
			t.Errorf("the right ended at %d moments only", moments)
		}
	})
}

// What is being sent stops when the right ends, a document as well as all of a letter's
// (ACC-10).
func TestEndedRightStopsWhatIsBeingSent(t *testing.T) {
	const size, most = 8 << 20, 1 << 20
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		e := newStackOn(t, d, base, documents).ending()
		noise := make([]byte, size)
		for i, state := 0, uint32(1); i < size; i++ { // does not compress
			state = state*1664525 + 1013904223
			noise[i] = byte(state >> 24)
		}
		uuid := e.Deliver(e.authority, e.owner, func(m *memo.Message) {
			m.Body.MainDocument.Files = []*memo.File{{EncodingFormat: "application/pdf", Filename: "stor.pdf", Language: "da", Content: append([]byte("%PDF-1.7\n"), noise...)}}
		})
		e.Update(func(tx *db.Tx) error {
			return tx.QueryRow("SELECT id FROM message WHERE mailbox = $1 AND memo = $2", e.owner.ID, uuid).Scan(&e.message)
		})
		for _, path := range []string{"/post/{message}/dokument/0/0", "/post/{message}/alle.zip"} {
			e.again()
			r := httptest.NewRequest(http.MethodGet, base+"/postkasse/"+e.box.String()+e.fill(path), nil)
			r.AddCookie(e.reader.cookie)
			w := &hooked{ResponseRecorder: httptest.NewRecorder()}
			w.begun = func() {
				if w.Code == http.StatusOK {
					e.end(e.right)
				}
			}
			func() {
				defer func() { recover() }()
				e.pages.ServeHTTP(w, r)
			}()
			if w.Code != http.StatusOK || w.Body.Len() > most {
				t.Errorf("%s: %d, and %d bytes were sent after the right had ended", path, w.Code, w.Body.Len())
			}
		}
	})
}
