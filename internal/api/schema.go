package api

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"digitalpost/internal/appointment"
	"digitalpost/internal/compose"
	"digitalpost/internal/delegation"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/teamwork"
	"digitalpost/internal/trustee"
)

// schema is a JSON Schema, as far as our types need it.
type schema struct {
	Ref         string     `json:"$ref,omitempty"`
	AnyOf       []schema   `json:"anyOf,omitempty"`
	Type        any        `json:"type,omitempty"` // a name, or several
	Format      string     `json:"format,omitempty"`
	Description string     `json:"description,omitempty"`
	Enum        []string   `json:"enum,omitempty"`
	Default     any        `json:"default,omitempty"`
	Minimum     *int       `json:"minimum,omitempty"`
	Maximum     *int       `json:"maximum,omitempty"`
	Items       *schema    `json:"items,omitempty"`
	Properties  properties `json:"properties,omitempty"`
	Required    []string   `json:"required,omitempty"`
	// Other is the schema of an object's properties that have no name of ours.
	Other *schema `json:"additionalProperties,omitempty"`
}

// property is a named one of an object.
type property struct {
	name string
	schema
}

// properties keep the order of the Go type.
type properties []property

// MarshalJSON implements json.Marshaler.
func (p properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, one := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		value, err := json.Marshal(one.schema)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%q:%s", one.name, value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// enums are the values of the types that are one of a few texts.
var enums = map[reflect.Type][]string{
	reflect.TypeFor[mailbox.FolderType](): {"INBOX", "DRAFTS", "SENT", "DELETED", "USER_DEFINED"},
	reflect.TypeFor[mailbox.Type]():       {string(mailbox.Regular), string(mailbox.Mandatory), string(mailbox.LegalNotification)},
	reflect.TypeFor[mailbox.State]():      {string(mailbox.Draft), string(mailbox.Sent), string(mailbox.Received)},
	reflect.TypeFor[mailbox.ActionCode](): {string(mailbox.ActionReceived), string(mailbox.ActionStarted), string(mailbox.ActionCompleted),
		string(mailbox.ActionFailed), string(mailbox.ActionCancelled)},
	reflect.TypeFor[compose.Way](): {string(compose.ToAuthority), string(compose.ToRecipient), string(compose.ToEMail)},
	reflect.TypeFor[compose.State](): {string(compose.Delivered), string(compose.Handed), string(compose.Taken), string(compose.Refused),
		string(compose.Waiting), string(compose.Mailed), string(compose.Failed)},
	reflect.TypeFor[outbound.Status](): {string(outbound.Received), string(outbound.Completed), string(outbound.Invalid),
		string(outbound.NotAllowed)},
	reflect.TypeFor[registry.Registration](): {string(registry.Automatic), string(registry.Voluntary), string(registry.BeforeUnconfirmed),
		string(registry.Unconfirmed), string(registry.ExemptLeft), string(registry.ExemptOther), string(registry.Awaiting)},
	reflect.TypeFor[registry.PublicRegistration](): {string(registry.Registered), string(registry.Exempt), string(registry.ClosedParty),
		string(registry.NotRegistered)},
	reflect.TypeFor[requestState](): {string(draftRequest), string(delegation.Asked), string(delegation.Active), string(delegation.Declined), string(delegation.Revoked),
		string(delegation.Expired)},
	reflect.TypeFor[appointment.Kind]():   texts(appointment.Kinds),
	reflect.TypeFor[Privilege]():          {string(MessageBasic), string(MessageWrite), string(messageEmployee), string(organisationAdministrator), string(userAdministrator), string(legalOwner), string(formerOwner), string(curator), string(liquidator), string(executor)},
	reflect.TypeFor[rights.Origin]():      {string(ofRegister), string(rights.SelfService), string(rights.Manual), string(rights.Appointed), string(rights.Migrated)},
	reflect.TypeFor[teamwork.Status]():    {string(teamwork.Fresh), string(teamwork.InProgress), string(teamwork.Done)},
	reflect.TypeFor[trustee.Status]():     {string(trustee.Asked), string(trustee.Approved), string(trustee.Declined), string(trustee.Expired)},
	reflect.TypeFor[registry.Authority](): {string(registry.State), string(registry.Region), string(registry.Municipality), string(registry.Other)},
	reflect.TypeFor[registry.Protocol]():  {string(registry.RESTPull), string(registry.RESTPush)},
	reflect.TypeFor[registry.Target]():    {string(registry.ToCitizens), string(registry.ToCompanies), string(registry.ToAuthorities)},
}

// written are the types whose JSON is that of another type.
var written = map[reflect.Type]reflect.Type{
	reflect.TypeFor[outbound.Receipt]():     reflect.TypeFor[outbound.ReceiptJSON](),
	reflect.TypeFor[outbound.BulkReceipt](): reflect.TypeFor[outbound.ReceiptJSON](),
}

// schemas collects the schemas of types under their names.
type schemas struct {
	byName  properties
	request bool // fields are optional unless tagged: what a caller sends
}

// of is the schema of a type, by reference where it is a struct.
func (s *schemas) of(t reflect.Type) schema {
	if other, ok := written[t]; ok {
		t = other
	}
	switch {
	case t == reflect.TypeFor[moment]():
		return schema{Type: "string", Format: "date-time"}
	case t == reflect.TypeFor[post.UUID]():
		return schema{Type: "string", Format: "uuid"}
	case t == reflect.TypeFor[json.RawMessage]():
		return schema{}
	case enums[t] != nil:
		return schema{Type: "string", Enum: enums[t]}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return nullable(s.of(t.Elem()))
	case reflect.Slice:
		return schema{Type: "array", Items: new(s.of(t.Elem()))}
	case reflect.Map:
		return schema{Type: "object", Other: new(s.of(t.Elem()))}
	case reflect.Struct:
		return schema{Ref: "#/components/schemas/" + s.add(t)}
	case reflect.Bool:
		return schema{Type: "boolean"}
	case reflect.Int, reflect.Int32:
		return schema{Type: "integer", Format: "int32"}
	case reflect.Int64:
		return schema{Type: "integer", Format: "int64"}
	case reflect.Float64:
		return schema{Type: "number", Format: "double"}
	case reflect.String:
		if t.PkgPath() == "" || t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
			return schema{Type: "string"}
		}
	}
	panic(fmt.Sprintf("the API's schemas know nothing of %s; a type of texts needs its values in enums", t))
}

// nullable lets null stand for a value.
func nullable(s schema) schema {
	if name, ok := s.Type.(string); ok {
		s.Type = []string{name, "null"}
		return s
	}
	return schema{AnyOf: []schema{s, {Type: "null"}}}
}

// add is the name under which a struct's schema stands.
func (s *schemas) add(t reflect.Type) string {
	name := s.name(t)
	if slices.ContainsFunc(s.byName, func(p property) bool { return p.name == name }) {
		return name
	}
	s.byName = append(s.byName, property{name: name}) // before its fields, which may lead back to it
	object := schema{Type: "object"}
	s.fields(&object, t)
	for i := range s.byName {
		if s.byName[i].name == name {
			s.byName[i].schema = object
		}
	}
	return name
}

// name is the API's name of a type. What is sent and what is answered differ in
// what is required, so a type for both has two.
func (s *schemas) name(t reflect.Type) string {
	name := strings.TrimSuffix(t.Name(), "JSON")
	if name == "" {
		panic("a type of the API has no name: " + t.String())
	}
	if s.request && !strings.HasSuffix(name, "Command") {
		name += "Command"
	}
	return string(unicode.ToUpper(rune(name[0]))) + name[1:]
}

// fields reads a struct's tags: json as encoding/json does, enum for the values of
// a text, format for its form, doc for a sentence, required for what a caller
// must send.
func (s *schemas) fields(object *schema, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			s.fields(object, f.Type)
			continue
		}
		if !f.IsExported() || name == "-" {
			continue
		}
		optional := strings.Contains(options, "omit")
		kind := f.Type
		if optional && kind.Kind() == reflect.Pointer {
			kind = kind.Elem() // left out, and never null
		}
		p := property{name, s.of(kind)}
		if values := f.Tag.Get("enum"); values != "" {
			p.Enum = strings.Fields(values)
		}
		if format := f.Tag.Get("format"); format != "" {
			p.Format = format
		}
		p.Description = f.Tag.Get("doc")
		object.Properties = append(object.Properties, p)
		if _, needed := f.Tag.Lookup("required"); needed || !s.request && !optional {
			object.Required = append(object.Required, name)
		}
	}
}
