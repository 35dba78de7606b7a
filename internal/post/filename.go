package post

import "strings"

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

// turnsWriting tells the characters that turn the direction of writing.
func turnsWriting(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F || r == 0x061C
}
