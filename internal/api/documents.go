package api

import (
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// partID is the id of something inside a message, such as its second document. It
// is computed (RFC 9562 version 5), so that it is the same each time and needs no
// table.
func partID(whole post.UUID, place string) post.UUID { return uuid.NewSHA1(whole, []byte(place)) }

func documentID(message post.UUID, document int) post.UUID {
	return partID(message, "document/"+strconv.Itoa(document))
}

func fileID(message post.UUID, document, file int) post.UUID {
	return partID(message, "document/"+strconv.Itoa(document)+"/file/"+strconv.Itoa(file))
}

// documentJSON is the API's Document. A letter never changes, so the version of a
// file is 1, and that of a document rises with what has become of its actions.
type documentJSON struct {
	ID           post.UUID    `json:"id"`
	Version      int64        `json:"version"`
	DocumentType string       `json:"documentType" enum:"MAIN ADDITIONAL"`
	DocumentID   string       `json:"documentId,omitempty"`
	Label        string       `json:"label,omitempty"`
	Files        []fileJSON   `json:"files"`
	Actions      []actionJSON `json:"actions"`
}

// fileJSON is the API's File.
type fileJSON struct {
	ID             post.UUID `json:"id"`
	Version        int64     `json:"version"`
	EncodingFormat string    `json:"encodingFormat" doc:"The media type that the sender gave it."`
	Filename       string    `json:"filename"`
	Language       string    `json:"language"`
	FileSize       int64     `json:"fileSize" doc:"In bytes."`
	Incomplete     bool      `json:"incomplete,omitempty" doc:"Of a draft: the file has not come whole."`
	ReceivedSize   int64     `json:"receivedSize,omitempty" doc:"Of a file that has not come whole: the bytes that have."`

	place int // among the document's files, -1 for one that is not whole
}

// actionJSON is the API's Action.
type actionJSON struct {
	ID                  post.UUID `json:"id"`
	Version             int64     `json:"version"`
	Label               string    `json:"label"`
	ActionCode          string    `json:"actionCode"`
	ActionStartTime     moment    `json:"actionStartTime,omitempty"`
	ActionEndTime       moment    `json:"actionEndTime,omitempty"`
	EntryPointURL       string    `json:"entryPointUrl,omitempty"`
	Description         string    `json:"description,omitempty"`
	ReservationUUID     post.UUID `json:"reservationUUID,omitzero"`
	ReservationAbstract string    `json:"reservationAbstract,omitempty"`
	Location            string    `json:"location,omitempty"`
	ReservationStart    moment    `json:"reservationStartTime,omitempty"`
	ReservationEnd      moment    `json:"reservationEndTime,omitempty"`
	OrganizerMail       string    `json:"organizerMail,omitempty"`
	OrganizerName       string    `json:"organizerName,omitempty"`

	ActionStatus *actionStatusJSON `json:"actionStatus,omitempty" doc:"What has become of it. Lists leave it out."`
}

// actionStatusJSON is the API's ActionStatus.
type actionStatusJSON struct {
	ID              post.UUID          `json:"id"`
	Version         int64              `json:"version"`
	CreatedDateTime moment             `json:"createdDateTime"`
	LastUpdated     moment             `json:"lastUpdated"`
	StatusCode      mailbox.ActionCode `json:"statusCode"`
	Note            string             `json:"note,omitempty"`
}

// actionPart is the id of an action of a letter, or with more of what belongs to
// it.
func actionPart(message post.UUID, document, action int, more string) post.UUID {
	return partID(message, fmt.Sprintf("document/%d/action/%d%s", document, action, more))
}

func actionStatusOf(message post.UUID, document, action int, s mailbox.ActionStatus) *actionStatusJSON {
	return &actionStatusJSON{ID: actionPart(message, document, action, "/status"), Version: s.Version, CreatedDateTime: momentOf(s.Created), LastUpdated: momentOf(s.Updated),
		StatusCode: s.Code, Note: s.Note}
}

// documentsOf are a letter's documents in order, without the technical ones,
// which are for programs of the two organisations (facts 2.1).
func documentsOf(message post.UUID, m *memo.Message) []documentJSON {
	all := []documentJSON{}
	for kind, d := range m.Documents() {
		if kind == memo.TechnicalDocument {
			continue
		}
		place := len(all)
		doc := documentJSON{ID: documentID(message, place), Version: 1, DocumentType: "ADDITIONAL", DocumentID: d.ID, Label: d.Label,
			Files: make([]fileJSON, len(d.Files)), Actions: make([]actionJSON, len(d.Actions))}
		if kind == memo.MainDocument {
			doc.DocumentType = "MAIN"
		}
		for i, f := range d.Files {
			doc.Files[i] = fileJSON{ID: fileID(message, place, i), Version: 1, EncodingFormat: f.EncodingFormat, Filename: f.Filename, Language: f.Language, FileSize: f.Size, place: i}
		}
		for i := range d.Actions {
			doc.Actions[i] = actionOf(actionPart(message, place, i, ""), &d.Actions[i])
		}
		all = append(all, doc)
	}
	return all
}

func actionOf(id post.UUID, a *memo.Action) actionJSON {
	out := actionJSON{ID: id, Version: 1, Label: a.Label, ActionCode: string(a.ActionCode),
		ActionStartTime: momentOf(a.StartDateTime), ActionEndTime: momentOf(a.EndDateTime)}
	if e := a.EntryPoint; e != nil {
		out.EntryPointURL = e.URL
	}
	if r := a.Reservation; r != nil {
		out.Description, out.ReservationUUID, out.ReservationAbstract, out.Location = r.Description, r.ReservationUUID, r.Abstract, r.Location
		out.ReservationStart, out.ReservationEnd = momentOf(r.StartDateTime), momentOf(r.EndDateTime)
		out.OrganizerMail, out.OrganizerName = r.OrganizerMail, r.OrganizerName
	}
	return out
}

type documentListResult struct {
	Documents []documentJSON `json:"documents"`
}

type fileListResult struct {
	Files []fileJSON `json:"files"`
}

// documentsWithStatus are a letter's documents with what has become of their
// actions.
func documentsWithStatus(l mailbox.Letter) []documentJSON {
	all := documentsOf(l.Message.ID, l.Memo)
	for i := range all {
		for k := range all[i].Actions {
			a := &all[i].Actions[k]
			a.ActionStatus = actionStatusOf(l.Message.ID, i, k, l.Action(i, k))
			a.Version = a.ActionStatus.Version
			all[i].Version += a.Version - 1
		}
	}
	return all
}

func (c *call) documents() (mailbox.Letter, []documentJSON, error) {
	box, l, err := c.letter()
	if err != nil {
		return l, nil, err
	}
	if l.Message.State == mailbox.Draft {
		d, err := c.api.Compose.Draft(c.r.Context(), c.actor, box, l.Message.ID)
		return l, draftDocuments(d), err
	}
	return l, documentsWithStatus(l), nil
}

func (c *call) listDocuments() error {
	_, all, err := c.documents()
	if err != nil {
		return err
	}
	c.json(http.StatusOK, documentListResult{all})
	return nil
}

// document is the one in the path, with its place.
func (c *call) document() (mailbox.Letter, int, documentJSON, error) {
	id, err := c.id("documentId")
	if err != nil {
		return mailbox.Letter{}, 0, documentJSON{}, err
	}
	l, all, err := c.documents()
	if err != nil {
		return l, 0, documentJSON{}, err
	}
	for i, d := range all {
		if d.ID == id {
			return l, i, d, nil
		}
	}
	return l, 0, documentJSON{}, errs.NotFound(access.CodeNotFound)
}

func (c *call) fetchDocument() error {
	_, _, d, err := c.document()
	if err != nil {
		return err
	}
	c.one(d.Version, d)
	return nil
}

// documentCommand is the API's Document, as far as a caller can say what one is.
type documentCommand struct {
	Label        *string         `json:"label" doc:"Of drafts only."`
	DocumentType *string         `json:"documentType" doc:"Of drafts only."`
	Actions      []actionCommand `json:"actions" doc:"Those of which something is to be recorded."`
}

type actionCommand struct {
	ID           post.UUID            `json:"id" required:""`
	ActionStatus *actionStatusCommand `json:"actionStatus"`
}

// actionStatusCommand is the API's ActionStatus, as far as a caller can say what
// one is.
type actionStatusCommand struct {
	StatusCode mailbox.ActionCode `json:"statusCode" required:""`
	Note       string             `json:"note" doc:"At most 1000 characters; everybody with the right to read the message sees it."`
}

// updateDocument records what has become of the actions of a received document,
// and gives a draft's document its title.
func (c *call) updateDocument() error {
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	var wanted documentCommand
	if err := c.readJSON(&wanted); err != nil {
		return err
	}
	l, place, d, err := c.document()
	if err != nil {
		return err
	}
	if l.Message.State == mailbox.Draft {
		return c.renameDocument(l.Mailbox.UUID, l.Message.ID, d.ID, version, wanted, d)
	}
	switch {
	case version != d.Version:
		return errs.New(errs.KindConflict, CodeVersion, "somebody changed this meanwhile")
	case wanted.Label != nil && *wanted.Label != d.Label:
		return errs.Invalid(CodeFieldFixed, "label", "a received document stays as it is")
	case wanted.DocumentType != nil && *wanted.DocumentType != d.DocumentType:
		return errs.Invalid(CodeFieldFixed, "documentType", "a received document stays as it is")
	}
	for _, w := range wanted.Actions {
		i := slices.IndexFunc(d.Actions, func(a actionJSON) bool { return a.ID == w.ID })
		if i < 0 {
			return errs.Invalid("action.unknown", "actions.id", "the document has no such action")
		}
		if w.ActionStatus == nil {
			continue
		}
		l, err = c.api.Mailboxes.SetAction(c.r.Context(), c.actor, l.Mailbox.UUID, l.Message.ID, place, i, d.Actions[i].Version, w.ActionStatus.StatusCode, w.ActionStatus.Note)
		if err != nil {
			return err
		}
	}
	d = documentsWithStatus(l)[place]
	c.one(d.Version, d)
	return nil
}

// action is the one in the path, with its document's place and its own.
func (c *call) action() (l mailbox.Letter, document, place int, err error) {
	id, err := c.id("actionId")
	if err != nil {
		return l, 0, 0, err
	}
	l, document, d, err := c.document()
	if err != nil {
		return l, 0, 0, err
	}
	place = slices.IndexFunc(d.Actions, func(a actionJSON) bool { return a.ID == id })
	if place < 0 {
		err = errs.NotFound(access.CodeNotFound)
	}
	return l, document, place, err
}

func (c *call) fetchActionStatus() error {
	l, document, place, err := c.action()
	if err != nil {
		return err
	}
	s := actionStatusOf(l.Message.ID, document, place, l.Action(document, place))
	c.one(s.Version, s)
	return nil
}

func (c *call) updateActionStatus() error {
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	var wanted actionStatusCommand
	if err := c.readJSON(&wanted); err != nil {
		return err
	}
	l, document, place, err := c.action()
	if err != nil {
		return err
	}
	l, err = c.api.Mailboxes.SetAction(c.r.Context(), c.actor, l.Mailbox.UUID, l.Message.ID, document, place, version, wanted.StatusCode, wanted.Note)
	if err != nil {
		return err
	}
	s := actionStatusOf(l.Message.ID, document, place, l.Action(document, place))
	c.one(s.Version, s)
	return nil
}

func (c *call) listFiles() error {
	_, _, d, err := c.document()
	if err != nil {
		return err
	}
	c.json(http.StatusOK, fileListResult{d.Files})
	return nil
}

// file is the one in the path, with its document's place and its own.
func (c *call) file() (l mailbox.Letter, document, place int, f fileJSON, err error) {
	id, err := c.id("fileId")
	if err != nil {
		return l, 0, 0, f, err
	}
	l, document, d, err := c.document()
	if err != nil {
		return l, 0, 0, f, err
	}
	for _, f := range d.Files {
		if f.ID == id {
			return l, document, f.place, f, nil
		}
	}
	return l, 0, 0, f, errs.NotFound(access.CodeNotFound)
}

func (c *call) fetchFile() error {
	_, _, _, f, err := c.file()
	if err != nil {
		return err
	}
	c.one(f.Version, f)
	return nil
}

// fileContent streams a file, whole or in ranges. What it is called and what it
// claims to be come from the sender: it is always a download, never a page, and
// has its type only where its bytes fit.
func (c *call) fileContent() error {
	l, document, place, _, err := c.file()
	if err != nil {
		return err
	}
	f, content, err := c.api.Mailboxes.Content(c.r.Context(), c.actor, l.Mailbox.UUID, l.Message.ID, document, place)
	if err != nil {
		return err
	}
	defer content.Close()
	h := c.w.Header()
	h.Set("Content-Type", contentType(f))
	h.Set("Content-Disposition", disposition(f.Filename))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("ETag", fmt.Sprintf(`"%x"`, f.SHA256))
	http.ServeContent(newSteady(c.w), c.r, "", time.Time{}, content)
	return nil
}

func contentType(f mailbox.File) string {
	t, params, err := mime.ParseMediaType(f.EncodingFormat)
	if err != nil || !f.Matches || f.Dangerous {
		return "application/octet-stream"
	}
	return mime.FormatMediaType(t, params)
}

// disposition names a download (RFC 6266): for old programs in ASCII, for all
// others in UTF-8 (RFC 8187). Nothing in a name leads out of the header, or out
// of the folder that the file is saved in.
func disposition(filename string) string {
	name := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F || r == '/' || r == '\\' || r == 0xFFFD || isDirection(r) {
			return '_'
		}
		return r
	}, filename)
	name = strings.TrimLeft(name, ". ")
	if name == "" {
		name = "dokument"
	}
	ascii := strings.Map(func(r rune) rune {
		if r > '~' || r == '"' || r == '%' || r == ';' {
			return '_'
		}
		return r
	}, name)
	return `attachment; filename="` + ascii + `"; filename*=UTF-8''` + escape8187(name)
}

// isDirection tells the characters that turn the direction of writing, by which
// a program can look like a document.
func isDirection(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F || r == 0x061C
}

func escape8187(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch ch := s[i]; {
		case ch >= 'a' && ch <= 'z', ch >= 'A' && ch <= 'Z', ch >= '0' && ch <= '9', strings.IndexByte("!#$&+-.^_`|~", ch) >= 0:
			b.WriteByte(ch)
		default:
			fmt.Fprintf(&b, "%%%02X", ch)
		}
	}
	return b.String()
}
