package memo

import (
	"reflect"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// schema holds a message against the schema of a version: lengths, numbers of
// elements, the form of values. What a Go struct cannot get wrong is not looked
// at.
func (f *findings) schema(m *Message, v Version) {
	f.checkClass(reflect.ValueOf(m).Elem(), messageClass, v)
}

func (f *findings) checkClass(v reflect.Value, c *class, version Version) {
	for i := range c.fields {
		if d := &c.fields[i]; d.existsIn(version) {
			f.checkField(v.Field(d.index), d, version)
		}
	}
	if a, ok := v.Addr().Interface().(*Action); ok && a.Reservation != nil && a.EntryPoint != nil {
		f.add("EntryPoint", CodeInvalid, "an action has a Reservation or an EntryPoint, not both")
	}
}

func (f *findings) checkField(v reflect.Value, d *field, version Version) {
	switch {
	case d.many:
		n := v.Len()
		if n < d.min {
			f.add(d.name, CodeInvalid, "the element is missing")
		}
		if n > d.max {
			f.add(d.name, CodeInvalid, "there are %d of them; at most %d are allowed", n, d.max)
		}
		for i := range n {
			f.checkValue(v.Index(i), d, i+1, version)
		}
	default:
		f.checkValue(v, d, 0, version)
	}
}

func (f *findings) checkValue(v reflect.Value, d *field, place int, version Version) {
	switch d.kind {
	case kindClass:
		if d.ref {
			if v.IsNil() {
				return
			}
			v = v.Elem()
		}
		f.push(d.name, place)
		f.checkClass(v, d.class, version)
		f.pop()
	case kindText, kindWord, kindIDType, kindLanguage:
		f.checkText(v.String(), d)
	case kindNumber:
		if n := v.Int(); n < 0 || n > d.limit {
			f.add(d.name, CodeInvalid, "the number is greater than %d", d.limit)
		}
	case kindUUID:
		if id := *v.Addr().Interface().(*uuid.UUID); (d.min > 0 || id != uuid.Nil) && (id.Version() != 4 || id.Variant() != uuid.RFC4122) {
			f.add(d.name, CodeInvalid, "the value is not a UUID of version 4")
		}
	case kindTime:
		if d.min > 0 && v.Addr().Interface().(*time.Time).IsZero() {
			f.add(d.name, CodeInvalid, "the element is missing")
		}
	}
}

func (f *findings) checkText(s string, d *field) {
	if int64(len(s)) > d.limit { // bytes first: a letter's texts are short
		if n := utf8.RuneCountInString(s); int64(n) > d.limit {
			f.add(d.name, CodeInvalid, "the text has %d characters; at most %d are allowed", n, d.limit)
		}
	}
	switch {
	case d.kind == kindLanguage && !isLanguage(s):
		f.add(d.name, CodeInvalid, "the language is not one or two letters, such as da")
	case d.name == "messageType" && MessageType(s) != DigitalPost && MessageType(s) != NemSMS:
		f.add(d.name, CodeInvalid, "the type is neither DIGITALPOST nor NEMSMS")
	}
}

func isLanguage(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return len(s) > 0
}
