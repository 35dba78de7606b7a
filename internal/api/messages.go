package api

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/teamwork"
	"digitalpost/memo"
)

type messageSearchResult struct {
	searchResult
	Messages []messageJSON `json:"messages"`
}

// queryMessages lists messages. Each has all that a single one has but its note
// and what has become of its actions.
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
	found, err := c.api.Team.Messages(c.r.Context(), c.actor, box, q.Query, q.team)
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
		result.Next = nextMessages(page+1, q.Query, found)
	}
	boxID, folders := box.String(), folderIDs(found.Folders)
	for i := range found.Messages {
		m := &found.Messages[i]
		result.Messages[i] = messageOf(boxID, folders(m.Folder), m)
		if l := letters[m.ID]; l != nil {
			result.Messages[i].add(m.ID, l)
		}
		if m.State == mailbox.Draft { // their ids are those of a single one
			result.Messages[i].Documents = nil
		}
	}
	c.json(http.StatusOK, result)
	return nil
}

// folderIDs are the ids by which the API knows folders. A message in a folder that
// was deleted is on its way to the trash, and counts as lying there.
func folderIDs(all []mailbox.Folder) func(mailbox.FolderID) string {
	ids := make(map[mailbox.FolderID]string, len(all))
	for _, f := range all {
		ids[f.ID] = f.UUID.String()
	}
	return func(id mailbox.FolderID) string {
		if uuid, ok := ids[id]; ok {
			return uuid
		}
		return ids[mailbox.Deleted]
	}
}

// listed are the fields of a message that a list has by itself.
var listed = map[string]bool{"id": true, "version": true, "createdDateTime": true, "lastUpdated": true, "messageDateTime": true,
	"mailboxId": true, "folderId": true, "messageType": true, "messageState": true, "receivedDateTime": true, "label": true,
	"reply": true, "replyByDateTime": true, "flag": true, "legallyNotified": true, "legallyNotifiedDateTime": true, "read": true, "sender.label": true,
	"answeredDateTime": true, "forwardedDateTime": true, "doneDateTime": true, "threadId": true}

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
var sorts = map[string]mailbox.Sort{"receivedDateTime": mailbox.SortReceived, "createdDateTime": mailbox.SortReceived,
	"messageDateTime": mailbox.SortReceived, "label": mailbox.SortLabel, "sender.label": mailbox.SortSender, "sender": mailbox.SortSender,
	"replyByDateTime": mailbox.SortReplyBy, "read": mailbox.SortRead, "flag": mailbox.SortFlag}

// deepest bounds how far into a list a page may lie; next reads on beyond it.
const deepest = 1_000_000

// messageParameters are what messages are chosen by. In an address they stand by
// themselves, or as field:value in searchParameters.
var messageParameters = slices.Concat([]parameter{
	identity("folderId", "Only messages of this folder."),
	yes("read", "`false` gives the unread messages, `true` those that were read."),
	choice("flag", "Only messages with a flag.", "true"),
	choice("due", "Only messages with a date by which to act that has not passed.", "true"),
	choice("documents", "Only messages with documents beside the letter itself.", "true"),
	instant("dateFrom", "Received then or later."), instant("dateTo", "Received then or before; of a date the whole day."),
	instant("receivedDateFrom", "As `dateFrom`."), instant("receivedDateTo", "As `dateTo`."),
	text("any", "Words, with `&` or a space between them: each must be found in the message, in any of its forms, in the title, names, the letter, documents or the person's own notes. "+
		"The last may end in `*`: then it may go on."),
	text("label", "As `any`."), text("sender.label", "As `any`."),
	text("assignee", "Only messages of a company that are assigned so: `me`, `none`, or a colleague's id."),
	choice("assignmentStatus", "Only messages of a company that are so far.", texts(teamwork.Statuses)...),
	instant("dueDateFrom", "Only messages of a company to which it has given a date of its own, then or later."),
	instant("dueDateTo", "The same, then or before; of a date the whole day."),
	choice("opened", "`false` gives a company's messages that the caller has not opened; `read` tells what anybody has.", "false"),
	text("searchParameters", "More conditions, each `field:value`, with commas between them. The fields are the parameters beside this one."),
	text("fields", "The fields that the client needs, with commas between them. A list without those that only the letter has, such as `documents`, is answered several times faster. "+
		"Fields that were not asked for may be there all the same."),
	sorted(keysOf(sorts)...),
}, paged(50, mailbox.MaxPage), []parameter{next})

// messageQuery is what messages are chosen by.
type messageQuery struct {
	mailbox.Query
	team teamwork.Filter // of a company's shared work
}

func (c *call) messageQuery() (q messageQuery, page int, err error) {
	if page, q.Limit, err = c.paging(); err != nil {
		return q, 0, err
	}
	orders, err := c.sortings()
	if err != nil {
		return q, 0, err
	}
	for i, o := range orders { // newest first where nothing is said
		if i == 0 {
			q.Sort, q.Up = sorts[o.field], !o.down
			continue
		}
		if q.Sort != mailbox.SortReceived { // which leaves nothing equal
			q.Then = append(q.Then, mailbox.Order{Sort: sorts[o.field], Up: !o.down})
		}
	}
	if err := c.place(&q.Query, &page); err != nil {
		return q, 0, err
	}
	for _, name := range keysOf(filters) {
		if text := c.query().Get(name); text != "" {
			if err := filter(&q, name, text); err != nil {
				return q, 0, err
			}
		}
	}
	for _, list := range c.query()["searchParameters"] {
		for pair := range strings.SplitSeq(list, ",") {
			name, text, _ := strings.Cut(pair, ":")
			if err := filter(&q, strings.TrimSpace(name), strings.TrimSpace(text)); err != nil {
				return q, 0, err
			}
		}
	}
	return q, page, nil
}

// keyed tells an order in which a page can begin after a message, wherever that
// has come to lie; others count.
func keyed(q mailbox.Query) bool {
	return len(q.Then) == 0 || len(q.Then) == 1 && q.Then[0].Sort == mailbox.SortReceived
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
	number, after, found := strings.Cut(next, ".")
	id, read, _ := strings.Cut(after, ".")
	n, err := strconv.Atoi(number)
	if err == nil && found {
		q.Before, err = post.ParseUUID(id)
		q.BeforeRead = read == "true"
	}
	if err != nil || n < 0 || found != keyed(*q) || !found && n > deepest/q.Limit {
		return badRequest(CodeParameter, "next", "the parameter is next of an answer with the same sorting")
	}
	*page = n
	if !found {
		q.Offset = int64(n) * int64(q.Limit)
	}
	return nil
}

func nextMessages(page int, q mailbox.Query, shown mailbox.Page) string {
	next := strconv.Itoa(page)
	switch {
	case shown.Next != (post.UUID{}): // of a search
		next += "." + shown.Next.String()
	case keyed(q):
		last := shown.Messages[len(shown.Messages)-1]
		next += "." + last.ID.String()
		if q.Sort == mailbox.SortRead {
			next += "." + strconv.FormatBool(last.Read)
		}
	}
	return next
}

// filters add conditions to a query, each what its parameter says.
var filters = map[string]func(q *messageQuery, name, text string) error{
	"folderId": func(q *messageQuery, name, text string) (err error) {
		if q.Folder, err = post.ParseUUID(text); err != nil {
			return badRequest(CodeParameter, name, "a folder's id is a UUID")
		}
		return nil
	},
	"read": func(q *messageQuery, name, text string) error {
		read, err := flagOf(name, text, false)
		q.Unread, q.Opened = !read, read
		return err
	},
	"flag":             only(func(q *messageQuery) { q.Flag = true }),
	"due":              only(func(q *messageQuery) { q.Due = true }),
	"documents":        only(func(q *messageQuery) { q.Documents = true }),
	"dateFrom":         from,
	"receivedDateFrom": from,
	"dateTo":           to,
	"receivedDateTo":   to,
	"assignee": func(q *messageQuery, name, text string) (err error) {
		switch text {
		case "me":
			q.team.Mine = true
		case "none":
			q.team.Unassigned = true
		default:
			if q.team.Assignee, err = post.ParseUUID(text); err != nil {
				return badRequest(CodeParameter, name, "the parameter is me, none, or a person's id")
			}
		}
		return nil
	},
	"assignmentStatus": func(q *messageQuery, name, text string) error {
		if q.team.Status = teamwork.Status(text); !slices.Contains(teamwork.Statuses, q.team.Status) {
			return badRequest(CodeParameter, name, "the parameter is one of %s", strings.Join(texts(teamwork.Statuses), ", "))
		}
		return nil
	},
	"dueDateFrom": func(q *messageQuery, name, text string) (err error) {
		q.team.DueFrom, err = timeOf(name, text)
		return err
	},
	"dueDateTo": func(q *messageQuery, name, text string) (err error) {
		q.team.DueTo, err = until(name, text)
		return err
	},
	"opened": func(q *messageQuery, name, text string) error {
		if text != "false" {
			return badRequest(CodeParameter, name, "the parameter is false, or left out")
		}
		q.team.Unopened = true
		return nil
	},
	"any":          words,
	"label":        words,
	"sender.label": words,
}

func filter(q *messageQuery, name, text string) error {
	add, known := filters[name]
	if !known {
		return badRequest(CodeParameter, "searchParameters", "messages are searched by %s", strings.Join(keysOf(filters), ", "))
	}
	return add(q, name, text)
}

// only is a condition that is there or not.
func only(set func(*messageQuery)) func(q *messageQuery, name, text string) error {
	return func(q *messageQuery, name, text string) error {
		if text != "true" {
			return badRequest(CodeParameter, name, "the parameter is true, or left out")
		}
		set(q)
		return nil
	}
}

// words adds words to search for. Of the API's syntax "&" joins words and "*" at the
// end of the last lets it go on, as while it is being typed.
func words(q *messageQuery, name, text string) error {
	switch {
	case len(text) > 200:
		return badRequest(CodeParameter, name, "a search has at most 200 bytes")
	case strings.ContainsRune(text, '|') || strings.HasPrefix(text, "!") || strings.Contains(text, " !") || strings.Contains(text, "&!"):
		return badRequest(CodeParameter, name, "words are joined by & and the last may end in *; | and ! are not understood")
	}
	text, goesOn := strings.CutSuffix(strings.TrimSpace(text), "*")
	text = strings.NewReplacer("*", " ", "&", " ").Replace(text)
	if !goesOn {
		text += " "
	}
	q.Words += " " + text
	return nil
}

// from and to are when messages were received; both ends are included. A message
// has one time here, so the API's two pairs of parameters mean the same.
func from(q *messageQuery, name, text string) error {
	t, err := timeOf(name, text)
	if t.After(q.From) {
		q.From = t
	}
	return err
}

func to(q *messageQuery, name, text string) error {
	t, err := until(name, text)
	if !t.IsZero() && (q.To.IsZero() || t.Before(q.To)) {
		q.To = t
	}
	return err
}

// until is the first moment that a bound does not include: of a date, its end.
func until(name, text string) (time.Time, error) {
	t, err := timeOf(name, text)
	switch {
	case err != nil || t.IsZero():
		return t, err
	case len(text) == len(time.DateOnly):
		return t.AddDate(0, 0, 1), nil
	}
	return t.Add(time.Millisecond), nil
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
	return c.message(box, l)
}

// message answers with a single message.
func (c *call) message(box post.UUID, l mailbox.Letter) error {
	m, err := c.whole(box, l)
	if err != nil {
		return err
	}
	c.one(l.Message.Version, m)
	return nil
}

// messagePatchCommand is the API's MessagePatchCommand. What is absent or null
// stays as it is.
type messagePatchCommand struct {
	FolderID        *post.UUID `json:"folderId" doc:"Move it there. The trash is a folder too."`
	Flag            *bool      `json:"flag"`
	Read            *bool      `json:"read"`
	LegallyNotified *bool      `json:"legallyNotified" doc:"true has a court summons be served now; that cannot be taken back."`
	Note            *string    `json:"note" doc:"The person's own note, which nobody else sees; an empty one removes it."`

	MessageCode *string           `json:"messageCode" doc:"Of drafts only."`
	Label       *string           `json:"label" doc:"Of drafts only."`
	Recipient   *recipientCommand `json:"recipient" doc:"Of drafts only."`
}

func (c *call) patchMessage() error {
	box, id, version, err := c.changing("messageId")
	if err != nil {
		return err
	}
	var p messagePatchCommand
	if err := c.readJSON(&p); err != nil {
		return err
	}
	return c.patch(box, id, version, p)
}

func (c *call) patch(box, id post.UUID, version int64, p messagePatchCommand) error {
	if p.writes() {
		l, err := c.api.Mailboxes.Read(c.r.Context(), c.actor, box, id)
		if err != nil {
			return err
		}
		if l.Message.State == mailbox.Draft {
			if version, err = c.save(box, id, version, p); err != nil {
				return err
			}
			p.Label, p.MessageCode, p.Recipient = nil, nil, nil
		}
	}
	if err := p.check(); err != nil {
		return err
	}
	l, err := c.api.Mailboxes.Patch(c.r.Context(), c.actor, box, id, version,
		mailbox.Change{Read: p.Read, Flag: p.Flag, Folder: p.FolderID, Note: p.Note, Serve: p.LegallyNotified != nil})
	if err != nil {
		return err
	}
	return c.message(box, l)
}

// messageCommand is the API's Message, as far as a caller can say what one is.
type messageCommand struct {
	messagePatchCommand
}

// updateMessage takes a message as it was read, with what is to be different. What
// is left out stays as it is: lists leave out much, and a message that came from
// one is not to lose it. What cannot be changed must be as it is.
func (c *call) updateMessage() error {
	box, id, version, err := c.changing("messageId")
	if err != nil {
		return err
	}
	var p messageCommand
	if err := c.readJSON(&p); err != nil {
		return err
	}
	l, err := c.api.Mailboxes.Read(c.r.Context(), c.actor, box, id)
	if err != nil {
		return err
	}
	// All that depends on what was read here is checked again by the version.
	m, err := c.whole(box, l)
	if err != nil {
		return err
	}
	p.unchanged(m)
	return c.patch(box, id, version, p.messagePatchCommand)
}

// unchanged takes out what is as it was.
func (p *messagePatchCommand) unchanged(m messageJSON) {
	if p.Label != nil && *p.Label == m.Label {
		p.Label = nil
	}
	if p.MessageCode != nil && *p.MessageCode == m.MessageCode {
		p.MessageCode = nil
	}
	if p.LegallyNotified != nil && *p.LegallyNotified == m.LegallyNotified {
		p.LegallyNotified = nil
	}
	if r := p.Recipient; r != nil && m.Recipient != nil && r.RecipientID == m.Recipient.RecipientID && r.RecipientIDType == m.Recipient.IDType &&
		(m.MessageState != mailbox.Draft || reflect.DeepEqual(r.ContactPoint, m.Recipient.ContactPoint)) {
		p.Recipient = nil
	}
}

func (c *call) deleteMessage() error {
	box, id, version, err := c.changing("messageId")
	if err != nil {
		return err
	}
	return c.noContent(c.api.Mailboxes.Delete(c.r.Context(), c.actor, box, id, version))
}

// recipientCommand is the API's RecipientCommand.
type recipientCommand struct {
	RecipientID     string               `json:"recipientId" required:""`
	RecipientIDType string               `json:"recipientIdType" enum:"CPR CVR EMAIL" required:""`
	Label           string               `json:"label"`
	ContactPoint    *messageContactPoint `json:"contactPoint"`
}

// writes tells whether something of a draft is to change.
func (p messagePatchCommand) writes() bool {
	return p.MessageCode != nil || p.Label != nil || p.Recipient != nil
}

// check refuses what cannot be changed of a received message.
func (p messagePatchCommand) check() error {
	for _, f := range []struct {
		name  string
		given bool
	}{{"messageCode", p.MessageCode != nil}, {"label", p.Label != nil}, {"legallyNotified", p.LegallyNotified != nil && !*p.LegallyNotified}, {"recipient", p.Recipient != nil}} {
		if f.given {
			return errs.Invalid(CodeFieldFixed, f.name, "this field of the message cannot be changed so")
		}
	}
	return nil
}

// threadResult is a message with all that belong to it.
type threadResult struct {
	Messages []messageJSON `json:"messages"`
}

func (c *call) fetchThread() error {
	box, err := c.id("mailboxId")
	if err != nil {
		return err
	}
	id, err := c.id("messageId")
	if err != nil {
		return err
	}
	all, err := c.api.Mailboxes.Thread(c.r.Context(), c.actor, box, id)
	if err != nil {
		return err
	}
	_, folders, err := c.folders()
	if err != nil {
		return err
	}
	c.json(http.StatusOK, threadResult{listedMessages(box, folders, all)})
	return nil
}

// listedMessages show what a list has by itself.
func listedMessages(box post.UUID, folders []mailbox.Folder, all []mailbox.Message) []messageJSON {
	id, lies := box.String(), folderIDs(folders)
	shown := make([]messageJSON, len(all))
	for i := range all {
		shown[i] = messageOf(id, lies(all[i].Folder), &all[i])
	}
	return shown
}

// deadlineJSON is a date by which something is to be done, or at which it begins.
type deadlineJSON struct {
	DateTime     moment      `json:"dateTime"`
	ActionCode   string      `json:"actionCode" doc:"A code of MeMo, or REPLY where an answer is waited for."`
	Message      messageJSON `json:"message"`
	DocumentID   post.UUID   `json:"documentId,omitzero"`
	Action       *actionJSON `json:"action,omitempty"`
	DoneDateTime moment      `json:"doneDateTime,omitempty"`
}

type deadlineResult struct {
	TotalElements int            `json:"totalElements"`
	Deadlines     []deadlineJSON `json:"deadlines"`
}

// queryDeadlines lists what is to be done, soonest first.
func (c *call) queryDeadlines() error {
	box, folders, err := c.folders()
	if err != nil {
		return err
	}
	var q mailbox.DeadlineQuery
	if q.From, err = c.time("dateFrom"); err != nil {
		return err
	}
	if q.To, err = c.time("dateTo"); err != nil {
		return err
	}
	if q.Done, err = c.flag("done", false); err != nil {
		return err
	}
	if q.Limit, err = c.number("size"); err != nil {
		return err
	}
	all, total, err := c.api.Mailboxes.Deadlines(c.r.Context(), c.actor, box, q)
	if err != nil {
		return err
	}
	lies := folderIDs(folders)
	result := deadlineResult{int(total), make([]deadlineJSON, len(all))}
	for i, d := range all {
		one := deadlineJSON{DateTime: momentOf(d.At), ActionCode: string(d.Code), Message: messageOf(box.String(), lies(d.Message.Folder), &d.Message), DoneDateTime: momentOf(d.Done)}
		if d.Action != nil {
			one.DocumentID = documentID(d.Message.ID, d.Document)
			one.Action = new(actionOf(actionPart(d.Message.ID, d.Document, d.Place, ""), d.Action))
		}
		result.Deadlines[i] = one
	}
	c.json(http.StatusOK, result)
	return nil
}
