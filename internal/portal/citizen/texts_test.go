package citizen

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"digitalpost/internal/testkit"
	"digitalpost/internal/web"
)

// allTexts is every area's words; no two areas have words for the same key.
func allTexts(t *testing.T) web.Texts {
	all := web.Texts{}
	for _, area := range texts {
		for key, both := range area {
			if _, twice := all[key]; twice {
				t.Errorf("two areas have words for %q", key)
			}
			all[key] = both
		}
	}
	return all
}

// Every key that a page or a handler names has its words in both languages, and
// no words are left that nothing uses.
func TestTexts(t *testing.T) {
	pages, err := web.NewPages(os.DirFS("templates"), texts...)
	if err != nil {
		t.Fatal(err)
	}
	keys, used := testkit.Keys(t)
	for _, key := range keys {
		for _, lang := range []web.Lang{web.Danish, web.English} {
			if pages.Words(lang).T(key) == key {
				t.Errorf("%q has no words in %s", key, lang)
			}
		}
	}
	for key := range allTexts(t) {
		own := strings.TrimSuffix(key, ".theirs") // where it is said in another's mailbox
		if _, there := allTexts(t)[own]; own != key && !there {
			t.Errorf("%q says for another's mailbox what is not said in one's own", key)
		}
		key := own
		stem := strings.TrimSuffix(strings.TrimSuffix(key, ".one"), ".many")
		made := slices.ContainsFunc([]string{"file.", "elsewhere.", "right.", "appoint.as.", "appoint.about.", "appoint.h.", "appoint.state.", "appoint.document.", "extract.state."}, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) ||
			strings.HasSuffix(key, ".p") && strings.Contains(used, `"`+strings.TrimSuffix(key, ".p")+`"`)
		if !made && !strings.Contains(used, `"`+key+`"`) && !strings.Contains(used, `"`+stem+`"`) {
			t.Errorf("nothing uses %q", key)
		}
	}
}

// Both languages of a text take the same values.
func TestTextsTakeTheSameValues(t *testing.T) {
	verb := regexp.MustCompile(`%[a-z]|\{[a-z]\}`)
	for key, both := range allTexts(t) {
		if !slices.Equal(verb.FindAllString(both[0], -1), verb.FindAllString(both[1], -1)) {
			t.Errorf("%q takes different values", key)
		}
	}
}
