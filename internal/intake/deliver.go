package intake

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/memo"
)

// submitted is a row of submission: what was answered the first time.
type submitted struct {
	digest       []byte
	transmission post.UUID
	received     time.Time
}

type submissionKey struct {
	message post.UUID
	sender  post.PartyID
}

// delivery is a transaction that delivers a group of letters.
type delivery struct {
	in      *Intake
	tx      *db.Tx
	batch   db.Batch
	systems map[post.SystemID]sender
	parties map[registry.Number]registry.Party
	before  map[submissionKey]submitted

	letters     []*mailbox.Delivery
	business    []*mailbox.Delivery // those of letters that go to organisations
	receipts    []outbound.Receipt
	push        map[post.SystemID]bool
	submissions [][]any
	events      []audit.Event
}

// sender is a system as it is now, with its organisation.
type sender struct {
	system registry.System
	owner  registry.Party
	cvr    string
}

// deliver decides about each letter of a group and writes everything that
// follows. It may run more than once.
func (in *Intake) deliver(tx *db.Tx, group []*letter) error {
	group = slices.SortedFunc(slices.Values(group), func(a, b *letter) int { // rows are locked in one order everywhere
		return bytes.Compare(a.memo.Header.MessageUUID[:], b.memo.Header.MessageUUID[:])
	})
	d := &delivery{in: in, tx: tx, systems: map[post.SystemID]sender{}, before: map[submissionKey]submitted{}, push: map[post.SystemID]bool{}}
	if err := d.load(group); err != nil {
		return err
	}
	for _, l := range group {
		l.answer, l.dropped = nil, false
		if err := d.decide(l); err != nil {
			return err
		}
	}
	return d.write()
}

// load reads all that the decisions need, each kind of thing at once.
func (d *delivery) load(group []*letter) error {
	numbers := make([]registry.Number, len(group))
	uuids := make([]any, len(group))
	for i, l := range group {
		numbers[i] = recipientOf(l.memo)
		uuids[i] = l.memo.Header.MessageUUID
		if _, known := d.systems[l.system.ID]; known {
			continue
		}
		s, err := d.loadSender(l.system.ID)
		if err != nil {
			return err
		}
		d.systems[l.system.ID] = s
	}
	var err error
	if d.parties, err = d.in.registry.ByNumbers(d.tx, numbers); err != nil {
		return err
	}
	return d.tx.QueryIn("SELECT message_uuid, sender, digest, transmission, received FROM submission WHERE message_uuid IN ($IN)", uuids, nil,
		func(rows *db.Rows) error {
			var key submissionKey
			var s submitted
			err := rows.Scan(&key.message, &key.sender, &s.digest, &s.transmission, db.Time(&s.received))
			d.before[key] = s
			return err
		})
}

func (d *delivery) loadSender(id post.SystemID) (sender, error) {
	var s sender
	var err error
	if s.system, err = d.in.registry.System(d.tx, id); err != nil {
		return s, err
	}
	if s.owner, err = d.in.registry.Party(d.tx, s.system.Organisation); err != nil {
		return s, err
	}
	cvr, err := d.in.registry.CVR(s.owner)
	s.cvr = cvr.Reveal()
	return s, err
}

func recipientOf(m *memo.Message) registry.Number {
	n := registry.Number{Kind: post.Person, Digits: m.Header.Recipient.RecipientID}
	if m.Header.Recipient.IDType == memo.CVR {
		n.Kind = post.Organisation
	}
	return n
}

// decide settles what becomes of one letter.
func (d *delivery) decide(l *letter) error {
	h, s := &l.memo.Header, d.systems[l.system.ID]
	if l.from == hold {
		there, err := d.takeHeld(l, s)
		if !there || err != nil {
			return err
		}
	} else if !d.receive(l, s) {
		return nil
	}
	if l.problems != nil {
		return d.refuse(l, outbound.Invalid, l.problems.List[0].Code, describe(l.problems))
	}
	recipient, known := d.parties[recipientOf(l.memo)]
	if code, why := refusal(h, s.owner, recipient, known, d.tx.Now); code != "" {
		return d.refuse(l, outbound.NotAllowed, code, why)
	}
	if at := deliverAt(h); l.from != hold && at.After(d.tx.Now) {
		return d.hold(l, s, at)
	}
	d.accept(l, s, recipient)
	return nil
}

// receive takes a letter in. It tells whether the letter is a new one: where it is
// not the system's to send, or was sent before, the answer is all.
func (d *delivery) receive(l *letter, s sender) bool {
	h := &l.memo.Header
	switch {
	case !s.system.ActiveAt(d.tx.Now) || !s.system.Sends || l.from == edge && s.system.Version != l.system.Version:
		l.answer = errs.New(errs.KindForbidden, registry.CodeSystemInactive, "the system may not send")
		return false
	case h.Sender.IDType != memo.CVR || h.Sender.SenderID != s.cvr:
		l.answer = errs.New(errs.KindForbidden, CodeSender, "the letter's sender is not the system's organisation")
		return false
	}
	key := submissionKey{h.MessageUUID, s.owner.ID}
	if first, again := d.before[key]; again {
		l.dropped = true
		if !bytes.Equal(first.digest, l.memo.Digest[:]) {
			l.answer = errs.Invalid(CodeUUIDUsed, "messageUUID", "another letter was sent with this messageUUID")
		}
		l.receipt = technical(l, first.transmission, first.received)
		return false
	}
	d.before[key] = submitted{l.memo.Digest[:], l.transmission, d.tx.Now}
	d.submissions = append(d.submissions, []any{h.MessageUUID, s.owner.ID, l.memo.Digest[:], l.transmission, l.system.ID, d.tx.Now})
	d.event(l, audit.MemoSendReceived, audit.ID(audit.TransmissionID, l.transmission), audit.Number(audit.AttachmentCount, attachments(l.memo)))
	l.receipt = technical(l, l.transmission, d.tx.Now)
	return true
}

// refusal is why a letter may not be delivered, "" where it may.
func refusal(h *memo.Header, from, to registry.Party, known bool, now time.Time) (code, why string) {
	switch {
	case h.Mandatory && !from.MandatoryAllowed:
		return CodeMandatory, "the sender may not send mandatory post"
	case h.LegalNotification && !from.LegalAllowed:
		return CodeLegal, "the sender may not serve court documents"
	case !known:
		return registry.CodeUnknown, "nobody has the recipient's number"
	case from.Authority == "" && to.Authority == "":
		return CodeRecipientKind, "a company sends to authorities only"
	}
	if code, why = unable(to, h.Mandatory, now); code != "" {
		return code, why
	}
	if h.MessageType == memo.NemSMS {
		return CodeNoNemSMS, "the recipient has registered no mobile number for NemSMS"
	}
	return "", ""
}

// unable is why a party cannot receive a letter, "" where it can.
func unable(to registry.Party, mandatory bool, now time.Time) (code, why string) {
	switch code := to.Refusal(now, mandatory); code {
	case "":
		return "", ""
	case registry.CodeClosed:
		return code, "the recipient is dead or has ceased"
	case registry.CodeExempt:
		return code, "the recipient is exempt and gets paper"
	default:
		return code, "the recipient is not registered yet"
	}
}

// describe is every problem in one text, for the receipt.
func describe(p *memo.Problems) string {
	const most = 2000
	var b bytes.Buffer
	for i, problem := range p.List {
		if i > 0 {
			b.WriteString("; ")
		}
		if b.Len() > most {
			b.WriteString("…")
			break
		}
		b.WriteString(problem.String())
	}
	return b.String()
}

func technical(l *letter, transmission post.UUID, at time.Time) outbound.Receipt {
	return outbound.Receipt{System: l.system.ID, Transmission: transmission, MessageUUID: l.memo.Header.MessageUUID,
		MessageID: l.memo.Header.MessageID, Status: outbound.Received, At: at}
}

func (d *delivery) refuse(l *letter, status outbound.Status, code, why string) error {
	l.dropped = true
	d.event(l, audit.MemoSendValidationFailed, audit.Prop{Key: audit.ErrorCode, Value: code})
	d.receipt(l, status, code, why)
	if l.from == hold {
		return d.in.forget(d.tx, l.memo)
	}
	return nil
}

func (d *delivery) accept(l *letter, s sender, recipient registry.Party) {
	out := &mailbox.Delivery{Recipient: recipient.ID, Sender: s.owner.ID, SenderKind: string(s.owner.Authority),
		Actor: post.Actor{System: l.system.ID, Organisation: s.owner.ID}, Letter: l.memo}
	d.letters = append(d.letters, out)
	if recipient.Kind == post.Organisation {
		d.business = append(d.business, out)
	}
	if l.from == hold {
		d.event(l, audit.DelayedMemoSendSent)
	}
	d.receipt(l, outbound.Completed, "", "")
}

func (d *delivery) receipt(l *letter, status outbound.Status, code, why string) {
	d.receipts = append(d.receipts, outbound.Receipt{ID: d.tx.NewID(), System: l.system.ID, Transmission: l.transmission,
		MessageUUID: l.memo.Header.MessageUUID, MessageID: l.memo.Header.MessageID, Status: status, Code: code, Detail: why, At: d.tx.Now})
	if pushes(d.systems[l.system.ID].system) {
		d.push[l.system.ID] = true
	}
	d.event(l, audit.BusinessReceiptCreated, audit.Prop{Key: audit.ReceiptStatus, Value: string(status)})
}

func (d *delivery) event(l *letter, name audit.Name, props ...audit.Prop) {
	props = append(props, audit.ID(audit.MessageUUID, l.memo.Header.MessageUUID))
	d.events = append(d.events, audit.Event{Name: name, Actor: post.Actor{System: l.system.ID, Organisation: d.systems[l.system.ID].owner.ID}, Props: props})
}

func attachments(m *memo.Message) int {
	if m.Body == nil {
		return 0
	}
	return len(m.Body.AdditionalDocument)
}

func (d *delivery) write() error {
	if err := d.in.mailboxes.Deliver(d.tx, &d.batch, d.letters); err != nil {
		return err
	}
	if err := d.toSystems(); err != nil {
		return err
	}
	d.batch.InsertMany("submission (message_uuid, sender, digest, transmission, system, received)", d.submissions, "")
	if err := d.in.outbound.AddReceipts(d.tx, &d.batch, d.push, d.receipts...); err != nil {
		return err
	}
	audit.Add(d.tx, &d.batch, d.events...)
	return d.tx.Run(&d.batch)
}

// pointOf is the contact point that a letter names, nil for none.
func pointOf(m *memo.Message) post.UUID {
	if m.Header.Recipient.ContactPoint == nil {
		return post.UUID{}
	}
	id, err := post.ParseUUID(m.Header.Recipient.ContactPoint.ContactPointID)
	if err != nil {
		return post.UUID{}
	}
	return id
}

// toSystems has letters to organisations go to their recipient systems too, where
// they have one. Systems are woken in one order everywhere: that locks rows.
func (d *delivery) toSystems() error {
	type fetched struct {
		system registry.System
		*mailbox.Delivery
	}
	var all []fetched
	for _, l := range d.business {
		system, err := d.in.registry.RecipientSystem(d.tx, l.Recipient, pointOf(l.Letter))
		if errs.KindOf(err) == errs.KindNotFound {
			continue
		}
		if err != nil {
			return err
		}
		all = append(all, fetched{system, l})
	}
	slices.SortStableFunc(all, func(a, b fetched) int { return cmp.Compare(a.system.ID, b.system.ID) })
	for _, f := range all {
		if err := d.in.outbound.ReadyForFetch(d.tx, &d.batch, f.system, f.Recipient, f.Message, f.Letter.Header.MessageUUID); err != nil {
			return err
		}
	}
	return nil
}
