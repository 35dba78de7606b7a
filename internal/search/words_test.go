package search

import (
	"strings"
	"testing"
)

// MBX-16: word forms are one word, and case and accents do not matter.
func TestWordForms(t *testing.T) {
	for _, c := range []struct{ asked, text string }{
		{"plads ", "pladsen"}, {"plads ", "pladser"}, {"pladsens ", "Plads"}, {"kommune ", "kommunernes"}, {"kommunen ", "Kommune"},
		{"regning ", "regningerne"}, {"afgørelse ", "AFGØRELSEN"}, {"betaling ", "betalingens"}, {"lån ", "lånet"}, {"Århus ", "AARHUS"}, {"Aabenraa ", "åbenrå"},
		{"cafe ", "Café"}, {"møde ", "mødet"}, {"skole ", "skolerne"}, {"a\u030arhus ", "Århus"}, {"børne\u00adhave ", "børnehave"},
		{"pla", "pladsen"}, {"pladse", "pladser"}, {"Årsop", "årsopgørelsen"},
	} {
		if got := Parse(c.asked).Marks(c.text); len(got) != 1 || got[0] != (Span{0, len(c.text)}) {
			t.Errorf("%q in %q: %v", c.asked, c.text, got)
		}
	}
	for _, c := range []struct{ asked, text string }{
		{"pla ", "pladsen"}, {"hus ", "hustru"}, {"aar", "ar"}, {"ost ", "øst"}, {"abe ", "åbe"}, {"bil ", "bilag"},
	} {
		if got := Parse(c.asked).Marks(c.text); got != nil {
			t.Errorf("%q in %q: %v", c.asked, c.text, got)
		}
	}
}

// The index looks for a stem's forms behind the stem: it must be where they begin.
func TestStemBegins(t *testing.T) {
	for _, w := range strings.Fields("plads pladsen huse husets arbejdsløst kærlighedens undersøgelserne ansøgninger rigtigt hjælpsomt drømmeløst a å 2026 x1 århundredets") {
		for token := range tokens(w) {
			s := stem(string(token.word))
			if !strings.HasPrefix(string(token.word), s) || stem(s) != s || s == "" {
				t.Errorf("%q stems to %q", w, s)
			}
		}
	}
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{"Årsopgørelse 2025", "aaa\u030a\u00ad", "\u030a", "a\xffb", strings.Repeat("æ", 100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for token := range tokens(text) {
			if len(token.word) == 0 || len(token.word) > maxWord+4 || token.start < last || token.end <= token.start || token.end > len(text) {
				t.Fatalf("%+v after %d", token, last)
			}
			last = token.end
			if s := stem(string(token.word)); !strings.HasPrefix(string(token.word), s) || s == "" {
				t.Fatalf("%q stems to %q", token.word, s)
			}
			w := Parse(text[token.start:token.end])
			if len(w) == 1 && !w[0].found(token.word) {
				t.Fatalf("%q does not find itself", token.word)
			}
		}
	})
}
