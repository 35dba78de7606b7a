package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"digitalpost/internal/app"
	"digitalpost/internal/post"
)

// Findings is what a check of accepted letters found.
type Findings struct {
	Accepted int
	// Receipts: letters without a positive business receipt, or with several.
	ReceiptMissing, ReceiptTwice int
	// Mailboxes that were looked into, of how many that letters went to, and the
	// letters that should be in them.
	Opened, Mailboxes, Looked int
	// Letters that are not in their recipient's mailbox, or several times.
	Missing, Twice int
}

// Fine tells whether every accepted letter was there once.
func (f Findings) Fine() bool {
	return f.ReceiptMissing+f.ReceiptTwice+f.Missing+f.Twice == 0
}

// Print writes the findings for people.
func (f Findings) Print(w io.Writer) {
	fmt.Fprintf(w, "check: %d letters accepted; receipts: %d missing, %d twice; %d of %d mailboxes opened, %d letters there: %d missing, %d twice\n",
		f.Accepted, f.ReceiptMissing, f.ReceiptTwice, f.Opened, f.Mailboxes, f.Looked, f.Missing, f.Twice)
}

// Check looks whether letters that a system sent after since are there exactly
// once, each with its receipt. It takes the system's receipts away, and looks
// into at most so many mailboxes.
func (t *Target) Check(ctx context.Context, system app.LocalSystem, accepted []Accepted, since time.Time, mailboxes int) (Findings, error) {
	f := Findings{Accepted: len(accepted)}
	receipts, err := t.receipts(ctx, system)
	if err != nil {
		return f, fmt.Errorf("fetch the receipts: %w", err)
	}
	sent := map[*Person]map[post.UUID]int{}
	var people []*Person
	for _, a := range accepted {
		switch receipts[a.ID] {
		case 0:
			f.ReceiptMissing++
		case 1:
		default:
			f.ReceiptTwice++
		}
		if sent[a.To] == nil {
			sent[a.To] = map[post.UUID]int{}
			people = append(people, a.To)
		}
		sent[a.To][a.ID] = 0
	}
	f.Mailboxes = len(people)
	people = people[:min(len(people), mailboxes)] // in the order of chance in which they got their first letter
	if err := t.Enter(ctx, people); err != nil {
		return f, fmt.Errorf("log in: %w", err)
	}
	client, err := t.client(nil)
	if err != nil {
		return f, err
	}
	defer client.CloseIdleConnections()
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(parallel)
	for _, p := range people {
		all.Go(func() error { return t.find(ctx, client, p, since, sent[p]) })
	}
	if err := all.Wait(); err != nil {
		return f, fmt.Errorf("look into a mailbox: %w", err)
	}
	for _, p := range people {
		f.Opened++
		f.Looked += len(sent[p])
		for _, n := range sent[p] {
			switch n {
			case 0:
				f.Missing++
			case 1:
			default:
				f.Twice++
			}
		}
	}
	return f, nil
}

// clocks is how far the clocks of two machines may be apart.
const clocks = 5 * time.Minute

// find counts how often a person has each of the letters.
func (t *Target) find(ctx context.Context, client *http.Client, p *Person, since time.Time, letters map[post.UUID]int) error {
	query := url.Values{"folderId": {p.inbox.String()}, "size": {"1000"}, "fields": {"id,label"},
		"receivedDateFrom": {since.Add(-clocks).UTC().Format(time.RFC3339)}}
	for {
		var page struct {
			Next     string `json:"next"`
			Messages []struct {
				Label string `json:"label"`
			} `json:"messages"`
		}
		path := "/mailboxes/" + p.mailbox.String() + "/messages/?" + query.Encode()
		if err := t.call(ctx, client, "Bearer "+p.Token, http.MethodGet, path, &page); err != nil {
			return err
		}
		for _, m := range page.Messages {
			id, err := post.ParseUUID(strings.TrimPrefix(m.Label, title))
			if _, ours := letters[id]; err == nil && ours {
				letters[id]++
			}
		}
		if page.Next == "" {
			return nil
		}
		query.Set("next", page.Next)
	}
}

// receipts takes away every receipt that waits for a system, and counts the
// positive ones of each letter.
func (t *Target) receipts(ctx context.Context, system app.LocalSystem) (map[post.UUID]int, error) {
	client, err := t.client(&system)
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	found := map[post.UUID]int{}
	for {
		var page struct {
			Receipts []struct {
				ID          post.UUID `json:"id"`
				MessageUUID post.UUID `json:"messageUUID"`
				ErrorCode   *string   `json:"errorCode"`
				Status      string    `json:"receiptStatus"`
			} `json:"receipts"`
		}
		if err := t.call(ctx, client, basic(system), http.MethodGet, "/receipts-bulk/", &page); err != nil {
			return nil, err
		}
		if len(page.Receipts) == 0 {
			return found, nil
		}
		away, ctx := errgroup.WithContext(ctx)
		away.SetLimit(parallel)
		for _, r := range page.Receipts {
			if r.Status == "COMPLETED" && r.ErrorCode == nil {
				found[r.MessageUUID]++
			}
			away.Go(func() error {
				return t.call(ctx, client, basic(system), http.MethodDelete, "/receipts/"+r.ID.String(), nil)
			})
		}
		if err := away.Wait(); err != nil {
			return nil, err
		}
	}
}
