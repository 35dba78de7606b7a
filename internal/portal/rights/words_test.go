package rights

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/company"
	"digitalpost/internal/web"
)

// Whatever is done with the access to a company's post, the log says it in words: a
// data extract was asked for on virk., and an administrator read "log.EXTRACT_REQUESTED"
// (ORG-01, ORG-06).
func TestTheLogHasWords(t *testing.T) {
	pages, err := web.NewPages(fstest.MapFS{}, texts)
	if err != nil {
		t.Fatal(err)
	}
	raw := regexp.MustCompile(`log\.|right\.|[%{]|: $|^ `)
	names := []audit.Name{audit.CalendarLinkCreated, audit.ReadAccessCreated, audit.IdentityDeactivated} // without words of their own
	for key := range texts {
		if name, is := strings.CutPrefix(key, "log."); is && audit.Name(name).Known() {
			names = append(names, audit.Name(name))
		}
	}
	for _, lang := range []web.Lang{web.Danish, web.English} {
		w := pages.Words(lang)
		for _, name := range names {
			for _, whom := range []string{"", "Freja Lind"} {
				for relation := access.Relation(0); relation <= access.Support; relation = max(1, relation<<1) {
					for _, grouped := range []bool{false, true} {
						e := company.Entry{Name: name, Whom: whom, Relation: relation, Grouped: grouped, Group: "Posthold"}
						if said := logged(w, e); said == "" || raw.MatchString(said) {
							t.Errorf("%v %+v is said as %q", lang, e, said)
						}
					}
				}
			}
		}
		for name, want := range map[audit.Name][2]string{audit.ExtractRequested: {"Bad om et dataudtræk af al posten", "Asked for a data extract of all mail"},
			audit.ExtractApproved:       {"Godkendte dataudtrækket, som Freja Lind har bedt om", "Approved the data extract that Freja Lind asked for"},
			audit.AccessRequestApproved: {"Godkendte anmodningen fra Freja Lind", "Approved the request of Freja Lind"}, // of a liquidator
			audit.CalendarLinkCreated:   {"Anden ændring af adgang", "Another change of access"}} {
			want := map[web.Lang]string{web.Danish: want[0], web.English: want[1]}[lang]
			if said := logged(w, company.Entry{Name: name, Whom: "Freja Lind", Relation: access.Liquidator}); said != want {
				t.Errorf("%s is said as %q, want %q", name, said, want)
			}
		}
	}
}
