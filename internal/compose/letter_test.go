package compose_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/compose"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

// MBX-03: the whole way of a letter that a citizen writes, until the authority's
// system has taken it.
func TestWriteToAuthority(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		point := w.point("Byggesag", `,"recommendedAttributes":[{"name":"Ejendommens adresse","required":true},{"name":"Sagsnummer"}],"memoSizeThresholdMB":60,"allowedNumberOfAttachments":3`)
		limits, err := w.Compose.Limits(t.Context(), actor(w.citizen), w.box.UUID, compose.To{Authority: w.authority.UUID, Point: point})
		if err != nil || limits.Files != 3 || limits.Bytes != 60_000_000 || len(limits.Questions) != 2 || !slices.Contains(limits.Types, "pdf") {
			t.Fatalf("%+v %v", limits, err)
		}
		draft := w.create(compose.Edit{})
		if got := codes(draft); !slices.Equal(got, []string{memo.CodeLabelEmpty, compose.CodeNoText, compose.CodeNoRecipient}) {
			t.Error(got)
		}
		draft, err = w.save(draft.Message.ID, compose.Known{Edition: draft.Edition}, compose.Edit{Subject: new(" Ny\ncykelsti "),
			Text: new(`<div onclick="x()">Kære <strong>kommune</strong></div><script>alert(1)</script>`), To: &compose.To{Authority: w.authority.UUID, Point: point}})
		if err != nil || draft.Text != "<p>Kære <b>kommune</b></p>" || draft.Subject != "Ny cykelsti" {
			t.Fatalf("%+v %v", draft, err)
		}
		if got := codes(draft); !slices.Equal(got, []string{compose.CodeAnswerMissing}) {
			t.Error(got)
		}
		if draft, err = w.save(draft.Message.ID, compose.Known{}, compose.Edit{Answers: &[]compose.Answer{{"Ejendommens adresse", "Strandvej 1"}}}); err != nil || len(draft.Problems) > 0 {
			t.Fatalf("%+v %v", draft.Problems, err)
		}
		draft = w.attach(draft.Message.ID, "Kort.txt", "et kort")
		if m := w.list(w.citizen, mailbox.Query{Folder: w.folder(mailbox.Drafts), Limit: 10}); len(m) != 1 || m[0].RecipientName != "Ålhavn Kommune" || m[0].Label != "Ny cykelsti" || m[0].Documents != 2 {
			t.Fatalf("%+v", m)
		}
		sent := w.send(draft.Message.ID)
		if sent.State != mailbox.Sent || sent.Folder != mailbox.SentBox || sent.RecipientName != "Ålhavn Kommune" || sent.Label != "Ny cykelsti" {
			t.Errorf("%+v", sent)
		}
		if again := w.send(draft.Message.ID); again.ID != sent.ID { // the answer was lost
			t.Error("it was sent twice")
		}
		if s := w.status(sent.ID); len(s) != 1 || s[0].State != compose.Delivered || s[0].Name != "Ålhavn Kommune" || s[0].Category != "Byggesag" || !s[0].System {
			t.Errorf("%+v", s)
		}
		got := w.waiting()
		if len(got) != 1 {
			t.Fatal(len(got))
		}
		h := got[0].Header
		info := h.Recipient.ContactPoint
		switch {
		case h.MessageUUID != sent.MemoUUID, h.Label != "Ny cykelsti", h.Sender.SenderID != w.Number(w.citizen), h.Sender.IDType != memo.CPR, h.Sender.Representative != nil:
			t.Errorf("%+v", h)
		case info == nil, info.ContactPointID != point.String(), len(info.ContactInfo) != 1, info.ContactInfo[0].Value != "Strandvej 1":
			t.Errorf("%+v", info)
		case text(got[0].Body.MainDocument.Files[1]) != "Kære kommune\n", !strings.Contains(text(got[0].Body.MainDocument.Files[0]), draft.Text):
			t.Error(text(got[0].Body.MainDocument.Files[0]))
		case len(got[0].Body.AdditionalDocument) != 1, text(got[0].Body.AdditionalDocument[0].Files[0]) != "et kort", got[0].Body.AdditionalDocument[0].Label != "Kort":
			t.Errorf("%+v", got[0].Body.AdditionalDocument)
		}
		before := w.read(w.citizen, sent.ID).Message
		if s := w.status(sent.ID); s[0].State != compose.Handed || s[0].Handed.IsZero() {
			t.Errorf("%+v", s)
		}
		w.Clock.Advance(time.Minute)
		w.receipt(h.MessageUUID, outbound.Completed, "")
		if s := w.status(sent.ID); s[0].State != compose.Taken || s[0].Ended.Sub(s[0].Handed) != time.Minute {
			t.Errorf("%+v", s)
		}
		if after := w.read(w.citizen, sent.ID).Message; after.Modseq <= before.Modseq {
			t.Error("those who follow the mailbox are not told")
		}
		if in := w.list(w.authority, mailbox.Query{Inbox: true, Limit: 10}); len(in) != 1 || in[0].SenderName != w.citizen.Name {
			t.Errorf("%+v", in)
		}
		if w.events(audit.DraftSaved) != 1 || w.events(audit.MessageSentMailbox) != 1 {
			t.Error("it is not told in the log")
		}
	})
}

func text(f *memo.File) string { return f.Content.(*kept).String() }

// folder is the id of one of the citizen's folders.
func (w *town) folder(id mailbox.FolderID) post.UUID {
	w.T.Helper()
	all, err := w.Mailboxes.Folders(w.T.Context(), actor(w.citizen), w.box.UUID)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, f := range all {
		if f.ID == id {
			return f.UUID
		}
	}
	w.T.Fatal("no folder")
	return post.UUID{}
}

// MBX-04, facts 2.7: an answer carries what the case is known by, and the
// authority's answer to it is part of the same thread.
func TestReply(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		older := post.NewUUID()
		pointID := post.NewUUID().String()
		letter := w.get(func(m *memo.Message) {
			h := &m.Header
			h.Reply, h.ReplyByDateTime, h.MessageID = true, w.Clock.Now().AddDate(0, 0, 14), "SAG-1/brev-2"
			h.Sender.ContactPoint = &memo.ContactPoint{ContactPointID: pointID, Label: "Pladsanvisning"}
			h.ContentData = &memo.ContentData{CPRdata: &memo.CPRdata{CPRNumber: "0101010000"}, CaseID: &memo.CaseID{CaseID: "SAG-1", CaseSystem: "ESDH"}, KLEdata: &memo.KLEdata{SubjectKey: "28.09.00", Version: "1", Label: "Dagtilbud"}}
			h.ReplyData = []memo.ReplyData{{MessageUUID: older}, {MessageUUID: h.MessageUUID, ReplyUUID: older, CaseID: "SAG-1", GeneratingSystemID: "KMD-9"}}
		})
		draft, err := w.Compose.Reply(t.Context(), actor(w.citizen), w.box.UUID, letter.ID)
		if err != nil || draft.Subject != "SV: "+letter.Label || draft.Kind != compose.KindReply || len(draft.Recipients) != 1 || draft.Recipients[0].Name != "Ålhavn Kommune" {
			t.Fatalf("%+v %v", draft, err)
		}
		_, err = w.save(draft.Message.ID, compose.Known{}, compose.Edit{To: &compose.To{Authority: post.NewUUID()}})
		wants(t, err, errs.KindInvalid, compose.CodeFixed)
		if _, err := w.save(draft.Message.ID, compose.Known{}, compose.Edit{Text: new("Ja tak")}); err != nil {
			t.Fatal(err)
		}
		sent := w.send(draft.Message.ID)
		got := w.waiting()[0].Header
		own := got.ReplyData[len(got.ReplyData)-1]
		switch {
		case len(got.ReplyData) != 3, got.ReplyData[0].MessageUUID != older:
			t.Errorf("%+v", got.ReplyData)
		case own.MessageUUID != sent.MemoUUID, own.ReplyUUID != letter.MemoUUID, own.SenderID != w.Number(w.citizen), own.RecipientID != w.Number(w.authority):
			t.Errorf("%+v", own)
		case own.CaseID != "SAG-1", own.GeneratingSystemID != "KMD-9", own.ContactPointID != pointID:
			t.Errorf("%+v", own)
		case got.ContentData == nil, got.ContentData.CPRdata.CPRNumber != "0101010000", got.ContentData.KLEdata.SubjectKey != "28.09.00":
			t.Errorf("%+v", got.ContentData)
		case got.Recipient.ContactPoint == nil, got.Recipient.ContactPoint.ContactPointID != pointID:
			t.Errorf("%+v", got.Recipient)
		}
		answered := w.read(w.citizen, letter.ID).Message
		if answered.Answered.IsZero() || answered.Thread != letter.MemoUUID || sent.Thread != letter.MemoUUID {
			t.Errorf("%+v", answered)
		}
		// The authority answers.
		w.get(func(m *memo.Message) {
			m.Header.ReplyData = append(got.ReplyData, memo.ReplyData{MessageUUID: m.Header.MessageUUID, ReplyUUID: sent.MemoUUID})
		})
		thread, err := w.Mailboxes.Thread(t.Context(), actor(w.citizen), w.box.UUID, letter.ID)
		if err != nil || len(thread) != 3 || thread[1].ID != sent.ID {
			t.Errorf("%+v %v", thread, err)
		}
	})
}

// An answer to what one wrote joins it, also where it was the first of all.
func TestAnswerToNewLetter(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		sent := w.send(w.ready().Message.ID)
		w.get(func(m *memo.Message) {
			m.Header.ReplyData = []memo.ReplyData{{MessageUUID: m.Header.MessageUUID, ReplyUUID: sent.MemoUUID}}
		})
		thread, err := w.Mailboxes.Thread(t.Context(), actor(w.citizen), w.box.UUID, sent.ID)
		if err != nil || len(thread) != 2 {
			t.Errorf("%+v %v", thread, err)
		}
	})
}

// SND-04: one answers where the sender takes it, and in time.
func TestReplyRefused(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		until := w.Clock.Now().Add(time.Hour)
		silent, open := w.get(nil), w.get(func(m *memo.Message) { m.Header.Reply, m.Header.ReplyByDateTime = true, until })
		summons := w.get(func(m *memo.Message) { m.Header.Reply, m.Header.LegalNotification = true, true })
		reply := func(id post.UUID) (compose.Draft, error) {
			return w.Compose.Reply(t.Context(), actor(w.citizen), w.box.UUID, id)
		}
		_, err := reply(silent.ID)
		wants(t, err, errs.KindForbidden, compose.CodeReplyNotAllowed)
		_, err = reply(summons.ID)
		wants(t, err, errs.KindConflict, compose.CodeUnserved)
		_, err = reply(post.NewUUID())
		wants(t, err, errs.KindNotFound, "not.found")
		draft, err := reply(open.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.save(draft.Message.ID, compose.Known{}, compose.Edit{Text: new("Ja")}); err != nil {
			t.Fatal(err)
		}
		ways, err := w.Compose.Ways(t.Context(), actor(w.citizen), w.box.UUID, open.ID)
		if err != nil || ways != (compose.Ways{ForwardAuthority: true, ForwardRecipient: true, ForwardEMail: true}) {
			t.Errorf("%+v %v", ways, err)
		}
		w.Clock.Advance(2 * time.Hour)
		_, err = reply(open.ID)
		wants(t, err, errs.KindForbidden, compose.CodeReplyTooLate)
		_, err = w.trySend(draft.Message.ID)
		wants(t, err, errs.KindInvalid, compose.CodeReplyTooLate)
		if got := codes(w.draft(draft.Message.ID)); !slices.Equal(got, []string{compose.CodeReplyTooLate}) { // it is still there
			t.Error(got)
		}
		if ways, err := w.Compose.Ways(t.Context(), actor(w.citizen), w.box.UUID, silent.ID); err != nil || ways.Reply != compose.CodeReplyNotAllowed {
			t.Errorf("%+v %v", ways, err)
		}
		_, err = w.Compose.Reply(t.Context(), actor(w.Person("Bo", 30, nil)), w.box.UUID, open.ID)
		wants(t, err, errs.KindNotFound, "not.found")
	})
}

// An answer is sent also where the letter was deleted for good meanwhile.
func TestReplyToWhatIsGone(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		letter := w.get(func(m *memo.Message) { m.Header.Reply = true })
		draft, err := w.Compose.Reply(t.Context(), actor(w.citizen), w.box.UUID, letter.ID)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := w.Mailboxes.Delete(t.Context(), actor(w.citizen), w.box.UUID, letter.ID, 0); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.save(draft.Message.ID, compose.Known{}, compose.Edit{Text: new("Ja")}); err != nil {
			t.Fatal(err)
		}
		w.send(draft.Message.ID)
		if got := w.waiting(); len(got) != 1 || got[0].Header.ReplyData[1].ReplyUUID != letter.MemoUUID {
			t.Errorf("%+v", got)
		}
	})
}

// What the authority's system refuses comes back as a message, once, and says
// that nothing is lost.
func TestRefusedBySystem(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		sent := w.send(w.ready().Message.ID)
		w.receipt(sent.MemoUUID, outbound.Invalid, "case.unknown")
		if s := w.status(sent.ID); s[0].State != compose.Refused || s[0].Code != "case.unknown" {
			t.Errorf("%+v", s)
		}
		in := w.list(w.citizen, mailbox.Query{Inbox: true, Limit: 10})
		if len(in) != 1 || in[0].Sender != w.Operator.ID || !strings.Contains(in[0].Label, "Ålhavn Kommune") {
			t.Fatalf("%+v", in)
		}
		if got := w.content(w.citizen, in[0].ID, 0, 0); !strings.Contains(got, "Ny cykelsti") || !strings.Contains(got, "ikke gået tabt") {
			t.Error(got)
		}
		sent = w.send(w.ready().Message.ID) // a text that is no code stays with the system's people
		w.receipt(sent.MemoUUID, outbound.Invalid, "Sagsbehandler Jens' fejl")
		if s := w.status(sent.ID); s[0].Code != outbound.CodeRefused {
			t.Errorf("%+v", s)
		}
	})
}

// Nobody can be written to who cannot receive it; it is said before one writes.
func TestRecipientRefused(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		silent, firm := w.Authority("Ålhavn Museum"), w.Company("Ålhavn Is ApS")
		ours := w.point("Pas", "")
		closed := w.point("Lukket", `,"active":false`)
		firms := w.point("Erhverv", `,"targets":["COMPANY"]`)
		for _, c := range []struct {
			to   compose.To
			code string
		}{
			{compose.To{Authority: silent.UUID}, registry.CodeUnreachable},
			{compose.To{Authority: firm.UUID}, registry.CodeNotAuthority},
			{compose.To{Authority: w.citizen.UUID}, registry.CodeNotAuthority},
			{compose.To{Authority: post.NewUUID()}, registry.CodeNotAuthority},
			{compose.To{Authority: w.authority.UUID, Point: post.NewUUID()}, registry.CodePointUnknown},
			{compose.To{Authority: silent.UUID, Point: ours}, registry.CodePointUnknown},
			{compose.To{Authority: w.authority.UUID, Point: closed}, registry.CodePointUnknown},
			{compose.To{Authority: w.authority.UUID, Point: firms}, registry.CodePointUnknown},
		} {
			_, err := w.Compose.Limits(t.Context(), actor(w.citizen), w.box.UUID, c.to)
			wants(t, err, errs.KindInvalid, c.code)
			draft := w.ready()
			draft, err = w.save(draft.Message.ID, compose.Known{}, compose.Edit{To: &c.to})
			if err != nil || !slices.Equal(codes(draft), []string{c.code}) {
				t.Errorf("%s: %v %v", c.code, codes(draft), err)
			}
			_, err = w.trySend(draft.Message.ID)
			wants(t, err, errs.KindInvalid, c.code)
		}
		for _, to := range []compose.To{{Recipients: []post.UUID{firm.UUID}}, {EMails: []string{"a@b.dk"}}} {
			_, err := w.Compose.Create(t.Context(), actor(w.citizen), w.box.UUID, compose.Edit{To: &to})
			wants(t, err, errs.KindInvalid, registry.CodeNotAuthority)
		}
		_, err := w.Compose.Create(t.Context(), actor(w.citizen), w.box.UUID, compose.Edit{To: &compose.To{Authority: w.authority.UUID, EMails: []string{"a@b.dk"}}})
		wants(t, err, errs.KindInvalid, compose.CodeRecipientMix)
		if len(w.waiting()) != 0 || len(w.list(w.authority, mailbox.Query{Inbox: true, Limit: 5})) != 0 {
			t.Error("something was sent")
		}
	})
}

// MBX-05: to an authority with category, with a comment and the documents; what
// the letter was about goes along, its actions do not.
func TestForwardToAuthority(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		point := w.point("Byggesag", "")
		letter := w.get(func(m *memo.Message) {
			m.Header.ContentData = &memo.ContentData{CaseID: &memo.CaseID{CaseID: "S-7", CaseSystem: "ESDH"}}
			m.Header.Sender.Representative = &memo.Representative{RepresentativeID: "0101010000", IDType: memo.CPR, Label: "Bo Bertelsen"}
			m.Body.MainDocument.Actions = []memo.Action{{Label: "Betal", ActionCode: memo.Betaling, EntryPoint: &memo.EntryPoint{URL: "https://betal.dk"}}}
			m.Body.AdditionalDocument = []memo.Document{{Label: "Bilag", Files: []*memo.File{{EncodingFormat: "text/plain", Filename: "bilag.txt", Language: "da", Content: []byte("bilaget")}}}}
			m.Body.TechnicalDocument = []memo.Document{{Files: []*memo.File{{EncodingFormat: "text/xml", Filename: "x.xml", Language: "da", Content: []byte("<x/>")}}}}
		})
		draft, err := w.Compose.Forward(t.Context(), actor(w.citizen), w.box.UUID, letter.ID, compose.Edit{To: &compose.To{Authority: w.authority.UUID, Point: point}, Comment: new("Se her")})
		if err != nil || len(draft.Problems) > 0 || draft.Subject != "VS: "+letter.Label {
			t.Fatalf("%+v %v", draft, err)
		}
		_, err = w.save(draft.Message.ID, compose.Known{}, compose.Edit{Text: new("x")})
		wants(t, err, errs.KindInvalid, compose.CodeFixed)
		_, err = w.tryAttach(draft.Message.ID, "a.txt", "x")
		wants(t, err, errs.KindInvalid, compose.CodeFixed)
		sent := w.send(draft.Message.ID)
		got := w.waiting()[0]
		f := got.Header.ForwardData
		switch {
		case f == nil, f.MessageUUID != letter.MemoUUID, f.OriginalSender != "Ålhavn Kommune", f.Comment != "Se her", f.ContactPointID != point.String(), f.OriginalMessageDateTime.IsZero():
			t.Errorf("%+v", f)
		case got.Header.ContentData == nil, got.Header.ContentData.CaseID.CaseID != "S-7", got.Header.Reply:
			t.Errorf("%+v", got.Header)
		case text(got.Body.MainDocument.Files[0]) != w.content(w.citizen, letter.ID, 0, 0), len(got.Body.MainDocument.Actions) != 0:
			t.Errorf("%+v", got.Body)
		case len(got.Body.AdditionalDocument) != 1, text(got.Body.AdditionalDocument[0].Files[0]) != "bilaget", len(got.Body.TechnicalDocument) != 0:
			t.Errorf("%+v", got.Body)
		}
		if w.read(w.citizen, letter.ID).Message.Forwarded.IsZero() || w.events(audit.MessageForwardedToAuthority) != 1 {
			t.Error("it is not told")
		}
		// Each has bytes of its own: one deleted for good takes nothing from the others.
		for range 2 {
			if err := w.Mailboxes.Delete(t.Context(), actor(w.citizen), w.box.UUID, letter.ID, 0); err != nil {
				t.Fatal(err)
			}
		}
		if w.content(w.citizen, sent.ID, 1, 0) != "bilaget" || len(w.waiting()) != 1 {
			t.Error("the forwarded letter is not whole")
		}
		draft, err = w.Compose.Forward(t.Context(), actor(w.citizen), w.box.UUID, sent.ID, compose.Edit{To: w.toAuthority()}) // what one sent can be forwarded too
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := w.Mailboxes.Delete(t.Context(), actor(w.citizen), w.box.UUID, sent.ID, 0); err != nil {
				t.Fatal(err)
			}
		}
		_, err = w.trySend(draft.Message.ID)
		wants(t, err, errs.KindInvalid, compose.CodeOriginalGone)
	})
}

// SND-08: a summons that nobody opened is read by nobody through a forwarded copy.
func TestForwardUnserved(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		summons := w.get(func(m *memo.Message) { m.Header.LegalNotification = true })
		_, err := w.Compose.Forward(t.Context(), actor(w.citizen), w.box.UUID, summons.ID, compose.Edit{To: w.toAuthority()})
		wants(t, err, errs.KindConflict, compose.CodeUnserved)
		if !w.read(w.citizen, summons.ID).Message.Served.IsZero() {
			t.Error("it was served")
		}
	})
}

// What a system fetches follows the official schema in 1.1, and is read without a
// problem in 1.2.
func TestWrittenLettersFollowTheSchema(t *testing.T) {
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed (Debian: libxml2-utils)")
	}
	schema := filepath.Join(testkit.Shared(t), "ngdp", "memo-xsd", "MeMo_core.xsd")
	w := newTown(t, testkit.SQLite(t))
	point := w.point("Byggesag", `,"recommendedAttributes":[{"name":"Sagsnummer"}]`)
	letter := w.get(func(m *memo.Message) { m.Header.Reply = true })
	draft := w.ready()
	w.attach(draft.Message.ID, "kort.txt", "x")
	if _, err := w.save(draft.Message.ID, compose.Known{}, compose.Edit{To: &compose.To{Authority: w.authority.UUID, Point: point}, Answers: &[]compose.Answer{{"Sagsnummer", "7"}}}); err != nil {
		t.Fatal(err)
	}
	reply, err := w.Compose.Reply(t.Context(), actor(w.citizen), w.box.UUID, letter.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.save(reply.Message.ID, compose.Known{}, compose.Edit{Text: new("Ja & nej")}); err != nil {
		t.Fatal(err)
	}
	forward, err := w.Compose.Forward(t.Context(), actor(w.citizen), w.box.UUID, letter.ID, compose.Edit{To: w.toAuthority(), Comment: new("<se her>")})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []compose.Draft{draft, reply, forward} {
		sent := w.send(d.Message.ID)
		w.receives.MemoVersion = "1.1"
		check := exec.Command(xmllint, "--noout", "--nonet", "--schema", schema, "-")
		check.Stdin = bytes.NewReader(w.xml(sent.MemoUUID))
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", d.Kind, err, out)
		}
		w.receives.MemoVersion = "1.2"
		if m := w.fetch(sent.MemoUUID); m.Version != memo.V12 || memo.Validate(m, memo.Rules{}) != nil {
			t.Errorf("%s: %v", d.Kind, memo.Validate(m, memo.Rules{}))
		}
	}
}

// A failing transaction leaves the draft as it was, and nothing half.
func TestNothingHalf(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		draft := w.ready()
		w.attach(draft.Message.ID, "kort.txt", strings.Repeat("x", 10_000))
		before := w.draft(draft.Message.ID)
		other := post.NewUUID()
		w.Update(func(tx *db.Tx) error { // the municipality ceases while one writes
			_, err := tx.Exec("UPDATE party SET status = 'CLOSED', uuid = $1 WHERE id = $2", other, w.authority.ID)
			return err
		})
		if _, err := w.trySend(draft.Message.ID); errs.KindOf(err) != errs.KindInvalid {
			t.Error(err)
		}
		after := w.draft(draft.Message.ID)
		if after.Message != before.Message || after.Text != before.Text || len(after.Attachments) != 1 || w.content(w.citizen, draft.Message.ID, 1, 0) != strings.Repeat("x", 10_000) {
			t.Errorf("%+v", after)
		}
		if n := w.events(audit.MessageSentMailbox); n != 0 {
			t.Error(n)
		}
		w.Update(func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE party SET status = 'ACTIVE', uuid = $1 WHERE id = $2", w.authority.UUID, w.authority.ID)
			return err
		})
		w.send(draft.Message.ID)
	})
}
