package intake

import (
	"errors"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// DetailServed is the errorMessage of the receipt that says that a court summons
// was served.
const DetailServed = "message.legally.notified"

// served gives the system that sent a court summons its receipt for the service
// (SND-08, facts 2.6: "a receipt goes to the court"). The interface has no kind of
// receipt for it, so it is a business receipt like the one for the delivery, a
// second time: COMPLETED, without an errorCode, since any other is read as a
// refusal and has the letter sent again (facts 3.4). What tells it apart are its
// errorMessage and its time, which is that of the service. A system that knows
// nothing of it sees a receipt repeated, which it has to take anyway. Who was
// served stands in the log of events: a receipt holds nothing about persons.
func (in *Intake) served(tx *db.Tx, s mailbox.Service) error {
	r := outbound.Receipt{MessageUUID: s.Letter.MessageUUID, MessageID: s.Letter.MessageID, Status: outbound.Completed, Detail: DetailServed, At: s.At}
	err := tx.QueryRow("SELECT system, transmission FROM submission WHERE message_uuid = $1 AND sender = $2", s.Letter.MessageUUID, s.Sender).
		Scan(&r.System, &r.Transmission)
	if errors.Is(err, db.ErrNoRows) {
		return nil // no system sent it: who wrote it waits for no receipt
	}
	if err != nil {
		return err
	}
	system, err := in.registry.System(tx, r.System)
	if err != nil && errs.KindOf(err) != errs.KindNotFound {
		return err
	}
	var b db.Batch
	if err := in.outbound.AddReceipts(tx, &b, map[post.SystemID]bool{r.System: pushes(system)}, r); err != nil {
		return err
	}
	audit.Add(tx, &b, audit.Event{Name: audit.BusinessReceiptCreated, Actor: post.Actor{System: r.System, Organisation: s.Sender},
		Props: []audit.Prop{{Key: audit.ReceiptStatus, Value: string(r.Status)}, {Key: audit.Reason, Value: DetailServed}, audit.ID(audit.MessageUUID, r.MessageUUID)}})
	return tx.Run(&b)
}

// pushes tells whether a system has its receipts pushed to it.
func pushes(s registry.System) bool { return s.ReceiptEndpoint != "" }
