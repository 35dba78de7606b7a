package api

import (
	"mime"
	"strings"
	"testing"
)

func TestDisposition(t *testing.T) {
	for name, saved := range map[string]string{
		"brev.pdf":                     "brev.pdf",
		"faktura\u202egpj.exe":         "faktura_gpj.exe",
		"../../etc/passwd":             "_.._etc_passwd",
		`C:\Windows\a.txt`:             "C:_Windows_a.txt",
		"a\r\nSet-Cookie: b=c":         "a__Set-Cookie: b=c",
		`a"; filename="b.exe`:          `a"; filename="b.exe`,
		"\xff\xfe":                     "__",
		"":                             "dokument",
		" . ":                          "dokument",
		"rødgrød med fløde 100% 😀.pdf": "rødgrød med fløde 100% 😀.pdf",
	} {
		header := disposition(name)
		kind, params, err := mime.ParseMediaType(header)
		if err != nil || kind != "attachment" || params["filename"] != saved {
			t.Errorf("%q: %s is read as %q (%v), want %q", name, header, params["filename"], err, saved)
		}
	}
}

// Whatever a file is called, the header is one line of ASCII with one name in it.
func FuzzDisposition(f *testing.F) {
	f.Add(`a";b`)
	f.Add("\u2028\x00é")
	f.Fuzz(func(t *testing.T, name string) {
		header := disposition(name)
		for i := range len(header) {
			if header[i] < ' ' || header[i] > '~' {
				t.Fatalf("%q", header)
			}
		}
		kind, params, err := mime.ParseMediaType(header)
		if err != nil || kind != "attachment" || len(params) != 1 || params["filename"] == "" || strings.ContainsAny(params["filename"], "/\\\r\n\x00") {
			t.Errorf("%q: %s: %v %v", name, header, params, err)
		}
	})
}
