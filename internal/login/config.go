package login

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Config says which identity provider people log in with: a MitID broker, or
// the test log-in of localserve.
type Config struct {
	// Issuer is the provider's address; what it offers is read from
	// Issuer/.well-known/openid-configuration. It must be https.
	Issuer string
	// ClientID and ClientSecret are what the provider gave us. The secret comes
	// from a file and is empty for a public client.
	ClientID, ClientSecret string
	// Scopes are asked for; openid is always among them.
	Scopes []string
	// ACRValues asks for a level of assurance in the provider's own words; empty
	// asks for nothing. What was reached is checked in any case.
	ACRValues string
	Claims    Claims
	// HTTP talks to the provider. Its zero value gives up after 10 seconds.
	HTTP *http.Client
	// Local is set by localserve alone: the provider may be at http on a
	// .localhost name. Without it such a provider is refused.
	Local bool
}

// Claims says where a provider puts what we need. A claim inside another is
// named with a dot between: "identity.cpr". Zero fields mean the defaults.
type Claims struct {
	// CPR is the claim with the person's number, in the ID token or userinfo;
	// "cpr".
	CPR string
	// Assurance is the claim of the ID token with the level that was reached;
	// "acr".
	Assurance string
	// Levels say what the provider's words for the NSIS levels mean: low,
	// substantial or high. A word that is not here is worth nothing. Empty means
	// the words of the Danish OIO profiles.
	Levels map[string]string
}

var assurances = map[string]post.Assurance{
	"low": post.AssuranceLow, "substantial": post.AssuranceSubstantial, "high": post.AssuranceHigh,
}

// oio are the words for the NSIS levels in the Danish OIO profiles.
var oio = map[string]string{
	"Low": "low", "https://data.gov.dk/concept/core/nsis/Low": "low",
	"Substantial": "substantial", "https://data.gov.dk/concept/core/nsis/Substantial": "substantial",
	"High": "high", "https://data.gov.dk/concept/core/nsis/High": "high",
}

func (c Config) checked() (Config, error) {
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return c, errs.Invalid("login.issuer", "login.issuer", "%q is no provider's address", c.Issuer)
	}
	local := u.Hostname() == "localhost" || strings.HasSuffix(u.Hostname(), ".localhost") || net.ParseIP(u.Hostname()).IsLoopback()
	if local != c.Local || u.Scheme != "https" && !c.Local {
		return c, errs.Invalid("login.issuer", "login.issuer", "a provider is at https, and not on this machine; the test log-in is for localserve alone")
	}
	if c.ClientID == "" {
		return c, errs.Invalid("login.client", "login.clientId", "the provider's client id is missing")
	}
	if c.Claims.CPR == "" {
		c.Claims.CPR = "cpr"
	}
	if c.Claims.Assurance == "" {
		c.Claims.Assurance = "acr"
	}
	if len(c.Claims.Levels) == 0 {
		c.Claims.Levels = oio
	}
	for word, level := range c.Claims.Levels {
		if _, ok := assurances[level]; !ok {
			return c, errs.Invalid("login.levels", "login.assuranceLevel", "%q means %q, which is not low, substantial or high", word, level)
		}
	}
	if !slices.Contains(c.Scopes, oidc.ScopeOpenID) {
		c.Scopes = append([]string{oidc.ScopeOpenID}, c.Scopes...)
	}
	if c.HTTP == nil {
		c.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	return c, nil
}

// claim finds a claim by its name, which may be inside another. A name with
// dots is tried whole first: addresses are names too.
func claim(claims map[string]any, name string) string {
	if v, ok := claims[name]; ok {
		if s, ok := v.(string); ok {
			return s
		}
		return ""
	}
	for i := range len(name) {
		if name[i] != '.' {
			continue
		}
		if inner, ok := claims[name[:i]].(map[string]any); ok {
			return claim(inner, name[i+1:])
		}
	}
	return ""
}

func (c Claims) level(claims map[string]any) post.Assurance {
	return assurances[c.Levels[claim(claims, c.Assurance)]]
}

func (c Claims) cpr(claims map[string]any) (post.CPR, error) {
	cpr, err := post.ParseCPR(claim(claims, c.CPR))
	if err != nil {
		return cpr, fmt.Errorf("claim %s: %w", c.CPR, err)
	}
	return cpr, nil
}
