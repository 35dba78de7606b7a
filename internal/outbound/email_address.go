package outbound

import (
	"net/mail"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"digitalpost/internal/errs"
)

// Address is an e-mail address that can be sent to: in ASCII, without a name. It
// prints masked, as it is personal data.
type Address struct{ text string }

// Reveal is the address itself.
func (a Address) Reveal() string { return a.text }

// String keeps the address out of logs.
func (a Address) String() string { return "(e-mail address)" }

// GoString does so too.
func (a Address) GoString() string { return a.String() }

// Codes of what is wrong with an e-mail address.
const (
	CodeAddress         = "email.address.not.valid"
	CodeAddressNoAt     = "email.address.without.at"
	CodeAddressNotASCII = "email.address.local.part.not.ascii" // å@eksempel.dk: few servers take it (RFC 6531)
)

// ParseAddress reads an e-mail address as a person types it. It takes what every
// server on the way can carry: one address, without a name or a comment, with a
// plain part before the @ and the name of a domain after it. A domain with
// letters such as æ is written as the DNS has it.
func ParseAddress(text string) (Address, error) {
	text = strings.TrimSpace(text)
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return Address{}, errs.Invalid(CodeAddressNoAt, "address", "an e-mail address has an @")
	}
	local, domain := text[:at], text[at+1:]
	invalid := errs.Invalid(CodeAddress, "address", "the address cannot be that of one e-mail recipient")
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) || len(text) > 1000 {
		return Address{}, invalid
	}
	if strings.ContainsFunc(local, func(r rune) bool { return r > unicode.MaxASCII }) {
		return Address{}, errs.Invalid(CodeAddressNotASCII, "address", "letters such as å before the @ cannot be sent to")
	}
	domain, err := idna.Lookup.ToASCII(domain)
	if err != nil || !strings.Contains(domain, ".") {
		return Address{}, invalid
	}
	if _, err := netip.ParseAddr(domain); err == nil {
		return Address{}, invalid
	}
	plain := local + "@" + strings.ToLower(domain)
	parsed, err := mail.ParseAddress(plain)
	// Equal: no name, no comment, no quotes.
	if err != nil || parsed.Address != plain || parsed.Name != "" || strings.ContainsAny(local, `"\ `) || len(local) > 64 || len(plain) > 254 {
		return Address{}, invalid
	}
	return Address{plain}, nil
}
