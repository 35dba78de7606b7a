package audit_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/testkit"
)

const clerk, municipality post.PartyID = 70, 700

// mixed writes n events of all sorts in two mailboxes, and returns Anna's, the newest first.
func mixed(t *testing.T, d *db.DB, clock *testkit.Clock, n int) []audit.Event {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	actors := []post.Actor{
		{Party: anna, Platform: post.PlatformBorger},
		{Party: anna, Platform: post.PlatformMit},
		{Party: bent, Platform: post.PlatformApp},
		{Party: clerk, Organisation: municipality, Platform: post.PlatformStaff},
		{System: 3, Organisation: 31},
		post.Program,
	}
	names := []audit.Name{audit.MessageRead, audit.MessageMoved, audit.MessageDeleted, audit.PrivilegesGranted, audit.LogIn, audit.CPRLookedUp, audit.AccessRefused, audit.MemoSendReadyForFetch}
	var messages []post.UUID // what happens is mostly about the first
	var all []audit.Event
	for len(all) < n {
		clock.Advance(time.Second)
		update(t, d, func(tx *db.Tx) error {
			all = slices.Clip(all)
			group := make([]audit.Event, 1+r.IntN(3))
			for i := range group {
				e := audit.Event{Name: names[r.IntN(len(names))], Mailbox: anna, Actor: actors[r.IntN(len(actors))]}
				switch {
				case len(messages) == 0 || r.IntN(3) == 0:
					messages = append(messages, tx.NewID())
					e = audit.Event{Name: audit.MemoAvailableToRecipient, Mailbox: anna, Actor: actors[4], Message: messages[len(messages)-1]}
				case r.IntN(2) == 0:
					e.Message = messages[min(r.IntN(len(messages)), r.IntN(4))]
				}
				if r.IntN(4) == 0 {
					e.Mailbox = bent
				}
				group[i] = e
			}
			for _, e := range group {
				if e.Mailbox == anna {
					all = append(all, e)
				}
			}
			return audit.Append(tx, group...)
		})
	}
	slices.Reverse(all)
	return all
}

// ACC-16: the log is looked through by person, kind, letter, platform and period.
func TestALogIsLookedThrough(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		clock := testkit.NewClock()
		d.Now = clock.Now
		begun := clock.Now()
		all := mixed(t, d, clock, 300)
		var whole []audit.Record
		verify := func(when string) {
			t.Helper()
			whole = read(t, d, anna, post.UUID{}, 1000)
			if len(whole) != len(all) {
				t.Fatalf("%s: %d of %d", when, len(whole), len(all))
			}
			messages := []post.UUID{{}, whole[slices.IndexFunc(whole, func(r audit.Record) bool { return r.Name == audit.MessageMoved && r.Message != (post.UUID{}) })].Message, whole[299].Message}
			tried, found := 0, 0
			for _, by := range []audit.Doer{0, audit.Person(anna), audit.Person(bent), audit.StaffOf(municipality), audit.Person(clerk)} {
				for _, kinds := range [][]audit.Kind{nil, {audit.KindArrived}, {audit.KindRead}, {audit.KindRights, audit.KindLogIns, audit.KindArrived}, {audit.KindRefused, audit.KindTechnical}, {}} {
					for _, message := range messages {
						for _, platform := range []post.Platform{"", post.PlatformBorger} {
							for _, from := range []time.Time{{}, begun.Add(40 * time.Second)} {
								for _, to := range []time.Time{{}, begun.Add(80 * time.Second)} {
									q := audit.Query{Mailbox: anna, By: by, Kinds: kinds, Message: message, Platform: platform, From: from, To: to}
									want := slices.Clone(whole)
									want = slices.DeleteFunc(want, func(r audit.Record) bool {
										return kinds != nil && !slices.Contains(kinds, r.Name.Kind()) || by != 0 && r.Doer() != by ||
											message != (post.UUID{}) && r.Message != message || platform != "" && r.Actor.Platform != platform ||
											!from.IsZero() && r.Time.Before(from) || !to.IsZero() && !r.Time.Before(to)
									})
									got := inPages(t, d, q, 1+len(want)/2)
									if fmt.Sprint(ids(got)) != fmt.Sprint(ids(want)) {
										t.Fatalf("%s: %+v\nfound %v\n want %v", when, q, ids(got), ids(want))
									}
									tried, found = tried+1, found+len(got)
								}
							}
						}
					}
				}
			}
			if tried < 700 || found < 2500 {
				t.Errorf("only %d events in %d", found, tried)
			}
			for _, limit := range []int{3, 1000} {
				ofMessages(t, d, when, whole, limit)
			}
			err := d.Read(t.Context(), func(tx *db.Tx) error {
				who, err := audit.Doers(tx, anna, 10)
				if want := []audit.Doer{audit.StaffOf(municipality), audit.Person(anna), audit.Person(bent)}; !slices.Equal(who, want) {
					t.Errorf("%s: done by %v", when, who)
				}
				if some, err := audit.Doers(tx, anna, 2); err != nil || len(some) != 2 {
					t.Errorf("%s: %v %v", when, some, err)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
			if found := problems(t, d); found != nil {
				t.Errorf("%s: %v", when, found)
			}
		}
		verify("before any indexing")
		index(t, d, 150)
		verify("while indexing")
		for index(t, d, 1000) > 0 {
		}
		verify("indexed")
	})
}

// ofMessages wants one look at many messages to tell what the whole log does.
func ofMessages(t *testing.T, d *db.DB, when string, whole []audit.Record, limit int) {
	t.Helper()
	want := map[post.UUID][]audit.Record{}
	for _, r := range whole {
		if all := want[r.Message]; r.Message != (post.UUID{}) && len(all) < limit {
			want[r.Message] = append(all, r)
		}
	}
	messages := slices.SortedFunc(maps.Keys(want), func(a, b post.UUID) int { return bytes.Compare(a[:], b[:]) })
	for _, some := range [][]post.UUID{messages, messages[:4], messages[10:20], messages[len(messages)-1:], nil} {
		var got map[post.UUID][]audit.Record
		err := d.Read(t.Context(), func(tx *db.Tx) (err error) { got, err = audit.OfMessages(tx, anna, some, limit); return err })
		if err != nil || len(got) != len(some) {
			t.Fatal(when, len(got), "of", len(some), err)
		}
		for id, events := range got {
			if !slices.Equal(ids(events), ids(want[id])) {
				t.Errorf("%s: %v of a message, want %v", when, ids(events), ids(want[id]))
			}
		}
	}
}

func inPages(t *testing.T, d *db.DB, q audit.Query, size int) (all []audit.Record) {
	t.Helper()
	q.Limit = size
	for {
		var page []audit.Record
		err := d.Read(t.Context(), func(tx *db.Tx) (err error) { page, err = audit.Find(tx, q); return err })
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page...)
		if len(page) < size {
			return all
		}
		q.Before = page[len(page)-1].ID
	}
}

func ids(all []audit.Record) (out []string) {
	for _, r := range all {
		out = append(out, r.ID.String()[9:18])
	}
	return out
}

func TestCheckFindsALogThatWasTamperedWith(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		clock := testkit.NewClock()
		d.Now = clock.Now
		mixed(t, d, clock, 5)
		for index(t, d, 1000) > 0 {
		}
		for _, set := range []string{"kind = 8", "doer = 99", "platform = 'eboks'"} {
			update(t, d, func(tx *db.Tx) error {
				_, err := tx.Exec("UPDATE event_mailbox SET " + set + " WHERE event = (SELECT event FROM event_mailbox ORDER BY event LIMIT 1)")
				return err
			})
			if len(problems(t, d)) == 0 {
				t.Errorf("%s is not found", set)
			}
			update(t, d, func(tx *db.Tx) error {
				if _, err := tx.Exec("DELETE FROM event_mailbox"); err != nil {
					return err
				}
				_, err := tx.Exec("UPDATE event_index SET seen = $1, sure = $1", make([]byte, 16))
				return err
			})
			for index(t, d, 1000) > 0 {
			}
		}
	})
}
