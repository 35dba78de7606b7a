package delegation

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/keys"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// Terms are what is offered or asked for, and to or of whom.
type Terms struct {
	// FirstName, LastName and CPR name the other person.
	FirstName, LastName string
	CPR                 post.CPR
	// With is an access or a request that there is or was with them, instead of
	// that: to renew it, or to ask for more.
	With post.UUID

	// Relation is access.Reader or access.Writer; of what is offered, also
	// access.SenderReader or access.PrivateReader.
	Relation access.Relation
	Source   post.Source // of a PrivateReader (ACC-09)
	Senders  []post.UUID // of a SenderReader: whose post (ACC-15)
	Code     string      // of a SenderReader: what the receiver has to know

	// LastDay is the last Danish day, the zero time for no end. Only its date counts.
	LastDay time.Time
}

// Codes of what is wrong with terms, beside those of registry.Lookup.
const (
	CodeWhom      = "access.whom"     // nobody is named
	CodeYourself  = "access.yourself" //
	CodeRelation  = "access.relation" // is not offered, or not asked for
	CodeThere     = "access.there"    // they have it already
	CodePending   = "access.pending"  // it is offered or asked for already
	CodeLastDay   = "access.last.day" // is over
	CodeSenders   = "access.senders"  // nobody is chosen, or somebody who has not written
	CodeShortCode = "access.code.short"
	CodePlatform  = "access.platform" // there is no such platform
)

// Lengths, in characters.
const (
	maxName = 200
	minCode = 6
	maxCode = 60
)

// How long a request can be answered. An offer with a code waits for somebody who
// was told of it; what nobody answers for months nobody remembers.
const (
	answerDays = 90
	codeDays   = 14
)

// offered and wished are the relations that an owner can give, and those that
// others can ask for: private post is not asked for (ACC-09).
const (
	wished  = access.Reader | access.Writer
	offered = wished | access.SenderReader | access.PrivateReader
)

// Give offers somebody access to the post of the mailbox's owner. Both sides get a
// message, and the access works when the receiver has approved it (ACC-02), with the
// code where there is one (ACC-15). Access to private post works at once (ACC-09).
//
// Whom the name and number do not find is registry's answer to tell (Lookup).
func (d *Delegations) Give(ctx context.Context, actor post.Actor, box post.UUID, t Terms) (Access, error) {
	return d.request(ctx, actor, box, t, offered, true)
}

// Ask asks somebody for access to their post. They get a message, and the access
// works when they have approved it (ACC-03).
func (d *Delegations) Ask(ctx context.Context, actor post.Actor, box post.UUID, t Terms) (Access, error) {
	return d.request(ctx, actor, box, t, wished, false)
}

func (d *Delegations) request(ctx context.Context, actor post.Actor, box post.UUID, t Terms, can access.Relation, gives bool) (Access, error) {
	if err := t.check(can); err != nil {
		return Access{}, err
	}
	if t.Relation == access.PrivateReader && !slices.Contains(d.Private, t.Source) {
		return Access{}, errs.Invalid(CodePlatform, "source", "there is no such platform")
	}
	var senders []post.PartyID
	if t.Relation == access.SenderReader {
		var err error
		if senders, err = d.haveWritten(ctx, actor, box, t.Senders); err != nil {
			return Access{}, err
		}
	}
	var made Access
	err := d.work(ctx, actor, box, func(s *side) error {
		expires, err := ends(t.LastDay, s.tx.Now)
		if err != nil {
			return err
		}
		if err := s.Registry.MayAsk(s.tx, s.Actor); err != nil {
			return err
		}
		who, name, err := s.whom(t)
		if err != nil {
			return err
		}
		a := Access{ID: s.tx.NewID(), Request: true, Owner: who.ID, Helper: s.Mailbox.ID, Asker: s.Mailbox.ID, Mailbox: s.Mailbox.ID, Party: who, Name: name,
			Relation: t.Relation, Source: t.Source, Status: Asked, Expires: expires, Created: s.tx.Now, Updated: s.tx.Now, Version: 1, senders: senders}
		if gives {
			a.Owner, a.Helper = a.Helper, a.Owner
		}
		if who.ID == s.Mailbox.ID {
			return errs.Invalid(CodeYourself, "cprNumber", "nobody needs access to their own post")
		}
		if a.Relation == access.SenderReader {
			a.Code, a.code = true, s.hash(a.ID, t.Code)
		}
		if a.Relation == access.PrivateReader {
			made, err = s.givePrivate(a)
			return err
		}
		made, err = s.submit(a)
		return err
	})
	return made, err
}

// LookUp tells whether there is somebody with a number and a name who could give or
// get access, as Lookup of registry does: who asks learns nothing beyond what they
// wrote, and whoever was looked up sees it in their log.
func (d *Delegations) LookUp(ctx context.Context, actor post.Actor, box post.UUID, cpr post.CPR, first, last string) (registry.Party, error) {
	var who registry.Party
	err := d.Mailboxes.Work(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		_, err := o.May(access.AccessSee)
		if err == nil {
			who, err = d.Registry.Lookup(tx, actor, cpr, tidy(first), tidy(last))
		}
		return err
	})
	return who, err
}

// check is what can be said of terms by themselves.
func (t *Terms) check(can access.Relation) error {
	t.FirstName, t.LastName = tidy(t.FirstName), tidy(t.LastName)
	t.Code = plainCode(t.Code)
	named := t.With == (post.UUID{})
	switch {
	case t.Relation == 0 || t.Relation&can != t.Relation || t.Relation&(t.Relation-1) != 0:
		return errs.Invalid(CodeRelation, "Privileges", "this access cannot be given, or not be asked for")
	case named && t.CPR.IsZero():
		return errs.Invalid(CodeWhom, "cprNumber", "a CPR number is needed")
	case named && (t.FirstName == "" || t.LastName == ""):
		return errs.Invalid(CodeWhom, "firstName", "first name and last name are needed")
	case utf8.RuneCountInString(t.FirstName) > maxName || utf8.RuneCountInString(t.LastName) > maxName:
		return errs.Invalid(CodeWhom, "firstName", "a name has at most %d characters", maxName)
	case t.Relation == access.SenderReader && len(t.Senders) == 0:
		return errs.Invalid(CodeSenders, "senders", "whose post it is about must be chosen")
	case t.Relation == access.SenderReader && (utf8.RuneCountInString(t.Code) < minCode || utf8.RuneCountInString(t.Code) > maxCode):
		return errs.Invalid(CodeShortCode, "code", "a code has from %d to %d letters and digits", minCode, maxCode)
	}
	return nil
}

func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

// ends is the first moment after a last day, the zero time for never.
func ends(day, now time.Time) (time.Time, error) {
	end := post.DayAfter(day)
	if over(end, now) {
		return end, errs.Invalid(CodeLastDay, "privilegeEndDate", "the last day is over")
	}
	return end, nil
}

// whom finds who is named, and by which name they are known to who asks.
func (s *side) whom(t Terms) (registry.Party, string, error) {
	if t.With != (post.UUID{}) {
		before, err := s.one(t.With)
		if err == nil && before.Party.Refusal(s.tx.Now, true) != "" {
			err = ErrUnknown
		}
		return before.Party, before.Name, err
	}
	who, err := s.Registry.Lookup(s.tx, s.Actor, t.CPR, t.FirstName, t.LastName)
	return who, t.FirstName + " " + t.LastName, err
}

// haveWritten are chosen senders, who must be among those whose post the owner has.
func (d *Delegations) haveWritten(ctx context.Context, actor post.Actor, box post.UUID, chosen []post.UUID) ([]post.PartyID, error) {
	all, err := d.Mailboxes.Senders(ctx, actor, box)
	if err != nil {
		return nil, err
	}
	var found []post.PartyID
	for _, id := range chosen {
		i := slices.IndexFunc(all, func(c mailbox.SenderCount) bool { return c.Sender.UUID == id })
		if i < 0 {
			return nil, errs.Invalid(CodeSenders, "senders", "somebody is chosen who has not written")
		}
		found = append(found, all[i].Sender.ID)
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

// submit stores a request and tells both sides.
func (s *side) submit(a Access) (Access, error) {
	there, err := s.requests("owner = $1 AND helper = $2 AND extent = $3 AND state IN ('SUBMITTED', 'REJECTED')", a.Owner, a.Helper, a.extent())
	if err != nil {
		return a, err
	}
	for _, old := range there {
		if old.Status == Asked {
			return a, errs.New(errs.KindConflict, CodePending, "it is offered or asked for already")
		}
		if err := s.forget(old.ID); err != nil {
			return a, err
		}
	}
	held, there1, err := s.held(a)
	if err != nil {
		return a, err
	}
	if there1 && !held.Over(s.tx.Now) && a.Relation != access.SenderReader && held.Relation == a.Relation && held.To.Equal(a.Expires) {
		return a, errs.New(errs.KindConflict, CodeThere, "they have this access already")
	}
	sealed, err := s.Seal([]byte(a.Name), a.ID[:])
	if err != nil {
		return a, err
	}
	days := answerDays
	if a.Code {
		days = codeDays
	}
	y, m, d := post.Today(s.tx.Now).Date()
	a.Answer = post.StartOfDay(y, m, d+days+1).UTC()
	var b db.Batch
	b.Add("INSERT INTO access_request (id, owner, helper, asker, relation, extent, said, state, code, tries, expires, answer_by, privilege, created, updated, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, NULL, $12, $12, 1)",
		a.ID, a.Owner, a.Helper, a.Asker, a.Relation.String(), a.extent(), sealed, a.Status, orNull(a.code), a.Expires, a.Answer, a.Created)
	for _, sender := range a.senders {
		b.Add("INSERT INTO access_request_sender (request, sender) VALUES ($1, $2)", a.ID, sender)
	}
	err = s.tx.Run(&b)
	if db.IsDuplicate(err) { // the other side was at it too
		return a, errs.New(errs.KindConflict, CodePending, "it is offered or asked for already")
	}
	if err == nil {
		err = s.Registry.Asked(s.tx, s.Actor)
	}
	if err == nil {
		err = s.tell(audit.AccessRequestSubmitted, a)
	}
	if err == nil {
		err = s.announceRequest(a)
	}
	return a, err
}

func orNull(code []byte) any {
	if code == nil {
		return nil
	}
	return code
}

// held is the right of the same kind that the helper has already, also one whose
// last day is over.
func (s *side) held(a Access) (rights.Right, bool, error) {
	all, err := s.Rights.To(s.tx, a.Owner)
	for _, r := range all {
		if r.Holder == a.Helper && r.Organisation == 0 && r.BetweenPeople() && extentOf(r.Relation, r.Source) == a.extent() {
			return r, true, err
		}
	}
	return rights.Right{}, false, err
}

// force makes a right of what was agreed: a new one, or another of the one there
// was.
func (s *side) force(a Access) (rights.Right, error) {
	old, there, err := s.held(a)
	if err != nil {
		return old, err
	}
	if there {
		return s.Rights.Change(s.tx, s.Actor, s.via, old.ID, 0, func(r *rights.Right) {
			r.Relation, r.To, r.Senders, r.Origin = a.Relation, a.Expires, a.senders, rights.SelfService
		})
	}
	return s.Rights.Give(s.tx, s.Actor, s.via, rights.Right{Mailbox: a.Owner, Holder: a.Helper, Relation: a.Relation, Source: a.Source, Senders: a.senders, To: a.Expires})
}

// givePrivate gives access to private post, which works at once.
func (s *side) givePrivate(a Access) (Access, error) {
	if held, there, err := s.held(a); err != nil || there && !held.Over(s.tx.Now) {
		if err == nil {
			err = errs.New(errs.KindConflict, CodeThere, "they have this access already")
		}
		return a, err
	}
	r, err := s.force(a)
	if err == nil {
		err = s.Registry.Asked(s.tx, s.Actor)
	}
	if err != nil {
		return a, err
	}
	given := s.right(r)
	given.Party, given.Name = a.Party, a.Name
	return given, s.announcePrivate(given)
}

// forget removes a request.
func (s *side) forget(id post.UUID) error {
	var b db.Batch
	b.Add("DELETE FROM access_request_sender WHERE request = $1", id)
	b.Add("DELETE FROM access_request WHERE id = $1", id)
	return s.tx.Run(&b)
}

func isNone(err error) bool { return errors.Is(err, db.ErrNoRows) }

// plainCode is a code without what people part it with and without capitals: one is
// told it on the telephone.
func plainCode(code string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(strings.TrimSpace(code)))
}

// hash is what is stored of a code. It is bound to its request, so that nobody sees
// that two are alike.
func (s *side) hash(request post.UUID, code string) []byte {
	return s.Keys.Hash(keys.AccessCode, request.String()+" "+plainCode(code))
}

// fits tells whether a code is the one of a request.
func (s *side) fits(a Access, code string) bool {
	return a.code != nil && hmac.Equal(a.code, s.hash(a.ID, code))
}

// letters of codes that are made: none looks like another.
const letters = "23456789abcdefghjkmnpqrstuvwxyz"

// NewCode makes a code for an owner who has none of their own, to be told by
// telephone: eight letters and digits in two groups.
func NewCode() string {
	var raw [64]byte
	var code []byte
	for len(code) < 8 {
		rand.Read(raw[:]) //nolint:errcheck // it never fails
		for _, b := range raw {
			if int(b) < 256/len(letters)*len(letters) && len(code) < 8 {
				code = append(code, letters[int(b)%len(letters)])
			}
		}
	}
	return string(code[:4]) + "-" + string(code[4:])
}
