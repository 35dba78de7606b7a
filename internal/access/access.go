// Package access decides whether an actor may do something to a mailbox or a
// message in it, now, and by which right. It is a pure function of what it is
// given: it reads no clock and no database, and the same question always has
// the same answer.
//
// The law of the house is in rules.go, as two tables: what each relation to a
// mailbox is, and which relations each action is open to. This file has the
// conditions that hold for every action, in the order in which they are asked.
// testdata/matrix.txt is both, worked out case by case, for people to read.
//
// What holds always: whatever is left out refuses, since the zero value of each
// type here gives no right; a right that is not in force adds nothing; and one
// more right never takes away what another gives.
package access

import (
	"slices"
	"time"

	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Grant is one right of one person to one mailbox, as the capability that owns
// it has stored it. A right that was declined or removed is no grant. The right
// to one's own mailbox needs none.
type Grant struct {
	// Key is the stored row, so that the log can say which right was used.
	Key      post.UUID
	Relation Relation
	// Holder is the person who has the right.
	Holder post.PartyID
	// Organisation is the employer in whose name the right is used, 0 for a
	// right that the holder has as a private person. It is used with a log-in
	// for that organisation and no other (ORG-03).
	Organisation post.PartyID
	// Approved is false while an offer or a wish awaits its answer (ACC-02, ACC-03).
	Approved bool
	// From is when the right begins. The zero time is at once.
	From time.Time
	// To is the first instant without the right: for a last day that somebody
	// chose, the midnight that ends it in Denmark. The zero time is never (ACC-01).
	To time.Time
	// Source is the platform whose private post a PrivateReader may read
	// (ACC-09). No other relation uses it.
	Source post.Source
	// Senders are those whose post a SenderReader may read (ACC-15). No other
	// relation uses it.
	Senders []post.PartyID
}

// Facts are what is known of a mailbox when the question is asked.
type Facts struct {
	// Mailbox is the one the facts are about. It must be the resource's.
	Mailbox post.PartyID
	Status  Status
	// Consent tells that the one who reads, or the organisation they log in
	// for, wants public post shown on the actor's platform. It is asked for on
	// the commercial platforms only (PLT-01, ORG-02).
	Consent bool
	// Administered tells that the organisation has named a rights administrator.
	Administered bool
	// Grants are rights to the mailbox. Those of other people do no harm.
	Grants []Grant
}

// Resource is what the action is done to.
type Resource struct {
	Mailbox post.PartyID
	// Source is whose post the action touches, "" where it touches the mailbox
	// itself and no post.
	Source post.Source
	// Sender is who sent the message.
	Sender post.PartyID
	// Hidden tells that the owner hid the message or its sender from helpers.
	Hidden bool
	// Unserved tells that the message is a court summons, not yet served (SND-08).
	Unserved bool
}

// Decision is the answer. The zero value refuses.
type Decision struct {
	Allowed bool
	// Via is the relation that allows it, or that came nearest to it; 0 for a
	// stranger.
	Via Relation
	// Grant is the Key of the grant behind Via, nil for who needs none: the owner, and
	// who signs for a company.
	Grant  post.UUID
	Reason Reason
}

// CodeNotFound is the code of every refusal that must look as if nothing were
// there. A message that really is not there must answer with it too.
const CodeNotFound = "not.found"

// Err is nil where the action is allowed. Otherwise it is NotFound where the
// actor may not know that the thing exists, and Forbidden where they may.
func (d Decision) Err() error {
	if d.Allowed {
		return nil
	}
	if why := reasons[d.Reason]; why.told != "" {
		return errs.New(errs.KindForbidden, "access."+why.name, why.told)
	}
	return errs.NotFound(CodeNotFound)
}

// Check decides. Where several grants allow the action, the first in the order
// of relations is named; where none does, the one that came nearest gives the
// reason. For lists, counts and searches ask Visible.
func Check(actor post.Actor, action Action, res Resource, facts Facts, now time.Time) Decision {
	q := question{actor, action, res, facts, now}
	var best Decision
	for g := range q.grants {
		reason := q.ask(g)
		if reason == Stranger || reason < best.Reason || reason == best.Reason && g.Relation >= best.Via {
			continue
		}
		best = Decision{Allowed: reason == Granted, Via: g.Relation, Grant: g.Key, Reason: reason}
	}
	return best
}

// Window is the part of a mailbox's messages that an actor may list.
type Window struct {
	Via    Relation
	Source post.Source
	// Senders limits the window to their messages; nil is every sender's.
	Senders []post.PartyID
	// Hidden tells that it shows also what is hidden from helpers.
	Hidden bool
}

// Visible is what a list, a count, a search or a change feed may show of a
// mailbox: at most one window for each source, and nothing where there is none.
// It says the same as Check of MessageList says for each message.
func Visible(actor post.Actor, facts Facts, now time.Time) []Window {
	q := question{actor, MessageList, Resource{Mailbox: facts.Mailbox}, facts, now}
	var windows []Window
	for _, source := range []post.Source{post.SourcePublic, post.SourceMit, post.SourceEboks} {
		q.res.Source = source
		var widest Window
		for g := range q.grants {
			if g.Relation != SenderReader {
				g.Senders = nil
			} else if len(g.Senders) > 0 {
				q.res.Sender = g.Senders[0]
			}
			switch {
			case q.ask(g) != Granted:
			case widest.Via == 0 || g.Relation < widest.Via: // the relations stand widest first
				widest = Window{g.Relation, source, g.Senders, g.Relation&helpers == 0}
			case widest.Via == SenderReader:
				widest.Senders = slices.Concat(widest.Senders, g.Senders)
			}
		}
		if widest.Via != 0 {
			windows = append(windows, widest)
		}
	}
	return windows
}

// question is one call of Check or Visible.
type question struct {
	actor  post.Actor
	action Action
	res    Resource
	facts  Facts
	now    time.Time
}

// grants yields the stored grants and the one nobody stores: that a person owns
// their own mailbox.
func (q question) grants(yield func(Grant) bool) {
	own := Grant{Relation: Owner, Holder: q.res.Mailbox, Approved: true}
	if !yield(own) {
		return
	}
	for _, g := range q.facts.Grants {
		if g.Relation != Owner && !yield(g) {
			return
		}
	}
}

// ask tells what one grant says to the question. The conditions stand in the
// order of the reasons, so that the greater reason came nearer. The log-in is
// weighed before anything about the message, so that a weak one learns nothing.
func (q question) ask(g Grant) Reason {
	relation, known := g.Relation.entry()
	rule := q.action.rule()
	serving := q.res.Unserved && rule.effect&serves != 0

	switch {
	case !known || !q.person() || !q.holds(g):
		return Stranger
	case !g.Approved:
		return NotApproved // ACC-02, ACC-03
	case q.now.Before(g.From):
		return NotBegun
	case !g.To.IsZero() && !q.now.Before(g.To):
		return Expired // ACC-01
	case !slices.Contains(relation.while, q.facts.Status):
		return MailboxClosed // REG-04, ORG-04, ORG-05
	case q.actor.Assurance < post.AssuranceSubstantial:
		return AssuranceTooLow // SYS-08
	case !q.rightPlace(g, relation):
		return WrongPlatform // MBX-09, ACC-09, SYS-11
	case !q.covers(g, relation, rule):
		return OtherPost // ACC-09, ACC-15
	case q.res.Hidden && g.Relation&helpers != 0:
		return Hidden
	case q.res.Source == post.SourcePublic && commercial(q.actor.Platform) && !q.facts.Consent:
		return NoConsent // PLT-01
	case rule.who&g.Relation == 0:
		return NotCovered
	case (q.action == RightsManage || q.action == RightsSee) && g.Relation == Signatory && q.facts.Administered:
		return NotCovered // the signatory is administrator until one is named
	case serving && MessageServe.rule().who&g.Relation == 0:
		return WouldServe // SND-08
	case q.actor.ReadOnly && (rule.effect&writes != 0 || serving):
		return ReadOnlyToken
	}
	return Granted
}

// person tells that a person asks, somewhere, and that the facts are of the
// mailbox asked about.
func (q question) person() bool {
	return q.actor.Party != 0 && q.actor.System == 0 && q.actor.Platform != post.PlatformNone &&
		q.res.Mailbox == q.facts.Mailbox
}

// holds tells that the grant is the actor's, in the name in which they act.
func (q question) holds(g Grant) bool {
	return g.Holder == q.actor.Party && g.Organisation == q.actor.Organisation
}

// rightPlace tells that the grant works on the actor's platform: staff at the
// counter and nobody else there, private post on its own platform, one's own post
// and that of people one helps anywhere but at the companies' portals, and no post
// at all where rights are given.
func (q question) rightPlace(g Grant, relation relationEntry) bool {
	at := q.actor.Platform
	switch {
	case (g.Relation&staff != 0) != (at == post.PlatformStaff):
		return false
	case (at == post.PlatformVirk || at == post.PlatformRights) && g.Relation&(Owner|helpers) != 0:
		return false // SYS-04
	case at == post.PlatformRights && q.res.Source != "":
		return false // SYS-10
	case relation.post == privatePost && at != platformOf(g.Source):
		return false
	case q.res.Source != "" && q.res.Source != post.SourcePublic && at != platformOf(q.res.Source):
		return false
	}
	return true
}

// covers tells that the grant is about the post that the action touches.
func (q question) covers(g Grant, relation relationEntry, rule rule) bool {
	if q.res.Source == "" {
		return rule.about == mailbox
	}
	switch relation.post {
	case everyPost:
		return true
	case publicPost:
		return q.res.Source == post.SourcePublic
	case privatePost:
		return q.res.Source == g.Source
	case sendersPost:
		return q.res.Source == post.SourcePublic && slices.Contains(g.Senders, q.res.Sender)
	}
	return false
}

// platformOf is the only platform that shows a source's private post, and no
// platform for any other source.
func platformOf(s post.Source) post.Platform {
	switch s {
	case post.SourceMit:
		return post.PlatformMit
	case post.SourceEboks:
		return post.PlatformEboks
	}
	return post.PlatformNone
}

func commercial(p post.Platform) bool { return p == post.PlatformMit || p == post.PlatformEboks }
