package oauth_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"digitalpost/internal/db"
	"digitalpost/internal/portal/testid"
	"digitalpost/internal/post"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit"
)

func TestScriptsGetATokenByTheWholeWay(t *testing.T) {
	each(t, func(t *testing.T, s *stack) {
		token := s.fetch(anna)
		if token.TokenType != "bearer" || token.RefreshToken == "" || time.Until(token.Expiry) > 15*time.Minute {
			t.Error("token", token.TokenType, token.Expiry)
		}
		me := s.as(token.AccessToken, "GET", "/oauth/userinfo")
		if me.status != http.StatusOK || me.json["name"] != "Anna Test" || me.json["cpr"] != nil {
			t.Error("userinfo:", me.status, me.text)
		}
		if _, err := testid.FetchToken(t.Context(), s.dir, testid.Identity{CPR: number(t, "0904901234")}, "demo"); err == nil {
			t.Error("a token for one who is not in the register")
		}
		if _, err := testid.FetchToken(t.Context(), t.TempDir(), testid.Identity{CPR: number(t, anna)}, "demo"); err == nil {
			t.Error("a token without a localserve")
		}
	})
}

// ACC-16: what a token does has been done from the kind of device where it was allowed.
func TestATokenKnowsItsDevice(t *testing.T) {
	each(t, func(t *testing.T, s *stack) {
		token := s.fetch(anna)
		err := s.db.Read(t.Context(), func(tx *db.Tx) error {
			actor, _, err := s.sessions.Bearer(tx, token.AccessToken)
			if actor.Device != post.DeviceProgram {
				t.Errorf("a program's log-in: %q", actor.Device)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestTokenHelperReachesThisMachineOnly(t *testing.T) {
	s := newStack(t, testkit.SQLite(t))
	s.write(s.dir+"/localserve.json", []byte(`{"api":"https://api.example.dk/apis/v1"}`))
	if _, err := testid.FetchToken(t.Context(), s.dir, testid.Identity{CPR: number(t, anna)}, "demo"); err == nil || !strings.Contains(err.Error(), testid.ErrGround.Error()) {
		t.Error(err)
	}
}

func TestIDTokenVerifiesAsDiscovered(t *testing.T) {
	s := newStack(t, testkit.SQLite(t))
	ctx := oidc.ClientContext(context.Background(), s.api.Client())
	provider, err := oidc.NewProvider(ctx, s.api.URL+"/apis/v1/oauth")
	if err != nil {
		t.Fatal(err)
	}
	tokens := s.exchange(s.code(s.browser(anna), wants("scope", "OPENID READ CPR_NUMBER")))
	raw, _ := tokens.json["id_token"].(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: "demo"}).Verify(ctx, raw)
	if err != nil {
		t.Fatal(err, tokens.text)
	}
	var claims struct {
		ACR      string `json:"acr"`
		AuthTime int64  `json:"auth_time"`
	}
	if err := id.Claims(&claims); err != nil || !strings.HasSuffix(claims.ACR, "Substantial") || claims.AuthTime == 0 {
		t.Error("claims:", claims, err)
	}
	me := s.as(tokens.json["access_token"].(string), "GET", "/oauth/userinfo")
	if id.Nonce != "a-nonce-of-the-client" || id.Subject != me.json["sub"] || strings.Contains(raw, anna) {
		t.Error("ID token", id.Nonce, id.Subject, "userinfo", me.text)
	}
	if me.json["cpr"] != anna {
		t.Error("the scope CPR_NUMBER:", me.text)
	}
	if tokens.json["scope"] != "openid read cpr_number" || tokens.json["expires_in"] == nil {
		t.Error("answer", tokens.text)
	}
	// A refresh gives a fresh ID token of the same person.
	again := s.refresh(tokens.json["refresh_token"].(string))
	raw, _ = again.json["id_token"].(string)
	if fresh, err := provider.Verifier(&oidc.Config{ClientID: "demo"}).Verify(ctx, raw); err != nil || fresh.Subject != id.Subject {
		t.Error("refreshed:", err, again.text)
	}
}

func TestPersonIsAsked(t *testing.T) {
	s := newStack(t, testkit.SQLite(t))
	b := s.browser(anna)
	a := s.authorize(b, wants("deviceName", "Annas <b>telefon</b>"))
	for _, part := range []string{"Demo-programmet", "læse din post", "Giv adgang", "Annas &lt;b&gt;telefon&lt;/b&gt;"} {
		if !strings.Contains(a.text, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	if strings.Contains(a.text, "sende post") {
		t.Error("the page names what was not asked for")
	}
	if policy := a.header.Get("Content-Security-Policy"); policy != "form-action 'self' http://127.0.0.1:7777" {
		t.Error("the answer cannot go back:", policy)
	}
	no := s.decide(b, wants(), "nej")
	if q := no.location.Query(); q.Get("error") != "access_denied" || q.Get("state") != "a-state-of-the-client" {
		t.Error("no:", no.location)
	}
	yes := s.decide(b, wants(), "ja")
	if q := yes.location.Query(); q.Get("code") == "" || q.Get("iss") != s.api.URL+"/apis/v1/oauth" {
		t.Error("yes:", yes.location)
	}
}

func TestWhoIsNotLoggedInLogsInFirst(t *testing.T) {
	s := newStack(t, testkit.SQLite(t))
	nobody := s.browser(anna)
	nobody.Jar = nil
	a := s.authorize(nobody, wants())
	back, err := url.Parse(a.location.Query().Get("retur"))
	if err != nil || a.location.Path != "/log-ind" || back.Path != "/apis/v1/oauth/authorize" || back.Query().Get("state") != "a-state-of-the-client" {
		t.Fatal(a.status, a.location, a.text)
	}
	if a := s.decide(nobody, wants(), "ja"); a.status != http.StatusUnauthorized {
		t.Error("nobody said yes:", a.status, a.location)
	}
	if a := s.authorize(nobody, wants("prompt", "none")); a.location.Query().Get("error") != "login_required" {
		t.Error("prompt=none:", a.location)
	}
	// Who is logged in logs in again where the client asks for it, once.
	a = s.authorize(s.browser(anna), wants("prompt", "login"))
	if back, err := url.Parse(a.location.Query().Get("retur")); err != nil || a.location.Path != "/log-ind" || back.Query().Get("prompt") == "login" {
		t.Error("prompt=login:", a.location)
	}
	b := s.browser(anna)
	s.later.Store(int64(2 * time.Minute))
	if a := s.authorize(b, wants("max_age", "60")); a.location.Path != "/log-ind" {
		t.Error("max_age:", a.status, a.location)
	}
}

func TestConsentCannotBeForged(t *testing.T) {
	s := newStack(t, testkit.SQLite(t))
	body := url.Values{"anmodning": {wants().Encode()}, "svar": {"ja"}}.Encode()
	r, err := http.NewRequest("POST", s.api.URL+"/apis/v1/oauth/godkend", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if a := s.read(s.browser(anna).Do(r)); a.status != http.StatusForbidden || a.location.Query().Has("code") {
		t.Error(a.status, a.location)
	}
}

func TestNoRedirectToAnAddressThatIsNotTheClients(t *testing.T) {
	s := newStack(t, testkit.SQLite(t))
	b := s.browser(anna)
	for _, uri := range []string{
		"https://evil.example/callback", "http://127.0.0.1.evil.example/callback", "http://127.0.0.1:7777/callback/..", "http://127.0.0.1:7777/other",
		"http://127.0.0.1:7777/callback?x=1", "http://localhost:7777/callback", "javascript:alert(1)", "",
	} {
		for _, a := range []reply{s.authorize(b, wants("redirect_uri", uri)), s.decide(b, wants("redirect_uri", uri), "ja")} {
			if a.status != http.StatusBadRequest || a.location.String() != "" {
				t.Errorf("%q: %d %s", uri, a.status, a.location)
			}
		}
	}
	if a := s.authorize(b, wants("client_id", "nobody")); a.status != http.StatusBadRequest || a.location.String() != "" {
		t.Error("unknown client:", a.status, a.location)
	}
}

func TestPKCEDowngrade(t *testing.T) {
	s := newStack(t, testkit.SQLite(t))
	b := s.browser(anna)
	for name, v := range map[string]url.Values{
		"none":             wants("code_challenge", "", "code_challenge_method", ""),
		"plain":            wants("code_challenge", verifier, "code_challenge_method", "plain"),
		"plain by default": wants("code_challenge", verifier, "code_challenge_method", ""),
	} {
		if a := s.decide(b, v, "ja"); a.location.Query().Get("error") != "invalid_request" || a.location.Query().Has("code") {
			t.Errorf("%s: %d %s", name, a.status, a.location)
		}
	}
	code := s.code(b, wants())
	for name, a := range map[string]reply{
		"wrong verifier": s.exchange(code, "code_verifier", strings.Repeat("x", 43)),
		"no verifier":    s.exchange(code, "code_verifier", ""),
	} {
		if a.status != http.StatusBadRequest || a.json["error"] != "invalid_grant" {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
}

func TestOtherFlowsAreOff(t *testing.T) {
	s := newStack(t, testkit.SQLite(t))
	b := s.browser(anna)
	for _, kind := range []string{"token", "id_token", "code token", "code id_token"} {
		if a := s.authorize(b, wants("response_type", kind)); a.location.Query().Get("error") != "unsupported_response_type" && !strings.Contains(a.location.Fragment, "unsupported_response_type") {
			t.Errorf("%s: %d %s", kind, a.status, a.location)
		}
	}
	for _, kind := range []string{"password", "client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"} {
		if a := s.token(url.Values{"grant_type": {kind}, "client_id": {"demo"}, "username": {"x"}, "password": {"x"}}); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", kind, a.status, a.text)
		}
	}
	if a := s.authorize(b, wants("scope", "openid everything")); a.location.Query().Get("error") != "invalid_scope" {
		t.Error("unknown scope:", a.location)
	}
}

func TestCodeReuseEndsTheTokens(t *testing.T) {
	each(t, func(t *testing.T, s *stack) {
		code := s.code(s.browser(anna), wants())
		tokens := s.exchange(code)
		access, _ := tokens.json["access_token"].(string)
		if s.as(access, "GET", "/oauth/userinfo").status != http.StatusOK {
			t.Fatal(tokens.text)
		}
		if a := s.exchange(code); a.status != http.StatusBadRequest || a.json["error"] != "invalid_grant" {
			t.Error("a second time:", a.status, a.text)
		}
		if a := s.as(access, "GET", "/oauth/userinfo"); a.status != http.StatusUnauthorized {
			t.Error("its access token:", a.status)
		}
	})
}

func TestCodeOfAnotherClientOrAddress(t *testing.T) {
	s := newStack(t, testkit.SQLite(t))
	other := testid.DemoClient()
	other.ID = "other"
	s.update(func(tx *db.Tx) error { return s.sessions.SaveClient(tx, other) })
	code := s.code(s.browser(anna), wants())
	if a := s.exchange(code, "client_id", "other"); a.json["error"] != "invalid_grant" {
		t.Error("another client:", a.text)
	}
	if a := s.exchange(code, "redirect_uri", "http://127.0.0.1:8888/callback"); a.json["error"] != "invalid_grant" {
		t.Error("another address:", a.text)
	}
	if a := s.exchange(code); a.status != http.StatusOK {
		t.Error("the client itself:", a.text)
	}
}

func TestCodeRunsOut(t *testing.T) {
	s := newStack(t, testkit.SQLite(t))
	code := s.code(s.browser(anna), wants())
	s.later.Store(int64(time.Minute))
	if a := s.exchange(code); a.json["error"] != "invalid_grant" {
		t.Error(a.status, a.text)
	}
}

func TestRefreshReuseKillsTheFamily(t *testing.T) {
	each(t, func(t *testing.T, s *stack) {
		first := s.fetch(anna)
		second := s.refresh(first.RefreshToken)
		access, _ := second.json["access_token"].(string)
		if second.status != http.StatusOK || access == "" || second.json["refresh_token"] == first.RefreshToken {
			t.Fatal(second.status, second.text)
		}
		if a := s.refresh(first.RefreshToken); a.status != http.StatusBadRequest || a.json["error"] != "invalid_grant" {
			t.Error("the old token:", a.status, a.text)
		}
		for name, status := range map[string]int{
			"the newest access token":  s.as(access, "GET", "/oauth/userinfo").status,
			"the first access token":   s.as(first.AccessToken, "GET", "/oauth/userinfo").status,
			"the newest refresh token": s.refresh(second.json["refresh_token"].(string)).status,
		} {
			if status != http.StatusUnauthorized && status != http.StatusBadRequest {
				t.Error(name, status)
			}
		}
	})
}

func TestRevokedTokenIsRefusedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *stack) {
		for _, which := range []string{"access", "refresh"} {
			token := s.fetch(anna)
			secret := map[string]string{"access": token.AccessToken, "refresh": token.RefreshToken}[which]
			a := s.read(s.api.Client().PostForm(s.api.URL+"/apis/v1/oauth/revoke", url.Values{"token": {secret}, "client_id": {"demo"}}))
			if a.status != http.StatusOK {
				t.Error(which, a.status, a.text)
			}
			if a := s.as(token.AccessToken, "GET", "/oauth/userinfo"); a.status != http.StatusUnauthorized || a.header.Get("WWW-Authenticate") == "" {
				t.Error(which, "then access:", a.status)
			}
			if a := s.refresh(token.RefreshToken); a.json["error"] != "invalid_grant" {
				t.Error(which, "then refresh:", a.text)
			}
		}
		a := s.read(s.api.Client().PostForm(s.api.URL+"/apis/v1/oauth/revoke", url.Values{"token": {"nothing"}, "client_id": {"demo"}}))
		if a.status != http.StatusOK { // RFC 7009, 2.2
			t.Error("an unknown token:", a.status)
		}
	})
}

func TestConfidentialClientNeedsItsSecret(t *testing.T) {
	s := newStack(t, testkit.SQLite(t))
	secret := session.NewSecret()
	c := session.Client{ID: "site", Name: "Siden", Platform: post.PlatformMit, SecretHash: session.HashSecret(secret), RedirectURIs: []string{"https://site.example/back"}, Scopes: session.Scopes}
	s.update(func(tx *db.Tx) error { return s.sessions.SaveClient(tx, c) })
	b := s.browser(anna)
	v := wants("client_id", "site", "redirect_uri", "https://site.example/back")
	code := s.code(b, v)
	for name, wrong := range map[string]string{"none": "", "wrong": session.NewSecret()} {
		if a := s.exchange(code, "client_id", "site", "redirect_uri", "https://site.example/back", "client_secret", wrong); a.status != http.StatusUnauthorized || a.json["error"] != "invalid_client" {
			t.Error(name, a.status, a.text)
		}
	}
	if a := s.exchange(code, "client_id", "site", "redirect_uri", "https://site.example/back", "client_secret", secret); a.status != http.StatusOK {
		t.Error("right:", a.status, a.text)
	}
	// It proves who it is, so the person is not asked again for the same.
	if a := s.authorize(b, v); a.location.Query().Get("code") == "" {
		t.Error("asked again:", a.status)
	}
	v.Set("scope", "openid read write")
	if a := s.authorize(b, v); a.status != http.StatusOK {
		t.Error("not asked for more:", a.location)
	}
	if a := s.authorize(s.browser(bo), v); a.status != http.StatusOK {
		t.Error("another person is not asked:", a.location)
	}
}

func TestPublicClientOnThisMachineAsksEachTime(t *testing.T) { // RFC 8252, 8.6
	s := newStack(t, testkit.SQLite(t))
	b := s.browser(anna)
	s.exchange(s.code(b, wants()))
	if a := s.authorize(b, wants()); a.status != http.StatusOK {
		t.Error("another program could pretend to be it:", a.location)
	}
	if a := s.authorize(b, wants("prompt", "none")); a.location.Query().Get("error") != "consent_required" {
		t.Error("prompt=none:", a.location)
	}
}

func TestConsentsAreListedAndRevoked(t *testing.T) {
	each(t, func(t *testing.T, s *stack) {
		one, two, his := s.fetch(anna), s.fetch(anna), s.fetch(bo)
		list := s.as(one.AccessToken, "GET", "/consents")
		content, _ := list.json["content"].([]any)
		if len(content) != 2 || list.json["totalElements"] != 2.0 {
			t.Fatal(list.text)
		}
		first := content[1].(map[string]any)
		if first["clientName"] != "Demo-programmet" || first["deviceName"] != "digitalpost token" {
			t.Error(first)
		}
		id := first["id"].(string)
		if a := s.as(his.AccessToken, "DELETE", "/consents/"+id); a.status != http.StatusNotFound {
			t.Error("another person:", a.status)
		}
		left := s.as(two.AccessToken, "DELETE", "/consents/"+id)
		if content, _ := left.json["content"].([]any); left.status != http.StatusOK || len(content) != 1 {
			t.Error(left.status, left.text)
		}
		if a := s.as(one.AccessToken, "GET", "/consents"); a.status != http.StatusUnauthorized {
			t.Error("the revoked one:", a.status)
		}
		if a := s.as("", "GET", "/consents"); a.status != http.StatusUnauthorized {
			t.Error("nobody:", a.status)
		}
	})
}

func TestTokenByGet(t *testing.T) { // API 1.68: GetRefreshToken_1_1
	s := newStack(t, testkit.SQLite(t))
	v := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {s.fetch(anna).RefreshToken}, "client_id": {"demo"}}
	if a := s.read(s.api.Client().Get(s.api.URL + "/apis/v1/oauth/token?" + v.Encode())); a.status != http.StatusOK || a.json["access_token"] == nil || a.header.Get("Cache-Control") != "no-store" {
		t.Error(a.status, a.text)
	}
}

func TestClientLogsThePersonOut(t *testing.T) {
	s := newStack(t, testkit.SQLite(t))
	b := s.browser(anna)
	hint, _ := s.exchange(s.code(b, wants())).json["id_token"].(string)
	out := func(b *http.Client, v url.Values) reply {
		return s.read(b.Get(s.api.URL + "/apis/v1/oauth/logout?" + v.Encode()))
	}
	if a := out(b, url.Values{}); a.status != http.StatusBadRequest {
		t.Error("without a hint:", a.status)
	}
	if a := out(b, url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {"https://evil.example"}}); a.status != http.StatusBadRequest {
		t.Error("to a foreign address:", a.status, a.location)
	}
	if a := out(s.browser(bo), url.Values{"id_token_hint": {hint}}); a.status != http.StatusForbidden {
		t.Error("another person's hint:", a.status)
	}
	if a := s.authorize(b, wants()); a.status != http.StatusOK {
		t.Fatal("logged out too early:", a.location)
	}
	a := out(b, url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {"http://127.0.0.1/callback"}, "state": {"s"}})
	if a.location.String() != "http://127.0.0.1/callback?state=s" {
		t.Error(a.status, a.location)
	}
	if a := s.authorize(b, wants()); a.location.Path != "/log-ind" {
		t.Error("still logged in:", a.status)
	}
}

// Nobody is let in without the person's yes by asking for nothing.
func TestRequestForNothingIsRefused(t *testing.T) {
	s := newStack(t, testkit.SQLite(t))
	c := session.Client{ID: "site", Name: "Siden", Platform: post.PlatformMit, SecretHash: session.HashSecret(session.NewSecret()), RedirectURIs: []string{"https://site.example/back"}, Scopes: session.Scopes}
	s.update(func(tx *db.Tx) error { return s.sessions.SaveClient(tx, c) })
	b := s.browser(anna)
	for name, scope := range map[string]string{"no scope": "", "an empty one": " "} {
		v := wants("client_id", "site", "redirect_uri", "https://site.example/back", "scope", scope)
		for step, a := range map[string]reply{"authorize": s.authorize(b, v), "decide": s.decide(b, v, "ja")} {
			if query := a.location.Query(); query.Get("error") != "invalid_scope" || query.Has("code") {
				t.Errorf("%s, %s: %d %s", name, step, a.status, a.location)
			}
		}
	}
}

// A client that may see a name, and no post, does not see who reads the post.
func TestConsentsAreNotForClientsThatMayNotRead(t *testing.T) {
	s := newStack(t, testkit.SQLite(t))
	s.fetch(anna)
	b := s.browser(anna)
	token, _ := s.exchange(s.code(b, wants("scope", "openid"))).json["access_token"].(string)
	if a := s.as(token, "GET", "/oauth/userinfo"); a.status != http.StatusOK {
		t.Fatal(a.status)
	}
	for _, method := range []string{"GET", "DELETE"} {
		path := "/consents"
		if method == "DELETE" {
			path += "/" + post.NewUUID().String()
		}
		if a := s.as(token, method, path); a.status != http.StatusForbidden || strings.Contains(a.text, "Demo") {
			t.Error(method, a.status, a.text)
		}
	}
}

// OpenID Connect Core, 3.1.2.1: max_age=0 asks for a new log-in, once.
func TestLogInAnewIsAskedForOnce(t *testing.T) {
	s := newStack(t, testkit.SQLite(t))
	b := s.browser(anna)
	for _, want := range [][]string{{"max_age", "0"}, {"prompt", "login"}} {
		a := s.authorize(b, wants(want...))
		if a.location.Path != "/log-ind" {
			t.Fatal(want, a.status)
		}
		back, err := url.Parse(a.location.Query().Get("retur"))
		if err != nil {
			t.Fatal(err)
		}
		if a := s.authorize(b, back.Query()); a.status != http.StatusOK {
			t.Error(want, "after the log-in:", a.status, a.location)
		}
	}
}
