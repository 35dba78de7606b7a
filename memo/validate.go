package memo

import (
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Rules are the rules that are not in the schema, as far as they can differ.
// The zero value is the official service's, without the dates.
type Rules struct {
	// Today is the date in Denmark, as midnight UTC. Where it is zero the date to
	// deliver on is not looked at.
	Today time.Time
	// MaxDaysAhead is how far in the future a letter may be put, 0 for 365 days.
	// What the official service allows is not known.
	MaxDaysAhead int
	// MaxAdditionalDocuments is how many attachments a letter may have, 0 for 10.
	MaxAdditionalDocuments int
	// FileTypes are what documents for people may be, nil for DefaultFileTypes.
	// A technical document may be anything that is not dangerous.
	FileTypes []FileType
}

func (r Rules) withDefaults() Rules {
	if r.MaxDaysAhead == 0 {
		r.MaxDaysAhead = 365
	}
	if r.MaxAdditionalDocuments == 0 {
		r.MaxAdditionalDocuments = 10
	}
	if r.FileTypes == nil {
		r.FileTypes = DefaultFileTypes
	}
	return r
}

// Validate holds a letter against the schema and the rules. What is wrong comes
// as *[Problems], all of it at once.
//
// Size and content of files are judged by what [Read] found out. A letter that
// was put together by hand has to have Size set.
//
// Not refused, because the official examples do it: an action that ends before
// it starts, a reply date in the past, ids of documents that are no UUIDs, bytes
// that do not fit the file's type. A modulus 11 check is made on CVR numbers and
// never on CPR numbers, of which there are valid ones that fail it.
func Validate(m *Message, rules Rules) error {
	var f findings
	f.validate(m, rules)
	return f.err()
}

// validate adds the problems with a letter to those that are there, except with
// elements that already have one.
func (f *findings) validate(m *Message, rules Rules) {
	c := checker{Rules: rules.withDefaults()}
	c.push("Message", 0)
	version := m.Version
	if version == 0 {
		version = V12
	}
	c.schema(m, version)
	c.header(&m.Header)
	c.body(m)
	before := findings{list: f.list[:len(f.list):len(f.list)]}
	for _, p := range c.list {
		if len(f.list) < maxProblems && !before.covers(p.Path) {
			f.list = append(f.list, p)
		}
	}
}

// checker collects what is wrong by the rules.
type checker struct {
	findings
	Rules
}

func (c *checker) header(h *Header) {
	c.push("MessageHeader", 0)
	defer c.pop()
	if strings.TrimSpace(h.Label) == "" {
		c.add("label", CodeLabelEmpty, "a letter needs a title")
	}
	c.deliveryDate(h.DoNotDeliverUntilDate)
	c.party("Sender", "senderID", CodeSenderID, h.Sender.SenderID, h.Sender.IDType)
	c.contactPoint("Sender", h.Sender.ContactPoint)
	c.party("Recipient", "recipientID", CodeRecipientID, h.Recipient.RecipientID, h.Recipient.IDType)
	c.contactPoint("Recipient", h.Recipient.ContactPoint)
	c.replies(h)
}

func (c *checker) deliveryDate(date time.Time) {
	switch {
	case date.IsZero() || c.Today.IsZero():
	case date.Before(c.Today):
		c.add("doNotDeliverUntilDate", CodeDeliverTooEarly, "the date has passed")
	case date.After(c.Today.AddDate(0, 0, c.MaxDaysAhead)):
		c.add("doNotDeliverUntilDate", CodeDeliverTooLate, "the date is more than %d days ahead", c.MaxDaysAhead)
	}
}

// party checks who sends or receives.
func (c *checker) party(element, idElement, code, id string, idType IDType) {
	c.push(element, 0)
	defer c.pop()
	switch {
	case idType == CPR && (len(id) != 10 || !allDigits(id)):
		c.add(idElement, code, "a CPR number has 10 digits and nothing else")
	case idType == CVR && (len(id) != 8 || !allDigits(id)):
		c.add(idElement, code, "a CVR number has 8 digits and nothing else")
	case idType == CVR && !fitsModulus11(id):
		c.add(idElement, code, "the digits are no CVR number: they fail the modulus 11 check")
	case idType != CPR && idType != CVR:
		c.add("idType", CodeIDType, "the type is neither CPR nor CVR")
	}
}

// fitsModulus11 checks eight digits as a CVR number.
func fitsModulus11(number string) bool {
	sum := 0
	for i, weight := range [8]int{2, 7, 6, 5, 4, 3, 2, 1} {
		sum += weight * int(number[i]-'0')
	}
	return sum%11 == 0
}

func (c *checker) contactPoint(element string, p *ContactPoint) {
	if p == nil {
		return
	}
	if len(p.ContactPointID) != 36 || uuid.Validate(p.ContactPointID) != nil {
		c.add(element+"/ContactPoint/contactPointID", CodeContactPointID, "a contact point's id is a UUID")
	}
}

// replies checks that the letter finds its own place in its thread.
func (c *checker) replies(h *Header) {
	if len(h.ReplyData) == 0 || h.MessageUUID == uuid.Nil {
		return
	}
	for i := range h.ReplyData {
		if h.ReplyData[i].MessageUUID == h.MessageUUID {
			return
		}
	}
	c.add("ReplyData[1]/messageUUID", CodeReplyData, "one ReplyData must have the letter's own messageUUID")
}

func (c *checker) body(m *Message) {
	switch {
	case m.Header.MessageType == NemSMS && m.Body != nil:
		c.add("MessageBody", CodeBodyNotAllowed, "a NEMSMS has its text in notification and no body")
	case m.Header.MessageType == DigitalPost && m.Body == nil:
		c.add("MessageBody", CodeBodyMissing, "a letter needs a main document")
	}
	if m.Header.MessageType == NemSMS && strings.TrimSpace(m.Header.Notification) == "" {
		c.add("MessageHeader/notification", CodeNotificationEmpty, "a NEMSMS needs a text")
	}
	if m.Body == nil {
		return
	}
	if n := len(m.Body.AdditionalDocument); n > c.MaxAdditionalDocuments {
		c.add("MessageBody/AdditionalDocument", CodeTooManyAttachments, "there are %d additional documents; at most %d are allowed", n, c.MaxAdditionalDocuments)
	}
	c.push("MessageBody", 0)
	defer c.pop()
	c.document(MainDocument, 0, &m.Body.MainDocument)
	for i := range m.Body.AdditionalDocument {
		c.document(AdditionalDocument, i+1, &m.Body.AdditionalDocument[i])
	}
	for i := range m.Body.TechnicalDocument {
		c.document(TechnicalDocument, i+1, &m.Body.TechnicalDocument[i])
	}
}

// document checks one document; place is among its like, 0 for the only one.
func (c *checker) document(kind DocumentKind, place int, d *Document) {
	c.push(string(kind), place)
	defer c.pop()
	for i, f := range d.Files {
		c.push("File", i+1)
		c.file(kind, f)
		c.pop()
	}
	for i := range d.Actions {
		c.push("Action", i+1)
		c.action(&d.Actions[i])
		c.pop()
	}
}

func (c *checker) file(kind DocumentKind, f *File) {
	if f.Size == 0 {
		c.add("content", CodeFileEmpty, "the file is empty")
	}
	if f.Dangerous || programs[Extension(f.Filename)] {
		c.add("content", CodeFileContent, "the file is a program or a script")
	}
	switch {
	case strings.Trim(f.Filename, " .") == "":
		c.add("filename", CodeFileName, "the file has no name")
	case strings.ContainsFunc(f.Filename, isBadInFilename):
		c.add("filename", CodeFileName, "the file name has a character that is not allowed")
	case kind != TechnicalDocument:
		c.fileType(f)
	}
}

func (c *checker) fileType(f *File) {
	extension := Extension(f.Filename)
	if extension == "" {
		c.add("filename", CodeFileExtension, "the file name has no extension")
		return
	}
	for _, t := range c.FileTypes {
		if t.Extension != extension {
			continue
		}
		if !t.allows(f.EncodingFormat) {
			c.add("encodingFormat", CodeFileExtension, "a file with the extension %s has the encodingFormat %s", extension, t.MediaTypes[0])
		}
		return
	}
	c.add("filename", CodeFileExtension, "files with this extension are not allowed")
}

// isBadInFilename tells the characters that a file name may not have: the
// official list, and those that would hide what a name is.
func isBadInFilename(c rune) bool {
	switch {
	case strings.ContainsRune("<>:\"/\\|?*\u00A0\u2028\u205F\u2060\u3000", c), 0x2000 <= c && c <= 0x200A:
		return true
	case c < ' ' || 0x7F <= c && c < 0xA0: // control characters
		return true
	}
	return 0x202A <= c && c <= 0x202E || 0x2066 <= c && c <= 0x2069 // changes of direction
}

func (c *checker) action(a *Action) {
	switch a.ActionCode {
	case Aftale:
		if a.Reservation == nil {
			c.add("Reservation", CodeActionReservation, "an action with the code AFTALE needs a Reservation")
		}
	case Betaling, Selvbetjening, Information, Underskriv, Bekraeft, Forberedelse, Tilmelding:
		if a.EntryPoint == nil {
			c.add("EntryPoint", CodeActionEntryPoint, "an action with this code needs an EntryPoint")
		}
	default:
		c.add("actionCode", CodeActionCode, "the code is not one of AFTALE, BETALING, SELVBETJENING, INFORMATION, UNDERSKRIV, BEKRAEFT, FORBEREDELSE, TILMELDING")
	}
	if a.EntryPoint == nil {
		return
	}
	// url.Parse takes an IRI with letters such as ø as it is.
	if u, err := url.Parse(a.EntryPoint.URL); err != nil || !strings.EqualFold(u.Scheme, "https") || u.Hostname() == "" {
		c.add("EntryPoint/url", CodeEntryPointURL, "the address is not an https address")
	}
}
