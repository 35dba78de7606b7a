package testid

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/oauth2"

	"digitalpost/internal/post"
	"digitalpost/internal/session"
)

// DemoClient is the view client of localserve for scripts.
func DemoClient() session.Client {
	return session.Client{
		ID: "demo", Name: "Demo-programmet", Platform: post.PlatformApp,
		RedirectURIs: []string{demoRedirect}, Scopes: session.Scopes,
	}
}

// demoRedirect is where a code comes back to. Nobody listens there: FetchToken
// reads the code from the redirect itself.
const demoRedirect = "http://127.0.0.1/callback"

// FetchToken gets an access token for somebody by the way every client
// goes: authorization with PKCE, log-in, the person's yes, exchange of the code.
// dir is the data folder of a localserve that runs; without its localserve.json,
// or away from this machine, there is no way to a token.
func FetchToken(ctx context.Context, dir string, who Identity, clientID string) (*oauth2.Token, error) {
	api, client, err := runs(dir)
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	verifier := oauth2.GenerateVerifier()
	config := &oauth2.Config{
		ClientID: clientID, RedirectURL: demoRedirect, Scopes: []string{session.ScopeOpenID, session.ScopeRead, session.ScopeWrite},
		Endpoint: oauth2.Endpoint{AuthURL: api + "/oauth/authorize", TokenURL: api + "/oauth/token", AuthStyle: oauth2.AuthStyleInParams},
	}
	state := session.NewSecret()
	page, err := open(client.Get(config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("deviceName", "digitalpost token"))))
	if err != nil {
		return nil, fmt.Errorf("ask for authorization: %w", err)
	}
	if page, err = page.identify(client, who); err != nil {
		return nil, fmt.Errorf("log in at the test log-in: %w", err)
	}
	if page, err = page.submit(client, "svar", url.Values{"svar": {"ja"}}); err != nil {
		return nil, fmt.Errorf("say yes to the client: %w", err)
	}
	back := page.redirect
	if back == nil || back.Query().Get("state") != state || back.Query().Get("code") == "" {
		return nil, errors.New("the authorization did not end with a code")
	}
	token, err := config.Exchange(context.WithValue(ctx, oauth2.HTTPClient, client), back.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, fmt.Errorf("exchange the code: %w", err)
	}
	return token, nil
}

// runs reads where a localserve runs, and makes a client that reaches it alone.
func runs(dir string) (api string, client *http.Client, err error) {
	raw, err := os.ReadFile(filepath.Join(dir, "localserve.json"))
	if err != nil {
		return "", nil, fmt.Errorf("no localserve runs on %s: %w", dir, err)
	}
	var at struct {
		API string `json:"api"`
		CA  string `json:"ca"`
	}
	if err := json.Unmarshal(raw, &at); err != nil {
		return "", nil, fmt.Errorf("read localserve.json: %w", err)
	}
	roots := x509.NewCertPool()
	if at.CA != "" {
		pem, err := os.ReadFile(at.CA)
		if err != nil {
			return "", nil, fmt.Errorf("read localserve's certificate authority: %w", err)
		}
		roots.AppendCertsFromPEM(pem)
	}
	client = localClient(&http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}})
	if client.Jar, err = cookiejar.New(nil); err != nil {
		return "", nil, err
	}
	client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), demoRedirect) || len(via) > 10 {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return strings.TrimSuffix(at.API, "/"), client, nil
}

// visited is a page that the client came to.
type visited struct {
	at       *url.URL
	forms    []form
	redirect *url.URL // where the client did not follow
}

// form is a form of a page.
type form struct {
	action string
	values url.Values
	names  []string
}

func open(r *http.Response, err error) (visited, error) {
	if err != nil {
		return visited{}, err
	}
	defer r.Body.Close()
	if to, err := r.Location(); err == nil {
		return visited{at: r.Request.URL, redirect: to}, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return visited{}, err
	}
	if r.StatusCode != http.StatusOK {
		return visited{}, fmt.Errorf("%s answers %s", r.Request.URL.Host, r.Status)
	}
	root, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		return visited{}, err
	}
	return visited{at: r.Request.URL, forms: formsOf(root)}, nil
}

// identify types somebody's numbers at the test log-in.
func (v visited) identify(client *http.Client, who Identity) (visited, error) {
	if who.CVR.IsZero() {
		return v.submit(client, "cpr", url.Values{"cpr": {who.CPR.Reveal()}})
	}
	return v.submit(client, "cvr", url.Values{"cvr": {who.CVR.Reveal()}, "number": {who.Number}, "cpr": {who.CPR.Reveal()}})
}

// submit sends the page's first form that has a field, with values in it.
func (v visited) submit(client *http.Client, field string, values url.Values) (visited, error) {
	for _, f := range v.forms {
		if !slices.Contains(f.names, field) {
			continue
		}
		to, err := v.at.Parse(f.action)
		if err != nil {
			return visited{}, err
		}
		maps.Copy(f.values, values)
		return open(client.PostForm(to.String(), f.values))
	}
	return visited{}, fmt.Errorf("%s shows no form with %s", v.at.Host, field)
}

func formsOf(root *html.Node) []form {
	var all []form
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "form":
			all = append(all, form{action: attribute(n, "action"), values: url.Values{}})
		case "input", "button", "select":
			if len(all) == 0 {
				continue
			}
			f := &all[len(all)-1]
			name := attribute(n, "name")
			f.names = append(f.names, name)
			if attribute(n, "type") == "hidden" {
				f.values.Set(name, attribute(n, "value"))
			}
		}
	}
	return all
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
