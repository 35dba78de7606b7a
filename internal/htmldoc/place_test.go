package htmldoc

import (
	"strings"
	"testing"
)

// What a sender writes stays in its place: on the page that is printed it could
// otherwise cover what we say around it.
func TestNothingLeavesItsPlace(t *testing.T) {
	for _, style := range []string{"margin-top:-500px", "margin:-9em", "margin: 1px 2px -3px 4px", "margin-left:calc(0px - 900px)", "text-indent:-9999px", "letter-spacing:-3em", "word-spacing:-99px",
		"margin-bottom:-.5em", "margin-right: -1%"} {
		if got := string(Clean([]byte(`<p style="` + style + `">x</p>`))); strings.Contains(got, "style") {
			t.Errorf("%s: %s", style, got)
		}
	}
	for _, style := range []string{"margin-top: 500px", "margin: 0 auto", "margin: 1px 2em 3% 4pt", "text-indent: 1.5em", "letter-spacing: normal", "word-spacing: .2em", "margin-left: 0"} {
		if got := string(Clean([]byte(`<p style="` + style + `">x</p>`))); !strings.Contains(got, style) {
			t.Errorf("%s: %s", style, got)
		}
	}
}
