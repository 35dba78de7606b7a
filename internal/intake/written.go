package intake

import (
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/memo"
)

// Written is a letter that comes from no system: a person or an organisation
// wrote it in their mailbox, or Digital Post itself did.
type Written struct {
	From, To registry.Party
	Actor    post.Actor
	// System is the recipient system that gets the letter, nil where the recipient
	// only reads it in the mailbox.
	System *registry.System
	// Letter's files have as Content a *blob.Draft.
	Letter *memo.Message
	// Of and Alone are as in Announcement.
	Of    post.UUID
	Alone bool
}

// Deliver puts a written letter into its recipient's mailbox, and has it wait for
// the recipient's system, in the caller's transaction: it is delivered when tx is
// committed. Whether it may be sent is the caller's to know, but for what holds
// of every letter: the recipient can receive it. The error is Forbidden with the
// code of registry where not. It returns the message in the recipient's mailbox.
func (in *Intake) Deliver(tx *db.Tx, w Written) (post.UUID, error) {
	if code, why := unable(w.To, w.Letter.Header.Mandatory, tx.Now); code != "" {
		return post.UUID{}, errs.New(errs.KindForbidden, code, "%s", why)
	}
	return in.hand(tx, w)
}

func (in *Intake) hand(tx *db.Tx, w Written) (post.UUID, error) {
	out := &mailbox.Delivery{Recipient: w.To.ID, Sender: w.From.ID, SenderKind: string(w.From.Authority), Actor: w.Actor, Letter: w.Letter, Of: w.Of, Alone: w.Alone}
	var b db.Batch
	if err := in.mailboxes.Deliver(tx, &b, []*mailbox.Delivery{out}); err != nil {
		return post.UUID{}, err
	}
	if w.System != nil {
		if err := in.outbound.ReadyForFetch(tx, &b, *w.System, out.Recipient, out.Message, w.Letter.Header.MessageUUID); err != nil {
			return post.UUID{}, err
		}
	}
	return out.Message, tx.Run(&b)
}

// Announcement is a letter that Digital Post itself writes. Its sender is the
// organisation that runs it.
type Announcement struct {
	To    post.PartyID
	Label string // the title
	// HTML is what the letter says: the inside of a body, in the reader's language,
	// with everything that is not ours escaped.
	HTML string
	// Documents go with it; their files have as Content a *blob.Draft.
	Documents []memo.Document
	// Of is a message of the same mailbox that it tells about, nil for none: what the
	// owner hides from helpers is told to the owner alone.
	Of post.UUID
	// Alone tells that it is for the owner alone, whoever helps them: who else has access
	// is not told to those who have it, nor for them to delete.
	Alone bool
}

// CodeNoOperator says that the program does not know who runs it.
const CodeNoOperator = "operator.unknown"

// Announce delivers an announcement in the caller's transaction. It reaches
// exempt recipients too. The error is Forbidden with the code of registry where
// the recipient cannot receive it: is dead, a child, or has ceased. It returns
// the message in the recipient's mailbox.
func (in *Intake) Announce(tx *db.Tx, a Announcement) (post.UUID, error) {
	from, err := in.registry.OrganisationByCVR(tx, in.operator)
	if in.operator.IsZero() || errs.KindOf(err) == errs.KindNotFound {
		return post.UUID{}, errs.New(errs.KindUnavailable, CodeNoOperator, "no organisation is known to run Digital Post; set operator.cvr")
	}
	if err != nil {
		return post.UUID{}, err
	}
	to, err := in.registry.Party(tx, a.To)
	if err != nil {
		return post.UUID{}, err
	}
	number, err := in.registry.Number(to)
	if err != nil {
		return post.UUID{}, err
	}
	page, err := in.page(a)
	if err != nil {
		return post.UUID{}, err
	}
	recipient := memo.Recipient{RecipientID: number.Digits, IDType: memo.CPR, Label: to.Name}
	if to.Kind == post.Organisation {
		recipient.IDType = memo.CVR
	}
	w := Written{From: from, To: to, Actor: post.Program, Of: a.Of, Alone: a.Alone, Letter: &memo.Message{Version: memo.V12,
		Header: memo.Header{MessageType: memo.DigitalPost, MessageUUID: post.NewUUID(), Label: a.Label, Recipient: recipient,
			Sender: memo.Sender{SenderID: in.operator.Reveal(), IDType: memo.CVR, Label: from.Name}},
		Body: &memo.Body{CreatedDateTime: tx.Now, MainDocument: memo.Document{Label: a.Label, Files: []*memo.File{page}}, AdditionalDocument: a.Documents}}}
	if system, err := in.registry.RecipientSystem(tx, to.ID, post.UUID{}); err == nil {
		w.System = &system
	} else if errs.KindOf(err) != errs.KindNotFound {
		return post.UUID{}, err
	}
	if code, why := unable(to, true, tx.Now); code != "" {
		return post.UUID{}, errs.New(errs.KindForbidden, code, "%s", why)
	}
	return in.hand(tx, w)
}

// page is the document of an announcement.
func (in *Intake) page(a Announcement) (*memo.File, error) {
	text := []byte("<!doctype html><html lang=\"da\"><head><meta charset=\"utf-8\"></head><body>" + a.HTML + "</body></html>")
	return mailbox.NewFile(in.blobs, "besked.html", "text/html", "da", text)
}
