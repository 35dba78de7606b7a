package web

import (
	"fmt"
	"strings"
)

// SafeName is a file's name without anything that leads out of the folder it is
// saved in, out of a header, or makes a program look like a document.
func SafeName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F || strings.ContainsRune(`/\:*?"<>|`, r) || r == 0xFFFD || turnsWriting(r) {
			return '_'
		}
		return r
	}, name)
	name = strings.TrimRight(strings.TrimLeft(name, ". "), ". ")
	if runes := []rune(name); len(runes) > 150 {
		dot := strings.LastIndexByte(name, '.')
		ending := ""
		if dot > 0 && len(name)-dot <= 10 {
			ending = name[dot:]
		}
		name = string(runes[:140]) + ending
	}
	if name == "" {
		return "dokument"
	}
	return name
}

// Disposition is a Content-Disposition with a file's name (RFC 6266): in ASCII for
// old programs, in UTF-8 for all others (RFC 8187).
func Disposition(how, name string) string {
	name = SafeName(name)
	ascii := strings.Map(func(r rune) rune {
		if r > '~' || r == '%' || r == ';' {
			return '_'
		}
		return r
	}, name)
	var full strings.Builder
	for _, c := range []byte(name) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			full.WriteByte(c)
		} else {
			fmt.Fprintf(&full, "%%%02X", c)
		}
	}
	return how + `; filename="` + ascii + `"; filename*=UTF-8''` + full.String()
}

// turnsWriting tells the characters that turn the direction of writing.
func turnsWriting(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F || r == 0x061C
}
