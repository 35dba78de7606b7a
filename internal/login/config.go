package login

import (
	"cmp"
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
	Ask       Ask
	Claims    Claims
	// HTTP talks to the provider. Its zero value gives up after 10 seconds.
	HTTP *http.Client
	// Local is set by localserve alone: the provider may be at http on a
	// .localhost name. Without it such a provider is refused.
	Local bool
}

// Kind is a kind of identity, or several.
type Kind uint8

// The kinds of identity.
const (
	Private      Kind = 1 << iota // a person on their own behalf (SYS-08)
	Professional                  // an employee of an organisation: MitID Erhverv (SYS-09)

	Either = Private | Professional
)

// Ask says how a provider is told which kinds of identity a portal takes: by a
// parameter of the request, with a word for each kind and a space between. Without
// one it is not told. What came is judged in any case.
type Ask struct{ Parameter, Private, Professional string }

func (a Ask) words(k Kind) string {
	var words []string
	if k&Private != 0 && a.Private != "" {
		words = append(words, a.Private)
	}
	if k&Professional != 0 && a.Professional != "" {
		words = append(words, a.Professional)
	}
	return strings.Join(words, " ")
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
	// Kind is the claim that tells an employee from a person on their own behalf,
	// and Employee what it says of an employee; "identity_type", "professional".
	// Where a provider has no such claim, one with a CVR number is an employee.
	Kind, Employee string
	// CVR is the claim with the number of an employee's organisation, "cvr", and
	// Number that with their number in it, "rid".
	CVR, Number string
	// EmployeeCPR is the claim with an employee's CPR number; as CPR. A provider
	// tells an employee's number in the organisation, their CPR number, or both.
	EmployeeCPR string
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
	c.Claims = c.Claims.withDefaults()
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

func (c Claims) withDefaults() Claims {
	c.CPR = cmp.Or(c.CPR, "cpr")
	c.Assurance = cmp.Or(c.Assurance, "acr")
	if len(c.Levels) == 0 {
		c.Levels = oio
	}
	c.Kind, c.Employee = cmp.Or(c.Kind, "identity_type"), cmp.Or(c.Employee, "professional")
	c.CVR, c.Number = cmp.Or(c.CVR, "cvr"), cmp.Or(c.Number, "rid")
	c.EmployeeCPR = cmp.Or(c.EmployeeCPR, c.CPR)
	return c
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

// read fills in who the claims are about. It fails where they do not say it.
func (c Claims) read(claims map[string]any, who *identity) (err error) {
	kind, cvr := claim(claims, c.Kind), claim(claims, c.CVR)
	switch {
	case kind == c.Employee, kind == "" && cvr != "":
		who.kind = Professional
	case cvr != "":
		return fmt.Errorf("claim %s: a %s identity with a CVR number", c.Kind, kind)
	default:
		who.kind = Private
		if who.cpr, err = post.ParseCPR(claim(claims, c.CPR)); err != nil {
			return fmt.Errorf("claim %s: %w", c.CPR, err)
		}
		return nil
	}
	if who.cvr, err = post.ParseCVR(cvr); err != nil {
		return fmt.Errorf("claim %s: %w", c.CVR, err)
	}
	who.number = claim(claims, c.Number)
	if cpr := claim(claims, c.EmployeeCPR); cpr != "" || who.number == "" {
		if who.cpr, err = post.ParseCPR(cpr); err != nil {
			return fmt.Errorf("claim %s: %w", c.EmployeeCPR, err)
		}
	}
	return nil
}
