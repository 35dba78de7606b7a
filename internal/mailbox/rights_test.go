package mailbox_test

import (
	"context"
	"errors"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

// target is a message that somebody asks about.
type target struct{ box, message post.UUID }

// questions are all that can be asked about a message, or a mailbox.
func (w *town) questions() map[string]func(context.Context, post.Actor, target) error {
	m := w.Mailboxes
	return map[string]func(context.Context, post.Actor, target) error{
		"Get": func(ctx context.Context, a post.Actor, x target) error { _, err := m.Get(ctx, a, x.box); return err },
		"Messages": func(ctx context.Context, a post.Actor, x target) error {
			_, err := m.Messages(ctx, a, x.box, mailbox.Query{})
			return err
		},
		"Folders": func(ctx context.Context, a post.Actor, x target) error {
			_, err := m.Folders(ctx, a, x.box)
			return err
		},
		"Watch": func(ctx context.Context, a post.Actor, x target) error {
			return m.Watch(ctx, a, x.box, func() error { return nil }, func(mailbox.Glance) error { return errSeen })
		},
		"Letters": func(ctx context.Context, a post.Actor, x target) error {
			all, err := m.Letters(ctx, a, x.box, []post.UUID{x.message})
			if len(all) > 0 {
				return errSeen
			}
			return err
		},
		"Read": func(ctx context.Context, a post.Actor, x target) error {
			_, err := m.Read(ctx, a, x.box, x.message)
			return err
		},
		"Open": func(ctx context.Context, a post.Actor, x target) error {
			_, err := m.Open(ctx, a, x.box, x.message)
			return err
		},
		"Patch": func(ctx context.Context, a post.Actor, x target) error {
			_, err := m.Patch(ctx, a, x.box, x.message, 1, mailbox.Change{Flag: new(true)})
			return err
		},
		"Content": func(ctx context.Context, a post.Actor, x target) error {
			_, r, err := m.Content(ctx, a, x.box, x.message, 0, 0)
			if err == nil {
				r.Close()
			}
			return err
		},
	}
}

var errSeen = errors.New("something was seen")

// ofMessage are the questions about one message.
var ofMessage = []string{"Read", "Open", "Patch", "Content"}

// What one has no right to looks as if it were not there: a forbidden message, a
// missing message and a missing mailbox have the same answer, and each leaves one
// event, so that not even the work done tells them apart (ACC-06, SYS-08, REG-04).
func TestForbiddenLooksLikeMissing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		letter := w.send(nil)
		other := w.Person("Otto", 50, nil)
		w.enter(other)
		company := w.Company("Firma ApS")
		for name, a := range map[string]post.Actor{
			"a stranger":                    actor(other),
			"nobody":                        {},
			"a stranger at work":            {Party: other.ID, Organisation: company.ID, Platform: post.PlatformVirk, Assurance: post.AssuranceHigh},
			"the owner at work":             {Party: w.citizen.ID, Organisation: company.ID, Platform: post.PlatformVirk, Assurance: post.AssuranceHigh},
			"the sender's system":           {System: w.system.ID, Organisation: w.authority.ID, Platform: post.PlatformBorger, Assurance: post.AssuranceHigh},
			"a clerk at the counter":        {Party: other.ID, Platform: post.PlatformStaff, Assurance: post.AssuranceHigh},
			"a stranger weakly logged in":   {Party: other.ID, Platform: post.PlatformBorger, Assurance: post.AssuranceLow},
			"the owner from no platform":    {Party: w.citizen.ID, Assurance: post.AssuranceHigh},
			"the owner at the staff's desk": {Party: w.citizen.ID, Platform: post.PlatformStaff, Assurance: post.AssuranceHigh},
		} {
			for ask, question := range w.questions() {
				for what, x := range map[string]target{
					"the message":       {w.box.UUID, letter.ID},
					"a missing message": {w.box.UUID, post.NewUUID()},
					"a missing mailbox": {post.NewUUID(), letter.ID},
				} {
					before := w.events(w.citizen.ID, audit.AccessRefused) + w.events(0, audit.AccessRefused)
					err := question(t.Context(), a, x)
					if errs.KindOf(err) != errs.KindNotFound || errs.CodeOf(err) != access.CodeNotFound {
						t.Errorf("%s, %s of %s: %v", name, ask, what, err)
					}
					if n := w.events(w.citizen.ID, audit.AccessRefused) + w.events(0, audit.AccessRefused) - before; n != 1 {
						t.Errorf("%s, %s of %s: %d events", name, ask, what, n)
					}
				}
			}
		}
		if now := w.read(letter.ID).Message; now.Version != letter.Version || now.Read || now.Flag {
			t.Errorf("somebody changed it: %+v", now)
		}
	})
}

// Own rights do not reach further with ids of others: a message is found in its
// own mailbox only.
func TestIDsOfOtherMailboxes(t *testing.T) {
	w := newTown(t, testkit.SQLite(t))
	letter := w.send(nil)
	other := w.Person("Otto", 50, nil)
	own := w.enter(other)
	for _, ask := range ofMessage {
		err := w.questions()[ask](t.Context(), actor(other), target{own.UUID, letter.ID})
		if errs.KindOf(err) != errs.KindNotFound {
			t.Errorf("%s: %v", ask, err)
		}
	}
	if all, err := w.Mailboxes.Letters(t.Context(), actor(other), own.UUID, []post.UUID{letter.ID}); err != nil || len(all) != 0 {
		t.Errorf("Letters: %v %v", all, err)
	}
	theirs, err := w.Mailboxes.Folders(t.Context(), actor(other), own.UUID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Mailboxes.Patch(t.Context(), actor(w.citizen), w.box.UUID, letter.ID, 0, mailbox.Change{Folder: &theirs[3].UUID})
	if errs.KindOf(err) != errs.KindInvalid {
		t.Errorf("moved to another's folder: %v", err)
	}
	if _, err := w.Mailboxes.Messages(t.Context(), actor(w.citizen), w.box.UUID, mailbox.Query{Folder: theirs[0].UUID}); errs.KindOf(err) != errs.KindNotFound {
		t.Errorf("listed another's folder: %v", err)
	}
	if err := w.Mailboxes.WriteMemo(t.Context(), nil, other.ID, letter.ID, "1.2"); errs.KindOf(err) != errs.KindNotFound {
		t.Errorf("WriteMemo: %v", err)
	}
}

// A weak log-in learns nothing of its own mailbox but that it is too weak, whether
// or not there is such a message (SYS-08).
func TestWeakLogIn(t *testing.T) {
	w := newTown(t, testkit.SQLite(t))
	letter := w.send(nil)
	weak := actor(w.citizen)
	weak.Assurance = post.AssuranceLow
	for ask, question := range w.questions() {
		for what, message := range map[string]post.UUID{"the message": letter.ID, "a missing message": post.NewUUID()} {
			if err := question(t.Context(), weak, target{w.box.UUID, message}); errs.CodeOf(err) != "access.assurance.too.low" {
				t.Errorf("%s of %s: %v", ask, what, err)
			}
		}
	}
	if _, err := w.Mailboxes.Enter(t.Context(), weak); errs.KindOf(err) != errs.KindForbidden {
		t.Errorf("Enter: %v", err)
	}
	if all, err := w.Mailboxes.List(t.Context(), weak); err != nil || len(all) != 0 {
		t.Errorf("List: %v %v", all, err)
	}
}

// A dead person's mailbox is closed, also to a log-in that is still open (REG-04).
func TestDeadOwner(t *testing.T) {
	w := newTown(t, testkit.SQLite(t))
	letter := w.send(nil)
	w.die(w.citizen)
	for ask, question := range w.questions() {
		if err := question(t.Context(), actor(w.citizen), target{w.box.UUID, letter.ID}); errs.KindOf(err) != errs.KindNotFound {
			t.Errorf("%s: %v", ask, err)
		}
	}
	if box, err := w.Mailboxes.Enter(t.Context(), actor(w.citizen)); err == nil || box.ID != 0 {
		t.Errorf("Enter: %+v %v", box, err)
	}
	if all, err := w.Mailboxes.List(t.Context(), actor(w.citizen)); err != nil || len(all) != 0 {
		t.Errorf("List: %v %v", all, err)
	}
}

func (w *town) die(p registry.Party) {
	w.T.Helper()
	w.Update(func(tx *db.Tx) error {
		return w.Registry.Save(tx, []registry.Record{{Type: "person", CPR: w.Number(p), FirstName: "Signe", LastName: "Prøvesen",
			BirthDate: p.Born.Format("2006-01-02"), Status: registry.Dead}})
	})
}

// A token that only reads changes nothing, also not by reading.
func TestReadOnlyToken(t *testing.T) {
	w := newTown(t, testkit.SQLite(t))
	letter, court := w.send(nil), w.send(summons)
	reader := actor(w.citizen)
	reader.ReadOnly = true
	for ask, question := range w.questions() {
		err := question(t.Context(), reader, target{w.box.UUID, letter.ID})
		switch ask {
		case "Patch":
			if errs.KindOf(err) != errs.KindForbidden {
				t.Errorf("%s: %v", ask, err)
			}
		case "Watch", "Letters":
			if !errors.Is(err, errSeen) {
				t.Errorf("%s: %v", ask, err)
			}
		default:
			if err != nil {
				t.Errorf("%s: %v", ask, err)
			}
		}
	}
	// A court summons is seen, but not opened: that would serve it (SND-08).
	for ask, may := range map[string]bool{"Read": true, "Open": false, "Content": false, "Patch": false} {
		if err := w.questions()[ask](t.Context(), reader, target{w.box.UUID, court.ID}); (err == nil) != may {
			t.Errorf("%s of a summons: %v", ask, err)
		}
	}
	for _, before := range []mailbox.Message{letter, court} {
		if now := w.read(before.ID).Message; now != before {
			t.Errorf("changed: %+v", now)
		}
	}
}

// Private post is neither shown nor counted where it does not belong (MBX-09): no
// test can deliver it yet, so the platforms are asked about public post.
func TestPlatformWithoutConsent(t *testing.T) {
	w := newTown(t, testkit.SQLite(t))
	letter := w.send(nil)
	at := actor(w.citizen)
	at.Platform = post.PlatformEboks
	page, err := w.Mailboxes.Messages(t.Context(), at, w.box.UUID, mailbox.Query{}) // PLT-01
	if err != nil || len(page.Messages) != 0 || page.Total != 0 || page.Folders[0].Total != 0 || page.Folders[0].Unread != 0 {
		t.Errorf("%+v %v", page, err)
	}
	for _, ask := range ofMessage {
		if err := w.questions()[ask](t.Context(), at, target{w.box.UUID, letter.ID}); err == nil {
			t.Errorf("%s was allowed", ask)
		}
	}
}

// What is ready to leave is asked about once more, for everybody but the owner in their
// own name; that the owner was there lets nobody else through (ACC-10).
func TestStill(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		bo, ida := w.Person("Bo", 40, nil), w.Person("Ida", 40, nil)
		firm := w.Company("Firma ApS")
		w.Member(firm, w.citizen, nil)
		right := w.helps(bo, access.Reader)
		ctx := t.Context()
		ask := func(who string, a post.Actor, box post.UUID, may bool) {
			t.Helper()
			if err := w.Mailboxes.Still(ctx, a, box); (err == nil) != may {
				t.Errorf("%s may %v: %v", who, may, err)
			}
		}
		theirs := w.enter(bo)
		for range 2 { // before and after the owner was there
			ask("the owner", actor(w.citizen), w.box.UUID, true)
			ask("a helper", actor(bo), w.box.UUID, true)
			ask("a stranger", actor(ida), w.box.UUID, false)
			ask("the owner at work", world.Employee(w.citizen, firm), w.box.UUID, false)
			ask("the owner, of the helper's", actor(w.citizen), theirs.UUID, false)
			ask("nobody", post.Actor{Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial}, w.box.UUID, false)
			ask("the owner, of none", actor(w.citizen), post.UUID{}, false)
			w.list(mailbox.Query{})
		}
		w.end(right)
		ask("a helper whose right has ended", actor(bo), w.box.UUID, false)
		ask("the owner afterwards", actor(w.citizen), w.box.UUID, true)
	})
}

// An open page ends when its right does.
func TestWatchEndsWithTheRight(t *testing.T) {
	w := newTown(t, testkit.SQLite(t))
	var seen []mailbox.Glance
	err := w.Mailboxes.Watch(t.Context(), actor(w.citizen), w.box.UUID, func() error { return nil }, func(g mailbox.Glance) error {
		seen = append(seen, g)
		switch len(seen) {
		case 1:
			w.send(nil)
		case 2:
			w.die(w.citizen)
		}
		return nil
	})
	if errs.KindOf(err) != errs.KindNotFound {
		t.Errorf("ended with %v", err)
	}
	if len(seen) != 2 || seen[0].Unread != 0 || seen[1].Unread != 1 || seen[1].Total != 1 || seen[1].Modseq <= seen[0].Modseq {
		t.Errorf("saw %+v", seen)
	}
	gone := errors.New("logged out")
	err = w.Mailboxes.Watch(t.Context(), actor(w.citizen), w.box.UUID, func() error { return gone }, func(mailbox.Glance) error { return nil })
	if err == nil {
		t.Error("watched without a right")
	}
}

// One person does not hold open streams without end, and those of others are not
// counted with theirs.
func TestWatchesHaveAnEnd(t *testing.T) {
	w := newTown(t, testkit.SQLite(t))
	other := w.Person("Bo", 40, nil)
	theirs := w.enter(other)
	ctx, end := context.WithCancel(t.Context())
	seen, ended := make(chan error), make(chan error)
	watch := func() error {
		return w.Mailboxes.Watch(ctx, actor(w.citizen), w.box.UUID, func() error { return nil }, func(mailbox.Glance) error { seen <- nil; return nil })
	}
	const most = 1000
	for range most {
		go func() { ended <- watch() }()
	}
	for range most {
		<-seen
	}
	if err := w.Mailboxes.Watch(ctx, actor(w.citizen), w.box.UUID, func() error { return nil }, func(mailbox.Glance) error { return errSeen }); errs.CodeOf(err) != mailbox.CodeWatchesMany {
		t.Error("one more:", err)
	}
	if err := w.Mailboxes.Watch(ctx, actor(other), theirs.UUID, func() error { return nil }, func(mailbox.Glance) error { return errSeen }); !errors.Is(err, errSeen) {
		t.Error("another's:", err)
	}
	end()
	for range most {
		<-ended
	}
	if err := w.Mailboxes.Watch(t.Context(), actor(w.citizen), w.box.UUID, func() error { return nil }, func(mailbox.Glance) error { return errSeen }); !errors.Is(err, errSeen) {
		t.Error("once they are closed:", err)
	}
}
