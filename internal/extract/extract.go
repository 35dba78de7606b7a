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
	"context"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"

	"digitalpost/internal/access"
	"digitalpost/internal/agency"
	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/jobs"
	"digitalpost/internal/keys"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// Config is what the capability works with.
type Config struct {
	DB        *db.DB
	Keys      *keys.Ring
	Blobs     *blob.Store
	Registry  *registry.Registry
	Rights    *rights.Rights
	Mailboxes *mailbox.Mailboxes
	Intake    *intake.Intake
	// Operator is the organisation that runs Digital Post, whose system managers decide.
	Operator post.CVR
	// PartBytes and PartLetters are about how large a part is, 0 for 2 GB and 50,000
	// letters: so much is written anew where the work is broken off.
	PartBytes   int64
	PartLetters int
}

// Extracts is the capability.
type Extracts struct {
	config Config
	desk   agency.Desk
	before func(mailbox.Message) // each letter that is written, in tests
}

// New makes the capability on a migrated database.
func New(c Config) *Extracts {
	if c.PartBytes == 0 {
		c.PartBytes = 2_000_000_000
	}
	if c.PartLetters == 0 {
		c.PartLetters = 50_000
	}
	return &Extracts{config: c, desk: agency.Desk{Blobs: c.Blobs, Registry: c.Registry, Rights: c.Rights, Operator: c.Operator}}
}

// State is how far a request is.
type State string

const (
	Submitted State = "SUBMITTED"
	Approved  State = "APPROVED" // and its files are being written
	Ready     State = "READY"    // to be fetched
	Fetched   State = "FETCHED"  // all of it, once
	Expired   State = "EXPIRED"  // not all was fetched in time, or by nobody who may
	Rejected  State = "REJECTED"
	Withdrawn State = "WITHDRAWN"
)

// Open tells that something more becomes of it.
func (s State) Open() bool { return s == Submitted || s == Approved || s == Ready }

// Codes of what is wrong.
const (
	CodeCompany  = "extract.company" // the mailbox is no organisation's
	CodeText     = "extract.text"    // no reason, or too long
	CodeReason   = "extract.reason"  // a decision without one, or too long
	CodeFiles    = "extract.files"   // no document, or too many
	CodeThere    = "extract.there"   // there is an open request for the mailbox
	CodeDecided  = "extract.decided"
	CodeOwn      = "extract.own" // one's own request
	CodeUnknown  = "extract.unknown"
	CodeFetched  = "extract.fetched" // it was fetched, or its time is over
	CodeFileType = agency.CodeFileType
	CodeFileSize = agency.CodeFileSize

	MaxText  = 2000 // characters
	MaxFiles = 10
	MaxFile  = agency.MaxFile

	// Kept is how long an extract waits for who asked, and Resume how long a part that
	// was begun may be gone on with.
	Kept   = 7 * 24 * time.Hour
	Resume = time.Hour
)

// File is a document of a request.
type File struct {
	Name  string
	Type  string // media type
	Size  int64
	Place int

	key  [32]byte
	blob post.UUID
}

// Part is a zip of an extract.
type Part struct {
	Place   int
	Size    int64
	Letters int64
	Claimed time.Time // when somebody began to fetch it, the zero time for never
	Sent    int64     // bytes that have left, from the first on
	// There tells that its bytes are not destroyed yet.
	There bool

	key  [32]byte
	blob post.UUID
}

// Extract is a request and what became of it.
type Extract struct {
	ID           post.UUID
	State        State
	Applicant    registry.Party
	Organisation registry.Party // in whose name, the zero Party for a private person
	About        registry.Party // whose post
	Text         string         // what the applicant wrote
	Reason       string         // of the decision
	Files        []File
	Parts        []Part
	Made         time.Time
	Decided      time.Time // the zero time while it is open
	Letters      int64
	Size         int64
	Ends         time.Time // when what was not fetched is destroyed, the zero time until it is ready
	Version      int64

	platform         post.Platform
	through, reached post.UUID
	parts            int
}

// By tells whether somebody asked for it, as who they are logged in.
func (e Extract) By(actor post.Actor) bool {
	return e.Applicant.ID == actor.Party && e.Organisation.ID == actor.Organisation
}

// said is what both sides wrote, as it is sealed.
type said struct {
	Text   string `cbor:"1,keyasint"`
	Reason string `cbor:"2,keyasint"`
}

// stored is what is kept of a file, sealed.
type stored struct {
	Key  [32]byte `cbor:"1,keyasint"`
	Name string   `cbor:"2,keyasint"`
	Type string   `cbor:"3,keyasint"`
	Size int64    `cbor:"4,keyasint"`
}

// Take takes in a document: a PDF or a picture. Ask or Drop it.
func (c *Extracts) Take(name string, body io.Reader) (*agency.Upload, error) {
	return c.desk.Take(name, body)
}

// Drop lets go of documents that no request has taken.
func (c *Extracts) Drop(all ...*agency.Upload) { c.desk.Drop(all...) }

// Ask puts in a request for a mailbox.
func (c *Extracts) Ask(ctx context.Context, actor post.Actor, box post.UUID, text string, files []*agency.Upload) (Extract, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n == 0 || n > MaxText {
		return Extract{}, errs.Invalid(CodeText, "note", "a reason of at most %d characters is needed", MaxText)
	}
	if len(files) == 0 || len(files) > MaxFiles {
		return Extract{}, errs.Invalid(CodeFiles, "documentations", "from 1 to %d documents go with a request", MaxFiles)
	}
	var e Extract
	err := c.config.Mailboxes.Work(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		via, err := o.May(access.ExtractRequest)
		if err != nil {
			return err
		}
		if o.Mailbox.Owner.Kind != post.Organisation {
			return errs.New(errs.KindForbidden, CodeCompany, "a data extract is of an organisation's post")
		}
		if err := c.makeRoom(tx, o); err != nil {
			return err
		}
		e = Extract{ID: tx.NewID(), State: Submitted, About: o.Mailbox.Owner, Text: text, Made: tx.Now, Version: 1}
		if e.Applicant, err = c.config.Registry.Party(tx, actor.Party); err != nil {
			return err
		}
		sealed, err := c.seal(e.ID, said{Text: e.Text})
		if err != nil {
			return err
		}
		var b db.Batch
		b.Add(`INSERT INTO extract (id, state, applicant, organisation, platform, mailbox, sealed, made, decided_by, parts, letters, size, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, 0, 1)`, e.ID, e.State, actor.Party, actor.Organisation, string(actor.Platform), o.Mailbox.ID, sealed, tx.Now)
		for i, u := range files {
			sealed, err := c.seal(e.ID, stored{u.Kept.Key, u.Name, u.Type, u.Size})
			if err != nil {
				return err
			}
			c.config.Blobs.Insert(tx, &b, []*blob.Draft{u.Kept})
			b.Add("INSERT INTO extract_file (extract, place, file, sealed) VALUES ($1, $2, $3, $4)", e.ID, i, u.Kept.ID, sealed)
		}
		if err := tx.Run(&b); err != nil {
			return err
		}
		o.Then(func() error { return c.write(tx, e, asked(e)) })
		return c.tell(tx, actor, via, audit.ExtractRequested, e)
	})
	return e, err
}

// makeRoom tells whether there is an open request. One of somebody who may not ask any
// more, such as of an administrator before the company ceased, makes room for another.
func (c *Extracts) makeRoom(tx *db.Tx, o *mailbox.Opened) error {
	all, err := c.rows(tx, "mailbox = $1 AND state IN ($2, $3, $4)", o.Mailbox.ID, Submitted, Approved, Ready)
	if err != nil {
		return err
	}
	for _, e := range all {
		who := post.Actor{Party: e.Applicant.ID, Organisation: e.Organisation.ID, Platform: e.platform, Assurance: post.AssuranceSubstantial}
		may, err := o.View().May(who, access.ExtractRequest, nil)
		if err != nil {
			return err
		}
		if may {
			return errs.New(errs.KindConflict, CodeThere, "there is an open request for this mailbox")
		}
		if err := c.close(tx, post.Program, 0, &e, Expired, audit.ExtractDestroyed); err != nil {
			return err
		}
	}
	return nil
}

// List are the requests for a mailbox, the newest first, for who may make one.
func (c *Extracts) List(ctx context.Context, actor post.Actor, box post.UUID) ([]Extract, error) {
	var all []Extract
	err := c.config.Mailboxes.Look(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		if _, err := o.May(access.ExtractRequest); err != nil {
			return err
		}
		if o.Mailbox.Owner.Kind != post.Organisation {
			return errUnknown
		}
		var err error
		if all, err = c.rows(tx, "mailbox = $1", o.Mailbox.ID); err != nil {
			return err
		}
		slices.Reverse(all)
		for i := range all {
			if all[i].Parts, err = c.partsOf(tx, all[i].ID); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// mine is the asker's own request for a mailbox, while they may make one.
func (c *Extracts) mine(tx *db.Tx, o *mailbox.Opened, id post.UUID) (Extract, access.Relation, error) {
	via, err := o.May(access.ExtractRequest)
	if err != nil {
		return Extract{}, 0, err
	}
	e, err := c.one(tx, id)
	if err == nil && (e.About.ID != o.Mailbox.ID || !e.By(o.Actor)) {
		err = errUnknown
	}
	return e, via, err
}

// Withdraw takes one's own request back; files that are ready are destroyed.
func (c *Extracts) Withdraw(ctx context.Context, actor post.Actor, box, id post.UUID, version int64) error {
	return c.config.Mailboxes.Work(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		e, via, err := c.mine(tx, o, id)
		if err == nil {
			err = e.meets(version, Submitted, Approved, Ready)
		}
		if err != nil {
			return err
		}
		return c.close(tx, actor, via, &e, Withdrawn, audit.ExtractWithdrawn)
	})
}

// All are the requests that a system manager sees, the oldest first.
func (c *Extracts) All(ctx context.Context, actor post.Actor, states ...State) ([]Extract, error) {
	var all []Extract
	err := audit.Remember(ctx, c.config.DB, c.config.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		agency, err := c.config.Registry.Party(tx, actor.Organisation)
		if err == nil {
			_, err = c.desk.Decides(tx, actor, access.ExtractDecide, agency)
		}
		for _, s := range states {
			if err != nil {
				return err
			}
			var some []Extract
			some, err = c.rows(tx, "state = $1", s)
			all = append(all, some...)
		}
		return err
	}))
	return all, err
}

// Get is one request, for a system manager.
func (c *Extracts) Get(ctx context.Context, actor post.Actor, id post.UUID) (Extract, error) {
	var e Extract
	err := audit.Remember(ctx, c.config.DB, c.config.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if e, err = c.one(tx, id); err == nil {
			_, err = c.desk.Decides(tx, actor, access.ExtractDecide, e.About)
		}
		return err
	}))
	return e, err
}

// Document is a document of a request, for a system manager. Close it.
func (c *Extracts) Document(ctx context.Context, actor post.Actor, id post.UUID, place int) (File, *blob.Reader, error) {
	var file File
	var reader *blob.Reader
	err := audit.Remember(ctx, c.config.DB, c.config.DB.Read(ctx, func(tx *db.Tx) error {
		e, err := c.one(tx, id)
		if err == nil {
			_, err = c.desk.Decides(tx, actor, access.ExtractDecide, e.About)
		}
		if err != nil {
			return err
		}
		i := slices.IndexFunc(e.Files, func(f File) bool { return f.Place == place })
		if i < 0 {
			return errUnknown
		}
		file = e.Files[i]
		reader, err = c.config.Blobs.Open(tx, file.blob, file.key)
		return err
	}))
	return file, reader, err
}

// Decide approves or rejects a request with a reason; version is the one that was seen,
// 0 for any. What came before the decision is what the extract holds.
func (c *Extracts) Decide(ctx context.Context, actor post.Actor, id post.UUID, version int64, approve bool, reason string) (Extract, error) {
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n == 0 || n > MaxText {
		return Extract{}, errs.Invalid(CodeReason, "reason", "a decision has a reason of at most %d characters", MaxText)
	}
	var e Extract
	err := audit.Remember(ctx, c.config.DB, c.config.DB.Update(ctx, func(tx *db.Tx) error {
		var err error
		if e, err = c.one(tx, id); err != nil {
			return err
		}
		via, err := c.desk.Decides(tx, actor, access.ExtractDecide, e.About)
		if err != nil {
			return err
		}
		if e.Applicant.ID == actor.Party {
			return errs.New(errs.KindForbidden, CodeOwn, "nobody decides on their own request")
		}
		if err := e.meets(version, Submitted); err != nil {
			return err
		}
		name := audit.ExtractRejected
		e.State, e.Reason, e.Decided = Rejected, reason, tx.Now
		if approve {
			name = audit.ExtractApproved
			e.State, e.through = Approved, tx.NewID()
			if _, err := jobs.Enqueue(tx, jobs.Job{Kind: writeJob, Queue: Queue, Key: e.ID.String(), Args: e.ID}); err != nil {
				return err
			}
		}
		sealed, err := c.seal(e.ID, said{e.Text, e.Reason})
		if err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE extract SET sealed = $1, decided = $2, decided_by = $3 WHERE id = $4", sealed, tx.Now, actor.Party, e.ID); err != nil {
			return err
		}
		if err := c.save(tx, &e); err != nil {
			return err
		}
		if err := c.tell(tx, actor, via, name, e); err != nil {
			return err
		}
		return c.write(tx, e, decided(e))
	}))
	return e, err
}

func (e Extract) meets(version int64, states ...State) error {
	if version != 0 && version != e.Version {
		return errs.ErrStale
	}
	if !slices.Contains(states, e.State) {
		return errs.New(errs.KindConflict, CodeDecided, "the request is not open any more")
	}
	return nil
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

// close ends a request and destroys what was written for it.
func (c *Extracts) close(tx *db.Tx, by post.Actor, via access.Relation, e *Extract, state State, name audit.Name) error {
	parts, err := c.partsOf(tx, e.ID)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if err := c.destroy(tx, e.ID, p); err != nil {
			return err
		}
	}
	e.State = state
	if err := c.save(tx, e); err != nil {
		return err
	}
	return c.tell(tx, by, via, name, *e)
}

// destroy destroys the bytes of a part, and their key.
func (c *Extracts) destroy(tx *db.Tx, id post.UUID, p Part) error {
	if !p.There {
		return nil
	}
	if _, err := tx.Exec("UPDATE extract_part SET file = NULL, sealed = NULL WHERE extract = $1 AND place = $2", id, p.Place); err != nil {
		return err
	}
	return c.config.Blobs.Delete(tx, p.blob)
}

func (c *Extracts) seal(id post.UUID, v any) ([]byte, error) {
	plain, err := cbor.Marshal(v)
	return c.config.Keys.Seal(keys.ExtractSeal, plain, id[:]), err
}

func (c *Extracts) unseal(id post.UUID, sealed []byte, v any) error {
	plain, err := c.config.Keys.Open(keys.ExtractSeal, sealed, id[:])
	if err == nil {
		err = cbor.Unmarshal(plain, v)
	}
	if err != nil {
		return fmt.Errorf("read a data extract: %w", err)
	}
	return nil
}

// rows reads requests, the oldest first, without their files.
func (c *Extracts) rows(tx *db.Tx, where string, args ...any) ([]Extract, error) {
	rows, err := tx.Query(`SELECT id, state, applicant, organisation, platform, mailbox, sealed, made, decided, through, reached, parts, letters, size, ends, version
		FROM extract WHERE `+where+" ORDER BY made, id", args...)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (e Extract, err error) {
		var sealed []byte
		if err = rows.Scan(&e.ID, &e.State, &e.Applicant.ID, &e.Organisation.ID, &e.platform, &e.About.ID, &sealed, db.Time(&e.Made), db.Time(&e.Decided),
			&e.through, &e.reached, &e.parts, &e.Letters, &e.Size, db.Time(&e.Ends), &e.Version); err == nil {
			var s said
			err = c.unseal(e.ID, sealed, &s)
			e.Text, e.Reason = s.Text, s.Reason
		}
		return e, err
	})
	if err != nil {
		return nil, err
	}
	var ids []post.PartyID
	for _, e := range all {
		ids = append(ids, e.Applicant.ID, e.Organisation.ID, e.About.ID)
	}
	parties, err := c.config.Registry.Parties(tx, ids)
	for i, e := range all {
		all[i].Applicant, all[i].Organisation, all[i].About = parties[e.Applicant.ID], parties[e.Organisation.ID], parties[e.About.ID]
	}
	return all, err
}

// errUnknown is also the answer about another's request.
var errUnknown = errs.NotFound(CodeUnknown)

func (c *Extracts) one(tx *db.Tx, id post.UUID) (Extract, error) {
	all, err := c.rows(tx, "id = $1", id)
	if err == nil && len(all) == 0 {
		err = errUnknown
	}
	if err != nil {
		return Extract{}, err
	}
	e := all[0]
	rows, err := tx.Query("SELECT place, file, sealed FROM extract_file WHERE extract = $1 ORDER BY place", id)
	e.Files, err = db.Collect(rows, err, func(rows *db.Rows) (f File, err error) {
		var sealed []byte
		if err = rows.Scan(&f.Place, &f.blob, &sealed); err == nil {
			var s stored
			err = c.unseal(id, sealed, &s)
			f.key, f.Name, f.Type, f.Size = s.Key, s.Name, s.Type, s.Size
		}
		return f, err
	})
	if err == nil {
		e.Parts, err = c.partsOf(tx, id)
	}
	return e, err
}

func (c *Extracts) partsOf(tx *db.Tx, id post.UUID) ([]Part, error) {
	rows, err := tx.Query("SELECT place, file, sealed, size, letters, claimed, sent FROM extract_part WHERE extract = $1 ORDER BY place", id)
	return db.Collect(rows, err, func(rows *db.Rows) (p Part, err error) {
		var sealed []byte
		if err = rows.Scan(&p.Place, &p.blob, &sealed, &p.Size, &p.Letters, db.Time(&p.Claimed), &p.Sent); err == nil && sealed != nil {
			var s stored
			err = c.unseal(id, sealed, &s)
			p.key, p.There = s.Key, true
		}
		return p, err
	})
}

// tell appends an event to the log of the mailbox.
func (c *Extracts) tell(tx *db.Tx, by post.Actor, via access.Relation, name audit.Name, e Extract, props ...audit.Prop) error {
	event := audit.Event{Name: name, Mailbox: e.About.ID, Actor: by, Props: append([]audit.Prop{audit.ID(audit.Access, e.ID), audit.Number(audit.Party, e.Applicant.ID)}, props...)}
	if via != 0 {
		event.Via = via.String()
	}
	return audit.Append(tx, event)
}

// write sends a letter to who asked and to the company. Who can receive nothing any
// more gets none.
func (c *Extracts) write(tx *db.Tx, e Extract, l intake.Bilingual) error {
	for _, to := range []post.PartyID{e.Applicant.ID, e.About.ID} {
		_, err := c.config.Intake.Announce(tx, intake.Announcement{To: to, Label: l.Title, HTML: l.HTML()})
		if err != nil && errs.KindOf(err) != errs.KindForbidden {
			return err
		}
	}
	return nil
}

func asked(e Extract) intake.Bilingual {
	who, whose := intake.Strong(e.Applicant.Name), intake.Strong(e.About.Name)
	return intake.Bilingual{
		Title: "Anmodning om dataudtræk er modtaget",
		Text: []string{fmt.Sprintf("%s har bedt om et dataudtræk af post for %s.", who, whose),
			"Vi ser på dokumenterne og skriver, når der er truffet en afgørelse. Ingen har fået noget udleveret endnu."},
		TitleEnglish: "Request for a data extract received",
		TextEnglish: []string{fmt.Sprintf("%s has asked for a data extract of mail for %s.", who, whose),
			"We look at the documents and write when a decision is made. Nobody has been given anything yet."},
	}
}

func decided(e Extract) intake.Bilingual {
	who, whose, why := intake.Strong(e.Applicant.Name), intake.Strong(e.About.Name), html.EscapeString(e.Reason)
	if e.State == Rejected {
		return intake.Bilingual{
			Title:        "Anmodning om dataudtræk er afvist",
			Text:         []string{fmt.Sprintf("%s får ikke et dataudtræk af post for %s.", who, whose), "Begrundelse: " + why, "Der kan bedes om et igen med andre dokumenter."},
			TitleEnglish: "Request for a data extract declined",
			TextEnglish:  []string{fmt.Sprintf("%s does not get a data extract of mail for %s.", who, whose), "Reason: " + why, "One can ask again with other documents."},
		}
	}
	return intake.Bilingual{
		Title: "Anmodning om dataudtræk er godkendt",
		Text: []string{fmt.Sprintf("%s kan hente et dataudtræk af post for %s, når det er klar.", who, whose), "Begrundelse: " + why,
			"Vi skriver, når det er klar. Kun den, der bad om det, kan hente det."},
		TitleEnglish: "Request for a data extract approved",
		TextEnglish: []string{fmt.Sprintf("%s can fetch a data extract of mail for %s when it is ready.", who, whose), "Reason: " + why,
			"We write when it is ready. Only the one who asked can fetch it."},
	}
}

func ready(e Extract) intake.Bilingual {
	who, whose := intake.Strong(e.Applicant.Name), intake.Strong(e.About.Name)
	return intake.Bilingual{
		Title: "Dataudtrækket er klar",
		Text: []string{fmt.Sprintf("Dataudtrækket af post for %s er klar. %s kan hente det én gang, under Dataudtræk i virksomhedens postkasse.", whose, who),
			fmt.Sprintf("Det, der ikke er hentet inden den %s, bliver slettet.", post.DateText(post.Today(e.Ends), false))},
		TitleEnglish: "The data extract is ready",
		TextEnglish: []string{fmt.Sprintf("The data extract of mail for %s is ready. %s can fetch it once, under Data extract in the company's mailbox.", whose, who),
			fmt.Sprintf("What is not fetched before %s is deleted.", post.DateText(post.Today(e.Ends), true))},
	}
}
