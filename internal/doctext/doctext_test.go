package doctext

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
	"time"
)

func archive(t testing.TB, files ...[2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		p, err := w.Create(f[0])
		if err == nil {
			_, err = p.Write([]byte(f[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	docx  = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	xlsx  = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	odt   = "application/vnd.oasis.opendocument.text"
	ods   = "application/vnd.oasis.opendocument.spreadsheet"
	ooxml = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`
)

// MBX-16: what a document says, in the formats that letters have (facts 2.4).
func TestText(t *testing.T) {
	for name, c := range map[string]struct {
		kind    string
		content []byte
		want    string
	}{
		"text":              {"text/plain", []byte("\ufeffKære  borger.\r\n\r\nDer er\u00a0plads."), "Kære borger.\nDer er plads."},
		"text of Windows":   {"text/plain", []byte("K\xe6re borger \x80"), "Kære borger €"},
		"text of UTF-16":    {"text/plain", []byte("\xff\xfeK\x00\xe6\x00r\x00e\x00"), "Kære"},
		"HTML":              {"text/html; charset=utf-8", []byte("<html><head><title>nej</title><style>nej</style><body><p>Kære<b>ste</b> borger<script>nej</script></p><table><tr><td>a</td><td>b</td></tr></table>&aring;"), "Kæreste borger\na\nb\nå"},
		"HTML of Windows":   {"text/html", []byte("<meta charset=windows-1252><p>K\xe6re"), "Kære"},
		"RTF":               {"application/rtf", []byte(`{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\*\generator nej;}\f0 K\'e6re \b borger\b0\par\u197?r\uc2\u230 xxr}`), "Kære borger\nÅrær"},
		"Word":              {docx, archive(t, [2]string{"word/document.xml", `<w:document ` + ooxml + `><w:body><w:p><w:r><w:t>Kære b</w:t></w:r><w:r><w:t>orger</w:t><w:tab/><w:t>nu</w:t></w:r></w:p><w:p><w:r><w:t>To</w:t></w:r><w:instrText>nej</w:instrText></w:p></w:body></w:document>`}, [2]string{"word/footer1.xml", `<w:ftr ` + ooxml + `><w:p><w:t>Fod</w:t></w:p></w:ftr>`}, [2]string{"word/styles.xml", "<t>nej</t>"}), "Kære borger nu\nTo\nFod"},
		"Excel":             {xlsx, archive(t, [2]string{"xl/sharedStrings.xml", `<sst><si><t>Beløb</t></si><si><r><t>I</t></r><r><t>alt</t></r></si></sst>`}, [2]string{"xl/worksheets/sheet1.xml", `<worksheet><sheetData><row><c t="s"><v>0</v></c><c><v>42</v></c><c t="inlineStr"><is><t>her</t></is></c></row></sheetData></worksheet>`}), "Beløb\nIalt\n42 her"},
		"Writer":            {odt, archive(t, [2]string{"content.xml", `<office:document-content><office:automatic-styles>nej</office:automatic-styles><text:h>Titel</text:h><text:p>Kære<text:s/>borger<text:tab/>nu<text:line-break/>ny</text:p></office:document-content>`}), "Titel\nKære borger nu\nny"},
		"Calc":              {ods, archive(t, [2]string{"content.xml", `<table:table-row><table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell><text:p>1</text:p></table:table-cell></table:table-row>`}), "a\n1"},
		"declared wrongly":  {"application/octet-stream", archive(t, [2]string{"content.xml", `<text:p>fundet</text:p>`}), "fundet"},
		"a picture":         {"image/png", []byte("\x89PNG text"), ""},
		"a broken archive":  {docx, []byte("PK\x03\x04nothing"), ""},
		"broken XML":        {odt, archive(t, [2]string{"content.xml", `<text:p>begyndt<`}), "begyndt"},
		"nothing":           {"text/html", nil, ""},
		"zero bytes":        {"text/plain", []byte("a\x00b"), "ab"},
		"no UTF-8 in HTML":  {"text/html; charset=utf-8", []byte("<meta charset=utf-8>a\xffb"), "ab"},
		"head without end":  {"text/html", []byte("<head><title>nej</title><body>ja"), "ja"},
		"a name with caps":  {"TEXT/Plain", []byte("ja"), "ja"},
		"unknown parameter": {"text/plain; x", []byte("ja"), "ja"},
	} {
		if got := Text(c.kind, c.content); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A document that unpacks to very much, or is very deep, ends like any other.
func TestLimits(t *testing.T) {
	bomb := archive(t, [2]string{"content.xml", "<text:p>" + strings.Repeat("bombe ", 8<<20/6)})
	if got := Text(odt, bomb); len(got) > MaxText || !strings.HasPrefix(got, "bombe bombe") {
		t.Errorf("%d bytes", len(got))
	}
	quiet := archive(t, [2]string{"content.xml", strings.Repeat("<a>", 4<<20/3)}, [2]string{"word/document.xml", strings.Repeat("<a>", 4<<20/3)}, [2]string{"xl/sharedStrings.xml", strings.Repeat("<a>", 4<<20/3)})
	if got := Text(odt, quiet); got != "" {
		t.Errorf("%q", got)
	}
	for kind, content := range map[string]string{"text/html": strings.Repeat("<div>", 1<<20), "application/rtf": strings.Repeat("{", 10<<20), "text/plain": strings.Repeat("a", MaxContent+1)} {
		if got := Text(kind, []byte(content)); got != "" {
			t.Errorf("%s: %d bytes", kind, len(got))
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("text/html", []byte("<p>Kære <b>borger</b></p>"))
	f.Add("application/rtf", []byte(`{\rtf1 K\'e6re \u230?\bin5 aaaaa}`))
	f.Add(odt, archive(f, [2]string{"content.xml", "<text:p>a<text:s/></text:p>"}))
	f.Add("text/plain", []byte("\xff\xfea\x00"))
	f.Fuzz(func(t *testing.T, kind string, content []byte) {
		begin := time.Now()
		text := Text(kind, content)
		if len(text) > MaxText || strings.ToValidUTF8(text, "") != text {
			t.Errorf("%d bytes of text", len(text))
		}
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("%v for %d bytes", took, len(content))
		}
	})
}
