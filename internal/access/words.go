package access

import (
	"fmt"
	"math/bits"
)

// Action is something one may want to do. The list is closed, the names are
// stable, and rules.go says what each means. The zero value is no action and
// open to nobody.
type Action uint8

// The actions, in the order of the table of rules.
const (
	_ Action = iota

	MailboxSee

	MessageList
	MessageRead
	MessageMark
	MessageFlag
	MessageMove
	MessageDelete
	MessageDestroy
	MessageServe
	MessageHide
	NoteWrite

	MessageWrite
	MessageForwardAuthority
	MessageForwardRecipient
	MessageForwardEmail

	FolderManage
	FolderDelete
	TrusteeSee
	TrusteeManage
	ContactEdit
	NoticeOwn
	CalendarManage
	LogRead
	AccessSee
	AccessManage
	AccessLeave
	PlatformJoin
	PlatformLeave

	MessageAssign
	CommentSee
	CommentWrite
	FilingSee
	FilingManage
	RightsSee
	RightsManage
	ExtractRequest

	MailboxLookup
	AccessManageOnBehalf
	ContactEditOnBehalf
	ExemptionManage
	RegistrationManage
	AppointmentDecide
	ExtractDecide
	SupportAnswer
)

func (a Action) String() string { return a.rule().name }

// OnMailbox tells an action that touches the mailbox itself and no post: it is asked
// about without a source.
func (a Action) OnMailbox() bool { return a.rule().about == mailbox }

// rule is the action's row in the table, an empty one for what is no action.
func (a Action) rule() rule {
	if int(a) < len(rules) {
		return rules[a]
	}
	return rule{}
}

// Relation is what a person is to a mailbox. The list is closed, the names are
// stable, and rules.go says what each means. Each is one bit, so that a rule can
// name several. The zero value is a stranger.
type Relation uint32

// The relations, in the order of the table of relations. Where several allow an
// action, the first is named in the log.
const (
	Owner Relation = 1 << iota

	Signatory
	EmployeeWrite
	EmployeeAdvanced
	EmployeeBasic
	Administrator

	FormerOwner
	Liquidator
	Curator
	EstateAdministrator
	Heir

	Writer
	Reader
	PrivateReader
	SenderReader

	CitizenService
	SystemManager
	Support
)

func (r Relation) String() string {
	e, _ := r.entry()
	return e.name
}

// ParseRelation reads the name that String writes.
func ParseRelation(name string) (Relation, error) {
	for i, e := range relations {
		if e.name == name {
			return 1 << i, nil
		}
	}
	return 0, fmt.Errorf("access: no relation is called %q", name)
}

// entry is the relation's row in the table; false where r is not exactly one
// relation.
func (r Relation) entry() (relationEntry, bool) {
	if i := bits.TrailingZeros32(uint32(r)); bits.OnesCount32(uint32(r)) == 1 && i < len(relations) {
		return relations[i], true
	}
	return relationEntry{}, false
}

// Status is what a mailbox's owner is. Whether they may receive post yet is a
// question of delivery, not of access. The zero value closes the mailbox to all.
type Status uint8

const (
	StatusUnknown Status = iota
	StatusActive
	// StatusExempt is an owner who gets paper. The mailbox, what lies in it and
	// every right to it stay as they are (REG-02, REG-03).
	StatusExempt
	// StatusDead is a person who is dead: all rights end, also the owner's (REG-04).
	StatusDead
	// StatusCeased is a company that has ceased: all rights end (ORG-04).
	StatusCeased
)

// Reason says why an action is allowed or refused. The further down the list,
// the nearer it came to being allowed.
type Reason uint8

const (
	Stranger Reason = iota
	NotApproved
	NotBegun
	Expired
	MailboxClosed
	AssuranceTooLow
	WrongPlatform
	OtherPost
	Hidden
	NoConsent
	NotCovered
	WouldServe
	ReadOnlyToken
	Granted
)

func (r Reason) String() string { return reasons[r].name }

// reasons names each reason. One with a sentence is told to the caller; one
// without would give away that something is there, and is answered NotFound.
var reasons = [...]struct{ name, told string }{
	Stranger:        {"stranger", ""},
	NotApproved:     {"not.approved", ""},
	NotBegun:        {"not.begun", ""},
	Expired:         {"expired", ""},
	MailboxClosed:   {"mailbox.closed", ""},
	AssuranceTooLow: {"assurance.too.low", "The log-in is not sure enough: it must be at least substantial."},
	WrongPlatform:   {"wrong.platform", ""},
	OtherPost:       {"other.post", ""},
	Hidden:          {"hidden", ""},
	NoConsent:       {"no.consent", "Public post is shown on this platform only after consent."},
	NotCovered:      {"not.covered", "The right to this mailbox does not cover this."},
	WouldServe:      {"would.serve", "This would serve a court summons, which the right does not cover."},
	ReadOnlyToken:   {"read.only.token", "The token has no WRITE scope."},
	Granted:         {"granted", ""},
}
