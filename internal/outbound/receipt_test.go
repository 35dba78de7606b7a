package outbound

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/testkit"
)

// SND-06
func TestReceiptsWaitForTheSystemThatSent(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		mine, theirs := w.receipts(1, 3), w.receipts(2, 1)
		w.update(func(tx *db.Tx) error {
			got, err := w.Receipt(tx, 1, mine[0].ID)
			if err != nil || got != mine[0] {
				t.Errorf("got %+v, %v; want %+v", got, err, mine[0])
			}
			_, err = w.Receipt(tx, 1, theirs[0].ID)
			wantKind(t, err, errs.KindNotFound)
			wantKind(t, w.DeleteReceipt(tx, 1, theirs[0].ID), errs.KindNotFound)
			if err := w.DeleteReceipt(tx, 1, mine[0].ID); err != nil {
				t.Error(err)
			}
			wantKind(t, w.DeleteReceipt(tx, 1, mine[0].ID), errs.KindNotFound)
			return nil
		})
		if got := w.waiting(1); !slices.Equal(got, []post.UUID{mine[1].ID, mine[2].ID}) {
			t.Errorf("waiting: %v", got)
		}
		if got := w.waiting(2); !slices.Equal(got, []post.UUID{theirs[0].ID}) {
			t.Errorf("another's waiting: %v", got)
		}
		if n := w.events(audit.BusinessReceiptSent); n != 1 {
			t.Errorf("%d events of a receipt that was handed over, want 1", n)
		}
		w.read(func(tx *db.Tx) error {
			p, err := w.ReceiptsInBulk(tx, 1, 0, 10)
			if err != nil || !slices.Equal(p.Content, mine[1:]) || p.Total != 2 {
				t.Errorf("in bulk: %+v, %v", p, err)
			}
			return err
		})
	})
}

func TestPages(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		all := w.receipts(1, 25)
		tests := []struct {
			name          string
			number, size  int
			content, page int // elements on the page, pages in all
			next          bool
		}{
			{"first", 0, 10, 10, 3, true},
			{"last, shorter", 2, 10, 5, 3, false},
			{"last, full", 4, 5, 5, 5, false},
			{"everything", 0, 1000, 25, 1, false},
			{"beyond the end", 3, 10, 0, 3, false},
		}
		for _, test := range tests {
			w.read(func(tx *db.Tx) error {
				p, err := w.Receipts(tx, 1, test.number, test.size)
				if err != nil || len(p.Content) != test.content || p.Total != 25 || p.Pages() != test.page || p.HasNext() != test.next {
					t.Errorf("%s: %+v, %d pages, next %v, %v", test.name, p, p.Pages(), p.HasNext(), err)
				}
				for i, id := range p.Content {
					if id != all[test.number*test.size+i].ID {
						t.Errorf("%s: element %d is not in the order of arrival", test.name, i)
					}
				}
				return nil
			})
		}
		w.read(func(tx *db.Tx) error {
			for _, wrong := range [][2]int{{-1, 10}, {0, 0}, {0, 1001}, {1_000_001, 1}, {0, -1}} {
				_, err := w.Receipts(tx, 1, wrong[0], wrong[1])
				wantKind(t, err, errs.KindInvalid)
			}
			p, err := w.Receipts(tx, 9, 0, 10)
			if err != nil || p.Total != 0 || p.Pages() != 0 || p.HasNext() {
				t.Errorf("empty list: %+v, %v", p, err)
			}
			return nil
		})
	})
}

func TestTotalIsBounded(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		all := w.receipts(1, countedExactly+50)
		w.read(func(tx *db.Tx) error {
			p, err := w.Receipts(tx, 1, 0, 10)
			if err != nil || p.Total != countedExactly {
				t.Errorf("total %d, %v", p.Total, err)
			}
			// Whoever follows HasNext sees everything all the same.
			seen := 0
			for n, more := 0, true; more; n++ {
				p, err := w.Receipts(tx, 1, n, 1000)
				if err != nil {
					return err
				}
				seen, more = seen+len(p.Content), p.HasNext()
			}
			if seen != len(all) {
				t.Errorf("saw %d of %d", seen, len(all))
			}
			return nil
		})
	})
}

// facts 3.4
func TestReceiptJSON(t *testing.T) {
	at := time.Date(2026, 11, 22, 11, 0, 0, 123_456_000, time.UTC)
	id := post.UUID{15: 1}
	tests := []struct {
		name string
		v    any
		want string
	}{
		{"positive: no code", Receipt{ID: id, System: 7, Transmission: id, MessageUUID: id, MessageID: "MSG-1", Status: Completed, At: at},
			`{"transmissionId":"00000000-0000-0000-0000-000000000001","messageUUID":"00000000-0000-0000-0000-000000000001","messageId":"MSG-1","errorCode":null,"errorMessage":null,"timeStamp":"2026-11-22T11:00:00.123Z","receiptStatus":"COMPLETED"}`},
		{"negative, of a letter without id", Receipt{Transmission: id, Status: NotAllowed, Code: "recipient.is.closed", Detail: "The recipient is closed.", At: at},
			`{"transmissionId":"00000000-0000-0000-0000-000000000001","messageUUID":null,"messageId":null,"errorCode":"recipient.is.closed","errorMessage":"The recipient is closed.","timeStamp":"2026-11-22T11:00:00.123Z","receiptStatus":"NOT_ALLOWED"}`},
		{"bulk: with its id", BulkReceipt{ID: id, Transmission: id, MessageUUID: id, MessageID: "MSG-1", Status: Completed, At: at},
			`{"id":"00000000-0000-0000-0000-000000000001","transmissionId":"00000000-0000-0000-0000-000000000001","messageUUID":"00000000-0000-0000-0000-000000000001","messageId":"MSG-1","errorCode":null,"errorMessage":null,"timeStamp":"2026-11-22T11:00:00.123Z","receiptStatus":"COMPLETED"}`},
	}
	for _, test := range tests {
		if got, err := json.Marshal(test.v); err != nil || string(got) != test.want {
			t.Errorf("%s:\n got %s, %v\nwant %s", test.name, got, err, test.want)
		}
	}
	var r Receipt
	err := json.Unmarshal([]byte(`{"receiptStatus":"INVALID","errorCode":"case.unknown","timeStamp":"2026-11-22T12:00:00"}`), &r)
	if err != nil || r != (Receipt{Status: Invalid, Code: "case.unknown"}) {
		t.Errorf("read %+v, %v", r, err)
	}
}

// What another system wrote is read without harm, and what was read can be
// written and read again.
func FuzzReceipt(f *testing.F) {
	f.Add([]byte(`{"transmissionId":"00000000-0000-0000-0000-000000000001","receiptStatus":"INVALID","errorCode":"x","errorMessage":"\u0000"}`))
	f.Add([]byte(`{"messageUUID":null,"receiptStatus":7}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var first, second Receipt
		if json.Unmarshal(raw, &first) != nil {
			return
		}
		again, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(again, &second); err != nil || first != second {
			t.Errorf("%s became %s, %v", raw, again, err)
		}
		if cut(first.Detail, 10) != cut(cut(first.Detail, 10), 10) {
			t.Errorf("%q is not cut for good", first.Detail)
		}
	})
}
