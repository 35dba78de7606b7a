package support_test

import (
	"slices"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/support"
	"digitalpost/internal/testkit"
	town "digitalpost/internal/testkit/world"
)

func submit(t *testing.T, w *town.World, q support.Inquiry) string {
	t.Helper()
	r, err := w.Support.Submit(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return r.Number
}

func titles(t *testing.T, w *town.World, p registry.Party) (all []string) {
	t.Helper()
	m, err := w.Mailboxes.Enter(t.Context(), town.Actor(p))
	if err != nil {
		t.Fatal(err)
	}
	page, err := w.Mailboxes.Messages(t.Context(), town.Actor(p), m.UUID, mailbox.Query{Inbox: true, Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range page.Messages {
		all = append(all, m.Label)
	}
	return all
}

func count(w *town.World, of post.PartyID, name audit.Name) (n int) {
	w.Update(func(tx *db.Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM event WHERE mailbox = $1 AND name = $2", of, string(name)).Scan(&n)
	})
	return n
}

// MBX-20: support answers who was logged in by a letter; who takes an inquiry reads
// it, and it is answered once.
func TestAnswerByLetter(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := town.New(t, d)
		emil, frida := w.Clerk("Emil", w.Operator, access.Support), w.Clerk("Frida", w.Operator, access.Support)
		signe := w.Person("Signe", 40, nil)
		number := submit(t, w, support.Inquiry{Kind: support.Question, Party: signe.ID, Subject: "Mit <brev>", Text: "Hvor er det?"})
		queue, err := w.Support.Queue(t.Context(), emil, support.Waiting, false)
		if err != nil || len(queue) != 1 || queue[0].Number != number || queue[0].Subject != "Mit <brev>" || queue[0].Taken != "" {
			t.Fatal(queue, err)
		}
		if r, err := w.Support.Inquiry(t.Context(), emil, number); err != nil || r.Text != "" || r.Name != "" {
			t.Error("it is read by who has not taken it", r, err)
		}
		if err := w.Support.Answer(t.Context(), emil, number, 0, support.ByLetter, "Her"); errs.CodeOf(err) != "inquiry.not.taken" {
			t.Error(err)
		}
		if err := w.Support.Take(t.Context(), emil, number); err != nil {
			t.Fatal(err)
		}
		if count(w, signe.ID, audit.InquiryTaken) != 1 {
			t.Error("the writer does not see who reads it")
		}
		r, err := w.Support.Inquiry(t.Context(), emil, number)
		if err != nil || r.Text != "Hvor er det?" || r.Name != signe.Name || !slices.Equal(r.Ways, []support.Way{support.ByLetter}) {
			t.Fatalf("%+v %v", r, err)
		}
		if mine, err := w.Support.Queue(t.Context(), frida, support.Waiting, true); err != nil || len(mine) != 0 {
			t.Error(mine, err)
		}
		if err := w.Support.Take(t.Context(), frida, number); err != nil { // a colleague goes on
			t.Fatal(err)
		}
		if err := w.Support.Answer(t.Context(), emil, number, 0, support.ByLetter, "Her"); errs.CodeOf(err) != "inquiry.not.taken" {
			t.Error(err)
		}
		if err := w.Support.Answer(t.Context(), frida, number, r.Version, support.ByLetter, "Her"); errs.CodeOf(err) != "version.conflict" {
			t.Error(err)
		}
		if err := w.Support.Answer(t.Context(), frida, number, 0, support.ByEMail, "Her"); errs.CodeOf(err) != support.CodeWay {
			t.Error(err)
		}
		if err := w.Support.Answer(t.Context(), frida, number, 0, support.ByLetter, " "); errs.CodeOf(err) != support.CodeAnswer {
			t.Error(err)
		}
		if err := w.Support.Answer(t.Context(), frida, number, 0, support.ByLetter, "Det ligger i indbakken."); err != nil {
			t.Fatal(err)
		}
		if err := w.Support.Answer(t.Context(), frida, number, 0, support.ByLetter, "En gang til"); errs.CodeOf(err) != support.CodeAnswered {
			t.Error(err)
		}
		if got := titles(t, w, signe); !slices.Contains(got, "Svar på din henvendelse "+number+": Mit <brev>") {
			t.Error(got)
		}
		if count(w, signe.ID, audit.InquiryAnswered) != 1 {
			t.Error("the answer is not in the log")
		}
		if done, err := w.Support.Queue(t.Context(), emil, support.Answered, false); err != nil || len(done) != 1 || done[0].Taken != "Frida Prøvesen" {
			t.Error(done, err)
		}
		if r, err := w.Support.Inquiry(t.Context(), frida, number); err != nil || r.Answer != "Det ligger i indbakken." || r.Way != support.ByLetter {
			t.Error(r, err)
		}
	})
}

// MBX-20: who was not logged in is answered at the address that they gave.
func TestAnswerByEMail(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		relay, err := outbound.NewRelay(outbound.MailConfig{Relay: "127.0.0.1:1", From: "no-reply@example.dk", BounceDomain: "retur.example.dk", MaxSize: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		w := town.New(t, d, func(c *outbound.Config) { c.Mail = relay })
		emil := w.Clerk("Emil", w.Operator, access.Support)
		number := submit(t, w, support.Inquiry{Kind: support.Feedback, Name: "Bo", EMail: "bo@example.dk", Phone: "70200000", Subject: "Ros", Text: "Godt"})
		if err := w.Support.Take(t.Context(), emil, number); err != nil {
			t.Fatal(err)
		}
		r, err := w.Support.Inquiry(t.Context(), emil, number)
		if err != nil || !slices.Equal(r.Ways, []support.Way{support.ByEMail, support.ByPhone}) {
			t.Fatal(r.Ways, err)
		}
		if err := w.Support.Answer(t.Context(), emil, number, r.Version, support.ByEMail, "Tak"); err != nil {
			t.Fatal(err)
		}
		waiting := 0
		w.Update(func(tx *db.Tx) error {
			return tx.QueryRow("SELECT COUNT(*) FROM email WHERE mailbox = $1", w.Operator.ID).Scan(&waiting)
		})
		if waiting != 1 {
			t.Errorf("%d e-mails", waiting)
		}
	})
}

// MBX-20: only support of who runs Digital Post reads what people write to it.
func TestOnlySupportAnswers(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := town.New(t, d)
		number := submit(t, w, support.Inquiry{Kind: support.Question, Name: "Bo", EMail: "bo@example.dk", Subject: "Hej", Text: "Hej"})
		here := w.Authority("Ålhavn Kommune")
		elsewhere := w.Clerk("Emil", w.Operator, access.Support)
		elsewhere.Platform = post.PlatformVirk
		left := w.Clerk("Otto", w.Operator, access.Support)
		w.Update(func(tx *db.Tx) error {
			p, err := w.Registry.Party(tx, left.Party)
			if err != nil {
				return err
			}
			return w.Registry.Save(tx, []registry.Record{{Type: "member", Organisation: w.Number(w.Operator), CPR: w.Number(p), Employed: false}})
		})
		for name, who := range map[string]post.Actor{
			"citizen service": w.Clerk("Tove", here, access.CitizenService), "support of a municipality": w.Clerk("Ib", here, access.Support),
			"a system manager": w.Clerk("Pernille", w.Operator, access.SystemManager), "elsewhere than at the counter": elsewhere,
			"who has left": left, "nobody": {}, "a citizen": town.Actor(w.Person("Signe", 40, nil)),
		} {
			if rows, err := w.Support.Queue(t.Context(), who, support.Waiting, false); err == nil || len(rows) > 0 {
				t.Errorf("%s sees the queue", name)
			}
			if r, err := w.Support.Inquiry(t.Context(), who, number); err == nil || r.Text != "" {
				t.Errorf("%s reads an inquiry", name)
			}
			if err := w.Support.Take(t.Context(), who, number); err == nil {
				t.Errorf("%s takes an inquiry", name)
			}
			if err := w.Support.Answer(t.Context(), who, number, 0, support.ByEMail, "x"); err == nil {
				t.Errorf("%s answers", name)
			}
		}
		if count(w, w.Operator.ID, audit.AccessRefused) == 0 {
			t.Error("refusals are not in the log")
		}
	})
}
