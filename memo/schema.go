package memo

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// namespace is one of the namespaces MeMo uses, the ones XML itself uses, or
// any other.
type namespace uint8

const (
	nsNone namespace = iota
	nsMemo
	nsGrd
	nsGln
	nsKle
	nsForm
	nsDmv
	nsSor
	nsUdd
	nsXML   // bound to the prefix xml from the start
	nsXMLNS // bound to the prefix xmlns from the start
	nsXSI
	nsOther
)

// namespaces has each namespace's customary prefix and its name. Nothing reads
// meaning into a prefix; ours are for writing.
var namespaces = [...]struct{ prefix, uri string }{
	nsMemo:  {"memo", "https://DigitalPost.dk/MeMo-1"},
	nsGrd:   {"grd", "https://data.gov.dk/model/core/"},
	nsGln:   {"gln", "https://www.gs1.dk/gs1-standarder/identifikation/gln-global-location-number/"},
	nsKle:   {"kle", "http://kle-online.dk/"},
	nsForm:  {"form", "http://www.form-online.dk/"},
	nsDmv:   {"dmv", "https://motorregister.skat.dk/"},
	nsSor:   {"sor", "https://services.nsi.dk/en/Services/SOR"},
	nsUdd:   {"udd", "https://www.dst.dk/da/TilSalg/Forskningsservice/Dokumentation/hoejkvalitetsvariable/elevregister-2/udd#"},
	nsXML:   {"xml", "http://www.w3.org/XML/1998/namespace"},
	nsXMLNS: {"xmlns", "http://www.w3.org/2000/xmlns/"},
	nsXSI:   {"xsi", "http://www.w3.org/2001/XMLSchema-instance"},
}

// namespaceOf is the namespace with the given name.
func namespaceOf(uri []byte) namespace {
	if len(uri) == 0 {
		return nsNone
	}
	for ns := nsMemo; ns < nsOther; ns++ {
		if namespaces[ns].uri == string(uri) {
			return ns
		}
	}
	return nsOther
}

// class is the content of an element that has child elements, in order.
type class struct {
	fields []field
	// required has a bit for each field that must be there.
	required uint32
}

// field is one child element of a class and where its value lives.
type field struct {
	name  string
	ns    namespace
	index int // of the field in the Go struct
	kind  kind
	class *class // of kindClass
	many  bool   // repeated: the Go field is a slice
	ref   bool   // the value, or the element of the slice, is behind a pointer

	min, max      int     // how many
	limit         int64   // characters of a text, the greatest value of a number
	since         Version // the element exists from here, 0 for always
	optionalSince Version // a required element may be left out from here, 0 for never
	formerly      string  // the element's name in MeMo 1.0
}

// kind is how the text of an element becomes a Go value.
type kind uint8

const (
	kindText     kind = iota // string
	kindWord                 // a string type with a closed list of values, or nearly so
	kindIDType               // IDType
	kindLanguage             // string, xs:language
	kindBool                 // bool
	kindNumber               // int64
	kindUUID                 // uuid.UUID
	kindTime                 // time.Time, xs:dateTime ending in Z
	kindDate                 // time.Time, xs:date
	kindClass                // a struct with child elements
	kindContent              // base64, passed on to the sink
)

var messageClass = compile(reflect.TypeFor[Message](), "Message", map[string]*class{})

// compile reads the tags of a struct. The element's name matters for Document
// alone, which is the type of three classes. A mistake in a tag panics at
// start, in every test.
func compile(t reflect.Type, element string, done map[string]*class) *class {
	key := t.Name()
	if t == reflect.TypeFor[Document]() {
		key = element
	}
	if c, ok := done[key]; ok {
		return c
	}
	c := &class{}
	done[key] = c
	for i := range t.NumField() {
		tag, ok := t.Field(i).Tag.Lookup("memo")
		if !ok || element == "TechnicalDocument" && t.Field(i).Name == "Actions" {
			continue
		}
		f := parseTag(tag, t.Field(i).Type, element)
		f.index = i
		if f.kind == kindClass {
			f.class = compile(elementType(t.Field(i).Type), f.name, done)
		}
		if f.min > 0 {
			c.required |= 1 << len(c.fields)
		}
		c.fields = append(c.fields, f)
	}
	return c
}

func parseTag(tag string, t reflect.Type, element string) field {
	words := strings.Fields(tag)
	name, optional := strings.CutSuffix(words[0], "?")
	f := field{ns: nsMemo, min: 1, max: 1, limit: 256}
	if prefix, local, ok := strings.Cut(name, ":"); ok {
		name = local
		for ns := nsMemo; namespaces[f.ns].prefix != prefix; ns++ {
			f.ns = ns
		}
	}
	f.name = strings.Replace(name, "*", strings.ToLower(strings.TrimSuffix(element, "Document")), 1)

	f.many = t.Kind() == reflect.Slice
	f.ref = t.Kind() == reflect.Pointer || f.many && t.Elem().Kind() == reflect.Pointer
	if optional || f.ref && !f.many {
		f.min = 0
	}
	f.kind = kindOf(f.name, elementType(t))
	if f.many {
		f.max = 1 << 30
	}

	for _, word := range words[1:] {
		option, value, _ := strings.Cut(word, "=")
		n, err := strconv.ParseInt(strings.ReplaceAll(value, ".", ""), 10, 64)
		switch {
		case option == "date":
			f.kind = kindDate
		case option == "was":
			f.formerly = value
		case err != nil:
			panic(fmt.Sprintf("memo: bad tag %q", tag))
		case option == "max" && f.many:
			f.max = int(n)
		case option == "max":
			f.limit = n
		case option == "since":
			f.since = Version(n)
		case option == "optional":
			f.optionalSince = Version(n)
		default:
			panic(fmt.Sprintf("memo: bad tag %q", tag))
		}
	}
	return f
}

// elementType is the type of one value: without slice and pointer.
func elementType(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

func kindOf(name string, t reflect.Type) kind {
	switch {
	case name == "content":
		return kindContent
	case name == "language":
		return kindLanguage
	case t == reflect.TypeFor[IDType]():
		return kindIDType
	case t == reflect.TypeFor[string]():
		return kindText
	case t.Kind() == reflect.String:
		return kindWord
	case t == reflect.TypeFor[bool]():
		return kindBool
	case t == reflect.TypeFor[int64]():
		return kindNumber
	case t == reflect.TypeFor[uuid.UUID]():
		return kindUUID
	case t == reflect.TypeFor[time.Time]():
		return kindTime
	case t.Kind() == reflect.Struct:
		return kindClass
	}
	panic("memo: no kind for " + t.String())
}

// find is the index of the field with the name, -1 where there is none. from is
// where it should be if the elements come in order.
func (c *class) find(ns namespace, name []byte, from int, v Version) int {
	for i := from; i < len(c.fields); i++ {
		if c.fields[i].is(ns, name, v) {
			return i
		}
	}
	for i := range from {
		if c.fields[i].is(ns, name, v) {
			return i
		}
	}
	return -1
}

func (f *field) is(ns namespace, name []byte, v Version) bool {
	return f.ns == ns && (f.name == string(name) || v == V10 && f.formerly != "" && f.formerly == string(name))
}

// requiredIn tells whether the element must be there in a version.
func (f *field) requiredIn(v Version) bool {
	return f.min > 0 && f.existsIn(v) && (f.optionalSince == 0 || v < f.optionalSince)
}

// existsIn tells whether a version has the element.
func (f *field) existsIn(v Version) bool { return v >= f.since }

// value is the reflect.Value that one value of the field is read into: a new
// one where the field is repeated or behind a pointer. parent is the struct.
func (f *field) value(parent reflect.Value) reflect.Value {
	v := parent.Field(f.index)
	if f.many {
		n := v.Len()
		if n == v.Cap() {
			v.Grow(1)
		}
		v.SetLen(n + 1)
		v = v.Index(n)
		v.SetZero()
	}
	if f.ref {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	return v
}
