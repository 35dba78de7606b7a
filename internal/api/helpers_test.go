package api_test

import (
	"fmt"
	"strings"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/api"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

// give lets somebody read anna's post.
func (s *stack) give(helper registry.Party, relation access.Relation) rights.Right {
	s.T.Helper()
	return s.Give(rights.Right{Mailbox: s.anna.ID, Holder: helper.ID, Relation: relation})
}

// What is written for another by the view API reaches the authority's system with who
// wrote it (MeMo 1.2, ACC-07), and with read access it is not written (ACC-06).
func TestClientWritesOnBehalf(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		s.receiver = s.System(s.town, registry.System{Receives: true, ByDefault: true, MemoVersion: "1.2"})
		s.delivered(nil)
		carl, dora := s.Person("Carl", 50, nil), s.Person("Dora", 50, nil)
		s.give(carl, access.Writer)
		s.give(dora, access.Reader)
		path := s.person(s.anna).mailbox()
		letter := path + "/messages/" + s.person(s.anna).messages("")[0]["id"].(string)
		s.person(dora).call("POST", letter+"/forward", s.toTown(), jsonType).is(t, 403, "access.not.covered")
		sent := s.person(carl).call("POST", letter+"/forward", s.toTown(), jsonType)
		if sent.is(t, 200, ""); sent.object(t)["messageState"] != "SENT" {
			t.Errorf("%s", sent.body)
		}
		system := s.system(s.receiver)
		ids := system.call("GET", "/memos/", nil).object(t)["content"].([]any)
		if len(ids) != 1 {
			t.Fatal(ids)
		}
		m, err := memo.Read(strings.NewReader(string(system.call("GET", "/memos/"+ids[0].(string), nil).body)), memo.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if rep := m.Header.Sender.Representative; m.Header.Sender.SenderID != s.Number(s.anna) || rep == nil || rep.RepresentativeID != s.Number(carl) || rep.Label != carl.Name {
			t.Errorf("from %s, written by %+v", m.Header.Sender.Label, rep)
		}
	})
}

// ACC-12: however many mailboxes somebody may open, all are listed, each with the
// access by which they may; a page reads on where the one before ended, also when a
// right has ended meanwhile.
func TestManyMailboxes(t *testing.T) {
	const many = 450
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		s.delivered(nil)
		bo := s.Person("Bo", 40, nil)
		given := map[string]rights.Right{s.box(s.anna): s.give(bo, access.Writer)}
		var records []registry.Record
		for i := 0; len(records) < many-1; i++ {
			number := fmt.Sprintf("%08d", 30_000_000+i)
			if _, err := post.ParseCVR(number); err == nil {
				records = append(records, registry.Record{Type: "organisation", CVR: number, Name: fmt.Sprintf("Selskab %04d", len(records)), Kind: "ApS"})
			}
		}
		s.Update(func(tx *db.Tx) error { return s.Registry.Save(tx, records) })
		for _, r := range records {
			var p registry.Party
			s.Update(func(tx *db.Tx) (err error) {
				cvr, _ := post.ParseCVR(r.CVR)
				p, err = s.Registry.OrganisationByCVR(tx, cvr)
				return err
			})
			given[s.box(p)] = s.Give(rights.Right{Mailbox: p.ID, Holder: bo.ID, Relation: access.Reader})
		}
		who := s.person(bo)
		listed := func(query string, end func(page int, last string)) map[string]string {
			seen := map[string]string{}
			next := "&next="
			for page := 0; next != ""; page++ {
				a := who.call("GET", "/mailboxes/?size=100"+query+strings.TrimSuffix(next, "&next="), nil)
				a.is(t, 200, "")
				o := a.object(t)
				for _, m := range a.list(t, "mailboxes") {
					id, way := m["id"].(string), m["access"].(map[string]any)
					if seen[id] != "" {
						t.Error("a mailbox is listed twice")
					}
					seen[id] = fmt.Sprint(way["accessType"], " ", way["privileges"])
					end(page, id)
				}
				next = ""
				if o["next"] != nil {
					next = "&next=" + o["next"].(string)
				}
			}
			return seen
		}
		all := listed("", func(int, string) {})
		if len(all) != many+1 || all[s.box(bo)] != "OWNER <nil>" || all[s.box(s.anna)] != "PARTY_REPRESENTATIVE [MESSAGE_BASIC MESSAGE_WRITE]" {
			t.Errorf("%d are listed, want %d; %q, %q", len(all), many+1, all[s.box(bo)], all[s.box(s.anna)])
		}
		if first := who.call("GET", "/mailboxes/?size=1", nil).list(t, "mailboxes")[0]; first["id"] != s.box(bo) {
			t.Error("one's own is not the first")
		}
		// A client that counts pages gets them all too.
		counted := map[string]bool{}
		for page := 0; page < (many+1+99)/100; page++ {
			for _, m := range who.call("GET", fmt.Sprintf("/mailboxes/?size=100&page=%d", page), nil).list(t, "mailboxes") {
				counted[m["id"].(string)] = true
			}
		}
		if len(counted) != many+1 {
			t.Errorf("%d are on the pages, want %d", len(counted), many+1)
		}
		// The right to what stood last, and to what stood before, ends between two pages,
		// and others are given: what one may open all along is listed once, as before.
		ended := map[string]bool{}
		var shown []string
		rest := listed("", func(page int, last string) {
			if shown = append(shown, last); page != 2 || len(shown)%100 != 0 {
				return
			}
			for range 3 {
				s.Give(rights.Right{Mailbox: s.Company("Ny ApS").ID, Holder: bo.ID, Relation: access.Reader})
			}
			for _, id := range []string{last, shown[50]} {
				ended[id] = true
				s.Update(func(tx *db.Tx) error {
					_, err := s.Rights.End(tx, post.Program, access.Owner, given[id].ID, 0)
					return err
				})
			}
		})
		for id := range all {
			if rest[id] == "" {
				t.Error("a mailbox is left out while rights to others begin and end")
			}
		}
		if len(rest) < many+1 || len(rest) > many+4 || len(ended) != 2 {
			t.Errorf("%d are listed while %d rights end", len(rest), len(ended))
		}
		left := listed("", func(int, string) {})
		for id := range ended {
			if left[id] != "" {
				t.Error("a mailbox is listed whose right has ended")
			}
			who.call("GET", "/mailboxes/"+id, nil).is(t, 404, "not.found")
		}
		if len(left) != many-1+3 {
			t.Errorf("%d are left", len(left))
		}
		who.call("GET", "/mailboxes/?next=x", nil).is(t, 400, api.CodeParameter)
		if a := who.call("GET", "/mailboxes/messages/unread/exists/?ownerIdType=CPR&ownerId="+s.Number(s.anna), nil); a.object(t)["unreadRegularMessagesExist"] != true {
			t.Errorf("%s", a.body)
		}
		if a := who.call("GET", "/mailboxes/messages/unread/exists/?ownerIdType=CVR&ownerId="+records[400].CVR, nil); a.object(t)["unreadRegularMessagesExist"] != false {
			t.Errorf("%s", a.body)
		}
	})
}

// box is the id of somebody's own mailbox.
func (s *stack) box(p registry.Party) string {
	s.T.Helper()
	box, err := s.Mailboxes.Enter(s.T.Context(), world.Actor(p))
	if err != nil {
		s.T.Fatal(err)
	}
	return box.UUID.String()
}
