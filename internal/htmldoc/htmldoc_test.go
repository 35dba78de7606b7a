package htmldoc_test

import (
	"strings"
	"testing"

	"digitalpost/internal/htmldoc"
)

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		name, document  string
		lenient, strict string // the first code, "" for approved
	}{
		{"a plain letter", `<!DOCTYPE html><html><head><meta charset="utf-8"><title>Brev</title></head><body><h1>Kære borger</h1><p style="color:red">Hej</p></body></html>`, "", ""},
		{"a link", `<a href="https://borger.dk">borger.dk</a>`, "", ""},
		{"an image inside", `<img src="data:image/png;base64,iVBORw0KGgo=" alt="">`, "", ""},
		{"an image from elsewhere", `<img src="https://example.org/a.png">`, "", htmldoc.CodeExternal},
		{"a style from elsewhere", `<p style="background: url( 'https://example.org/a.png' )">`, "", htmldoc.CodeExternal},
		{"a style sheet", `<style>p{color:red}</style>`, "", htmldoc.CodeElement},
		{"a form", `<form action="https://example.org"><input name="cpr"></form>`, "", htmldoc.CodeElement},
		{"a script", "<p>a</p>\n<script>alert(1)</script>", htmldoc.CodeScript, htmldoc.CodeScript},
		{"a script in a drawing", `<svg><script href="x"/></svg>`, htmldoc.CodeScript, htmldoc.CodeElement},
		{"an event handler", `<p OnClick="x()">a</p>`, htmldoc.CodeHandler, htmldoc.CodeHandler},
		{"a script as an address", `<a href="java&#10;script:alert(1)">a</a>`, htmldoc.CodeAddress, htmldoc.CodeAddress},
		{"a script in a style", `<p style="width: expression( alert(1) )">`, htmldoc.CodeScript, htmldoc.CodeScript},
		{"a frame", `<iframe src="https://example.org"></iframe>`, htmldoc.CodeScript, htmldoc.CodeScript},
		{"leads elsewhere", `<meta http-equiv="Refresh" content="0;url=https://example.org">`, htmldoc.CodeAddress, htmldoc.CodeAddress},
		{"a tag that never ends", "<p " + strings.Repeat("a", 9<<20), htmldoc.CodeNotHTML, htmldoc.CodeNotHTML},
	} {
		t.Run(test.name, func(t *testing.T) {
			for policy, want := range map[htmldoc.Policy]string{htmldoc.Lenient: test.lenient, htmldoc.Strict: test.strict} {
				findings, err := htmldoc.Check(strings.NewReader(test.document), policy)
				got := ""
				if len(findings) > 0 {
					got = findings[0].Code
				}
				if err != nil || got != want {
					t.Errorf("%s: %v, %v; want %q", policy, findings, err, want)
				}
			}
		})
	}
}

func TestCheckTellsTheLine(t *testing.T) {
	findings, _ := htmldoc.Check(strings.NewReader("<p>\n\n<p onclick=x>"), htmldoc.Lenient)
	if len(findings) != 1 || findings[0].Line != 3 || findings[0].Element != "p onclick" {
		t.Error(findings)
	}
}

func TestClean(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"a whole document", `<!DOCTYPE html><html><head><title>T</title></head><body><h1>Hej</h1></body></html>`, `<h1>Hej</h1>`},
		{"script", `<p onclick="x()">a<script>alert(1)</script></p>`, `<p>a</p>`},
		{"links", `<a href="javascript:x">a</a><a href="/b">b</a><a href="#c">c</a>`, `<a>a</a><a>b</a><a href="#c" rel="noreferrer">c</a>`},
		{"images", `<img src="https://example.org/a.png" alt="a"><img src="data:image/png;base64,iVBORw0KGgo=">`, `<img alt="a"><img src="data:image/png;base64,iVBORw0KGgo=">`},
		{"styles", `<p style="color: red; position: fixed; background: url(https://example.org)">a</p>`, `<p style="color: red">a</p>`},
		{"Danish in an old encoding", "<meta charset=\"iso-8859-1\"><p>bl\xe5b\xe6r</p>", `<p>blåbær</p>`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := string(htmldoc.Clean([]byte(test.in))); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// A style that is made to take long is left out; what stands beside it stays.
func TestCleanIsNotSlowedDown(t *testing.T) {
	for _, junk := range []string{"{", "/*", "font:a ", "a:"} {
		in := `<p dir="ltr" style="` + strings.Repeat(junk, 500_000) + `">a</p><p style="color: red">b</p>`
		if got := string(htmldoc.Clean([]byte(in))); got != `<p dir="ltr">a</p><p style="color: red">b</p>` {
			t.Errorf("%q: %.100s", junk, got)
		}
	}
}

// What Clean returns passes the strict check, whatever went in.
func FuzzClean(f *testing.F) {
	f.Add([]byte(`<p style="x" onclick=y><svg><a xlink:href="javascript:1">`))
	f.Add([]byte(`<img src=x onerror=alert(1)//><style><img src="</style><img src=x onerror=1>">`))
	f.Fuzz(func(t *testing.T, document []byte) {
		clean := htmldoc.Clean(document)
		findings, err := htmldoc.Check(strings.NewReader(string(clean)), htmldoc.Strict)
		if err != nil || len(findings) > 0 {
			t.Errorf("%q → %q: %v %v", document, clean, findings, err)
		}
	})
}
