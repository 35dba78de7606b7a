package doctext

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/sample"
)

// The letters of the sample, as any sender's program writes them.
func TestPDFLetters(t *testing.T) {
	to := sample.Recipient{Name: "Signe Ærø Østergård", Street: "Åvej 1", Town: "8000 Århus C"}
	n := 0
	for _, l := range sample.Letters(time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC), to) {
		for _, d := range l.Documents {
			if d.MediaType != "application/pdf" {
				continue
			}
			n++
			text := Text(d.MediaType, d.Content)
			for _, want := range []string{to.Name, to.Street, "Århus"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s has no %q: %q", d.Filename, want, text)
				}
			}
		}
	}
	if n == 0 {
		t.Error("no letters")
	}
}

// A page that a browser printed: fonts cut to what is used, with codes of their own.
func TestPDFOfABrowser(t *testing.T) {
	content, err := os.ReadFile("testdata/chromium.pdf")
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(strings.Fields(Text("application/pdf", content)), " ")
	if got != "Årsopgørelse Kære Signe, du skal betale restskat på 4.312 kr. inden 1. juli. Beløb 1.250" {
		t.Errorf("%q", got)
	}
}

// paper writes a PDF with objects as they are given; %s in one is its stream's
// length.
func paper(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	for i, o := range objects {
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	b.WriteString("trailer << /Root 1 0 R >>")
	return b.Bytes()
}

func stream(dict, body string) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dict, len(body), body)
}

func deflated(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write([]byte(s)) //nolint:errcheck // into memory
	w.Close()          //nolint:errcheck // into memory
	return b.String()
}

const (
	catalog = "<< /Type /Catalog /Pages 2 0 R >>"
	pages   = "<< /Type /Pages /Kids [3 0 R] /Resources << /Font << /F1 5 0 R >> /XObject << /X 6 0 R >> >> >>"
	page    = "<< /Type /Page /Contents 4 0 R >>"
	latin   = "<< /Type /Font /Subtype /TrueType /Encoding << /BaseEncoding /WinAnsiEncoding /Differences [1 /aring /uni00F8 /f_i] >> >>"
)

func TestPDF(t *testing.T) {
	unicodes := stream("", "1 begincodespacerange <0000> <FFFF> endcodespacerange 2 beginbfchar <0001> <00C5> <0002> <00660069> endbfchar 1 beginbfrange <0010> <0012> <0061> endbfrange 1 beginbfrange <0020> <0021> [<0078> <0079>] endbfrange")
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"strings":  {paper(catalog, pages, page, stream("", `BT /F1 10 Tf (K\346re \(b\)\040x) Tj 12 TL T* <6E79> Tj T* (\001\002\003) ' ET`), latin), "Kære (b) x\nny\nåøfi"},
		"spaces":   {paper(catalog, pages, page, stream("", "BT /F1 10 Tf [(or)-10(d)-300(to)] TJ ET BT /F1 10 Tf 1 0 0 1 80 0 Tm (tre) Tj ET BT /F1 10 Tf 1 0 0 1 95 0 Tm (samlet) Tj ET"), latin), "ord to tresamlet"},
		"deflated": {paper(catalog, pages, page, stream("/Filter /FlateDecode", deflated("BT /F1 10 Tf (pakket) Tj ET")), latin), "pakket"},
		"hex":      {paper(catalog, pages, page, stream("/Filter [/ASCIIHexDecode]", "4254202F46312031302054662028686578292054 6A204554>"), latin), "hex"},
		"parts":    {paper(catalog, pages, "<< /Type /Page /Contents [4 0 R 7 0 R] >>", stream("", "BT /F1 10 Tf (en"), latin, "null", stream("", "to) Tj ET")), "en to"},
		"a form":   {paper(catalog, pages, page, stream("", "q 1 0 0 1 0 50 cm /X Do Q BT /F1 10 Tf 0 20 Td (ude) Tj ET"), latin, stream("/Subtype /Form", "BT /F1 10 Tf (inde) Tj ET")), "inde\nude"},
		"a wide font": {paper(catalog, pages, page, stream("", "BT /F1 10 Tf <0001000200100011001200200021> Tj ET"), "<< /Subtype /Type0 /ToUnicode 7 0 R /DescendantFonts [<< /DW 500 /W [1 [500 600] 16 18 500] >>] >>", "null", unicodes),
			"Åfiabcxy"},
		"a picture":     {paper(catalog, pages, page, stream("", "BI /W 1 ID (nej) Tj \n EI BT /F1 10 Tf (ja) Tj ET"), latin), "ja"},
		"encrypted":     {append(paper(catalog, pages, page, stream("", "BT /F1 10 Tf (nej) Tj ET"), latin), "\ntrailer << /Encrypt 9 0 R >>"...), ""},
		"no trailer":    {bytes.Replace(paper(catalog, pages, page, stream("", "BT /F1 10 Tf (ja) Tj ET"), latin), []byte("trailer"), nil, 1), ""},
		"own resources": {bytes.Replace(paper(catalog, pages, "<< /Type /Page /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>", stream("", "BT /F1 10 Tf (ja) Tj ET"), latin), []byte("trailer"), nil, 1), "ja"},
		"updated":       {append(paper(catalog, pages, page, stream("", "BT /F1 10 Tf (gammel) Tj ET"), latin), ("\n4 0 obj " + stream("", "BT /F1 10 Tf (ny) Tj ET") + " endobj")...), "ny"},
		"objects in a stream": {paper("null", "null", "null", stream("", "BT /F1 10 Tf (gemt) Tj ET"), latin, "null", stream("/Type /ObjStm /N 3 /First 15 /Filter /FlateDecode",
			deflated("1 0 2 34 3 134 "+fmt.Sprintf("%-34s%-100s%s", catalog, pages, page)))), "gemt"},
		"a wrong length": {paper(catalog, pages, page, "<< /Length 3 >>\nstream\nBT /F1 10 Tf (ja) Tj ET\nendstream", latin), "ja"},
		"a circle":       {paper("<< /Pages 2 0 R >>", "<< /Kids [2 0 R 3 0 R] /Resources << /Font << /F1 5 0 R >> >> >>", "<< /Contents 4 0 R /Kids 4 0 R >>", stream("", "BT /F1 10 Tf (ja) Tj ET"), latin), "ja"},
		"itself":         {paper("1 0 R", "2 0 R"), ""},
		"cut off":        {paper(catalog, pages, page, latin, latin)[:60], ""},
	} {
		if got := Text("application/pdf", c.content); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// However little bytes ask for however much, it ends.
func TestPDFLimits(t *testing.T) {
	nested := strings.Repeat("[", 1<<20)
	chain := make([]string, 5000)
	for i := range chain {
		chain[i] = fmt.Sprintf("<< /Length %d 0 R >>\nstream\nx\nendstream", i+2)
	}
	bomb := stream("/Filter /FlateDecode", deflated(strings.Repeat("BT /F1 1 Tf (x) Tj ET ", 1<<20)))
	for name, content := range map[string][]byte{
		"nested":     paper(catalog, nested),
		"a chain":    paper(chain...),
		"trailers":   append(paper(catalog), strings.Repeat("trailer <<", 1<<18)...),
		"a bomb":     paper(catalog, "<< /Kids ["+strings.Repeat("3 0 R ", 1000)+"] >>", "<< /Contents ["+strings.Repeat("4 0 R ", 1<<16)+"] /Resources << /Font << /F1 5 0 R >> >> >>", bomb, latin),
		"predictors": paper(catalog, pages, page, stream("/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 60000 /Colors 60000 /BitsPerComponent 60000 >>", deflated("x")), latin),
		"ranges":     paper(catalog, pages, page, stream("", strings.Repeat("BT /F1 10 Tf (x) Tj ET ", 1<<12)), "<< /Subtype /Type0 /ToUnicode 7 0 R >>", "null", stream("", strings.Repeat("<0000> <FFFF> <00410041> endbfrange ", 1<<14))),
		"forms":      paper(catalog, pages, page, stream("", strings.Repeat("/X Do ", 1000)), latin, stream("/Subtype /Form", strings.Repeat("/X Do ", 1000))),
	} {
		if got := Text("application/pdf", content); len(got) > MaxText {
			t.Errorf("%s: %d bytes", name, len(got))
		}
	}
}

func FuzzPDF(f *testing.F) {
	content, err := os.ReadFile("testdata/chromium.pdf")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Add(paper(catalog, pages, page, stream("", "q 1 0 0 1 0 50 cm /X Do Q BT /F1 10 Tf [(a)-300(b)] TJ ET"), latin, stream("/Subtype /Form", "BT /F1 10 Tf (inde) Tj ET")))
	f.Add(paper(catalog, pages, page, stream("", "BT /F1 10 Tf <00010002> Tj ET"), "<< /Subtype /Type0 /ToUnicode 7 0 R /DescendantFonts [<< /DW 500 /W [1 [500 600] 16 18 500] >>] >>", "null", stream("", "2 beginbfchar <0001> <00C5> <0002> <00660069> endbfchar <0010> <0012> <0061> endbfrange")))
	f.Add(paper("null", "null", "null", stream("", "BT /F1 10 Tf (gemt) Tj ET"), latin, "null", stream("/Type /ObjStm /N 3 /First 15", "1 0 2 34 3 134 "+fmt.Sprintf("%-34s%-100s%s", catalog, pages, page))))
	for _, l := range sample.Everyday(time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC), sample.Recipient{Name: "Signe"}) {
		for _, d := range l.Documents {
			if d.MediaType == "application/pdf" {
				f.Add(d.Content)
			}
		}
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		begin := time.Now()
		text := Text("application/pdf", append([]byte("%PDF-"), content...))
		if len(text) > MaxText || strings.ToValidUTF8(text, "") != text {
			t.Errorf("%d bytes of text", len(text))
		}
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("%v for %d bytes", took, len(content))
		}
	})
}
