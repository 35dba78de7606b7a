// Package post has the words that every other package shares: identity
// numbers, who acts, on which platform, and whose post it is. It holds no rules
// about rights and touches nothing outside itself.
package post

import "github.com/google/uuid"

// UUID is an id as the outside sees it. Ids are not secrets.
type UUID = uuid.UUID

// NewUUID makes a random id (RFC 9562 version 4).
func NewUUID() UUID { return uuid.New() }

// ParseUUID reads an id in its usual text form, either letter case.
func ParseUUID(s string) (UUID, error) { return uuid.Parse(s) }

// PartyID is the inside key of a person or an organisation. A party's mailbox
// has the same key: there is one mailbox for each party (SYS-01).
type PartyID int64

// SystemID is the inside key of a sender or recipient system.
type SystemID int64

// PartyKind tells persons from organisations.
type PartyKind string

const (
	Person       PartyKind = "PERSON"
	Organisation PartyKind = "ORGANISATION"
)

// Platform is where somebody reads and acts: one mailbox, several platforms.
type Platform string

const (
	PlatformNone   Platform = ""       // no person is at work: a system or the program itself
	PlatformBorger Platform = "borger" // SYS-02, the state's web mailbox for citizens
	PlatformApp    Platform = "app"    // SYS-03, the state's app
	PlatformVirk   Platform = "virk"   // SYS-04, the web mailbox for companies and associations
	PlatformMit    Platform = "mit"    // SYS-05, a commercial platform
	PlatformEboks  Platform = "eboks"  // SYS-06, a commercial platform
	PlatformStaff  Platform = "staff"  // SYS-11, the counter
	PlatformRights Platform = "rights" // SYS-10, the portal where companies give rights; it shows no post
)

// Device is the kind of device somebody acts from, as far as it tells. It is all
// that is kept of it.
type Device string

const (
	DeviceNone     Device = "" // a system, or the program itself
	DeviceComputer Device = "computer"
	DevicePhone    Device = "phone"
	DeviceTablet   Device = "tablet"
	DeviceProgram  Device = "program" // a program that says nothing of where it runs
)

// Source says whose post a message is: public, or private and then of one
// platform (MBX-09: private post is seen only on its own platform).
type Source string

const (
	SourcePublic Source = "public"
	SourceMit    Source = "mit"
	SourceEboks  Source = "eboks"
)

// Assurance is how sure a log-in is: the NSIS level of the identity provider.
type Assurance uint8

const (
	AssuranceNone Assurance = iota
	AssuranceLow
	AssuranceSubstantial // the least that opens a mailbox
	AssuranceHigh
)

// Actor is who asks. Edges make it; it says nothing about what is allowed.
type Actor struct {
	// Party is the person who acts, 0 for a system or nobody.
	Party PartyID
	// System is the sender or recipient system that acts, 0 for a person.
	System SystemID
	// Organisation is the employer in whose name an employee logged in
	// (SYS-09, SYS-11), 0 for a person on their own behalf.
	Organisation PartyID
	Platform     Platform
	// Device is the kind of device they use.
	Device    Device
	Assurance Assurance
	// Session names the log-in session or token that asks, for the log.
	Session string
	// ReadOnly is set for a token without the WRITE scope.
	ReadOnly bool
}

// Program is the actor of what the program does by itself, such as a delivery
// on a date.
var Program = Actor{}
