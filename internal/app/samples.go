package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/intake"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/population"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/sample"
	"digitalpost/memo"
)

// samples delivers letters to the demo people at the first start, so that there
// is something to look at. They come the way every letter comes, on the days on
// which they look to have come; nothing else runs yet.
func (l *local) samples(ctx context.Context) error {
	done := filepath.Join(l.Data, "samples")
	if _, err := os.Stat(done); err == nil || l.Population == 0 {
		return nil
	}
	defer func() { l.core.DB.Now = time.Now }()
	now := time.Now()
	senders := map[string]registry.System{}
	first := true
	for _, m := range population.Cast() {
		company := m.Record.Type == "organisation" && m.Record.Status == registry.Active && m.Record.RegistrationStatus == registry.Automatic
		if m.Status != population.StatusRegistered && !company {
			continue
		}
		to := sample.Recipient{Name: m.Record.Name, Street: m.Street, Town: m.Town}
		letters := sample.Everyday(now, to)
		switch {
		case company:
			letters = sample.Company(now, to)
		case first:
			letters = sample.Letters(now, to)
			first = false
		}
		slices.SortStableFunc(letters, func(a, b sample.Letter) int { return b.DaysAgo - a.DaysAgo })
		for i, letter := range letters {
			if err := l.sample(ctx, senders, m, letter, now, i); err != nil {
				return fmt.Errorf("letter %q: %w", letter.Title, err)
			}
		}
	}
	if err := l.sampleRights(ctx, now); err != nil {
		return fmt.Errorf("rights: %w", err)
	}
	return writeFile(done, nil, 0o600)
}

// sampleRights let one of the demo people read others' post: a grandmother's, whose
// letters she also answers, a brother's, and until lately a neighbour's.
func (l *local) sampleRights(ctx context.Context, now time.Time) error {
	people := map[string]registry.Party{}
	year := now.In(post.Denmark).Year()
	for _, one := range []struct {
		of       string
		relation access.Relation
		end      time.Time
	}{
		{"Birthe", access.Writer, post.StartOfDay(year+2, time.January, 1)},
		{"Jonas", access.Reader, time.Time{}},
		{"Karen Margrethe", access.Reader, post.StartOfDay(now.In(post.Denmark).Date())},
	} {
		at := now // when the letters are there, so that the log tells it after them
		if !one.end.IsZero() && !one.end.After(now) {
			at = now.AddDate(0, -2, 0)
		}
		l.core.DB.Now = func() time.Time { return at }
		err := l.core.DB.Update(ctx, func(tx *db.Tx) error {
			for _, m := range population.Cast() {
				if cpr, err := post.ParseCPR(m.Record.CPR); m.Record.Type == "person" && err == nil {
					if people[m.Record.FirstName], err = l.core.Registry.PersonByCPR(tx, cpr); err != nil {
						return err
					}
				}
			}
			owner := people[one.of].ID
			by := post.Actor{Party: owner, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial}
			_, err := l.core.Rights.Give(tx, by, access.Owner, rights.Right{Mailbox: owner, Holder: people["Signe"].ID, Relation: one.relation, To: one.end})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *local) sample(ctx context.Context, senders map[string]registry.System, to population.Member, letter sample.Letter, now time.Time, nth int) error {
	system, owner, err := l.sampleSender(ctx, senders, letter.SenderName)
	if err != nil {
		return err
	}
	at := now.AddDate(0, 0, -letter.DaysAgo).Add(time.Duration(nth-60) * time.Minute)
	l.core.DB.Now = func() time.Time { return at }
	m := sampleMemo(letter, owner, to.Record, at)
	var body bytes.Buffer
	err = memo.Write(&body, m, memo.V12, func(f *memo.File) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(f.Content.([]byte))), nil
	})
	if err != nil {
		return err
	}
	if _, err := l.core.Intake.Accept(ctx, intake.Submission{System: system, Body: &body, Length: int64(body.Len())}); err != nil {
		return err
	}
	if !letter.Read {
		return nil
	}
	return l.markRead(ctx, to, m.Header.MessageUUID)
}

func sampleMemo(letter sample.Letter, owner, to registry.Record, at time.Time) *memo.Message {
	m := &memo.Message{Header: memo.Header{
		MessageType: memo.DigitalPost, MessageUUID: post.NewUUID(), Label: letter.Title, Reply: letter.Reply, ReplyByDateTime: letter.ReplyBy, LegalNotification: letter.Summons,
		Sender:    memo.Sender{SenderID: owner.CVR, IDType: memo.CVR, Label: letter.SenderLabel},
		Recipient: memo.Recipient{RecipientID: to.CPR, IDType: memo.CPR},
	}, Body: &memo.Body{CreatedDateTime: at.UTC().Truncate(time.Second)}}
	if to.CVR != "" {
		m.Header.Recipient = memo.Recipient{RecipientID: to.CVR, IDType: memo.CVR}
	}
	for _, d := range letter.Documents {
		document := memo.Document{Label: d.Label, Files: []*memo.File{{
			EncodingFormat: d.MediaType, Filename: d.Filename, Language: "da", Content: d.Content, Size: int64(len(d.Content)),
		}}}
		if d.Kind == sample.Main {
			document.Actions = letter.Actions
			m.Body.MainDocument = document
		} else {
			m.Body.AdditionalDocument = append(m.Body.AdditionalDocument, document)
		}
	}
	return m
}

// sampleSender is a system of the authority with a name, made where it is missing.
func (l *local) sampleSender(ctx context.Context, senders map[string]registry.System, name string) (registry.System, registry.Record, error) {
	for _, m := range population.Cast() {
		if m.Record.Name != name || m.Record.CVR == "" {
			continue
		}
		system, known := senders[name]
		if known {
			return system, m.Record, nil
		}
		err := l.core.DB.Update(ctx, func(tx *db.Tx) error {
			party, err := l.organisation(tx, m.Record.CVR)
			if err != nil {
				return err
			}
			system, _, err = l.core.Registry.CreateSystem(tx, registry.System{
				Organisation: party.ID, Name: "Eksempelbreve", Sends: true, Protocol: registry.RESTPull, MemoVersion: "1.2",
			})
			return err
		})
		senders[name] = system
		return system, m.Record, err
	}
	return registry.System{}, registry.Record{}, errors.New("no authority of the cast is called " + name)
}

// markRead opens a letter as its recipient.
func (l *local) markRead(ctx context.Context, to population.Member, message post.UUID) error {
	cpr, err := post.ParseCPR(to.Record.CPR)
	if err != nil {
		return err
	}
	var person registry.Party
	err = l.core.DB.Read(ctx, func(tx *db.Tx) (err error) { person, err = l.core.Registry.PersonByCPR(tx, cpr); return err })
	if err != nil {
		return err
	}
	actor := post.Actor{Party: person.ID, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial}
	boxes, err := l.core.Mailboxes.List(ctx, actor)
	if err != nil || len(boxes) == 0 {
		return err
	}
	page, err := l.core.Mailboxes.Messages(ctx, actor, boxes[0].UUID, mailbox.Query{Inbox: true})
	if err != nil {
		return err
	}
	for _, m := range page.Messages {
		if m.MemoUUID == message {
			_, err = l.core.Mailboxes.Open(ctx, actor, boxes[0].UUID, m.ID)
			return err
		}
	}
	return nil
}
