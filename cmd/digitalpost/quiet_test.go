package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/app"
	"digitalpost/internal/portal/testid"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// quiet looks for secrets in what the program has logged, which every test here
// has it do at the level debug: the numbers and names of people, keys of systems,
// and what the test itself adds.
func (s *localserve) quiet(t testing.TB, secrets ...string) {
	t.Helper()
	for _, p := range s.Persons {
		secrets = append(secrets, p.CPR, p.CPR[:6]+"-"+p.CPR[6:], p.Name)
	}
	for _, system := range []app.LocalSystem{s.SenderSystem, s.OtherSenderSystem, s.RecipientSystem} {
		secrets = append(secrets, system.APIKey, base64.StdEncoding.EncodeToString([]byte(system.ID+":"+system.APIKey)))
	}
	for _, secret := range secrets {
		if secret != "" && bytes.Contains(s.log.Bytes(), []byte(secret)) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// Neither the log nor any address tells who gets post, what it says, or how to
// get in: a whole day of sending, reading and going wrong.
func TestLogAndAddressesTellNothing(t *testing.T) {
	engines(t, func(t *testing.T, args ...string) {
		const (
			title, text = "Afgørelse om din fortrolige sag", "Din hemmelige diagnose staar her og ingen andre steder."
			key, code   = "gaettet-noegle-8d7f", "gaettet-kode-1c2e"
		)
		dir := filepath.Join(t.TempDir(), "data")
		s := start(t, dir, append(args, "--population", "0")...)
		day := &day{t: t, s: s}
		secrets := []string{title, text, base64.StdEncoding.EncodeToString([]byte(text)), key, "fortrolig.txt"}
		letter := func(to string, change func(*memo.Message)) *letter {
			return newLetter(t, s, to, []byte(text), func(m *memo.Message) {
				m.Header.Label = title
				m.Body.MainDocument.Files[0].Filename = "fortrolig.txt"
				if change != nil {
					change(m)
				}
			})
		}
		anna := s.Persons[0].CPR
		stranger := "0107701234"
		secrets = append(secrets, stranger)

		// Sending, in order and not.
		for _, p := range s.Persons {
			day.send(letter(p.CPR, nil), 201)
		}
		day.send(letter(stranger, nil), 201)
		day.send(letter(anna, func(m *memo.Message) { m.Header.Mandatory = true }), 201)
		held := letter(anna, func(m *memo.Message) { m.Header.DoNotDeliverUntilDate = time.Now().AddDate(0, 1, 0) })
		day.send(held, 201)
		day.system("DELETE", "/memos/"+held.id.String(), "", nil, 204)
		day.send(letter(anna, func(m *memo.Message) { m.Header.Sender.SenderID = s.OtherSenderSystem.CVR }), 403)
		twice := letter(anna, nil)
		day.send(twice, 201)
		twice.body = bytes.Replace(twice.body, []byte(title), []byte(title+"!"), 1)
		day.send(twice, 400)
		broken := letter(anna, nil)
		broken.body = bytes.Replace(broken.body, []byte("</"), []byte("<"+anna), 1)
		day.send(broken, 400)
		wrong := letter(anna, nil)
		wrong.body = bytes.ReplaceAll(wrong.body, []byte(anna), []byte(anna+anna))
		day.send(wrong, 201)
		short := letter(anna, nil)
		short.body = short.body[:len(short.body)-40]
		day.send(short, 400)
		day.system("POST", "/memos/", "application/x-lzma", []byte(text+anna), 201)
		day.system("GET", "/contacts/?cprNumber="+anna, "", nil, 200)
		day.system("GET", "/contacts/?cprNumber="+anna+"1", "", nil, 400)
		day.system("GET", "/contacts/?isBulkLookup=true&cprNumber="+anna, "application/json", []byte(`["`+anna+`","`+stranger+`"]`), 200)
		day.system("GET", "/nobody/"+anna+"?cpr="+anna, "", nil, 404)
		day.system("GET", "/receipts-bulk/", "", nil, 200)

		// Wrong log-ins.
		good := s.SenderSystem.APIKey
		s.SenderSystem.APIKey = key
		day.send(letter(anna, nil), 401)
		s.SenderSystem.APIKey = good
		day.call("GET", s.API+"/mailboxes/", "Bearer "+key, nil, 401)
		day.call("GET", s.API+"/mailboxes/?access_token="+key, "", nil, 401)
		day.form(s.API+"/oauth/token", url.Values{"grant_type": {"authorization_code"}, "code": {key}, "client_id": {s.Client}, "code_verifier": {key + key + key}}, 400)
		day.form(s.API+"/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {key}, "client_id": {s.Client}}, 400)
		day.call("GET", s.Web["borger"]+"/log-ind/svar?code="+code+"&state="+code, "", nil, 400)
		if _, err := testid.FetchSession(t.Context(), dir, s.Web["borger"], testid.Identity{CPR: parse(t, stranger)}); err == nil {
			t.Error("a stranger is logged in")
		}

		// Reading through the view API and in the portal.
		token, err := testid.FetchToken(t.Context(), dir, testid.Identity{CPR: parse(t, anna)}, s.Client)
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, token.AccessToken, token.RefreshToken)
		reader := newReaderWith(t, s, token.AccessToken)
		if got, document := reader.read(t); got != title || string(document) != text {
			t.Errorf("read %q %q", got, document)
		}
		day.call("GET", s.API+"/oauth/userinfo", "Bearer "+token.AccessToken, nil, 200)
		cookies, err := testid.FetchSession(t.Context(), dir, s.Web["borger"], testid.Identity{CPR: parse(t, anna)})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cookies {
			secrets = append(secrets, c.Value)
		}
		seen := day.browse(s.Web["borger"]+"/post", cookies)
		if !strings.Contains(seen, title) || !strings.Contains(seen, text) {
			t.Error("the walk through the portal did not read the letter")
		}
		day.form(s.API+"/oauth/revoke", url.Values{"token": {token.RefreshToken}, "client_id": {s.Client}}, 200)

		s.stop(t)
		if !bytes.Contains(s.log.Bytes(), []byte("msg=request")) {
			t.Error("the log holds no request at all")
		}
		for line := range strings.Lines(s.log.String()) {
			if !strings.HasPrefix(line, "time=") {
				t.Errorf("the log holds a line of another form: %s", line)
			}
		}
		s.quiet(t, append(secrets, code)...)
		for _, address := range day.addresses {
			for _, secret := range append(secrets, anna, anna[:6]+"-"+anna[6:]) {
				if secret != "" && strings.Contains(address, secret) {
					t.Errorf("the address %s holds %q", address, secret)
				}
			}
		}
	})
}

// day is a day's requests, and the addresses that the program gave in its answers.
type day struct {
	t         *testing.T
	s         *localserve
	addresses []string
}

func (d *day) send(l *letter, status int) {
	d.t.Helper()
	request, err := d.s.handIn(l)
	if err != nil {
		d.t.Fatal(err)
	}
	d.do(&d.s.SenderSystem, request, status)
}

func (d *day) system(method, path, contentType string, body []byte, status int) {
	d.t.Helper()
	request, err := http.NewRequest(method, d.s.API+path, bytes.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	request.SetBasicAuth(d.s.SenderSystem.ID, d.s.SenderSystem.APIKey)
	d.do(&d.s.SenderSystem, request, status)
}

func (d *day) form(address string, values url.Values, status int) {
	d.t.Helper()
	request, err := http.NewRequest(http.MethodPost, address, strings.NewReader(values.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	d.do(nil, request, status)
}

func (d *day) call(method, address, authorization string, cookies []*http.Cookie, status int) string {
	d.t.Helper()
	request, err := http.NewRequest(method, address, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	request.Header.Set("Authorization", authorization)
	for _, c := range cookies {
		request.AddCookie(c)
	}
	return d.do(nil, request, status)
}

// link is where a page or an answer says that something else is.
var link = regexp.MustCompile(`(?:href|src|action)="([^"]*)"`)

// do sends a request and keeps the addresses in its answer. Status 0 is any that
// is no failure of ours.
func (d *day) do(system *app.LocalSystem, request *http.Request, status int) (page string) {
	d.t.Helper()
	client, err := d.s.HTTPClient(system)
	if err != nil {
		d.t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		d.addresses = append(d.addresses, r.URL.String())
		return nil
	}
	response, err := client.Do(request)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	if response.StatusCode != status && (status != 0 || response.StatusCode >= 500) {
		d.t.Errorf("%s %s: %s, not %d: %.300s", request.Method, request.URL.Path, response.Status, status, answer)
	}
	for _, found := range link.FindAllSubmatch(answer, -1) {
		d.addresses = append(d.addresses, html.UnescapeString(string(found[1])))
	}
	return string(answer)
}

// pagesWalked is how many pages of the portal are looked at.
const pagesWalked = 400

// browse follows the links of the portal's pages from one on, and returns all
// that they say.
func (d *day) browse(from string, cookies []*http.Cookie) string {
	var all strings.Builder
	visited := map[string]bool{}
	next := []string{from}
	for len(next) > 0 {
		at := next[0]
		next = next[1:]
		if visited[at] || len(visited) > pagesWalked {
			continue
		}
		visited[at] = true
		here, err := url.Parse(at)
		if err != nil {
			d.t.Fatal(err)
		}
		known := len(d.addresses)
		fmt.Fprintln(&all, html.UnescapeString(d.call("GET", at, "", cookies, 0)))
		for _, found := range d.addresses[known:] {
			to, err := here.Parse(found)
			if err != nil || !strings.HasSuffix(to.Hostname(), ".localhost") || strings.HasPrefix(to.Path, "/assets/") || to.Path == "/post/haendelser" {
				continue
			}
			to.Fragment = ""
			next = append(next, to.String())
		}
	}
	return all.String()
}

func parse(t testing.TB, number string) post.CPR {
	t.Helper()
	cpr, err := post.ParseCPR(number)
	if err != nil {
		t.Fatal(err)
	}
	return cpr
}
