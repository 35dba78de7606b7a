package activity

import (
	"slices"
	"strconv"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// reader is somebody who may read the log.
type reader struct {
	log *Log
	tx  *db.Tx
	*mailbox.Opened
	via     access.Relation
	folders map[post.UUID]Folder // filled when one is asked for
}

const insiders = access.Owner | access.Signatory | access.EmployeeAdvanced | access.Administrator

// ownHands are relations of those who act for themselves, or for the organisation that
// they are part of; the others act on somebody's behalf.
const ownHands = access.Owner | access.Signatory | access.EmployeeWrite | access.EmployeeAdvanced | access.EmployeeBasic | access.Administrator |
	access.CitizenService | access.SystemManager | access.Support

func (r *reader) insider() bool { return r.via&insiders != 0 }

// kept are events that an owner, or who administers a company's post, is told and
// nobody else.
var kept = map[audit.Name]bool{
	audit.MessageHidden: true, audit.SenderHidden: true,
	audit.CalendarFetched: true, audit.CalendarLinkCreated: true, audit.CalendarLinkEnded: true,
}

// shared are events about rights that whoever may forward letters may know anyway.
var shared = map[audit.Name]bool{
	audit.TrusteeApproved: true, audit.TrusteeDeclined: true, audit.TrusteeRemoved: true, audit.TrusteeRequested: true,
}

// may tells whether the reader is told of an event, by all but its letter.
func (r *reader) may(e audit.Record) bool {
	own := e.Actor.Party == r.Actor.Party || prop(e, audit.Party) == partyText(r.Actor.Party)
	if e.Via == access.PrivateReader.String() && !own && !r.insider() {
		return false // that somebody reads private post is the owner's to know
	}
	switch e.Name.Kind() {
	case audit.KindTechnical:
		return r.insider()
	case audit.KindLogIns:
		return r.via == access.Owner
	case audit.KindLookUps, audit.KindRefused:
		return r.insider()
	case audit.KindRights:
		return r.insider() || shared[e.Name] || own && !kept[e.Name]
	}
	return r.insider() || !kept[e.Name]
}

// told tells whether the reader is told of an event, by its letter.
func (r *reader) told(e audit.Record, letters map[post.UUID]mailbox.Told) bool {
	if e.Message == (post.UUID{}) {
		return true
	}
	if t, known := letters[e.Message]; known {
		return t.Shown
	}
	return r.insider() // somebody asked for a letter that never was
}

// withRight are reasons of a refusal that only somebody with a right in force meets.
var withRight = map[string]bool{
	access.Hidden.String(): true, access.OtherPost.String(): true, access.NotCovered.String(): true, access.WouldServe.String(): true, access.ReadOnlyToken.String(): true,
}

func prop(e audit.Record, key audit.Key) string {
	for _, p := range e.Props {
		if p.Key == key {
			return p.Value
		}
	}
	return ""
}

// batch is how many events are read at once, and batches how often for one page: who
// may see little of a large log gets a short page, and reads on.
const (
	batch   = 200
	batches = 50
)

func (r *reader) page(page *Page, q Query) error {
	find, err := r.query(q)
	if err != nil {
		return err
	}
	if q.Letter != (post.UUID{}) {
		told, err := r.Told([]post.UUID{q.Letter})
		if err != nil {
			return err
		}
		t, known := told[q.Letter]
		if !known || !t.Shown {
			return errNoLetter
		}
		page.Letter = letterOf(q.Letter, t)
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, MaxPage)
	skip, last := q.Offset, post.UUID{}
	full := false
	for range batches {
		found, err := audit.Find(r.tx, find)
		if err != nil {
			return err
		}
		entries, err := r.entries(found, q)
		if err != nil {
			return err
		}
		for i, e := range entries {
			if e.ID == (post.UUID{}) {
				continue // not for the reader
			}
			if page.Total < q.Count {
				page.Total++
			}
			switch {
			case skip > 0:
				skip--
			case full:
			case !q.Apart && len(page.Entries) > 0 && page.Entries[len(page.Entries)-1].takes(e):
			case len(page.Entries) == limit:
				full, page.Next = true, last
			default:
				page.Entries = append(page.Entries, e)
			}
			if !full {
				last = found[i].ID
			}
		}
		if len(found) < find.Limit || full && page.Total >= q.Count {
			return nil
		}
		find.Before = found[len(found)-1].ID
	}
	if !full {
		page.Next = find.Before
	}
	return nil
}

// query is what is asked of audit.
func (r *reader) query(q Query) (audit.Query, error) {
	find := audit.Query{Mailbox: r.Mailbox.ID, Before: q.Before, From: q.From, To: q.To, Kinds: q.Kinds, Message: q.Letter, Platform: q.Platform, Limit: batch}
	if find.Kinds == nil {
		find.Kinds = audit.Kinds
	}
	if q.Name != "" {
		find.Kinds = []audit.Kind{q.Name.Kind()}
	}
	if q.By == (post.UUID{}) {
		return find, nil
	}
	p, err := r.log.registry.PartyByUUID(r.tx, q.By)
	if errs.KindOf(err) == errs.KindNotFound {
		find.Kinds, err = []audit.Kind{}, nil // nobody has done nothing
	}
	if find.By = audit.Person(p.ID); q.Staff {
		find.By = audit.StaffOf(p.ID)
	}
	return find, err
}

// entries are what the reader is told of events; one of which they are not told is
// empty.
func (r *reader) entries(found []audit.Record, q Query) ([]Entry, error) {
	var messages []post.UUID
	parties := map[post.PartyID]bool{}
	all := make([]Entry, len(found))
	may := make([]bool, len(found))
	for i, e := range found {
		if may[i] = r.may(e) && (q.Name == "" || q.Name == e.Name); may[i] && e.Message != (post.UUID{}) {
			messages = append(messages, e.Message)
		}
	}
	letters, err := r.Told(messages)
	if err != nil {
		return nil, err
	}
	for i, e := range found {
		if may[i] = may[i] && r.told(e, letters); may[i] {
			parties[e.Actor.Party], parties[e.Actor.Organisation] = true, true
			parties[partyOf(prop(e, audit.Party))], parties[letters[e.Message].Message.Sender] = true, true
		}
	}
	delete(parties, 0)
	names, err := r.log.registry.Parties(r.tx, keys(parties))
	if err != nil {
		return nil, err
	}
	for i, e := range found {
		if may[i] {
			if all[i], err = r.entry(e, letters, names); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

func keys(set map[post.PartyID]bool) []post.PartyID {
	var all []post.PartyID
	for id := range set {
		all = append(all, id)
	}
	return all
}

func (r *reader) entry(e audit.Record, letters map[post.UUID]mailbox.Told, names map[post.PartyID]registry.Party) (Entry, error) {
	out := Entry{ID: e.ID, Time: e.Time, Name: e.Name, Platform: e.Actor.Platform, Device: e.Actor.Device,
		Change: prop(e, audit.Change), Reason: prop(e, audit.Reason), Code: prop(e, audit.ErrorCode)}
	t, known := letters[e.Message]
	if known {
		out.Letters, out.Count = []Letter{*letterOf(e.Message, t)}, 1
	}
	out.Who = r.who(e, t.Message, names)
	switch {
	case out.Who.Kind == Sender: // where and how they wrote is theirs
		out.Platform, out.Device = "", ""
	case out.Who.Kind == Stranger:
		out.Device = ""
		if withRight[out.Reason] {
			out.Attempt = prop(e, audit.Action)
		}
	}
	// What somebody did in their own mailbox and is told here was by no right to this one.
	if via, err := access.ParseRelation(e.Via); err == nil && (via != access.Owner || e.Actor.Party == e.Mailbox) && e.Name.Kind() != audit.KindArrived {
		out.Via, out.OnBehalf = via, via&ownHands == 0
	} else if out.Who.Kind == Person {
		out.Device = ""
	}
	if id := partyOf(prop(e, audit.Party)); id != 0 {
		out.Other = r.called(Person, names[id])
	}
	if id, err := post.ParseUUID(prop(e, audit.Folder)); err == nil {
		f, err := r.folder(id)
		if err != nil {
			return out, err
		}
		out.Folder = &f
	}
	return out, nil
}

// called is a party by name, or "you".
func (r *reader) called(kind Kind, p registry.Party) Who {
	if p.ID == r.Actor.Party && kind == Person {
		kind = You
	}
	return Who{Kind: kind, Party: p, Name: p.Name}
}

func (r *reader) who(e audit.Record, letter mailbox.Message, names map[post.PartyID]registry.Party) Who {
	switch {
	case e.Name.Kind() == audit.KindArrived && letter.Sender != 0:
		who := r.called(Person, names[letter.Sender])
		if who.Kind != You {
			who.Kind = Sender
		}
		if letter.SenderName != "" {
			who.Name = letter.SenderName
		}
		return who
	case e.Name.Kind() == audit.KindArrived && e.Actor.System == 0:
		return Who{Kind: Sender}
	case e.Actor.Party == r.Actor.Party && e.Actor.Platform != post.PlatformStaff:
		return r.called(Person, names[r.Actor.Party])
	case e.Actor.Platform == post.PlatformStaff:
		return Who{Kind: Staff, Party: names[e.Actor.Organisation], Name: names[e.Actor.Organisation].Name}
	case e.Name == audit.AccessRefused:
		return Who{Kind: Stranger}
	case e.Actor.Party != 0:
		return r.called(Person, names[e.Actor.Party])
	case e.Actor.Organisation != 0:
		return Who{Kind: Sender, Party: names[e.Actor.Organisation], Name: names[e.Actor.Organisation].Name}
	}
	return Who{Kind: Program}
}

func letterOf(id post.UUID, t mailbox.Told) *Letter {
	if t.Message.ID == (post.UUID{}) {
		return &Letter{ID: id, Gone: true}
	}
	return &Letter{ID: t.Message.ID, Subject: t.Message.Label, MemoUUID: t.Message.MemoUUID}
}

func (r *reader) folder(id post.UUID) (Folder, error) {
	if r.folders == nil {
		all, err := r.EveryFolder()
		if err != nil {
			return Folder{}, err
		}
		r.folders = map[post.UUID]Folder{}
		for _, f := range all {
			r.folders[f.UUID] = Folder{f.Name, f.Type}
		}
	}
	return r.folders[id], nil
}

// takes has an entry tell also of what was done in the same moment with another
// letter. That an answer was sent is part of having answered.
func (e *Entry) takes(next Entry) bool {
	same := e.Time.Equal(next.Time) && e.Who.Kind == next.Who.Kind && e.Who.Party.ID == next.Who.Party.ID
	if same && next.Name == audit.MessageSentMailbox {
		switch e.Name {
		case audit.MessageAnswered, audit.MessageForwardedToAuthority, audit.MessageForwardedToEmail, audit.MessageForwardedToTrusted:
			return true
		}
	}
	folder := func(f *Folder) Folder {
		if f == nil {
			return Folder{}
		}
		return *f
	}
	if !same || e.Name != next.Name || e.Count == 0 || next.Count == 0 || e.Via != next.Via || e.Platform != next.Platform || e.Change != next.Change ||
		e.Other.Party.ID != next.Other.Party.ID || folder(e.Folder) != folder(next.Folder) || e.Letters[0].ID == next.Letters[0].ID {
		return false
	}
	e.Count++
	if len(e.Letters) < MaxLetters {
		e.Letters = append(e.Letters, next.Letters...)
	}
	return true
}

// maxPeople is how many people can be chosen among.
const maxPeople = 200

// people are who can be asked for. Those who are no insiders are told of nobody that
// they do not see at work.
func (r *reader) people(entries []Entry) ([]Who, error) {
	doers := map[audit.Doer]bool{audit.Person(r.Actor.Party): true}
	if r.Mailbox.Owner.Kind == post.Person {
		doers[audit.Person(r.Mailbox.ID)] = true
	}
	if r.insider() {
		all, err := audit.Doers(r.tx, r.Mailbox.ID, maxPeople)
		if err != nil {
			return nil, err
		}
		for _, d := range all {
			doers[d] = true
		}
	}
	for _, e := range entries {
		switch e.Who.Kind {
		case Person:
			doers[audit.Person(e.Who.Party.ID)] = true
		case Staff:
			doers[audit.StaffOf(e.Who.Party.ID)] = true
		}
	}
	ids := map[post.PartyID]bool{}
	for d := range doers {
		id, _ := d.Party()
		ids[id] = true
	}
	delete(ids, 0)
	names, err := r.log.registry.Parties(r.tx, keys(ids))
	if err != nil {
		return nil, err
	}
	var all []Who
	for d := range doers {
		id, staff := d.Party()
		if id == 0 {
			continue
		}
		kind := Person
		if staff {
			kind = Staff
		}
		all = append(all, r.called(kind, names[id]))
	}
	registry.SortDanish(all, func(w Who) string { return w.Name })
	slices.SortStableFunc(all, func(a, b Who) int { return rank(a) - rank(b) })
	return all, nil
}

func rank(w Who) int { return slices.Index([]Kind{You, Person, Staff}, w.Kind) }

// partyText and partyOf write and read the value of audit.Party.
func partyText(id post.PartyID) string { return audit.Number(audit.Party, id).Value }

func partyOf(text string) post.PartyID {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return post.PartyID(id)
}
