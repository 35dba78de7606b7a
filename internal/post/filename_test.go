package post

import (
	"strings"
	"testing"
)

func TestSafeName(t *testing.T) {
	for name, want := range map[string]string{
		"brev.pdf": "brev.pdf", "../../etc/passwd": "_.._etc_passwd", `C:\x.pdf`: "C__x.pdf", ".skjult": "skjult", "": "dokument", "...": "dokument",
		"a\r\nSet-Cookie: x": "a__Set-Cookie_ x", "gæt\u202Efdp.exe": "gæt_fdp.exe", "æøå.pdf": "æøå.pdf", "punktum.": "punktum",
	} {
		if got := SafeName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if long := SafeName(strings.Repeat("æ", 300) + ".pdf"); len([]rune(long)) > 150 || !strings.HasSuffix(long, ".pdf") {
		t.Error(long)
	}
}
