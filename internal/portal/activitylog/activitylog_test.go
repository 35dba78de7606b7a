package activitylog

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/activity"
	"digitalpost/internal/audit"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/web"
)

func words(t testing.TB, lang web.Lang) *web.Words {
	t.Helper()
	pages, err := web.NewPages(fstest.MapFS{}, Texts)
	if err != nil {
		t.Fatal(err)
	}
	return pages.Words(lang)
}

// ACC-16: whatever happens in a mailbox has words: every event that the program writes,
// but for those between systems.
func TestEveryEventHasWords(t *testing.T) {
	named := map[string]string{} // the code's names of the events
	file, err := os.ReadFile("../../audit/names.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile(`(?m)^\t(\w+)\s+Name = "(\w+)"`).FindAllStringSubmatch(string(file), -1) {
		named[found[1]] = found[2]
	}
	used := map[string]bool{}
	err = filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "activity") || strings.HasPrefix(path, "../../audit/") {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil || parsed == nil {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, found := range regexp.MustCompile(`\baudit\.(\w+)`).FindAllStringSubmatch(string(raw), -1) {
			if name, is := named[found[1]]; is {
				used[name] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(used) < 50 {
		t.Fatalf("only %d events are found", len(used))
	}
	for name := range used {
		if audit.Name(name).Kind() != audit.KindTechnical && !has("log."+name) {
			t.Errorf("%s has no words", name)
		}
	}
}

// Texts say the same in both languages, about events that there are, and leave nothing open.
func TestWords(t *testing.T) {
	place := regexp.MustCompile(`%[a-z]|\{[a-z]\}`)
	for key, both := range Texts {
		a, b := place.FindAllString(both[0], -1), place.FindAllString(both[1], -1)
		slices.Sort(a)
		slices.Sort(b)
		if both[0] == "" || both[1] == "" || !slices.Equal(a, b) {
			t.Errorf("%q does not say the same in both languages", key)
		}
		if name, _, _ := strings.Cut(strings.TrimPrefix(key, "log."), "."); name == strings.ToUpper(name) && !audit.Name(name).Known() {
			t.Errorf("%q is about no event", key)
		}
	}
	for relation := access.Owner; relation <= access.Support; relation <<= 1 {
		if !has("log.right." + relation.String()) {
			t.Errorf("%s has no words", relation)
		}
	}
	for _, kind := range audit.Kinds {
		if !has("log.kind." + kindKey(kind)) {
			t.Errorf("kind %d has no words", kind)
		}
	}
	letter := activity.Letter{ID: post.NewUUID(), Subject: "Skolestart"}
	for _, lang := range []web.Lang{web.Danish, web.English} {
		s := speaker{words(t, lang), registry.Party{ID: 1, Name: "Signe Holm"}, true}
		for key := range Texts {
			name, ok := strings.CutPrefix(key, "log.")
			if name, _, _ = strings.Cut(name, "."); !ok || name != strings.ToUpper(name) {
				continue
			}
			someone := activity.Who{Kind: activity.Person, Party: registry.Party{ID: 3}, Name: "Oda Præst"}
			entries := []activity.Entry{{Name: audit.Name(name)}, {Name: audit.Name(name), Letters: []activity.Letter{letter}, Count: 1, Folder: &activity.Folder{Name: "Børn"}, Change: "writer"}}
			if audit.Name(name).Kind() == audit.KindRights {
				entries = append(entries, activity.Entry{Name: audit.Name(name), Group: new("Posthold")}, activity.Entry{Name: audit.Name(name), Group: new(""), Change: "employee.basic"},
					activity.Entry{Name: audit.Name(name), Group: new("Posthold"), Other: someone}, activity.Entry{Name: audit.Name(name), Group: new("Posthold"), Other: someone, Change: "employee.basic"})
			}
			for _, e := range entries {
				if text := s.sentence(e); strings.ContainsAny(text, "{}%") || strings.Contains(text, "log.") {
					t.Errorf("%s: %q", name, text)
				}
			}
		}
	}
}

// The exact words of the guide and of the mock-up.
func TestSentences(t *testing.T) {
	now := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	signe, jonas, oda := registry.Party{ID: 1, Name: "Signe Holm"}, registry.Party{ID: 2, Name: "Jonas Holm"}, registry.Party{ID: 3, Name: "Oda Præst"}
	kommune := registry.Party{ID: 9, Name: "Ålhavn Kommune"}
	one := []activity.Letter{{ID: post.NewUUID(), Subject: "Skolestart"}}
	you := activity.Who{Kind: activity.You, Party: signe, Name: signe.Name}
	helper := activity.Who{Kind: activity.Person, Party: jonas, Name: jonas.Name}
	staff := activity.Who{Kind: activity.Staff, Party: kommune, Name: kommune.Name}
	other := activity.Who{Kind: activity.Person, Party: oda, Name: oda.Name}
	for _, test := range []struct {
		entry     activity.Entry
		own       bool
		da        string
		en        string
		who, for_ string
	}{
		{activity.Entry{Name: audit.MessageRead, Who: you, Via: access.Owner, Letters: one, Count: 1}, true, "Åbnede Skolestart", "Opened Skolestart", "Du", ""},
		{activity.Entry{Name: audit.MessageAnswered, Who: helper, Via: access.Writer, OnBehalf: true, Letters: one, Count: 1}, true, "Svarede på Skolestart", "Replied to Skolestart", "Jonas Holm", "på dine vegne"},
		{activity.Entry{Name: audit.MessageDeleted, Who: helper, Via: access.Writer, OnBehalf: true, Letters: one, Count: 1}, false, "Slettede Skolestart", "Deleted Skolestart", "Jonas Holm", "på vegne af Signe Holm"},
		{activity.Entry{Name: audit.MessageMoved, Who: helper, Via: access.Reader, OnBehalf: true, Letters: append(one, one...), Count: 2, Folder: &activity.Folder{Name: "Børn", Type: "USER_DEFINED"}}, true, "Flyttede 2 beskeder til mappen Børn", "Moved 2 messages to the folder Børn", "Jonas Holm", "på dine vegne"},
		{activity.Entry{Name: audit.MemoAvailableToRecipient, Who: activity.Who{Kind: activity.Sender, Party: kommune, Name: kommune.Name}, Letters: one, Count: 1}, true, "Sendte dig Skolestart", "Sent you Skolestart", "Ålhavn Kommune", ""},
		{activity.Entry{Name: audit.PrivilegesRevokedOnBehalfOf, Who: staff, Via: access.CitizenService, Other: other, Change: "reader"}, true, "Fjernede Oda Præsts læseadgang efter anmodning", "Removed Oda Præst's read access on request", "Borgerservice, Ålhavn Kommune", ""},
		{activity.Entry{Name: audit.PrivilegesGranted, Who: you, Other: other, Change: "writer"}, true, "Gav Oda Præst læse- og skriveadgang", "Gave Oda Præst read and write access", "Du", ""},
		{activity.Entry{Name: audit.PrivilegesGranted, Who: helper, Other: helper, Change: "reader.sender"}, true, "Fik læseadgang til udvalgte afsendere", "Got read access to chosen senders", "Jonas Holm", ""}, // not "gav sig selv"
		{activity.Entry{Name: audit.MessageAssigned, Who: helper, Other: other, Letters: one, Count: 1}, false, "Tildelte Oda Præst Skolestart", "Assigned Skolestart to Oda Præst", "Jonas Holm", ""},
		{activity.Entry{Name: audit.MessageUnassigned, Who: helper, Other: other, Letters: one, Count: 1}, false, "Fjernede Oda Præsts tildeling af Skolestart", "Removed Oda Præst's assignment to Skolestart", "Jonas Holm", ""},
		{activity.Entry{Name: audit.PrivilegesRevoked, Who: helper, Via: access.Reader, Other: helper, Change: "reader"}, true, "Fjernede sin egen læseadgang", "Removed their own read access", "Jonas Holm", ""},
		{activity.Entry{Name: audit.AccessRequestSubmitted, Who: helper, Other: you, Change: "reader"}, true, "Bad om læseadgang til din post", "Asked for read access to your mail", "Jonas Holm", ""},
		{activity.Entry{Name: audit.AccessRequestSubmitted, Who: you, Other: you, Change: "reader"}, true, "Tilbød læseadgang til din post", "Offered read access to your mail", "Du", ""},
		{activity.Entry{Name: audit.AccessRequestSubmitted, Who: helper, Other: helper, Change: "writer"}, true, "Tilbød dig læse- og skriveadgang", "Offered you read and write access", "Jonas Holm", ""},
		{activity.Entry{Name: audit.AccessRequestApproved, Who: you, Other: other, Change: "writer"}, true, "Godkendte læse- og skriveadgang til Oda Præsts post", "Approved read and write access to Oda Præst's mail", "Du", ""},
		{activity.Entry{Name: audit.AccessRefused, Who: activity.Who{Kind: activity.Staff, Name: "Aarhus Kommune"}}, true, "Forsøgte noget, som medarbejderen ikke må, og blev afvist", "Tried something that the employee may not do, and was refused", "Borgerservice, Aarhus Kommune", ""},
		{activity.Entry{Name: audit.AccessRefused, Who: activity.Who{Kind: activity.Stranger}}, true, "Forsøgte at åbne din post og blev afvist", "Tried to open your mail and was refused", "En person uden adgang", ""},
		{activity.Entry{Name: audit.AccessRefused, Who: activity.Who{Kind: activity.Stranger}, Attempt: "message.destroy", Letters: one, Count: 1}, true, "Forsøgte noget, som adgangen ikke giver ret til, med Skolestart og blev afvist", "Tried something that the access does not allow, with Skolestart, and was refused", "En person med adgang", ""},
		{activity.Entry{Name: audit.LogIn, Who: you}, true, "Loggede ind med MitID", "Logged in with MitID", "Du", ""},
	} {
		da, en := speaker{words(t, web.Danish), signe, test.own}, speaker{words(t, web.English), signe, test.own}
		if got := da.sentence(test.entry); got != test.da {
			t.Errorf("%q, not %q", got, test.da)
		}
		if got := en.sentence(test.entry); got != test.en {
			t.Errorf("%q, not %q", got, test.en)
		}
		if who, for_ := da.who(test.entry), da.onBehalf(test.entry); who != test.who || for_ != test.for_ {
			t.Errorf("%q: %q %q", test.da, who, for_)
		}
	}
	// A company's: what was done with the rights to its post (ORG-01, ORG-04, ORG-06).
	firm := registry.Party{ID: 7, Name: "Firma ApS", Kind: post.Organisation}
	group := new("Posthold")
	for _, test := range []struct {
		owner  registry.Party
		entry  activity.Entry
		da, en string
	}{
		{firm, activity.Entry{Name: audit.PrivilegesGranted, Who: helper, Other: other, Change: "employee.basic"}, "Gav Oda Præst læseadgang", "Gave Oda Præst read access"},
		{firm, activity.Entry{Name: audit.PrivilegesGranted, Who: helper, Group: group, Change: "employee.basic"}, "Gav gruppen Posthold læseadgang", "Gave the group Posthold read access"},
		{firm, activity.Entry{Name: audit.PrivilegesRevoked, Who: helper, Group: group, Other: other, Change: "employee.basic"}, "Fjernede Oda Præsts læseadgang med gruppen Posthold", "Removed Oda Præst's read access with the group Posthold"},
		{firm, activity.Entry{Name: audit.PrivilegesRevoked, Who: helper, Other: other, Change: "employee.advanced"}, "Fjernede Oda Præsts udvidede læseadgang", "Removed Oda Præst's advanced read access"},
		{firm, activity.Entry{Name: audit.GroupChanged, Who: helper, Group: group, Other: other}, "Ændrede, hvem der er i gruppen Posthold: Oda Præst", "Changed who is in the group Posthold: Oda Præst"},
		{firm, activity.Entry{Name: audit.GroupDeleted, Who: helper, Group: new("")}, "Slettede gruppen (slettet gruppe)", "Deleted the group (deleted group)"},
		{firm, activity.Entry{Name: audit.GroupDeleted, Who: helper}, "Slettede en gruppe medarbejdere", "Deleted a group of employees"},
		{firm, activity.Entry{Name: audit.AccessRequestSubmitted, Who: other, Other: other}, "Bad om adgang", "Asked for access"},
		{firm, activity.Entry{Name: audit.AccessRequestApproved, Who: helper, Other: other}, "Godkendte Oda Præsts anmodning om adgang", "Approved Oda Præst's request for access"},
		{firm, activity.Entry{Name: audit.AccessRequestSubmitted, Who: other, Other: other, Change: "liquidator"}, "Bad om adgang som likvidator", "Asked for access as liquidator"},
		{firm, activity.Entry{Name: audit.AccessRequestRevoked, Who: staff, Other: other, Change: "liquidator"}, "Fjernede Oda Præsts adgang som likvidator", "Removed Oda Præst's access as liquidator"},
		{signe, activity.Entry{Name: audit.AccessRequestSubmitted, Who: other, Other: other, Change: "heir"}, "Bad om adgang som arving", "Asked for access as heir"},
		{signe, activity.Entry{Name: audit.AccessRequestApproved, Who: staff, Other: other, Change: "heir"}, "Godkendte Oda Præsts anmodning om adgang som arving", "Approved Oda Præst's request for access as heir"},
		{firm, activity.Entry{Name: audit.ExtractRequested, Who: helper, Other: helper}, "Bad om et dataudtræk af virksomhedens post", "Asked for a data extract of the company's mail"},
	} {
		for lang, want := range map[web.Lang]string{web.Danish: test.da, web.English: test.en} {
			page := Of(words(t, lang), now, test.owner, []activity.Entry{test.entry}, "")
			if row := page.Days[0].Rows[0]; row.Before+row.After != want {
				t.Errorf("%q, not %q", row.Before+row.After, want)
			}
		}
	}
	r := Reader{Words: words(t, web.Danish), Now: now}
	days := r.days(speaker{r.Words, signe, true}, []activity.Entry{{Time: now.Add(-time.Hour), Who: you}, {Time: now.AddDate(0, 0, -1), Who: you}, {Time: now.AddDate(0, 0, -1).Add(-time.Hour), Who: you}})
	if len(days) != 2 || days[0].Heading != "I dag, fredag den 20. november" || days[1].Heading != "Torsdag den 19. november" || len(days[1].Rows) != 2 || days[0].Rows[0].Time != "10.00" {
		t.Errorf("%+v", days)
	}
}

// A sender's words are nothing that a spreadsheet runs.
func TestFiles(t *testing.T) {
	s := speaker{words(t, web.Danish), registry.Party{Name: "=Signe"}, true}
	subjects := []string{"=HYPERLINK(\"http://ond.dk\")", "+45", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "Tilbud; \"ny\"\nlinje", "Skolestart"}
	write := func(make func(w *httptest.ResponseRecorder) file) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		f := make(w)
		for _, subject := range subjects {
			err := f.entry(activity.Entry{ID: post.NewUUID(), Time: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC), Name: audit.MessageRead, Who: activity.Who{Kind: activity.Person, Name: "=cmd|' /C calc'!A0"},
				OnBehalf: true, Via: access.Reader, Letters: []activity.Letter{{ID: post.NewUUID(), Subject: subject}}, Count: 1, Platform: post.PlatformApp, Device: post.DevicePhone})
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := f.end(); err != nil {
			t.Fatal(err)
		}
		return w
	}
	w := write(func(w *httptest.ResponseRecorder) file { return csvFile(w, s) })
	text, ok := bytes.CutPrefix(w.Body.Bytes(), []byte("\xef\xbb\xbf"))
	if !ok || !bytes.HasPrefix(text, []byte("Tid;Hvem;På vegne af;Adgang;Hvad;Besked;Hvor;Enhed;Hændelse;Id\r\n")) {
		t.Errorf("%q", w.Body)
	}
	in := csv.NewReader(bytes.NewReader(text))
	in.Comma = ';'
	rows, err := in.ReadAll()
	if err != nil || len(rows) != len(subjects)+1 {
		t.Fatal(err, len(rows))
	}
	for i, row := range rows[1:] {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") || strings.HasPrefix(cell, "＝") {
				t.Errorf("a spreadsheet runs %q", cell)
			}
		}
		if i == len(subjects)-1 && strings.Join(row[:9], "|") != "2026-07-01 14:00:00|'=cmd|' /C calc'!A0|'=Signe|læseadgang|Åbnede Skolestart|Skolestart|Digital Post-appen|telefon|MESSAGE_READ" {
			t.Errorf("%q", row)
		}
	}
	w = write(func(w *httptest.ResponseRecorder) file { return jsonFile(w, s) })
	var back struct {
		Mailbox string
		Events  []struct {
			Event, Who, What, Platform, Device, Right, OnBehalfOf string
			Letter                                                struct{ ID, Subject string }
		}
	}
	raw, _ := io.ReadAll(w.Body)
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	if e := back.Events[0]; len(back.Events) != len(subjects) || e.Letter.Subject != subjects[0] || e.Event != "MESSAGE_READ" || e.Right != "reader" || e.Device != "phone" || e.OnBehalfOf != "=Signe" {
		t.Errorf("%+v", back)
	}
}

// An address can ask for anything: what it cannot mean is no page.
func FuzzAsk(f *testing.F) {
	for _, q := range []string{"hvem=stab-0190a1b2-0000-7000-8000-000000000000&hvad=laest&hvornaar=2026&hvor=mit", "brev=x", "hvornaar=-1", "foer=%00"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, address string) {
		values, _ := url.ParseQuery(address)
		r := Reader{Now: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC), At: "/aktivitet"}
		q, err := r.ask(values)
		if err != nil && errs.KindOf(err) != errs.KindNotFound {
			t.Errorf("%q: %v", address, err)
		}
		if err == nil && (q.Limit != perPage || !q.To.IsZero() && !q.From.Before(q.To)) {
			t.Errorf("%q: %+v", address, q)
		}
		if link, err := url.Parse(r.with(values, "foer", "")); err != nil || link.Path != "/aktivitet" || link.Host != "" || link.Query().Has("foer") {
			t.Errorf("%q leads to %v", address, link)
		}
	})
}

func FuzzHarmless(f *testing.F) {
	f.Add("=1+1")
	f.Add("Skolestart")
	f.Fuzz(func(t *testing.T, cell string) {
		got := post.Cell(cell)
		if got != cell && got != "'"+cell || got != "" && strings.ContainsAny(got[:1], "=+-@\t\r\n") {
			t.Errorf("%q became %q", cell, got)
		}
	})
}
