package htmldoc

import (
	"bytes"
	"strings"
	"testing"

	xhtml "golang.org/x/net/html"
)

// What browsers make of a text field comes out in one form (MBX-03).
func TestSimple(t *testing.T) {
	for in, want := range map[string]string{
		"":    "",
		"Hej": "<p>Hej</p>",
		"<div>Hej</div><div><br></div><div>du</div>": "<p>Hej</p><p>du</p>",
		"<p>a<br>b</p>":                                     "<p>a<br>b</p>",
		"<p>a <strong>b</strong> <em>c</em></p>":            "<p>a <b>b</b> <i>c</i></p>",
		"<b>a</b><b>b</b>":                                  "<p><b>ab</b></p>",
		"<ul><li>et<li>to</ul>":                             "<ul><li>et</li><li>to</li></ul>",
		"<ul><li>et<ol><li>a</li></ol></li></ul>":           "<ul><li>et<ol><li>a</li></ol></li></ul>",
		"<ul><li><p>et</p><p>to</p></li></ul>":              "<ul><li>et<br>to</li></ul>",
		"x<ul></ul>y":                                       "<p>x</p><p>y</p>",
		`<a href="https://eksempel.dk/?a=1&amp;b=2">se</a>`: `<p><a href="https://eksempel.dk/?a=1&amp;b=2">se</a></p>`,
		`<a href="javascript:alert(1)">se</a>`:              "<p>se</p>",
		`<a href="//x.dk">se</a>`:                           "<p>se</p>",
		`<a href="https://a@b.dk">se</a>`:                   "<p>se</p>",
		`<p onclick="x()" style="color:red">a<img src=x onerror=y><script>z</script></p>`: "<p>a</p>",
		"<h1>Titel</h1>tekst": "<p>Titel</p><p>tekst</p>",
		"1 &lt; 2 &amp; 3":    "<p>1 &lt; 2 &amp; 3</p>",
		"<p>  a \n b  </p>":   "<p>a b</p>",
		"a\u202Eb\x00c":       "<p>abc</p>",
		"<table><tr><td>a</td><td>b</td></tr></table>": "<p>a</p><p>b</p>",
	} {
		if got := string(Simple([]byte(in))); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestSimpleAsText(t *testing.T) {
	for in, want := range map[string]string{
		"<p>Kære du</p><p>Hej<br>med dig</p>":                    "Kære du\n\nHej\nmed dig",
		"<p>Se:</p><ul><li>et</li><li>to</li></ul><p>Hilsen</p>": "Se:\n\n- et\n- to\n\nHilsen",
		"<ol><li>et<ul><li>a</li></ul></li><li>to</li></ol>":     "1. et\n  - a\n2. to",
		`<p><a href="https://eksempel.dk/">her</a></p>`:          "her (https://eksempel.dk/)",
		`<p><a href="mailto:a@b.dk">a@b.dk</a></p>`:              "a@b.dk",
	} {
		if got := Text([]byte(in)); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	if got := string(FromText("Hej\r\nmed dig\n\n\nFarvel <b>")); got != "<p>Hej<br>med dig</p><p>Farvel &lt;b&gt;</p>" {
		t.Error(got)
	}
}

func TestSimpleOfDeepNesting(t *testing.T) {
	for _, tag := range []string{"div", "ul><li", "b", "a href=https://x.dk"} {
		deep := strings.Repeat("<"+tag+">", 20_000) + "ord"
		if got := string(Simple([]byte(deep))); !strings.Contains(got, "ord") || len(got) > 2000 {
			t.Errorf("%s: %d bytes", tag, len(got))
		}
	}
}

// Nothing but the few elements comes out, and what is simple stays as it is.
func FuzzSimple(f *testing.F) {
	for _, seed := range []string{"<p>a<b>b</b></p>", "<ul><li>x", `<a href="https://x.dk/">y</a>`, "<svg><a href=javascript:x>", "<math><mi><p>", "<table><a>", "a<br><br>b", "\x00<\xff"} {
		f.Add([]byte(seed))
	}
	allowed := map[string]bool{"p": true, "b": true, "i": true, "a": true, "ul": true, "ol": true, "li": true, "br": true}
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 10_000 {
			return
		}
		out := Simple(in)
		z := xhtml.NewTokenizer(bytes.NewReader(out))
		for z.Next() != xhtml.ErrorToken {
			token := z.Token()
			if token.Type == xhtml.TextToken {
				continue
			}
			if !allowed[token.Data] || len(token.Attr) > 1 {
				t.Fatalf("%q gives %q", in, out)
			}
			for _, a := range token.Attr {
				if token.Data != "a" || a.Key != "href" || !link.MatchString(a.Val) {
					t.Fatalf("%q gives %q", in, out)
				}
			}
		}
		if again := Simple(out); !bytes.Equal(again, out) {
			t.Fatalf("%q gives %q and then %q", in, out, again)
		}
		Text(out)
	})
}
