package citizen_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/compose"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

// The matrix of internal/access over the portal: every page of a mailbox, asked for by
// everybody, answers what access says. A page is in pageRows, with what it needs, or in
// notOfMailbox with the reason, or the test fails.

// pageRow is a page, and what one must be allowed to do to get it.
type pageRow struct {
	pattern string
	needs   []access.Action
	form    string // what a form sends, with {folder} and so on as in patterns
	query   string
	// gone is a page about something that this test does not make: nobody finds it, and
	// what matters is that nothing is shown or changed.
	gone bool
	// company is a page of organisations' mailboxes alone.
	company bool
}

func may(actions ...access.Action) []access.Action { return actions }

var pageRows = []pageRow{
	{pattern: "GET /post", needs: may(access.MailboxSee)},
	{pattern: "GET /post/vigtige", needs: may(access.MailboxSee)},
	{pattern: "GET /post/mappe/{folder}", needs: may(access.FolderManage)}, // the folder is empty: who is shown a part of the post is not told of it
	{pattern: "POST /post/visning", needs: may(access.MailboxSee)},
	{pattern: "GET /post/aendringer", needs: may(access.MailboxSee), query: "siden=0&liste=indbakke"},
	{pattern: "GET /post/haendelser", needs: may(access.MailboxSee)},
	{pattern: "GET /soeg", needs: may(access.MailboxSee), query: "q=hemmeligt"},
	{pattern: "GET /soeg/forslag", needs: may(access.MailboxSee), query: "q=hem"},
	{pattern: "GET /frister", needs: may(access.MailboxSee)},
	{pattern: "GET /menu", needs: may(access.MailboxSee)},
	{pattern: "GET /aktivitet", needs: may(access.LogRead)},
	{pattern: "GET /aktivitet.csv", needs: may(access.LogRead)},
	{pattern: "GET /aktivitet.json", needs: may(access.LogRead)},

	{pattern: "GET /post/{message}", needs: may(access.MessageRead)},
	{pattern: "GET /post/{message}/dokument/{document}/{file}", needs: may(access.MessageRead)},
	{pattern: "GET /post/{message}/alle.zip", needs: may(access.MessageRead)},
	{pattern: "GET /post/{message}/udskriv", needs: may(access.MessageRead)},
	{pattern: "GET /post/{message}/tilstand", needs: may(access.MailboxSee)},      // of a letter that one may not read it says that it is gone
	{pattern: "POST /post/{message}/forkyndelse", needs: may(access.MessageRead)}, // it is no summons: it is just opened
	{pattern: "GET /post/{message}/flyt", needs: may(access.MessageMove)},
	{pattern: "GET /post/{message}/slet", needs: may(access.MessageDelete)},
	{pattern: "GET /post/{message}/note", needs: may(access.NoteWrite)},
	{pattern: "POST /post/{message}/note", needs: may(access.NoteWrite), form: "note=Husk"},
	{pattern: "POST /post/{message}/klaret", needs: may(access.MessageMark), form: "dokument=0&handling=0&klaret=1"},
	{pattern: "GET /post/{message}/gaa-til", needs: may(access.MessageRead), query: "dokument=0&handling=0"},
	{pattern: "GET /post/{message}/aftale.ics", needs: may(access.MessageRead), query: "dokument=0&handling=1"},
	{pattern: "POST /post/{message}/skjul", needs: may(access.MessageHide)},
	{pattern: "GET /post/{message}/besvar", needs: may(access.MessageWrite)},
	{pattern: "POST /post/{message}/besvar", needs: may(access.MessageWrite)},
	{pattern: "GET /post/{message}/videresend", needs: may(access.MessageForwardEmail)},
	{pattern: "POST /post/{message}/videresend", needs: may(access.MessageForwardEmail), form: "til=email&valgt=email&email=eva@eksempel.dk"},
	{pattern: "POST /post/handling", needs: may(access.MessageFlag), form: "handling=vigtig&besked={message}"},
	{pattern: "GET /post/toem", needs: may(access.MessageDestroy)},

	{pattern: "GET /mapper", needs: may(access.MailboxSee)},
	{pattern: "GET /mapper/ny", needs: may(access.FolderManage)},
	{pattern: "POST /mapper/ny", needs: may(access.FolderManage), form: "navn={fresh}"},
	{pattern: "GET /mapper/{folder}/{what}", needs: may(access.FolderManage)},
	{pattern: "POST /mapper/{folder}/{what}", needs: may(access.FolderManage), form: "navn={fresh}"},

	{pattern: "GET /ny", needs: may(access.MessageWrite)},
	{pattern: "POST /ny", needs: may(access.MessageWrite)},
	{pattern: "GET /ny/{draft}", needs: may(access.MessageRead)},
	{pattern: "POST /ny/{draft}", needs: may(access.MessageWrite), form: "udgave=1&emne=Hej&tekst=Hej"},
	{pattern: "POST /ny/{draft}/gem", needs: may(access.MessageWrite), form: "udgave=1&emne=Hej&tekst=Hej"},
	{pattern: "POST /ny/{draft}/filer", needs: may(access.MessageWrite), form: "navn=kort.txt&stoerrelse=3"},

	{pattern: "GET /modtagere", needs: may(access.TrusteeSee)},
	{pattern: "GET /modtagere/ny", needs: may(access.TrusteeManage)},
	{pattern: "POST /modtagere/ny", needs: may(access.TrusteeManage), form: "hvem=person&fornavn=Eva&efternavn=X&cpr=1&ingen=1"},
	{pattern: "GET /modtagere/{trustee}", needs: may(access.TrusteeSee), gone: true},
	{pattern: "POST /modtagere/{trustee}", needs: may(access.TrusteeManage), form: "svar=godkend&version=1", gone: true},
	{pattern: "GET /modtagere/{trustee}/fjern", needs: may(access.TrusteeManage), gone: true},
	{pattern: "POST /modtagere/{trustee}/fjern", needs: may(access.TrusteeManage), form: "version=1", gone: true},
	{pattern: "GET /post/handling/{operation}", needs: may(access.MailboxSee), gone: true},
	{pattern: "POST /post/handling/{operation}/fortryd", needs: may(access.MailboxSee), gone: true},
	{pattern: "GET /ny/{draft}/filer/{file}", needs: may(access.MessageRead), gone: true},
	{pattern: "PUT /ny/{draft}/filer/{file}", needs: may(access.MessageWrite), gone: true},

	// A company's letters are shared work.
	{pattern: "GET /post/{message}/tildel", needs: may(access.CommentSee)},
	{pattern: "POST /post/{message}/tildel", needs: may(access.MessageAssign), form: "til=mig"},
	{pattern: "POST /post/{message}/status", needs: may(access.MessageAssign), form: "status=DONE"},
	{pattern: "GET /post/{message}/frist", needs: may(access.MessageAssign)},
	{pattern: "POST /post/{message}/frist", needs: may(access.MessageAssign), form: "fjern=1"},
	{pattern: "POST /post/{message}/kommentar", needs: may(access.CommentWrite), form: "kommentar=Husk"},
	{pattern: "POST /post/{message}/kommentar-fjern", needs: may(access.CommentWrite), form: "kommentar=x", gone: true},
	// A company's data extract.
	{pattern: "GET /dataudtraek", needs: may(access.ExtractRequest), company: true},
	{pattern: "GET /dataudtraek/ny", needs: may(access.ExtractRequest), company: true},
	{pattern: "POST /dataudtraek/ny", needs: may(access.ExtractRequest), gone: true, company: true},
	{pattern: "POST /dataudtraek/{extract}/fortryd", needs: may(access.ExtractRequest), form: "version=1", gone: true, company: true},
	{pattern: "GET /dataudtraek/{extract}/del/{part}", needs: may(access.ExtractRequest), gone: true, company: true},
	{pattern: "GET /regler", needs: may(access.FilingSee)},
	{pattern: "GET /regler/ny", needs: may(access.FilingManage)},
	{pattern: "POST /regler/ny", needs: may(access.FilingManage), gone: true},
	{pattern: "GET /regler/{rule}", needs: may(access.CommentWrite), gone: true},
	{pattern: "POST /regler/{rule}/anvend", needs: may(access.FilingManage), gone: true},
	{pattern: "POST /regler/{rule}/flyt", needs: may(access.FilingManage), gone: true},
	{pattern: "GET /regler/{rule}/fjern", needs: may(access.FilingManage), gone: true},
	{pattern: "POST /regler/{rule}/fjern", needs: may(access.FilingManage), gone: true},
}

// alone are pages of one's own, at the top: asked for under another's mailbox they lead
// there, and their forms do nothing to it.
var alone = []string{"/adgang", "/udpeget", "/kalender", "/velkommen", "/hjaelp", "/kontakt", "/indstillinger", "/tilstede", "/postkasser"}

// notOfMailbox are pages that show nothing of another's mailbox, by the first word of
// their address; and pages that need more than this test makes, with the test that
// holds them.
var notOfMailbox = map[string]string{
	"GET /{$}": "the front page", "/": "what is not there",
}

func TestEveryPageIsInTheMatrix(t *testing.T) {
	for _, pattern := range newStack(t).portal.Patterns() {
		if isAlone(pattern) {
			continue
		}
		in := slices.ContainsFunc(pageRows, func(r pageRow) bool { return r.pattern == pattern })
		if _, reason := notOfMailbox[pattern]; in == reason && !strings.HasSuffix(pattern, "/{part}") {
			t.Errorf("%s must be in pageRows with what it needs, or in notOfMailbox with the reason: one of the two", pattern)
		}
	}
}

// isAlone tells the pages that every reader has of their own.
func isAlone(pattern string) bool {
	_, path, _ := strings.Cut(pattern, " ")
	return slices.ContainsFunc(alone, func(first string) bool { return path == first || strings.HasPrefix(path, first+"/") })
}

// somebody is a person with a relation to a mailbox.
type somebody struct {
	name     string
	relation access.Relation
	actor    post.Actor
	cookie   *http.Cookie
	grants   []access.Grant
}

// other is a mailbox of another, with everybody who might come there.
type other struct {
	*stack
	owner   registry.Party
	box     post.UUID
	maker   post.Actor
	people  []*somebody
	message post.UUID
	draft   post.UUID
	folder  post.UUID
	fresh   int
}

const theName, theSubject = "Fortrolige", "Hemmeligt"

func (s *stack) other(platform post.Platform) *other {
	s.t.Helper()
	s.at(platform)
	o := &other{stack: s}
	employer := s.Company("Arbejde ApS")
	if platform == post.PlatformVirk {
		o.owner = s.Company(theName + " ApS")
		boss := s.Person("Bodil", 50, nil)
		s.Member(o.owner, boss, func(r *registry.Record) { r.Employed, r.Number, r.Signs = false, "", true })
		o.maker = post.Actor{Party: boss.ID, Platform: platform, Assurance: post.AssuranceSubstantial}
	} else {
		o.owner = s.Person(theName, 50, nil)
		o.maker = post.Actor{Party: o.owner.ID, Platform: platform, Assurance: post.AssuranceSubstantial}
	}
	o.letter()
	relations := []access.Relation{access.Owner, access.Curator, access.Heir, access.Writer, access.Reader, access.PrivateReader, access.SenderReader, access.CitizenService, access.Support, 0}
	if platform == post.PlatformVirk {
		relations = []access.Relation{access.Signatory, access.EmployeeWrite, access.EmployeeAdvanced, access.EmployeeBasic, access.Administrator, access.FormerOwner, access.Liquidator, 0}
	}
	for _, relation := range relations {
		p := &somebody{name: "stranger", relation: relation, actor: o.maker}
		one := rights.Right{Mailbox: o.owner.ID, Relation: relation}
		if relation != 0 {
			p.name = relation.String()
		}
		if relation != access.Owner && relation != access.Signatory {
			p.actor.Party = s.Person("Hjælper", 40, nil).ID
		}
		party := s.party(p.actor.Party)
		employees := access.EmployeeWrite | access.EmployeeAdvanced | access.EmployeeBasic | access.Administrator
		switch {
		case relation&employees != 0:
			s.Member(o.owner, party, nil)
			p.actor.Organisation = o.owner.ID
		case relation == 0 && platform == post.PlatformVirk:
			s.Member(employer, party, nil)
			p.actor.Organisation = employer.ID
		case relation&(access.CitizenService|access.Support) != 0:
			s.Member(s.authority, party, nil)
			one.Mailbox, one.Organisation = 0, s.authority.ID // and logged in here as themselves
		case relation == access.PrivateReader:
			one.Source = post.SourceMit
		case relation == access.SenderReader:
			one.Senders = []post.PartyID{s.authority.ID}
		}
		one.Holder = p.actor.Party
		if one.Organisation == 0 {
			one.Organisation = p.actor.Organisation
		}
		switch relation {
		case 0, access.Owner:
		case access.Signatory:
			p.grants = []access.Grant{{Relation: relation, Holder: p.actor.Party, Approved: true}}
		default:
			one = s.Give(one)
			p.grants = []access.Grant{{Key: one.ID, Relation: relation, Holder: one.Holder, Organisation: one.Organisation, Approved: true, Source: one.Source, Senders: one.Senders}}
		}
		p.cookie = s.session(p.actor)
		o.people = append(o.people, p)
	}
	return o
}

func (s *stack) party(id post.PartyID) (p registry.Party) {
	s.t.Helper()
	s.Update(func(tx *db.Tx) (err error) {
		p, err = s.Registry.Party(tx, id)
		return err
	})
	return p
}

// session logs somebody in.
func (s *stack) session(a post.Actor) *http.Cookie {
	s.t.Helper()
	var secret string
	s.Update(func(tx *db.Tx) (err error) {
		_, secret, err = s.Sessions.Start(tx, session.Session{Party: a.Party, Organisation: a.Organisation, Platform: a.Platform, Assurance: a.Assurance})
		return err
	})
	return &http.Cookie{Name: "session", Value: secret}
}

// letter delivers a letter and makes a draft and a folder.
func (o *other) letter() {
	o.t.Helper()
	uuid := o.Deliver(o.authority, o.owner, func(m *memo.Message) {
		m.Header.Label, m.Header.Reply = theSubject, true
		m.Body.MainDocument.Actions = []memo.Action{
			{Label: "Svar", ActionCode: memo.Bekraeft, EndDateTime: m.Body.CreatedDateTime.AddDate(0, 1, 0), EntryPoint: &memo.EntryPoint{URL: "https://svar.example.dk"}},
			{Label: "Mød op", ActionCode: memo.Aftale, StartDateTime: m.Body.CreatedDateTime.AddDate(0, 1, 0), EndDateTime: m.Body.CreatedDateTime.AddDate(0, 1, 0).Add(time.Hour),
				Reservation: &memo.Reservation{ReservationUUID: post.NewUUID(), Abstract: theSubject, Location: "Rådhuset", StartDateTime: m.Body.CreatedDateTime.AddDate(0, 1, 0), EndDateTime: m.Body.CreatedDateTime.AddDate(0, 1, 0).Add(time.Hour)}}}
	})
	o.Update(func(tx *db.Tx) error {
		return tx.QueryRow("SELECT m.id, b.uuid FROM message m JOIN mailbox b ON b.id = m.mailbox WHERE m.mailbox = $1 AND m.memo = $2", o.owner.ID, uuid).Scan(&o.message, &o.box)
	})
	o.fresh++
	f, err := o.Mailboxes.CreateFolder(o.t.Context(), o.maker, o.box, fmt.Sprintf("%s %d", theSubject, o.fresh), post.UUID{})
	if err != nil {
		o.t.Fatal(err)
	}
	o.folder = f.UUID
	d, err := o.Compose.Create(o.t.Context(), o.maker, o.box, compose.Edit{Subject: new(theSubject)})
	if err != nil {
		o.t.Fatal(err)
	}
	o.draft = d.Message.ID
}

var placed = regexp.MustCompile(`\{\w+\}`)

// fill puts what is there into a pattern.
func (o *other) fill(text string) string {
	return placed.ReplaceAllStringFunc(text, func(name string) string {
		switch name {
		case "{message}":
			return o.message.String()
		case "{draft}":
			return o.draft.String()
		case "{folder}":
			return o.folder.String()
		case "{document}", "{file}":
			return "0"
		case "{what}":
			return "omdoeb"
		case "{fresh}":
			return url.QueryEscape("Mappe " + post.NewUUID().String())
		}
		return post.NewUUID().String()
	})
}

// visit asks for a page; a stream is left once it has begun.
func (o *other) visit(row pageRow, path string, who *http.Cookie) answer {
	o.t.Helper()
	method, _, _ := strings.Cut(row.pattern, " ")
	r := httptest.NewRequest(method, base+path+"?"+row.query, strings.NewReader(o.fill(row.form)))
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	r = r.WithContext(ctx)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if strings.HasPrefix(row.pattern, "POST /ny/{draft}") && !strings.HasSuffix(row.pattern, "/filer") { // files may come with it
			var body bytes.Buffer
			form := multipart.NewWriter(&body)
			for pair := range strings.SplitSeq(row.form, "&") {
				name, value, _ := strings.Cut(pair, "=")
				form.WriteField(name, value) //nolint:errcheck // into a Buffer
			}
			form.Close() //nolint:errcheck // as above
			r.Body = io.NopCloser(&body)
			r.ContentLength = int64(body.Len())
			r.Header.Set("Content-Type", form.FormDataContentType())
		}
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if who != nil {
		r.AddCookie(who)
	}
	w := &hooked{ResponseRecorder: httptest.NewRecorder()}
	if strings.Contains(row.pattern, "haendelser") {
		w.begun = cancel
	}
	func() {
		defer func() { recover() }() // a handler that breaks an answer off
		o.pages.ServeHTTP(w, r)
	}()
	return answer{w.Code, w.Result().Header, w.Body.String()}
}

// hooked is an answer that calls back.
type hooked struct {
	*httptest.ResponseRecorder
	headed func() // before the head is looked at or changed
	begun  func() // once it has begun
	sent   bool
}

func (w *hooked) Header() http.Header {
	if w.headed != nil {
		w.headed()
	}
	return w.ResponseRecorder.Header()
}

func (w *hooked) WriteHeader(status int) {
	w.ResponseRecorder.WriteHeader(status)
	if w.begun != nil && !w.sent {
		w.sent = true
		w.begun()
	}
}

func (w *hooked) Write(p []byte) (int, error) {
	if !w.sent {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseRecorder.Write(p)
}

func (o *other) modseq() (n int64) {
	o.t.Helper()
	o.Update(func(tx *db.Tx) error {
		return tx.QueryRow("SELECT modseq FROM mailbox WHERE id = $1", o.owner.ID).Scan(&n)
	})
	return n
}

// allowed is what access says of a page.
func (o *other) allowed(p *somebody, row pageRow) bool {
	if row.company && o.owner.Kind != post.Organisation {
		return false
	}
	facts := access.Facts{Mailbox: o.owner.ID, Status: access.StatusActive, Administered: true, Grants: p.grants}
	for _, action := range append([]access.Action{access.MailboxSee}, row.needs...) {
		res := access.Resource{Mailbox: o.owner.ID}
		if !action.OnMailbox() {
			res.Source, res.Sender = post.SourcePublic, o.authority.ID
			if strings.Contains(row.pattern, " /ny") {
				res.Sender = o.owner.ID
			}
		}
		if !access.Check(p.actor, action, res, facts, o.Clock.Now()).Allowed {
			return false
		}
	}
	return true
}

// Every page of another's mailbox, for everybody: what access refuses is a page that
// says no, shows neither the owner's name nor anything of a letter, and changes nothing
// (SYS-01, ACC-05 to ACC-09, ACC-12, ORG-01).
func TestMatrixOfPages(t *testing.T) {
	for _, platform := range []post.Platform{post.PlatformBorger, post.PlatformVirk} {
		testkit.EachDB(t, func(t *testing.T, d *db.DB) {
			o := newStackOn(t, d, base, documents).other(platform)
			rows := pageRows
			for _, pattern := range o.portal.Patterns() {
				if isAlone(pattern) {
					rows = append(rows, pageRow{pattern: pattern, gone: true, form: "svar=godkend&handling=vis"})
				}
			}
			for _, row := range rows {
				method, _, _ := strings.Cut(row.pattern, " ")
				for _, p := range o.people {
					_, pattern, _ := strings.Cut(row.pattern, " ")
					path := "/postkasse/" + o.box.String() + o.fill(pattern)
					if p.relation == access.Owner {
						if path = o.fill(pattern); isAlone(row.pattern) {
							continue // their own
						}
					}
					before := o.modseq()
					got := o.visit(row, path, p.cookie)
					refused := got.status == http.StatusForbidden || got.status == http.StatusNotFound
					allowed := o.allowed(p, row)
					if row.gone {
						allowed = !refused
					}
					switch {
					case got.status >= 500 || allowed == refused:
						t.Errorf("%s at %s by %s: access allows it: %v; the answer is %d", row.pattern, platform, p.name, allowed, got.status)
					case allowed && method != http.MethodGet && !row.gone:
						o.letter()
					case !(allowed && !row.gone) && (strings.Contains(got.text, theSubject) || strings.Contains(got.text, theName) && !o.allowed(p, pageRow{})):
						t.Errorf("%s at %s by %s is refused and shows something:\n%s", row.pattern, platform, p.name, got.text)
					case !(allowed && !row.gone) && o.modseq() != before:
						t.Errorf("%s at %s by %s is refused and has changed something", row.pattern, platform, p.name)
					}
				}
				// Nobody, and somebody whose session is over, log in first.
				for _, who := range []*http.Cookie{nil, {Name: "session", Value: session.NewSecret()}} {
					_, pattern, _ := strings.Cut(row.pattern, " ")
					got := o.visit(row, "/postkasse/"+o.box.String()+o.fill(pattern), who)
					if got.status == http.StatusOK && row.pattern != "GET /menu" || strings.Contains(got.text, theSubject) || strings.Contains(got.text, theName) {
						t.Errorf("%s at %s without a session: %d\n%s", row.pattern, platform, got.status, got.text)
					}
				}
			}
		})
	}
}
