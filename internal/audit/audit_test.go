package audit_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/testkit"
)

const anna, bent post.PartyID = 7, 8

var citizen = post.Actor{Party: anna, Platform: post.PlatformBorger, Assurance: post.AssuranceHigh, Session: "s1"}

func update(t *testing.T, d *db.DB, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// read opens a mailbox's log as far as limit allows.
func read(t *testing.T, d *db.DB, mailbox post.PartyID, before post.UUID, limit int) (log []audit.Record) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
		log, err = audit.Find(tx, audit.Query{Mailbox: mailbox, Before: before, Limit: limit})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// counts lists the "count" properties of a log: the tests number events by it.
func counts(log []audit.Record) string {
	var all []string
	for _, r := range log {
		all = append(all, r.Props[0].Value)
	}
	return strings.Join(all, " ")
}

func numbered(mailbox post.PartyID, n int) audit.Event {
	return audit.Event{Name: audit.MessageRead, Mailbox: mailbox, Actor: citizen, Via: "owner",
		Props: []audit.Prop{audit.Number(audit.Count, n)}}
}

func index(t *testing.T, d *db.DB, limit int) (n int) {
	t.Helper()
	update(t, d, func(tx *db.Tx) (err error) { n, err = audit.Index(tx, limit); return err })
	return n
}

func problems(t *testing.T, d *db.DB) (found []string) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		return audit.Check(tx, func(p string) { found = append(found, p) })
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// ACC-16: who did what, when, on which platform, on whose behalf.
func TestAnEventIsReadAsItWasWritten(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		clock := testkit.NewClock()
		d.Now = clock.Now
		message := post.NewUUID()
		written := []audit.Event{
			{Name: audit.MessageRead, Mailbox: anna, Message: message, Via: "reader",
				Actor: post.Actor{Party: bent, Organisation: 9, Platform: post.PlatformMit, Device: post.DevicePhone, Session: "abc"},
				Props: []audit.Prop{audit.ID(audit.Folder, message), audit.Number(audit.Size, 1234), {Key: audit.ErrorCode, Value: "recipient.is.closed"}}},
			{Name: audit.MemoSendReceived, Mailbox: anna, Actor: post.Actor{System: 3}},
		}
		update(t, d, func(tx *db.Tx) error { return audit.Append(tx, written...) })
		log := read(t, d, anna, post.UUID{}, 10)
		if len(log) != 2 {
			t.Fatalf("%d events", len(log))
		}
		slices.Reverse(log)
		for i, r := range log {
			if got, want := fmt.Sprintf("%+v", r.Event), fmt.Sprintf("%+v", written[i]); got != want {
				t.Errorf("read  %s\nwrote %s", got, want)
			}
			if !r.Time.Equal(clock.Now()) {
				t.Errorf("time %v", r.Time)
			}
		}
		if found := problems(t, d); found != nil {
			t.Error(found)
		}
	})
}

func TestAMistakeInAnEventUndoesTheTransaction(t *testing.T) {
	with := func(value string) audit.Event {
		return audit.Event{Name: audit.MessageRead, Props: []audit.Prop{{Key: audit.Reason, Value: value}}}
	}
	for name, e := range map[string]audit.Event{
		"no name":             {},
		"a name not known":    {Name: "MESSAGE_RAED"},
		"a key not known":     {Name: audit.MessageRead, Props: []audit.Prop{{Key: "subject", Value: "1"}}},
		"text":                with("Din årsopgørelse"),
		"two words":           with("two words"),
		"an equals sign":      with("a=b"),
		"a long text":         with(strings.Repeat("a", 101)),
		"a CPR number":        with("0101701234"),
		"a hyphened CPR":      with("010170-1234"),
		"mistake after a sum": {Name: "NO", Props: []audit.Prop{audit.Number(audit.Size, 1)}},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, d *db.DB) {
				err := d.Update(t.Context(), func(tx *db.Tx) error { return audit.Append(tx, numbered(anna, 1), e) })
				if err == nil {
					t.Error("written")
				}
				if log := read(t, d, anna, post.UUID{}, 10); len(log) != 0 {
					t.Errorf("%d events kept", len(log))
				}
			})
		})
	}
}

func TestEventsCannotBeChangedOrRemoved(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		update(t, d, func(tx *db.Tx) error { return audit.Append(tx, numbered(anna, 1)) })
		statements := []string{
			"UPDATE event SET via = 'owner'",
			"DELETE FROM event",
		}
		if d.Postgres() {
			statements = append(statements, "TRUNCATE event",
				"SET LOCAL session_replication_role = replica; DELETE FROM event")
		} else {
			statements = append(statements, "REPLACE INTO event SELECT id, time, name, 99, party, system, organisation, platform, device, via, message, session, props, hash FROM event")
		}
		for _, statement := range statements {
			err := d.Update(t.Context(), func(tx *db.Tx) error {
				for part := range strings.SplitSeq(statement, "; ") {
					if _, err := tx.Exec(part); err != nil {
						return err
					}
				}
				return nil
			})
			if err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", statement, err)
			}
		}
		if len(read(t, d, anna, post.UUID{}, 10)) != 1 {
			t.Error("the event is gone")
		}
	})
}

// The hash is what an outside party computes from the documented encoding.
func TestTheHashIsTheDocumentedOne(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		e := audit.Event{Name: audit.MessageRead, Mailbox: 1, Via: "owner", Message: post.NewUUID(),
			Actor: post.Actor{Party: 2, System: 3, Organisation: 4, Platform: "virk", Device: "tablet", Session: "s"},
			Props: []audit.Prop{audit.Number(audit.Size, 5), {Key: audit.ErrorCode, Value: "x.y"}}}
		update(t, d, func(tx *db.Tx) error { return audit.Append(tx, e) })
		r := read(t, d, 1, post.UUID{}, 1)[0]

		var b []byte
		number := func(n int64) { b = binary.BigEndian.AppendUint64(b, uint64(n)) }
		text := func(s string) { b = append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...) }
		b = append(b, 0x00, 0x01)
		b = append(b, r.ID[:]...)
		number(r.Time.UnixMicro())
		text("MESSAGE_READ")
		for n := range int64(4) {
			number(n + 1)
		}
		text("virk")
		text("tablet")
		text("owner")
		b = append(b, r.Message[:]...)
		text("s")
		text("size=5 errorCode=x.y")
		if r.Hash != sha256.Sum256(b) {
			t.Error("another hash")
		}
	})
}

func TestCheckFindsAnEventThatWasTamperedWith(t *testing.T) {
	for column, value := range map[string]any{
		"id": bytes.Repeat([]byte{1}, 16), "time": 1, "name": "MESSAGE_DELETED", "mailbox": 99, "party": 99, "system": 99, "organisation": 99,
		"platform": "mit", "device": "tablet", "via": "reader", "message": make([]byte, 16), "session": "s2", "props": "count=2", "hash": make([]byte, 32),
	} {
		t.Run(column, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, d *db.DB) {
				e := numbered(anna, 1)
				e.Message = post.NewUUID()
				update(t, d, func(tx *db.Tx) error { return audit.Append(tx, e) })
				update(t, d, func(tx *db.Tx) error {
					drop := "DROP TRIGGER event_no_update"
					if d.Postgres() {
						drop = "ALTER TABLE event DISABLE TRIGGER event_no_change"
					}
					if _, err := tx.Exec(drop); err != nil {
						return err
					}
					_, err := tx.Exec("UPDATE event SET "+column+" = $1", value)
					return err
				})
				if found := problems(t, d); len(found) != 1 {
					t.Error(found)
				}
			})
		})
	}
}

func TestTheLogOfAMailboxIsTheSameHoweverFarTheIndexHasCome(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		clock := testkit.NewClock()
		d.Now = clock.Now
		for n := range 10 { // 9 7 5 3 1 are Anna's
			update(t, d, func(tx *db.Tx) error {
				return audit.Append(tx, numbered(anna+post.PartyID((n+1)%2), n), audit.Event{Name: audit.KeysRotated})
			})
		}
		verify := func(when string) {
			t.Helper()
			if got := counts(read(t, d, anna, post.UUID{}, 100)); got != "9 7 5 3 1" {
				t.Errorf("%s: %s", when, got)
			}
			var paged []audit.Record
			for {
				var before post.UUID
				if len(paged) > 0 {
					before = paged[len(paged)-1].ID
				}
				page := read(t, d, anna, before, 2)
				if len(page) == 0 {
					break
				}
				paged = append(paged, page...)
			}
			if got := counts(paged); got != "9 7 5 3 1" {
				t.Errorf("%s, in pages of two: %s", when, got)
			}
			if found := problems(t, d); found != nil {
				t.Errorf("%s: %v", when, found)
			}
		}
		verify("before any indexing")
		for n := index(t, d, 3); n > 0; n = index(t, d, 3) {
			verify("while indexing")
		}
		clock.Advance(time.Hour)
		for n := index(t, d, 3); n > 0; n = index(t, d, 3) {
			verify("in the second pass")
		}
		if got := counts(read(t, d, bent, post.UUID{}, 100)); got != "8 6 4 2 0" {
			t.Errorf("another mailbox: %s", got)
		}
		if got := read(t, d, 99, post.UUID{}, 100); len(got) != 0 {
			t.Errorf("nobody's mailbox: %d events", len(got))
		}
	})
}

// Another process whose clock is behind writes events with lower ids than those
// already indexed.
func TestAnEventThatComesLateIsIndexedOnceItIsSettled(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		clock := testkit.NewClock()
		d.Now = clock.Now
		append1 := func(n int) {
			update(t, d, func(tx *db.Tx) error { return audit.Append(tx, numbered(anna, n)) })
		}
		append1(1)
		append1(3)
		index(t, d, 100)
		lateAfter(t, d, clock, -time.Minute, numbered(anna, 2))
		clock.Advance(20 * time.Minute)
		for index(t, d, 100) > 0 {
		}
		if got := counts(read(t, d, anna, post.UUID{}, 100)); got != "3 1 2" {
			t.Error(got)
		}
		if found := problems(t, d); found != nil {
			t.Error(found)
		}

		// After a restart the clock is hours behind.
		lateAfter(t, d, clock, -5*time.Hour, numbered(anna, 4))
		clock.Advance(-5 * time.Hour)
		index(t, d, 100)
		lateAfter(t, d, clock, time.Minute, numbered(anna, 5))
		clock.Advance(20 * time.Minute)
		for index(t, d, 100) > 0 {
		}
		if got := counts(read(t, d, anna, post.UUID{}, 100)); got != "3 1 2 5 4" {
			t.Error(got)
		}
		if found := problems(t, d); found != nil {
			t.Error(found)
		}
	})
}

// lateAfter writes an event as a process of its own would whose clock is off.
func lateAfter(t *testing.T, d *db.DB, clock *testkit.Clock, off time.Duration, e audit.Event) {
	t.Helper()
	other := testkit.Second(t, d)
	other.Now = func() time.Time { return clock.Now().Add(off) }
	update(t, other, func(tx *db.Tx) error { return audit.Append(tx, e) })
}

func TestEveryNameIsKnown(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "names.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		if spec, ok := node.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
			if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
				text, _ := strconv.Unquote(literal.Value)
				if !audit.Name(text).Known() {
					t.Errorf("%s is not known", text)
				}
				n++
			}
		}
		return true
	})
	if n < 100 {
		t.Errorf("only %d names found", n)
	}
	if audit.Name("UNKNOWN").Known() || audit.Name("").Known() {
		t.Error("a name is known that is none")
	}
}

func BenchmarkAppend(b *testing.B) {
	d := testkit.SQLite(b)
	for b.Loop() {
		err := d.Update(context.Background(), func(tx *db.Tx) error {
			for range 100 {
				if err := audit.Append(tx, numbered(anna, 1), numbered(anna, 2), numbered(anna, 3)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	d := testkit.SQLite(b)
	e := numbered(anna, 1)
	e.Message = post.NewUUID()
	e.Props = []audit.Prop{audit.ID(audit.MessageUUID, post.NewUUID()), {Key: audit.ReceiptStatus, Value: "COMPLETED"}}
	err := d.Update(context.Background(), func(tx *db.Tx) error {
		b.ReportAllocs()
		for b.Loop() {
			var batch db.Batch
			audit.Add(tx, &batch, e, e, e)
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
