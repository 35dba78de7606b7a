package api

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/activity"
	"digitalpost/internal/audit"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
)

// eventLogJSON is the API's EventLog: what happened in a mailbox, as the caller may
// know it (ACC-16).
type eventLogJSON struct {
	ID              post.UUID         `json:"id"`
	EventID         post.UUID         `json:"eventId"`
	Version         int64             `json:"version"`
	EventTag        string            `json:"eventTag" doc:"One of the interface's EventLogEventTag, or a word of our own for what that has none for."`
	EventTime       moment            `json:"eventTime"`
	Created         moment            `json:"created"`
	Channel         string            `json:"channel,omitempty" doc:"The platform: borger, app, virk, mit, eboks, staff; left out of what a sender or the program did."`
	Owner           string            `json:"owner"`
	OwnerIdentityID post.UUID         `json:"ownerIdentityId"`
	Actor           string            `json:"actor,omitempty" doc:"Left out of the program's own doings, and of who was refused: they are not named. Of staff it is their organisation."`
	ActorIdentityID post.UUID         `json:"actorIdentityId,omitzero"`
	ActorType       string            `json:"actorType" enum:"YOU PERSON STAFF SENDER PROGRAM STRANGER"`
	EventProperties map[string]string `json:"eventProperties,omitempty" doc:"Codes: device, privilege (the right by which it was done), onBehalf, folder, privilegeType (of a right that was given or ended), reason, action."`
	MetaProperties  *eventMetaJSON    `json:"metaProperties,omitempty"`
}

// eventMetaJSON is the API's MetaData, as far as a mailbox's log has it: the letter,
// and the other side.
type eventMetaJSON struct {
	MessageID           post.UUID `json:"messageId,omitzero"`
	MessageUUID         post.UUID `json:"messageUUID,omitzero"`
	Label               string    `json:"label,omitempty"`
	Deleted             bool      `json:"deleted,omitempty" doc:"The message was deleted for good."`
	Recipient           string    `json:"recipient,omitempty" doc:"The other person or organisation: who got a right, to whom a letter was forwarded."`
	RecipientIdentityID post.UUID `json:"recipientIdentityId,omitzero"`
}

// eventLogSearchResult is the API's EventLogSearchResult.
type eventLogSearchResult struct {
	searchResult
	Events []eventLogJSON `json:"events"`
}

const (
	countedEvents = 1000
	deepestEvent  = 10_000
)

// channels are the platforms.
var channels = []string{string(post.PlatformBorger), string(post.PlatformApp), string(post.PlatformVirk), string(post.PlatformMit), string(post.PlatformEboks), string(post.PlatformStaff)}

var eventParameters = []parameter{
	instant("dateFrom", "At that time or later."), instant("dateTo", "Before that time; of a date the whole day."),
	text("eventTag", "Only events of this name."),
	identity("ownerOrActor", "Whose mailbox, by the owner's identity or the mailbox's id, where the caller may read its log. Another identity is one who did something in the caller's own mailbox. "+
		"Left out, it is the caller's own mailbox."),
	identity("actor", "Only what this person did, or this organisation's staff."),
	identity("messageId", "Only what happened with this message."),
	choice("channel", "Only what was done on this platform.", channels...),
}

// queryEvents reads the log of a mailbox, newest first.
func (c *call) queryEvents() error {
	q, page, err := c.eventQuery()
	if err != nil {
		return err
	}
	box, err := c.whoseEvents(&q)
	if err != nil {
		return err
	}
	found, err := c.api.Activity.Page(c.r.Context(), c.actor, box, q)
	if err != nil {
		return err
	}
	result := eventLogSearchResult{Events: make([]eventLogJSON, len(found.Entries)),
		searchResult: searchResult{CurrentPage: page, ElementsOnPage: len(found.Entries), TotalElements: found.Total, TotalPages: pages(found.Total, q.Limit)}}
	if found.Next != (post.UUID{}) {
		result.Next = strconv.Itoa(page+1) + "." + found.Next.String()
	}
	for i, e := range found.Entries {
		result.Events[i] = eventOf(found.Mailbox, e)
	}
	if err := c.api.Mailboxes.Still(c.r.Context(), c.actor, box); err != nil { // the path names no mailbox to ask about
		return err
	}
	c.json(http.StatusOK, result)
	return nil
}

func (c *call) eventQuery() (q activity.Query, page int, err error) {
	q.Apart, q.Platform, q.Name = true, post.Platform(c.query().Get("channel")), audit.Name(c.query().Get("eventTag"))
	if q.Name != "" && !q.Name.Known() {
		return q, 0, badRequest(CodeParameter, "eventTag", "there is no such event")
	}
	if q.Platform != "" && !slices.Contains(channels, string(q.Platform)) {
		return q, 0, badRequest(CodeParameter, "channel", "the parameter is one of %s", strings.Join(channels, ", "))
	}
	if page, q.Limit, err = c.paging(); err != nil {
		return q, 0, err
	}
	if q.From, err = c.time("dateFrom"); err != nil {
		return q, 0, err
	}
	if q.To, err = c.time("dateTo"); err != nil {
		return q, 0, err
	}
	if _, err := time.Parse(time.DateOnly, c.query().Get("dateTo")); err == nil {
		q.To = q.To.AddDate(0, 0, 1)
	}
	if q.By, err = c.optional("actor"); err != nil {
		return q, 0, err
	}
	if q.Letter, err = c.optional("messageId"); err != nil {
		return q, 0, err
	}
	if next := c.query().Get("next"); next != "" {
		number, after, _ := strings.Cut(next, ".")
		n, wrong := strconv.Atoi(number)
		id, err := post.ParseUUID(after)
		if wrong != nil || err != nil || n < 0 || n > 1<<30 {
			return q, 0, badRequest(CodeParameter, "next", "the parameter is next of an answer")
		}
		page, q.Before = n, id
	} else if page > deepestEvent/q.Limit {
		return q, 0, badRequest(CodeParameter, "page", "pages end %d events into the log; read on with next", deepestEvent)
	} else {
		q.Offset = page * q.Limit
	}
	q.Count = max(countedEvents, q.Offset+q.Limit)
	return q, page, nil
}

// optional is a parameter that is an id, nil where it is not given.
func (c *call) optional(name string) (post.UUID, error) {
	text := c.query().Get(name)
	if text == "" {
		return post.UUID{}, nil
	}
	id, err := post.ParseUUID(text)
	if err != nil {
		return id, badRequest(CodeParameter, name, "the parameter is an id")
	}
	return id, nil
}

// whoseEvents is the mailbox that is asked about.
func (c *call) whoseEvents(q *activity.Query) (post.UUID, error) {
	who, err := c.optional("ownerOrActor")
	if err != nil {
		return who, err
	}
	boxes, err := c.ownMailboxes()
	if err != nil {
		return who, err
	}
	var own post.UUID
	for _, b := range boxes {
		if who != (post.UUID{}) && (b.UUID == who || b.Owner.UUID == who) {
			return b.UUID, nil
		}
		if b.Via == access.Owner || c.actor.Organisation == b.ID {
			own = b.UUID
		}
	}
	if own == (post.UUID{}) {
		return own, errs.NotFound(access.CodeNotFound)
	}
	if who != (post.UUID{}) {
		q.By = cmp.Or(q.By, who)
		if q.By != who {
			q.Kinds = []audit.Kind{} // nothing was done by both
		}
	}
	return own, nil
}

func eventOf(box mailbox.Mailbox, e activity.Entry) eventLogJSON {
	out := eventLogJSON{ID: e.ID, EventID: e.ID, Version: 1, EventTag: string(e.Name), EventTime: momentOf(e.Time), Created: momentOf(e.Time), Channel: string(e.Platform),
		Owner: box.Owner.Name, OwnerIdentityID: box.Owner.UUID, Actor: e.Who.Name, ActorIdentityID: e.Who.Party.UUID, ActorType: strings.ToUpper(string(e.Who.Kind))}
	properties := map[string]string{"device": string(e.Device), "privilegeType": e.Change, "reason": e.Reason, "errorCode": e.Code, "action": e.Attempt}
	if e.Via != 0 {
		properties["privilege"] = e.Via.String()
	}
	if e.OnBehalf {
		properties["onBehalf"] = "true"
	}
	if e.Folder != nil {
		properties["folder"] = cmp.Or(e.Folder.Name, string(e.Folder.Type))
	}
	for key, value := range properties {
		if value != "" {
			if out.EventProperties == nil {
				out.EventProperties = map[string]string{}
			}
			out.EventProperties[key] = value
		}
	}
	var meta eventMetaJSON
	if e.Count > 0 {
		l := e.Letters[0]
		meta.MessageID, meta.MessageUUID, meta.Label, meta.Deleted = l.ID, l.MemoUUID, l.Subject, l.Gone
	}
	meta.Recipient, meta.RecipientIdentityID = e.Other.Name, e.Other.Party.UUID
	if meta != (eventMetaJSON{}) {
		out.MetaProperties = &meta
	}
	return out
}
