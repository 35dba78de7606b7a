// Package extract gives a company all of its post in files (ORG-06): a data extract, on
// request with documents, such as before a merger.
//
// Somebody of the company, or who is appointed for it, asks; a system manager of the
// agency decides with a reason; a job writes the parts, each a zip that is whole in
// itself; who asked fetches each part once, if they may still ask for one at that
// moment, and then its bytes are gone. What nobody fetches is destroyed after a week.
//
// It owns extract, extract_file and extract_part. What is written and the keys of files
// are sealed with a key that is not the mailbox's.
package extract

import (
	"cmp"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/agency"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/keys"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
)

// Limits are about how large a part is, 0 for 2 GB and 50,000 letters: so much is
// written anew where the work is broken off.
type Limits struct {
	Bytes   int64
	Letters int64
}

// Extracts is the capability.
type Extracts struct {
	desk      agency.Desk
	mailboxes *mailbox.Mailboxes
	most      Limits
	before    func(mailbox.Message) // each letter that is written, in tests
}

// New makes the capability on a migrated database.
func New(d agency.Desk, m *mailbox.Mailboxes, l Limits) *Extracts {
	d.Key, d.Action = keys.ExtractSeal, access.ExtractDecide
	return &Extracts{desk: d, mailboxes: m, most: Limits{cmp.Or(l.Bytes, 2_000_000_000), cmp.Or(l.Letters, 50_000)}}
}

// State is how far a request is.
type State = agency.State

const (
	Submitted       = agency.Submitted
	Approved        = agency.Approved // and its files are being written
	Ready     State = "READY"         // to be fetched
	Fetched   State = "FETCHED"       // all of it, once
	Expired   State = "EXPIRED"       // not all was fetched in time, or by nobody who may
	Rejected        = agency.Rejected
	Withdrawn       = agency.Withdrawn
)

// Codes of what is wrong with a request, beside the agency's.
const (
	CodeCompany = "extract.company" // the mailbox is no organisation's
	CodeFetched = "extract.fetched" // it was fetched, or its time is over

	// Kept is how long an extract waits for who asked, and Resume how long a part of
	// which not all has left may be gone on with, or begun anew.
	Kept   = 7 * 24 * time.Hour
	Resume = time.Hour
)

// Part is a zip of an extract.
type Part struct {
	Place   int
	Size    int64
	Letters int64
	Claimed time.Time // when bytes of it last left, the zero time for never
	Sent    int64     // bytes that have left, from the first on
	// There tells that its bytes are not destroyed yet.
	There bool

	key  [32]byte
	blob post.UUID
}

// Extract is a request and what became of it.
type Extract struct {
	agency.Request
	Parts   []Part
	Letters int64
	Size    int64
	Ends    time.Time // when what was not fetched is destroyed, the zero time until it is ready

	platform         post.Platform
	through, reached post.UUID
	parts            int
}

// Open tells that something more becomes of it.
func (e Extract) Open() bool { return e.State == Submitted || e.State == Approved || e.State == Ready }

// said is what both sides wrote, as it is sealed.
type said struct {
	Text   string `cbor:"1,keyasint"`
	Reason string `cbor:"2,keyasint"`
}

// rows reads requests, the oldest first, without their files.
func (c *Extracts) rows(tx *db.Tx, where string, args ...any) ([]Extract, error) {
	rows, err := tx.Query(`SELECT id, state, applicant, organisation, platform, mailbox, sealed, made, decided, through, reached, parts, letters, size, ends, version
		FROM extract WHERE `+where+" ORDER BY made, id", args...)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (e Extract, err error) {
		var sealed []byte
		var s said
		err = rows.Scan(&e.ID, &e.State, &e.Applicant.ID, &e.Organisation.ID, &e.platform, &e.About.ID, &sealed, db.Time(&e.Made), db.Time(&e.Decided),
			&e.through, &e.reached, &e.parts, &e.Letters, &e.Size, db.Time(&e.Ends), &e.Version)
		if err == nil {
			err = c.desk.Unseal(e.ID, sealed, &s)
		}
		e.Text, e.Reason = s.Text, s.Reason
		return e, err
	})
	if err != nil {
		return nil, err
	}
	requests := make([]*agency.Request, len(all))
	for i := range all {
		requests[i] = &all[i].Request
	}
	return all, c.desk.Names(tx, requests...)
}

func (c *Extracts) one(tx *db.Tx, id post.UUID) (Extract, error) {
	all, err := c.rows(tx, "id = $1", id)
	if err == nil && len(all) == 0 {
		err = agency.ErrUnknown
	}
	if err != nil {
		return Extract{}, err
	}
	e := all[0]
	rows, err := tx.Query("SELECT place, file, sealed FROM extract_file WHERE extract = $1 ORDER BY place", id)
	if e.Files, err = c.desk.Files(id, rows, err); err == nil {
		e.Parts, err = c.partsOf(tx, id)
	}
	return e, err
}

func (c *Extracts) partsOf(tx *db.Tx, id post.UUID) ([]Part, error) {
	rows, err := tx.Query("SELECT place, file, sealed, size, letters, claimed, sent FROM extract_part WHERE extract = $1 ORDER BY place", id)
	return db.Collect(rows, err, func(rows *db.Rows) (p Part, err error) {
		var sealed []byte
		if err = rows.Scan(&p.Place, &p.blob, &sealed, &p.Size, &p.Letters, db.Time(&p.Claimed), &p.Sent); err == nil && sealed != nil {
			err = c.desk.Unseal(id, sealed, &p.key)
			p.There = true
		}
		return p, err
	})
}

// save writes how far a request is. Where another has done so meanwhile it is a
// Conflict.
func (c *Extracts) save(tx *db.Tx, e *Extract) error {
	var through, reached, ends any
	if e.through != (post.UUID{}) {
		through = e.through
	}
	if e.reached != (post.UUID{}) {
		reached = e.reached
	}
	if !e.Ends.IsZero() {
		ends = e.Ends
	}
	n, err := tx.Exec("UPDATE extract SET state = $1, through = $2, reached = $3, parts = $4, letters = $5, size = $6, ends = $7, version = version + 1 WHERE id = $8 AND version = $9",
		e.State, through, reached, e.parts, e.Letters, e.Size, ends, e.ID, e.Version)
	if err == nil && n == 0 {
		err = errs.ErrStale
	}
	e.Version++
	return err
}

// write sends a letter to who asked and to the company.
func (c *Extracts) write(tx *db.Tx, e Extract, l intake.Bilingual) error {
	return c.desk.Intake.Write(tx, l, e.Applicant.ID, e.About.ID)
}
