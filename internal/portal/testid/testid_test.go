package testid_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"digitalpost/internal/portal/testid"
	"digitalpost/internal/post"
)

// at is a listener with an address of the test's choice.
type at struct {
	net.Listener
	address net.Addr
}

func (a at) Addr() net.Addr { return a.address }

func TestRunsOnThisMachineOnly(t *testing.T) {
	for address, ok := range map[string]bool{"127.0.0.1": true, "::1": true, "0.0.0.0": false, "::": false, "192.0.2.7": false} {
		_, err := testid.Stand(at{address: &net.TCPAddr{IP: net.ParseIP(address), Port: 8080}})
		if (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := testid.Stand(at{address: &net.UnixAddr{Name: "/run/post", Net: "unix"}}); !errors.Is(err, testid.ErrGround) {
		t.Error("a socket that a proxy may stand before:", err)
	}
	if _, err := testid.New(testid.Ground{}, testid.Config{}); !errors.Is(err, testid.ErrGround) {
		t.Error("without ground:", err)
	}
}

func provider(t *testing.T) http.Handler {
	ground, err := testid.Stand(at{address: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}})
	if err != nil {
		t.Fatal(err)
	}
	cpr, err := post.ParseCPR("0702701234")
	if err != nil {
		t.Fatal(err)
	}
	p, err := testid.New(ground, testid.Config{
		Portals: []string{"http://borger.localhost:8080"},
		People: func(context.Context) ([]testid.Person, error) {
			return []testid.Person{{CPR: cpr, Name: "Anna Test", About: "56 år"}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p.Handler()
}

func ask(h http.Handler, method, target, from string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://id.localhost:8080"+target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr = from
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const here = "127.0.0.1:5000"

func wants(changes ...string) url.Values {
	v := url.Values{
		"client_id": {testid.ClientID}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s"}, "nonce": {"n"},
		"redirect_uri": {"http://borger.localhost:8080/log-ind/svar"}, "code_challenge": {"c"}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return v
}

func TestPageShowsPersonsAndSaysThatItIsATest(t *testing.T) {
	w := ask(provider(t), "GET", "/authorize?"+wants().Encode(), here, nil)
	for _, part := range []string{"Det her er ikke MitID", "Anna Test", "CPR-nummer"} {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	if p := w.Header().Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || strings.Contains(p, "unsafe") {
		t.Error(p)
	}
}

func TestRefusesStrangers(t *testing.T) {
	h := provider(t)
	if w := ask(h, "GET", "/authorize?"+wants().Encode(), "192.0.2.7:5000", nil); w.Code != http.StatusNotFound {
		t.Error("from another machine:", w.Code)
	}
	for _, change := range [][]string{
		{"redirect_uri", "https://evil.example/log-ind/svar"}, {"redirect_uri", "http://borger.localhost:8080/andet"}, {"client_id", "other"},
		{"code_challenge", ""}, {"code_challenge_method", "plain"}, {"response_type", "token"},
	} {
		if w := ask(h, "GET", "/authorize?"+wants(change...).Encode(), here, nil); w.Code != http.StatusBadRequest {
			t.Error(change, w.Code)
		}
		w := ask(h, "POST", "/authorize", here, url.Values{"request": {wants(change...).Encode()}, "cpr": {"0702701234"}})
		if w.Code != http.StatusBadRequest {
			t.Error(change, "posted:", w.Code)
		}
	}
}

func TestChoice(t *testing.T) {
	h := provider(t)
	choose := func(v url.Values) (*http.Response, url.Values) {
		v.Set("request", wants().Encode())
		r := ask(h, "POST", "/authorize", here, v).Result()
		to, err := r.Location()
		if err != nil {
			return r, nil
		}
		return r, to.Query()
	}
	if _, q := choose(url.Values{"person": {"0702701234"}}); q.Get("code") == "" || q.Get("state") != "s" || q.Get("iss") != "http://id.localhost:8080" {
		t.Error("a person's button:", q)
	}
	if _, q := choose(url.Values{"cpr": {"070270-1234"}}); q.Get("code") == "" {
		t.Error("a typed number:", q)
	}
	if _, q := choose(url.Values{"answer": {"no"}}); q.Get("error") != "access_denied" {
		t.Error("broken off:", q)
	}
	r, _ := choose(url.Values{"cpr": {"123"}})
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(body), "CPR-nummeret skal have 10 cifre") || !strings.Contains(string(body), "<title>Fejl: ") {
		t.Error("a wrong number:", r.StatusCode, err)
	}
}

// employers is a provider with an employee to pick.
func employers(t *testing.T) (http.Handler, string) {
	ground, err := testid.Stand(at{address: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}})
	if err != nil {
		t.Fatal(err)
	}
	cpr, err := post.ParseCPR("0702701234")
	if err != nil {
		t.Fatal(err)
	}
	cvr, err := post.ParseCVR("10000009")
	if err != nil {
		t.Fatal(err)
	}
	p, err := testid.New(ground, testid.Config{
		Portals: []string{"http://borger.localhost:8080"},
		People: func(context.Context) ([]testid.Person, error) {
			return []testid.Person{{CPR: cpr, Name: "Anna Test"}}, nil
		},
		Organisations: func(context.Context) ([]testid.Organisation, error) {
			return []testid.Organisation{{CVR: cvr, Name: "Holm & Ørum", Employees: []testid.Employee{{Person: testid.Person{CPR: cpr, Name: "Anna Test", About: "Direktør"}, Number: "1001"}}}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	proof := sha256.Sum256([]byte("verifier"))
	return p.Handler(), base64.RawURLEncoding.EncodeToString(proof[:])
}

// A portal is shown the kinds of identity that it asks for.
func TestPageShowsTheKindsAskedFor(t *testing.T) { // SYS-09
	h, _ := employers(t)
	for asked, shown := range map[string][2]bool{"": {true, true}, "mitid": {true, false}, "mitid_erhverv": {false, true}, "mitid mitid_erhverv": {true, true}} {
		text := ask(h, "GET", "/authorize?"+wants(testid.AskParameter, asked).Encode(), here, nil).Body.String()
		if private, work := strings.Contains(text, `id="privat"`), strings.Contains(text, `id="erhverv"`); private != shown[0] || work != shown[1] {
			t.Errorf("asked for %q: private %v, at work %v", asked, private, work)
		}
	}
}

// An employee's claims are those that a broker gives of one: from a button all of
// them, of what was typed as much as is known.
func TestEmployee(t *testing.T) { // SYS-09
	h, challenge := employers(t)
	claims := func(v url.Values) map[string]any {
		t.Helper()
		v.Set("request", wants("code_challenge", challenge).Encode())
		r := ask(h, "POST", "/authorize", here, v).Result()
		to, err := r.Location()
		if err != nil {
			t.Fatal(r.StatusCode, err)
		}
		token := map[string]any{}
		body := ask(h, "POST", "/token", here, url.Values{"code": {to.Query().Get("code")}, "code_verifier": {"verifier"}, "client_id": {testid.ClientID},
			"grant_type": {"authorization_code"}, "redirect_uri": {wants().Get("redirect_uri")}}).Body
		if err := json.NewDecoder(body).Decode(&token); err != nil {
			t.Fatal(err)
		}
		info := httptest.NewRequest("GET", "http://id.localhost:8080/userinfo", nil)
		info.RemoteAddr = here
		info.Header.Set("Authorization", "Bearer "+token["access_token"].(string))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, info)
		told := map[string]any{}
		if err := json.NewDecoder(w.Body).Decode(&told); err != nil {
			t.Fatal(err)
		}
		raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token["id_token"].(string), ".")[1])
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), "0702701234") {
			t.Error("the ID token tells the CPR number")
		}
		if err := json.Unmarshal(raw, &told); err != nil {
			t.Fatal(err)
		}
		return told
	}
	whole := map[string]any{"identity_type": "professional", "nemlogin.cvr": "10000009", "nemlogin.nemid.rid": "1001", "nemlogin.cpr": "0702701234", "nemlogin.org_name": "Holm & Ørum", "dk.cpr": nil}
	for name, c := range map[string]struct {
		form url.Values
		want map[string]any
	}{
		"a button":       {url.Values{"employee": {"10000009/1001"}}, whole},
		"CVR and number": {url.Values{"cvr": {"10000009"}, "number": {"1001"}, "cpr": {""}}, whole},
		"CVR and CPR":    {url.Values{"cvr": {"10000009"}, "number": {""}, "cpr": {"070270-1234"}}, whole},
		"somebody it does not know": {url.Values{"cvr": {"10000017"}, "number": {"77"}, "cpr": {""}},
			map[string]any{"identity_type": "professional", "nemlogin.cvr": "10000017", "nemlogin.nemid.rid": "77", "nemlogin.cpr": nil, "dk.cpr": nil}},
		"a person": {url.Values{"person": {"0702701234"}}, map[string]any{"identity_type": "private", "dk.cpr": "0702701234", "nemlogin.cvr": nil}},
	} {
		told := claims(c.form)
		for claim, want := range c.want {
			if told[claim] != want {
				t.Errorf("%s: %s is %v, want %v", name, claim, told[claim], want)
			}
		}
	}
	for name, form := range map[string]url.Values{
		"CVR-nummeret skal have 8 cifre":          {"cvr": {"123"}, "number": {"1"}, "cpr": {""}},
		"CPR-nummeret skal have 10 cifre":         {"cvr": {"10000009"}, "number": {""}, "cpr": {"1"}},
		"medarbejdernummer mangler":               {"cvr": {"10000009"}, "number": {""}, "cpr": {""}},
		"<a href=\"#cvr\">CVR-nummeret skal have": {"cvr": {""}, "number": {""}, "cpr": {"0702701234"}}, // never the person's own log-in
	} {
		form.Set("request", wants().Encode())
		w := ask(h, "POST", "/authorize", here, form)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), name) {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}
