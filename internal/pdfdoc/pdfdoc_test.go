package pdfdoc

import (
	"image"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/doctext"
)

func sample() Document {
	picture := image.NewRGBA(image.Rect(0, 0, 40, 20))
	picture.Set(3, 3, color.Black)
	long := strings.Repeat("En meget lang sætning om æbler, ørreder og ål, som går over flere linjer. ", 60)
	return Document{Title: "Prøve æøå", Author: "Ålhavn Kommune", Lang: "da", Page: "Side %d af %d", Made: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC), Blocks: []Block{
		Window{"Signe Åkjær Holm", "Havnegade 4", "9999 Ålhavn"}, Heading{1, "Blanket (udkast)"}, Text("Første linje\nAnden linje " + strings.Repeat("W", 300)),
		List{"Et", "To"}, Facts{{"CPR-nummer", "010203-xxxx"}, {"Navn", "Łukasz Żak 中"}}, Text(long), Signature{"Dato", "Underskrift"},
		Break{}, Picture{picture, "En prik"}, Lang{"en", []Block{Heading{2, "In English"}, Text("The end.")}},
	}}
}

// What is written can be read again, by us and by others.
func TestDocument(t *testing.T) {
	raw := sample().Bytes()
	text := doctext.Text("application/pdf", raw)
	for _, want := range []string{"Blanket (udkast)", "Signe Åkjær Holm", "CPR-nummer", "Lukasz Zak ?", "Underskrift", "The end.", "ørreder og ål"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the text:\n%s", want, text)
		}
	}
	for _, want := range []string{"/StructTreeRoot", "/Marked true", "/Lang (da-DK)", "/S /H1", "/S /TH", "/S /Figure", "/Alt <FEFF"} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("the file has no %s", want)
		}
	}
	if string(raw) != string(sample().Bytes()) {
		t.Error("the same document gives other bytes")
	}
	if _, err := exec.LookPath("qpdf"); err == nil {
		file := filepath.Join(t.TempDir(), "a.pdf")
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("qpdf", "--check", file).CombinedOutput(); err != nil {
			t.Errorf("%s", out)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("Kære borger (du)\\\n\x00\xff")
	f.Fuzz(func(t *testing.T, text string) {
		raw := Document{Title: text, Blocks: []Block{Window{text}, Heading{1, text}, Text(text), List{text}, Facts{{text, text}}, Signature{text}}}.Bytes()
		if !strings.HasSuffix(string(raw), "%%EOF\n") {
			t.Error("no whole file")
		}
	})
}
