package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

type messageSearchResult struct {
	searchResult
	Messages []messageJSON `json:"messages"`
}

// queryMessages lists messages. Each has all that a single one has but its note.
// Reading so much costs: a client that names the fields it wants, and none of
// those that only the letter has, gets what a list needs several times faster.
// Fields that were not asked for may be there all the same.
func (c *call) queryMessages() error {
	box, err := c.id("mailboxId")
	if err != nil {
		return err
	}
	q, page, err := c.messageQuery()
	if err != nil {
		return err
	}
	found, err := c.api.Mailboxes.Messages(c.r.Context(), c.actor, box, q)
	if err != nil {
		return err
	}
	var letters map[post.UUID]*memo.Message
	if c.wantsLetters() {
		ids := make([]post.UUID, len(found.Messages))
		for i := range found.Messages {
			ids[i] = found.Messages[i].ID
		}
		if letters, err = c.api.Mailboxes.Letters(c.r.Context(), c.actor, box, ids); err != nil {
			return err
		}
	}
	result := messageSearchResult{Messages: make([]messageJSON, len(found.Messages))}
	result.searchResult = searchResult{CurrentPage: page, ElementsOnPage: len(found.Messages),
		TotalElements: int(found.Total), TotalPages: pages(int(found.Total), q.Limit)}
	if found.More {
		result.Next = nextMessages(page+1, q, found.Messages)
	}
	boxID, folders := box.String(), make(map[mailbox.FolderID]string, len(found.Folders))
	for _, f := range found.Folders {
		folders[f.ID] = f.UUID.String()
	}
	for i := range found.Messages {
		m := &found.Messages[i]
		result.Messages[i] = messageOf(boxID, folders[m.Folder], m)
		if l := letters[m.ID]; l != nil {
			result.Messages[i].add(m.ID, l)
		}
	}
	c.json(http.StatusOK, result)
	return nil
}

// listed are the fields of a message that a list has by itself.
var listed = map[string]bool{"id": true, "version": true, "createdDateTime": true, "lastUpdated": true, "messageDateTime": true,
	"mailboxId": true, "folderId": true, "messageType": true, "messageState": true, "receivedDateTime": true, "label": true,
	"reply": true, "replyByDateTime": true, "flag": true, "legallyNotified": true, "legallyNotifiedDateTime": true, "read": true, "sender.label": true}

func (c *call) wantsLetters() bool {
	fields := c.query().Get("fields")
	if fields == "" {
		return true
	}
	for f := range strings.SplitSeq(fields, ",") {
		if !listed[strings.TrimSpace(f)] {
			return true
		}
	}
	return false
}

// sorts are the fields that messages are sorted by.
var sorts = map[string]mailbox.Sort{"": mailbox.SortReceived, "receivedDateTime": mailbox.SortReceived, "createdDateTime": mailbox.SortReceived,
	"messageDateTime": mailbox.SortReceived, "label": mailbox.SortLabel, "sender.label": mailbox.SortSender, "sender": mailbox.SortSender,
	"replyByDateTime": mailbox.SortReplyBy, "read": mailbox.SortRead, "flag": mailbox.SortFlag}

// deepest bounds how far into a list a page may lie; next reads on beyond it.
const deepest = 1_000_000

func (c *call) messageQuery() (q mailbox.Query, page int, err error) {
	if page, q.Limit, err = c.paging(50, mailbox.MaxPage); err != nil {
		return q, 0, err
	}
	field, down, err := c.sorting()
	if err != nil {
		return q, 0, err
	}
	sort, known := sorts[field]
	if !known {
		return q, 0, badRequest("sort.field.not.allowed", "sortFields", "messages are not sorted by this field")
	}
	q.Sort, q.Up = sort, !down && field != "" // newest first where nothing is said
	if err := c.place(&q, &page); err != nil {
		return q, 0, err
	}
	for _, name := range []string{"folderId", "read", "flag", "any"} {
		if text := c.query().Get(name); text != "" {
			if err := filter(&q, name, text); err != nil {
				return q, 0, err
			}
		}
	}
	// searchParameters is a list of field:value.
	for _, list := range c.query()["searchParameters"] {
		for pair := range strings.SplitSeq(list, ",") {
			name, text, _ := strings.Cut(pair, ":")
			if err := filter(&q, strings.TrimSpace(name), strings.TrimSpace(text)); err != nil {
				return q, 0, err
			}
		}
	}
	return q, page, c.period(&q)
}

// place is where the page begins: next of the page before, or a number.
func (c *call) place(q *mailbox.Query, page *int) error {
	next := c.query().Get("next")
	if next == "" {
		q.Offset = int64(*page) * int64(q.Limit)
		if q.Offset > deepest {
			return badRequest(CodeParameter, "page", "pages end %d messages into the list; read on with next", deepest)
		}
		return nil
	}
	number, id, after := strings.Cut(next, ".")
	n, err := strconv.Atoi(number)
	if err == nil && after {
		q.Before, err = post.ParseUUID(id)
	}
	if err != nil || n < 0 || after != (q.Sort == mailbox.SortReceived) || !after && n > deepest/q.Limit {
		return badRequest(CodeParameter, "next", "the parameter is next of an answer with the same sorting")
	}
	*page = n
	if !after {
		q.Offset = int64(n) * int64(q.Limit)
	}
	return nil
}

func nextMessages(page int, q mailbox.Query, shown []mailbox.Message) string {
	next := strconv.Itoa(page)
	if q.Sort == mailbox.SortReceived {
		next += "." + shown[len(shown)-1].ID.String()
	}
	return next
}

// filter adds a condition. Of the API's search syntax "*" and "&" are understood:
// each word must stand somewhere in the title or the sender's name.
func filter(q *mailbox.Query, name, text string) error {
	var err error
	switch name {
	case "folderId":
		if q.Folder, err = post.ParseUUID(text); err != nil {
			return badRequest(CodeParameter, name, "a folder's id is a UUID")
		}
	case "read":
		if text != "false" {
			return badRequest(CodeParameter, name, "read messages cannot be asked for alone; read=false gives the unread")
		}
		q.Unread = true
	case "flag":
		if text != "true" {
			return badRequest(CodeParameter, name, "flag=true gives the messages with a flag")
		}
		q.Flag = true
	case "any", "label", "sender.label":
		words := strings.NewReplacer("*", " ", "&", " ").Replace(text)
		if len(words) > 200 {
			return badRequest(CodeParameter, name, "a search has at most 200 bytes")
		}
		q.Words += " " + words
	default:
		return badRequest(CodeParameter, "searchParameters", "messages are searched by folderId, read, flag, label, sender.label and any")
	}
	return nil
}

// period reads from when to when; both ends are included. A message has one time
// here, so the API's two pairs of parameters mean the same.
func (c *call) period(q *mailbox.Query) error {
	for _, name := range []string{"dateFrom", "receivedDateFrom"} {
		t, err := c.time(name)
		if err != nil {
			return err
		}
		if t.After(q.From) {
			q.From = t
		}
	}
	for _, name := range []string{"dateTo", "receivedDateTo"} {
		t, err := c.time(name)
		if err != nil {
			return err
		}
		switch {
		case t.IsZero():
			continue
		case len(c.query().Get(name)) == len(time.DateOnly):
			t = t.AddDate(0, 0, 1)
		default:
			t = t.Add(time.Millisecond)
		}
		if q.To.IsZero() || t.Before(q.To) {
			q.To = t
		}
	}
	return nil
}

// letter is the message in the path, which is shown without being opened: a
// client marks it read by itself (facts 4.3).
func (c *call) letter() (post.UUID, mailbox.Letter, error) {
	box, err := c.id("mailboxId")
	if err != nil {
		return box, mailbox.Letter{}, err
	}
	id, err := c.id("messageId")
	if err != nil {
		return box, mailbox.Letter{}, err
	}
	l, err := c.api.Mailboxes.Read(c.r.Context(), c.actor, box, id)
	return box, l, err
}

func (c *call) fetchMessage() error {
	box, l, err := c.letter()
	if err != nil {
		return err
	}
	c.one(l.Message.Version, wholeMessage(box, l))
	return nil
}

func wholeMessage(box post.UUID, l mailbox.Letter) messageJSON {
	m := messageOf(box.String(), l.Folder.UUID.String(), &l.Message)
	m.add(l.Message.ID, l.Memo)
	m.Note = l.Note
	return m
}

// messagePatch is the API's MessagePatchCommand. What is absent or null stays as
// it is.
type messagePatch struct {
	FolderID *post.UUID `json:"folderId"`
	Flag     *bool      `json:"flag"`
	Read     *bool      `json:"read"`
	Note     *string    `json:"note"`

	// Of drafts only, which are not built yet, as serving by a client is not:
	MessageCode     *string `json:"messageCode"`
	Label           *string `json:"label"`
	LegallyNotified *bool   `json:"legallyNotified"`
	Recipient       *struct {
	} `json:"recipient"`
}

func (c *call) patchMessage() error {
	box, err := c.id("mailboxId")
	if err != nil {
		return err
	}
	id, err := c.id("messageId")
	if err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	var p messagePatch
	if err := c.readJSON(&p); err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return err
	}
	l, err := c.api.Mailboxes.Patch(c.r.Context(), c.actor, box, id, version, mailbox.Change{Read: p.Read, Flag: p.Flag, Folder: p.FolderID, Note: p.Note})
	if err != nil {
		return err
	}
	c.one(l.Message.Version, wholeMessage(box, l))
	return nil
}

// check refuses what cannot be changed of a received message.
func (p messagePatch) check() error {
	for _, f := range []struct {
		name  string
		given bool
	}{{"messageCode", p.MessageCode != nil}, {"label", p.Label != nil}, {"legallyNotified", p.LegallyNotified != nil}, {"recipient", p.Recipient != nil}} {
		if f.given {
			return errs.Invalid(CodeFieldFixed, f.name, "this field of a received message cannot be changed")
		}
	}
	return nil
}
