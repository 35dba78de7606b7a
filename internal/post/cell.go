package post

import "strings"

// Cell is a text as a cell that no spreadsheet takes for a formula: a sender chooses
// what a letter is called.
func Cell(text string) string {
	if strings.ContainsAny(text[:min(len(text), 1)], "=+-@\t\r\n") || strings.HasPrefix(text, "＝") || strings.HasPrefix(text, "＋") || strings.HasPrefix(text, "－") || strings.HasPrefix(text, "＠") {
		return "'" + text
	}
	return text
}
