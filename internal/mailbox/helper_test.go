package mailbox_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

// helps gives a person a right to the citizen's mailbox.
func (w *town) helps(p registry.Party, relation access.Relation, senders ...post.PartyID) rights.Right {
	w.T.Helper()
	return w.Give(rights.Right{Mailbox: w.citizen.ID, Holder: p.ID, Relation: relation, Senders: senders})
}

func (w *town) end(right rights.Right) {
	w.T.Helper()
	w.Update(func(tx *db.Tx) error {
		_, err := w.Rights.End(tx, actor(w.citizen), access.Owner, right.ID, 0)
		return err
	})
}

// shown are the titles of the messages that somebody is shown by each way there is
// to find one, nil where they may not see the mailbox.
func (w *town) shown(p registry.Party, words string) map[string][]string {
	w.T.Helper()
	ctx, a, box := w.T.Context(), actor(p), w.box.UUID
	all := map[string][]string{}
	titles := func(way string, messages []mailbox.Message, err error) {
		w.T.Helper()
		if err != nil {
			w.T.Fatal(way, err)
		}
		found := []string{}
		for _, m := range messages {
			found = append(found, m.Label)
		}
		slices.Sort(found)
		all[way] = found
	}
	page, err := w.Mailboxes.Messages(ctx, a, box, mailbox.Query{Ahead: true})
	if errs.KindOf(err) == errs.KindNotFound {
		return nil
	}
	titles("list", page.Messages, err)
	ahead := []mailbox.Message{}
	for _, d := range page.Ahead {
		ahead = append(ahead, d.Message)
	}
	titles("deadlines", ahead, err)
	found, err := w.Mailboxes.Messages(ctx, a, box, mailbox.Query{Words: words})
	titles("search", found.Messages, err)
	if found.Total != int64(len(found.Messages)) || page.Total != int64(len(page.Messages)) {
		w.T.Errorf("counted %d of %d found, %d of %d listed", found.Total, len(found.Messages), page.Total, len(page.Messages))
	}
	unread, err := w.Mailboxes.Messages(ctx, a, box, mailbox.Query{Unread: true})
	titles("unread", unread.Messages, err)
	for _, f := range page.Folders {
		if f.ID == mailbox.Inbox && f.Total != page.Total || f.ID == mailbox.Inbox && f.Unread != unread.Total {
			w.T.Errorf("the inbox counts %d and %d unread of %d and %d", f.Total, f.Unread, page.Total, unread.Total)
		}
	}
	changes, err := w.Mailboxes.Changes(ctx, a, box, 0, 0)
	titles("changes", changes.Created, err)
	if page.Messages != nil {
		thread, err := w.Mailboxes.Thread(ctx, a, box, page.Messages[0].ID)
		if err != nil || len(thread) != 1 {
			w.T.Errorf("a thread of %d: %v", len(thread), err)
		}
	}
	senders, err := w.Mailboxes.Senders(ctx, a, box)
	var n int64
	for _, s := range senders {
		n += s.Total
	}
	if err != nil || n != page.Total {
		w.T.Errorf("senders count %d of %d: %v", n, page.Total, err)
	}
	boxes, err := w.Mailboxes.List(ctx, a)
	if err != nil {
		w.T.Fatal(err)
	}
	i := slices.IndexFunc(boxes, func(b mailbox.Mailbox) bool { return b.UUID == box })
	if i < 0 || boxes[i].Inbox.Total != page.Total || boxes[i].Inbox.Unread != unread.Total {
		w.T.Errorf("the list of mailboxes counts otherwise: %+v", boxes)
	}
	return all
}

func (w *town) shows(p registry.Party, want ...string) {
	w.T.Helper()
	got := w.shown(p, "tandlæge")
	for way, titles := range got {
		if !slices.Equal(titles, want) {
			w.T.Errorf("%s shows %q, want %q", way, titles, want)
		}
	}
	if got == nil && want != nil {
		w.T.Errorf("shows nothing, want %q", want)
	}
}

// dated is a letter with a title and a date to come.
func dated(title string) func(*memo.Message) {
	return func(m *memo.Message) {
		m.Header.Label = title
		m.Body.MainDocument.Actions = []memo.Action{{Label: "Svar", ActionCode: memo.Bekraeft, EndDateTime: m.Body.CreatedDateTime.AddDate(0, 1, 0), EntryPoint: &memo.EntryPoint{URL: "https://svar.example.dk"}}}
	}
}

// A helper is shown all post from the beginning (ACC-04), one with access to chosen
// senders theirs and nothing of the rest (ACC-15), and neither is shown, in any way,
// what the owner has hidden.
func TestHelpersSeeWhatTheyMayAndNoMore(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		reader, chosen, stranger := w.Person("Jonas", 50, nil), w.Person("Kirsten", 55, nil), w.Person("Sten", 33, nil)
		other := w.Authority("Region Prøve")
		first := w.send(dated("Tandlæge et"))
		w.Clock.Advance(time.Second)
		w.Deliver(other, w.citizen, dated("Tandlæge to"))
		w.helps(reader, access.Reader)
		w.helps(chosen, access.SenderReader, other.ID)
		w.send(dated("Tandlæge tre"))
		w.shows(w.citizen, "Tandlæge et", "Tandlæge to", "Tandlæge tre")
		w.shows(reader, "Tandlæge et", "Tandlæge to", "Tandlæge tre")
		w.shows(chosen, "Tandlæge to")
		w.shows(stranger)

		since, err := w.Mailboxes.Get(t.Context(), actor(reader), w.box.UUID)
		if err != nil {
			t.Fatal(err)
		}
		w.patch(first.ID, mailbox.Change{Hide: new(true)})
		w.shows(w.citizen, "Tandlæge et", "Tandlæge to", "Tandlæge tre")
		w.shows(reader, "Tandlæge to", "Tandlæge tre")
		changes, err := w.Mailboxes.Changes(t.Context(), actor(reader), w.box.UUID, since.Modseq, 0)
		if err != nil || !slices.Equal(changes.Destroyed, []post.UUID{first.ID}) || len(changes.Updated) != 0 {
			t.Errorf("a client that follows is told %+v: %v", changes, err)
		}
		for name, ask := range w.questions() {
			if err := ask(t.Context(), actor(reader), target{w.box.UUID, first.ID}); slices.Contains(ofMessage, name) && errs.KindOf(err) != errs.KindNotFound {
				t.Errorf("%s of a hidden letter: %v", name, err)
			}
		}

		if err := w.Mailboxes.HideSender(t.Context(), actor(w.citizen), w.box.UUID, other.UUID, true); err != nil {
			t.Fatal(err)
		}
		w.Deliver(other, w.citizen, dated("Tandlæge fire")) // what comes later too
		w.shows(w.citizen, "Tandlæge et", "Tandlæge fire", "Tandlæge to", "Tandlæge tre")
		w.shows(reader, "Tandlæge tre")
		w.shows(chosen)
		hidden, err := w.Mailboxes.HiddenSenders(t.Context(), actor(w.citizen), w.box.UUID)
		if err != nil || len(hidden) != 1 || hidden[0].ID != other.ID {
			t.Errorf("hidden senders %+v: %v", hidden, err)
		}
		for _, p := range []registry.Party{reader, chosen} {
			if _, err := w.Mailboxes.HiddenSenders(t.Context(), actor(p), w.box.UUID); err == nil {
				t.Error("a helper is told whose post is hidden")
			}
			if err := w.Mailboxes.HideSender(t.Context(), actor(p), w.box.UUID, other.UUID, false); err == nil {
				t.Error("a helper shows what is hidden")
			}
		}
		if err := w.Mailboxes.HideSender(t.Context(), actor(w.citizen), w.box.UUID, other.UUID, false); err != nil {
			t.Fatal(err)
		}
		w.patch(first.ID, mailbox.Change{Hide: new(false)})
		w.shows(reader, "Tandlæge et", "Tandlæge fire", "Tandlæge to", "Tandlæge tre")
		w.shows(chosen, "Tandlæge fire", "Tandlæge to")
	})
}

// What a helper's right does not cover is refused and said; the mailbox offers the
// same (ACC-05 to ACC-08).
func TestWhatARightCovers(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		letter := w.send(nil)
		people := map[access.Relation]registry.Party{access.Owner: w.citizen}
		for i, relation := range []access.Relation{access.Reader, access.Writer, access.SenderReader} {
			people[relation] = w.Person("Hjælper", 30+i, nil)
		}
		w.helps(people[access.Reader], access.Reader)
		w.helps(people[access.Writer], access.Writer)
		w.helps(people[access.SenderReader], access.SenderReader, w.authority.ID)
		for _, c := range []struct {
			action access.Action
			do     func(a post.Actor) error
			may    access.Relation
		}{
			{access.MessageFlag, func(a post.Actor) error {
				_, err := w.Mailboxes.Patch(t.Context(), a, w.box.UUID, letter.ID, 0, mailbox.Change{Flag: new(true)})
				return err
			}, access.Owner | access.Reader | access.Writer},
			{access.MessageHide, func(a post.Actor) error {
				_, err := w.Mailboxes.Patch(t.Context(), a, w.box.UUID, letter.ID, 0, mailbox.Change{Hide: new(false)})
				return err
			}, access.Owner},
			{access.NoteWrite, func(a post.Actor) error {
				_, err := w.Mailboxes.Patch(t.Context(), a, w.box.UUID, letter.ID, 0, mailbox.Change{Note: new("Ring til mor")})
				return err
			}, access.Owner | access.Reader | access.Writer | access.SenderReader},
			{access.MessageDelete, func(a post.Actor) error {
				return w.Mailboxes.Delete(t.Context(), a, w.box.UUID, letter.ID, 0)
			}, access.Reader | access.Writer}, // once: the second deletes for good
		} {
			for relation, p := range people {
				if c.action == access.MessageDelete {
					w.patch(letter.ID, mailbox.Change{Folder: new(w.folder(mailbox.Inbox).UUID)})
				}
				err := c.do(actor(p))
				box, seen := w.Mailboxes.Get(t.Context(), actor(p), w.box.UUID)
				if seen != nil {
					t.Fatal(seen)
				}
				may := c.may&relation != 0 || relation == access.Owner
				if (err == nil) != may || box.May(c.action) != may {
					t.Errorf("%s by %s: %v; the mailbox offers it: %v", c.action, relation, err, box.May(c.action))
				}
				if !may && errs.KindOf(err) != errs.KindForbidden {
					t.Errorf("%s by %s is refused as %v", c.action, relation, err)
				}
			}
		}
		w.patch(letter.ID, mailbox.Change{Folder: new(w.folder(mailbox.Deleted).UUID)})
		if err := w.Mailboxes.Delete(t.Context(), actor(people[access.Writer]), w.box.UUID, letter.ID, 0); errs.KindOf(err) != errs.KindForbidden {
			t.Errorf("a writer deletes for good: %v", err) // ACC-08
		}
	})
}

// A right that is ended ends at once: what is being read stops, open pages are let
// go, and a job under way does no more (ACC-10).
func TestEndedRightStopsWhatIsUnderWay(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		helper := w.Person("Jonas", 50, nil)
		letter := w.send(func(m *memo.Message) {
			m.Body.MainDocument.Files[0].Content = []byte(strings.Repeat("Et langt brev. ", 100_000))
		})
		right := w.helps(helper, access.Reader)
		_, content, err := w.Mailboxes.Content(t.Context(), actor(helper), w.box.UUID, letter.ID, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer content.Close()
		if _, err := io.ReadFull(content, make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
		for _, xml := range w.letters(310) { // so many that it takes a job
			if err := w.accept(xml); err != nil {
				t.Fatal(err)
			}
		}
		watching, ended := make(chan bool, 1), make(chan error, 1)
		go func() {
			ended <- w.Mailboxes.Watch(context.WithoutCancel(t.Context()), actor(helper), w.box.UUID, func() error { return nil }, func(mailbox.Glance) error {
				select {
				case watching <- true:
				default:
				}
				return nil
			})
		}()
		<-watching
		_, err = w.Mailboxes.Apply(t.Context(), actor(helper), w.box.UUID, mailbox.Selection{Folder: w.folder(mailbox.Inbox).UUID}, mailbox.Task{Flag: new(true)})
		if err != nil {
			t.Fatal(err)
		}
		w.end(right)
		if _, err := io.ReadAll(content); errs.KindOf(err) != errs.KindNotFound {
			t.Errorf("the document is read on: %v", err)
		}
		if err := <-ended; errs.KindOf(err) != errs.KindNotFound {
			t.Errorf("the open page is not let go: %v", err)
		}
		w.Work()
		if flagged := w.list(mailbox.Query{Flag: true}); flagged.Total != 0 {
			t.Errorf("a job has marked %d messages after the right ended", flagged.Total)
		}
		w.shows(helper)
	})
}

// The day on which a right was last used is kept for its owner to see.
func TestLastUse(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		helper := w.Person("Jonas", 50, nil)
		right := w.helps(helper, access.Reader)
		used := func() (at time.Time) {
			w.Update(func(tx *db.Tx) error {
				r, err := w.Rights.Get(tx, right.ID)
				at = r.Used
				return err
			})
			return at
		}
		if !used().IsZero() {
			t.Error("used before it was")
		}
		w.shown(helper, "tandlæge")
		first := used()
		if !first.Equal(w.Clock.Now().Truncate(time.Microsecond)) {
			t.Errorf("used %v", first)
		}
		w.Clock.Advance(time.Minute)
		w.shown(helper, "tandlæge")
		if used() != first {
			t.Error("written down twice in a day")
		}
		w.Clock.Advance(24 * time.Hour)
		w.shown(helper, "tandlæge")
		if used() == first {
			t.Error("not written down the next day")
		}
	})
}

// What a folder is called tells of its letters: who is shown a part by sender is
// shown the folders in which some of it lies, and who gives a company's rights and
// reads nothing those that every mailbox has (ORG-01, ACC-15).
func TestFolderNamesAreShownWithTheirLetters(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		letter := w.send(nil)
		home := w.make("Hjemmet")
		school := w.make("Skolen", home)
		w.make("Skilsmisse")
		reads, part, none := w.Person("Jonas", 50, nil), w.Person("Karen", 50, nil), w.Person("Niels", 50, nil)
		w.helps(reads, access.Reader)
		w.helps(part, access.SenderReader, w.authority.ID)
		w.helps(none, access.SenderReader, w.citizen.ID+1_000_000)
		company := w.Company("Fjordlys Energi A/S")
		rightsOnly, boss := w.Person("Camilla", 40, nil), w.Person("Claus", 60, nil)
		w.Member(company, rightsOnly, nil)
		w.Member(company, boss, func(r *registry.Record) { r.Signs = true })
		w.Deliver(w.authority, company, nil)
		admin := actor(rightsOnly)
		admin.Organisation, admin.Platform = company.ID, post.PlatformVirk
		signs := actor(boss)
		signs.Platform = post.PlatformVirk
		w.Give(rights.Right{Mailbox: company.ID, Holder: rightsOnly.ID, Organisation: company.ID, Relation: access.Administrator})
		boxes, err := w.Mailboxes.List(t.Context(), signs)
		if err != nil || len(boxes) != 1 {
			t.Fatal(boxes, err)
		}
		if _, err := w.Mailboxes.CreateFolder(t.Context(), signs, boxes[0].UUID, "Fyring af Camilla", post.UUID{}); err != nil {
			t.Fatal(err)
		}
		named := func(all []mailbox.Folder) []string {
			names := []string{}
			for _, f := range all {
				if f.Name != "" {
					names = append(names, f.Name)
				}
			}
			slices.Sort(names)
			return names
		}
		shows := func(who post.Actor, box post.UUID, want ...string) {
			t.Helper()
			want = append([]string{}, want...)
			folders, err := w.Mailboxes.Folders(t.Context(), who, box)
			if err != nil || !slices.Equal(named(folders), want) {
				t.Errorf("the folders are %q, want %q: %v", named(folders), want, err)
			}
			changes, err := w.Mailboxes.Changes(t.Context(), who, box, 0, 0)
			if err != nil || !slices.Equal(named(changes.FoldersCreated), want) || !slices.Equal(named(changes.Folders), want) {
				t.Errorf("the changes tell of %q and %q, want %q: %v", named(changes.FoldersCreated), named(changes.Folders), want, err)
			}
			page, err := w.Mailboxes.Messages(t.Context(), who, box, mailbox.Query{})
			if err != nil || !slices.Equal(named(page.Folders), want) {
				t.Errorf("the page shows %q, want %q: %v", named(page.Folders), want, err)
			}
		}
		shows(admin, boxes[0].UUID)
		shows(signs, boxes[0].UUID, "Fyring af Camilla")
		shows(actor(reads), w.box.UUID, "Hjemmet", "Skilsmisse", "Skolen")
		shows(actor(part), w.box.UUID)
		before, err := w.Mailboxes.Changes(t.Context(), actor(part), w.box.UUID, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		w.patch(letter.ID, mailbox.Change{Folder: &school.UUID})
		shows(actor(part), w.box.UUID, "Hjemmet", "Skolen")
		shows(actor(none), w.box.UUID)
		after, err := w.Mailboxes.Changes(t.Context(), actor(part), w.box.UUID, before.Modseq, 0)
		if err != nil || !slices.Equal(named(after.FoldersUpdated), []string{"Hjemmet", "Skolen"}) {
			t.Errorf("the folders to which their letters were moved are told as %q: %v", named(after.FoldersUpdated), err)
		}
		quiet, err := w.Mailboxes.Changes(t.Context(), actor(part), w.box.UUID, after.Modseq, 0)
		if err != nil || len(quiet.FoldersUpdated) != 0 {
			t.Errorf("nothing has changed, and %d folders are told: %v", len(quiet.FoldersUpdated), err)
		}
	})
}
