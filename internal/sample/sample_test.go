package sample_test

import (
	"bytes"
	"compress/zlib"
	"image/png"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"digitalpost/internal/htmldoc"
	"digitalpost/internal/population"
	"digitalpost/internal/sample"
	"digitalpost/memo"
)

var (
	today = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	signe = sample.Recipient{Name: "Signe Åkjær Holm", Street: "Bøgelunden 12", Town: "9999 Ålhavn"}
)

func TestSameDayGivesTheSameLetters(t *testing.T) {
	if !reflect.DeepEqual(sample.Letters(today, signe), sample.Letters(today.Add(time.Hour), signe)) {
		t.Error("two runs differ")
	}
}

// Every letter passes as one that an authority sends: SND-01, SND-03.
func TestLettersAreValid(t *testing.T) {
	authorities := map[string]string{}
	for _, m := range population.Cast() {
		if m.Record.Type == "authority" {
			authorities[m.Record.Name] = m.Record.CVR
		}
	}
	for _, day := range []time.Time{today, time.Date(2028, 2, 29, 23, 30, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)} {
		previous, late, summons, codes := 0, false, false, map[memo.ActionCode]bool{}
		for _, l := range sample.Company(day, signe) {
			if err := memo.Validate(message(l, authorities[l.SenderName]), memo.Rules{}); err != nil || authorities[l.SenderName] == "" {
				t.Errorf("%s: %v", l.Title, err)
			}
		}
		for _, l := range sample.Letters(day, signe) {
			if authorities[l.SenderName] == "" {
				t.Errorf("%s: the cast has no %s", l.Title, l.SenderName)
			}
			if l.DaysAgo < previous {
				t.Errorf("%s: not in order", l.Title)
			}
			previous = l.DaysAgo
			summons = summons || l.Summons
			if !l.ReplyBy.IsZero() && (!l.Reply || l.ReplyBy.Before(day)) {
				t.Errorf("%s: no answer is possible until %s", l.Title, l.ReplyBy)
			}
			for _, a := range l.Actions {
				late = late || a.ActionCode != memo.Aftale && !a.EndDateTime.IsZero() && a.EndDateTime.Before(day)
				codes[a.ActionCode] = true
			}
			if err := memo.Validate(message(l, authorities[l.SenderName]), memo.Rules{}); err != nil {
				t.Errorf("%s: %v", l.Title, err)
			}
		}
		if !late || !summons || !codes[memo.Betaling] || !codes[memo.Underskriv] || !codes[memo.Aftale] || !codes[memo.Bekraeft] {
			t.Errorf("something to do is missing: late %v, summons %v, %v", late, summons, codes)
		}
	}
}

func message(l sample.Letter, cvr string) *memo.Message {
	m := &memo.Message{Header: memo.Header{
		MessageType: memo.DigitalPost, MessageUUID: uuid.New(), Label: l.Title, Reply: l.Reply, ReplyByDateTime: l.ReplyBy, LegalNotification: l.Summons,
		Sender:    memo.Sender{SenderID: cvr, IDType: memo.CVR, Label: l.SenderLabel},
		Recipient: memo.Recipient{RecipientID: population.Cast()[0].Record.CPR, IDType: memo.CPR},
	}, Body: &memo.Body{CreatedDateTime: today}}
	for _, d := range l.Documents {
		file := &memo.File{EncodingFormat: d.MediaType, Filename: d.Filename, Language: "da", Size: int64(len(d.Content))}
		document := memo.Document{Label: d.Label, Files: []*memo.File{file}}
		if d.Kind == sample.Main {
			document.Actions = l.Actions
			m.Body.MainDocument = document
		} else {
			m.Body.AdditionalDocument = append(m.Body.AdditionalDocument, document)
		}
	}
	return m
}

func TestDocumentsOpen(t *testing.T) {
	kinds := map[string]int{}
	for _, l := range sample.Letters(today, signe) {
		for _, d := range l.Documents {
			kinds[d.MediaType]++
			switch d.MediaType {
			case "application/pdf":
				if pages := bytes.Count(d.Content, []byte("/Type /Page\n")); pages != 1 {
					t.Errorf("%s: %d pages", d.Filename, pages)
				}
				if !strings.Contains(pdfText(t, d.Content), western(signe.Name)) {
					t.Errorf("%s: the recipient is not on it, in Danish letters", d.Filename)
				}
			case "image/png":
				if _, err := png.Decode(bytes.NewReader(d.Content)); err != nil {
					t.Errorf("%s: %v", d.Filename, err)
				}
			case "text/html":
				found, err := htmldoc.Check(bytes.NewReader(d.Content), htmldoc.Strict)
				if err != nil || len(found) > 0 {
					t.Errorf("%s: %v %v", d.Filename, found, err)
				}
				if !strings.Contains(string(d.Content), signe.Name) {
					t.Errorf("%s: the recipient is not in it", d.Filename)
				}
			case "text/plain":
				if !strings.Contains(string(d.Content), signe.Name) {
					t.Errorf("%s: the recipient is not in it", d.Filename)
				}
			}
		}
	}
	for _, kind := range []string{"application/pdf", "image/png", "text/html", "text/plain"} {
		if kinds[kind] == 0 {
			t.Errorf("no letter has %s", kind)
		}
	}
}

// western is a text as the core fonts of PDF have it. The letters used here are
// the same in code page 1252 as in Latin 1.
func western(text string) string {
	var out []byte
	for _, r := range text {
		out = append(out, byte(r))
	}
	return string(out)
}

var stream = regexp.MustCompile(`(?s)/Filter /FlateDecode[^>]*>>\s*stream\n(.*?)\nendstream`)

func pdfText(t *testing.T, content []byte) string {
	t.Helper()
	var text strings.Builder
	for _, packed := range stream.FindAllSubmatch(content, -1) {
		in, err := zlib.NewReader(bytes.NewReader(packed[1]))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&text, in); err != nil {
			t.Fatal(err)
		}
	}
	return text.String()
}

func TestEverydayLettersAreAmongAll(t *testing.T) {
	titles := map[string]bool{}
	for _, l := range sample.Letters(today, signe) {
		titles[l.Title] = true
	}
	for _, l := range sample.Everyday(today, signe) {
		if !titles[l.Title] {
			t.Errorf("%s is not", l.Title)
		}
	}
}
