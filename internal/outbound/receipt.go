package outbound

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Status is the API's ReceiptStatus.
type Status string

const (
	Received   Status = "RECEIVED"    // technical: the letter has come in
	Completed  Status = "COMPLETED"   // the letter is in the mailbox, or was taken by the recipient system
	Invalid    Status = "INVALID"     // the letter breaks a rule; Code tells which
	NotAllowed Status = "NOT_ALLOWED" // the letter may not be sent so; Code tells why
)

// Receipt tells what became of a letter: the API's Receipt and BulkReceipt. Its
// JSON is the API's Receipt.
type Receipt struct {
	// ID orders a system's receipts by time. AddReceipts gives an id and
	// a time to a receipt that has none.
	ID           post.UUID
	System       post.SystemID // the system that sent the letter
	Transmission post.UUID     // of the call by which it was sent
	MessageUUID  post.UUID     // nil where the MeMo had none to read
	MessageID    string        // the sender's own id, "" for none
	Status       Status
	Code         string // "" for a positive receipt, which the API shows as null
	Detail       string // a sentence for a developer, without personal data
	At           time.Time
}

// CodeReceiptUnknown says that a system has no such receipt waiting. It may have
// been deleted, or be another system's.
const CodeReceiptUnknown = "receipt.not.found"

const receiptColumns = "system, id, transmission, message_uuid, message_id, status, code, detail, created"

func scanReceipt(rows interface{ Scan(...any) error }) (Receipt, error) {
	var r Receipt
	err := rows.Scan(&r.System, &r.ID, &r.Transmission, &r.MessageUUID, &r.MessageID, &r.Status, &r.Code, &r.Detail, db.Time(&r.At))
	return r, err
}

// Receipts lists the ids of the receipts that wait for a system, oldest first.
func (o *Outbound) Receipts(tx *db.Tx, system post.SystemID, number, size int) (Page[post.UUID], error) {
	return page(tx, "receipt", "id", system, number, size, scanUUID)
}

// ReceiptsInBulk lists the receipts that wait for a system, oldest first. They
// stay until they are deleted one by one.
func (o *Outbound) ReceiptsInBulk(tx *db.Tx, system post.SystemID, number, size int) (Page[Receipt], error) {
	return page(tx, "receipt", receiptColumns, system, number, size, func(rows *db.Rows) (Receipt, error) { return scanReceipt(rows) })
}

// Receipt is one receipt that waits for a system. The API deletes what it showed
// unless the caller said delete=false (facts 3.4): the edge then calls
// DeleteReceipt after it has written the body and before it ends the answer, so
// that a broken connection loses no receipt and a complete answer is followed by
// no second one.
func (o *Outbound) Receipt(tx *db.Tx, system post.SystemID, id post.UUID) (Receipt, error) {
	r, err := scanReceipt(tx.QueryRow("SELECT "+receiptColumns+" FROM receipt WHERE system = $1 AND id = $2", system, id))
	if errors.Is(err, db.ErrNoRows) {
		return r, errs.NotFound(CodeReceiptUnknown)
	}
	return r, err
}

// AddReceipts has receipts wait for the systems that sent the letters; their rows
// go with the batch. push tells which systems have a receipt endpoint: those get
// a sending job, one for the system and not for the receipt.
func (o *Outbound) AddReceipts(tx *db.Tx, b *db.Batch, push map[post.SystemID]bool, receipts ...Receipt) error {
	rows := make([][]any, len(receipts))
	var pushed []post.SystemID
	for i, r := range receipts {
		if r.ID == (post.UUID{}) {
			r.ID = tx.NewID()
		}
		if r.At.IsZero() {
			r.At = tx.Now
		}
		rows[i] = []any{int64(r.System), r.ID, r.Transmission, r.MessageUUID, r.MessageID, string(r.Status), r.Code, r.Detail, r.At}
		if push[r.System] && !slices.Contains(pushed, r.System) {
			pushed = append(pushed, r.System)
		}
	}
	b.InsertMany("receipt ("+receiptColumns+")", rows, "")
	slices.Sort(pushed) // rows are locked in one order everywhere
	for _, system := range pushed {
		if err := o.wake(tx, ReceiptQueue, system); err != nil {
			return err
		}
	}
	return nil
}

// DeleteReceipt removes a receipt that its system has got: it says so by deleting
// it, or by having fetched it.
func (o *Outbound) DeleteReceipt(tx *db.Tx, system post.SystemID, id post.UUID) error {
	r, err := o.Receipt(tx, system, id)
	if err != nil {
		return err
	}
	var b db.Batch
	removeReceipt(tx, &b, r, post.Actor{System: system})
	return tx.Run(&b)
}

// removeReceipt ends a receipt's waiting with its event: no receipt goes without
// one.
func removeReceipt(tx *db.Tx, b *db.Batch, r Receipt, actor post.Actor, more ...audit.Prop) {
	b.Add("DELETE FROM receipt WHERE system = $1 AND id = $2", int64(r.System), r.ID)
	audit.Add(tx, b, audit.Event{Name: audit.BusinessReceiptSent, Actor: actor, Props: append(r.props(), more...)})
}

// props are what an event tells of a receipt.
func (r Receipt) props() []audit.Prop {
	props := []audit.Prop{audit.ID(audit.TransmissionID, r.Transmission), {Key: audit.ReceiptStatus, Value: string(r.Status)}}
	if r.MessageUUID != (post.UUID{}) {
		props = append(props, audit.ID(audit.MessageUUID, r.MessageUUID))
	}
	return props
}

// ReceiptJSON is the API's Receipt and, with an id, its BulkReceipt.
type ReceiptJSON struct {
	ID           *post.UUID `json:"id,omitempty"`
	Transmission *post.UUID `json:"transmissionId"`
	MessageUUID  *post.UUID `json:"messageUUID"`
	MessageID    *string    `json:"messageId"`
	Code         *string    `json:"errorCode"` // anything but null is read as negative (facts 3.4)
	Detail       *string    `json:"errorMessage"`
	At           string     `json:"timeStamp" format:"date-time"`
	Status       Status     `json:"receiptStatus" required:""`
}

const timeFormat = "2006-01-02T15:04:05.000Z07:00"

func (r Receipt) wire() ReceiptJSON {
	return ReceiptJSON{
		Transmission: optional(r.Transmission), MessageUUID: optional(r.MessageUUID), MessageID: optional(r.MessageID),
		Code: optional(r.Code), Detail: optional(r.Detail), At: r.At.UTC().Format(timeFormat), Status: r.Status,
	}
}

// MarshalJSON writes the API's Receipt.
func (r Receipt) MarshalJSON() ([]byte, error) { return json.Marshal(r.wire()) }

// UnmarshalJSON reads the API's Receipt, as recipient systems send it. What is
// missing stays zero. Its time is not read: when it came in is what counts.
func (r *Receipt) UnmarshalJSON(raw []byte) error {
	var w ReceiptJSON
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	*r = Receipt{Transmission: value(w.Transmission), MessageUUID: value(w.MessageUUID), MessageID: value(w.MessageID),
		Code: value(w.Code), Detail: value(w.Detail), Status: w.Status}
	return nil
}

// BulkReceipt is a receipt whose JSON shows its id: the API's BulkReceipt.
type BulkReceipt Receipt

// MarshalJSON writes the API's BulkReceipt.
func (r BulkReceipt) MarshalJSON() ([]byte, error) {
	w := Receipt(r).wire()
	w.ID = &r.ID
	return json.Marshal(w)
}

// optional is nil for a zero value, which JSON shows as null.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func value[T any](p *T) T {
	var v T
	if p != nil {
		v = *p
	}
	return v
}
