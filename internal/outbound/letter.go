package outbound

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// CodeMemoUnknown says that a system has no such letter waiting. It may be done
// with, or be another system's.
const CodeMemoUnknown = "memo.not.found"

// Letter is a letter that waits for a recipient system, or for its receipt.
type Letter struct {
	System  post.SystemID
	Memo    post.UUID // messageUUID: the id by which the system knows it
	Mailbox post.PartyID
	Message post.UUID
	Handed  time.Time // when it was first fetched or pushed, zero for not yet
	Arrived time.Time

	id post.UUID // its place in the queue
}

const letterColumns = "system, id, memo, mailbox, message, handed, created"

func scanLetter(rows interface{ Scan(...any) error }) (Letter, error) {
	var l Letter
	err := rows.Scan(&l.System, &l.id, &l.Memo, &l.Mailbox, &l.Message, db.Time(&l.Handed), db.Time(&l.Arrived))
	return l, err
}

// ReadyForFetch has a message wait for a recipient system; its row goes with the
// batch. memo is the messageUUID. Two senders may use the same one: the system
// then gets the letters one after the other.
func (o *Outbound) ReadyForFetch(tx *db.Tx, b *db.Batch, system registry.System, mailbox post.PartyID, message, memo post.UUID) error {
	b.InsertMany("waiting_letter ("+letterColumns+")", [][]any{
		{int64(system.ID), tx.NewID(), memo, int64(mailbox), message, nil, tx.Now},
	}, "")
	l := Letter{System: system.ID, Memo: memo, Mailbox: mailbox, Message: message}
	audit.Add(tx, b, l.event(audit.MemoSendReadyForFetch, post.Program, system))
	if system.Protocol == registry.RESTPush {
		return o.wake(tx, LetterQueue, system.ID)
	}
	return nil
}

// Memos lists the ids of the letters that wait for a system, oldest first. A
// letter is listed until it is deleted or has its receipt.
func (o *Outbound) Memos(tx *db.Tx, system post.SystemID, number, size int) (Page[post.UUID], error) {
	return page(tx, "waiting_letter", "memo", system, number, size, scanUUID)
}

// Memo is one letter that waits for a system.
func (o *Outbound) Memo(tx *db.Tx, system post.SystemID, id post.UUID) (Letter, error) {
	l, err := scanLetter(tx.QueryRow("SELECT "+letterColumns+" FROM waiting_letter WHERE system = $1 AND memo = $2 ORDER BY id LIMIT 1", system, id))
	if errors.Is(err, db.ErrNoRows) {
		return l, errs.NotFound(CodeMemoUnknown)
	}
	return l, err
}

// FetchMemo writes the XML of a letter that waits for a system, in the version
// the system wants. An error before the first byte may be answered as such; a
// later one must break the connection. Once all is written the letter counts as
// fetched; it stays listed.
func (o *Outbound) FetchMemo(ctx context.Context, w io.Writer, system registry.System, id post.UUID) error {
	var l Letter
	err := o.db.Read(ctx, func(tx *db.Tx) (err error) {
		l, err = o.Memo(tx, system.ID, id)
		return err
	})
	if err != nil {
		return err
	}
	if err := o.letters.WriteMemo(ctx, w, l.Mailbox, l.Message, system.MemoVersion); err != nil {
		return err
	}
	if !l.Handed.IsZero() {
		return nil
	}
	return o.db.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		return o.hand(tx, l, l.event(audit.MemoSendFetchedByRecipientSystem, post.Actor{System: system.ID}, system))
	})
}

// hand records that a letter was handed over for the first time.
func (o *Outbound) hand(tx *db.Tx, l Letter, event audit.Event) error {
	n, err := tx.Exec("UPDATE waiting_letter SET handed = $1 WHERE system = $2 AND id = $3 AND handed IS NULL", tx.Now, l.System, l.id)
	if err != nil || n == 0 {
		return err
	}
	if err := succeeded(tx, l.System, LetterQueue); err != nil {
		return err
	}
	if err := o.progress.LetterHanded(tx, l); err != nil {
		return err
	}
	return audit.Append(tx, event)
}

// DeleteMemo takes a letter off a system's list without a receipt for it: the
// system has it, and says so.
func (o *Outbound) DeleteMemo(tx *db.Tx, system registry.System, id post.UUID) error {
	l, err := o.Memo(tx, system.ID, id)
	if err != nil {
		return err
	}
	if err := succeeded(tx, l.System, LetterQueue); err != nil {
		return err
	}
	if err := o.progress.LetterEnded(tx, l, ""); err != nil {
		return err
	}
	return remove(tx, l, l.event(audit.MemoSystemFetched, post.Actor{System: system.ID}, system))
}

// remove ends a letter's waiting.
func remove(tx *db.Tx, l Letter, event audit.Event) error {
	if _, err := tx.Exec("DELETE FROM waiting_letter WHERE system = $1 AND id = $2", l.System, l.id); err != nil {
		return err
	}
	return audit.Append(tx, event)
}

// BusinessReceipt takes a recipient system's receipt for a letter, which is then
// done with. With COMPLETED the system has it. With INVALID it did not take it:
// the letter goes to Refused with the code, for people to look at.
func (o *Outbound) BusinessReceipt(tx *db.Tx, system registry.System, id post.UUID, r Receipt) error {
	l, err := o.Memo(tx, system.ID, id)
	if err != nil {
		return err
	}
	switch {
	case r.Status != Completed && r.Status != Invalid:
		return errs.Invalid("receipt.status.not.valid", "receiptStatus", "a recipient system's receipt is COMPLETED or INVALID")
	case r.MessageUUID != (post.UUID{}) && r.MessageUUID != l.Memo:
		return errs.Invalid("receipt.message.not.valid", "messageUUID", "the receipt names another letter than the path")
	}
	code := ""
	if r.Status == Invalid {
		code = refusalCode(r.Code)
		_, err := tx.Exec("INSERT INTO refused_letter ("+refusedColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			l.System, l.id, l.Memo, l.Mailbox, l.Message, cut(r.Code, 100), cut(r.Detail, 1000), tx.Now)
		if err != nil {
			return err
		}
	}
	if err := o.progress.LetterEnded(tx, l, code); err != nil {
		return err
	}
	return remove(tx, l, l.event(audit.BusinessReceiptReceivedByRecipientSystem, post.Actor{System: system.ID}, system,
		audit.Prop{Key: audit.ReceiptStatus, Value: string(r.Status)}))
}

// Refusal is a letter that a recipient system did not take.
type Refusal struct {
	Letter
	Code, Detail string // the recipient system's own words: show them to its people only
	At           time.Time
}

const refusedColumns = "system, id, memo, mailbox, message, code, detail, created"

// Refused lists the letters that a system did not take, oldest first.
func (o *Outbound) Refused(tx *db.Tx, system post.SystemID, number, size int) (Page[Refusal], error) {
	return page(tx, "refused_letter", refusedColumns, system, number, size, func(rows *db.Rows) (Refusal, error) {
		var r Refusal
		err := rows.Scan(&r.System, &r.id, &r.Memo, &r.Mailbox, &r.Message, &r.Code, &r.Detail, db.Time(&r.At))
		return r, err
	})
}

// event is something that happened to a letter.
func (l Letter) event(name audit.Name, actor post.Actor, system registry.System, more ...audit.Prop) audit.Event {
	props := []audit.Prop{audit.ID(audit.MessageUUID, l.Memo), audit.ID(audit.RecipientSystem, system.UUID)}
	return audit.Event{Name: name, Mailbox: l.Mailbox, Message: l.Message, Actor: actor, Props: append(props, more...)}
}

// cut bounds another's text to a number of bytes, at a whole character, and makes
// control characters spaces: PostgreSQL stores no NUL.
func cut(s string, limit int) string {
	if len(s) > limit {
		for limit > 0 && !utf8.RuneStart(s[limit]) {
			limit--
		}
		s = s[:limit]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
