package audit

import (
	"fmt"
	"strconv"
	"strings"

	"digitalpost/internal/post"
)

// Key names a property of an event. The list is closed.
type Key string

// Keys of MetaData in the public interface, version 1.68, and some of our own.
const (
	MessageUUID           Key = "messageUUID"           // the sender's id of a letter
	TransmissionID        Key = "transmissionId"        // the id of a container or a transmission
	ReceiptStatus         Key = "receiptStatus"         // COMPLETED, INVALID, …
	MessageType           Key = "messageType"           // DIGITALPOST, NEMSMS, …
	SenderSystem          Key = "senderSystem"          // id of a system
	RecipientSystem       Key = "recipientSystem"       // id of a system
	ContactPoint          Key = "contactPoint"          // id of a contact point
	Mandatory             Key = "mandatory"             // true or false
	LegalNotification     Key = "legalNotification"     // true or false
	DoNotDeliverUntilDate Key = "doNotDeliverUntilDate" // a date
	Size                  Key = "size"                  // bytes
	AttachmentCount       Key = "attachmentCount"

	ErrorCode  Key = "errorCode"  // a dotted code, see package errs
	Action     Key = "action"     // an action, see package access
	Reason     Key = "reason"     // why not, a code
	Assurance  Key = "assurance"  // how sure a log-in is, see post.Assurance
	Client     Key = "client"     // id of a view client
	Channel    Key = "channel"    // how a notice went out
	Document   Key = "document"   // id of a document
	File       Key = "file"       // id of a file
	Folder     Key = "folder"     // id of a folder
	FromFolder Key = "fromFolder" // id of the folder it was in before
	Access     Key = "access"     // id of an access that was given
	Party      Key = "party"      // inside key of the other person or organisation
	Group      Key = "group"      // id of a company's group of employees
	Change     Key = "change"     // which field changed, and to which code
	Attempt    Key = "attempt"    // number of a try, from 1
	Count      Key = "count"      // how many
)

var keys = map[Key]bool{
	MessageUUID: true, TransmissionID: true, ReceiptStatus: true, MessageType: true, SenderSystem: true,
	RecipientSystem: true, ContactPoint: true, Mandatory: true, LegalNotification: true,
	DoNotDeliverUntilDate: true, Size: true, AttachmentCount: true, ErrorCode: true, Action: true,
	Reason: true, Assurance: true, Client: true, Channel: true, Document: true, File: true, Folder: true,
	FromFolder: true, Access: true, Party: true, Group: true, Change: true, Attempt: true, Count: true,
}

// Prop is one property of an event. Its value is an id, a code or a number:
// letters, digits and . _ : + - only, at most 100 of them, and no CPR number.
// That keeps names and content out, and needs no escaping.
type Prop struct {
	Key   Key
	Value string
}

// Number is the value of a property that counts something.
func Number[T ~int | ~int64](key Key, n T) Prop {
	return Prop{key, strconv.FormatInt(int64(n), 10)}
}

// ID is the value of a property that names something.
func ID(key Key, id post.UUID) Prop { return Prop{key, id.String()} }

const maxValue = 100

func (p Prop) check() error {
	if !keys[p.Key] {
		return fmt.Errorf("event property %q is not on the list", p.Key)
	}
	if len(p.Value) > maxValue {
		return fmt.Errorf("event property %s is too long for a code", p.Key)
	}
	for i := range len(p.Value) {
		switch c := p.Value[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '.', c == '_', c == ':', c == '+', c == '-':
		default:
			return fmt.Errorf("event property %s is neither id, code nor number", p.Key)
		}
	}
	if _, err := post.ParseCPR(p.Value); err == nil {
		return fmt.Errorf("event property %s looks like a CPR number", p.Key)
	}
	return nil
}

// encode writes properties as they are stored: "key=value key=value", in the
// order given. Neither side can hold a space or an equals sign.
func encode(props []Prop) (string, error) {
	if len(props) == 0 {
		return "", nil
	}
	var s strings.Builder
	s.Grow(48 * len(props))
	for i, p := range props {
		if err := p.check(); err != nil {
			return "", err
		}
		if i > 0 {
			s.WriteByte(' ')
		}
		s.WriteString(string(p.Key))
		s.WriteByte('=')
		s.WriteString(p.Value)
	}
	return s.String(), nil
}

func decode(stored string) []Prop {
	var props []Prop
	for pair := range strings.FieldsSeq(stored) {
		key, value, _ := strings.Cut(pair, "=")
		props = append(props, Prop{Key(key), value})
	}
	return props
}
