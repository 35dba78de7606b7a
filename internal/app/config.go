// Package app puts the program together: configuration, the order in which
// things start and stop, and the commands' work.
package app

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"digitalpost/internal/login"
)

// Config is everything that can be set: in a file (YAML), in the environment and
// by flags, each stronger than the one before. The zero value of each key is
// usable. Secrets stand in files of their own, and the key names the file.
type Config struct {
	Data         string   `help:"Folder for document bytes, and for the database and the master key where they are not named." default:"var"`
	Database     string   `help:"Path of the SQLite file, or postgres://… without a password. Default: DATA/post.db."`
	DatabaseFile string   `help:"File that holds the database's address, for one with a password."`
	MasterKey    string   `help:"File of the master key, made on first start. Keep it apart from backups of the database. Default: DATA/master.key."`
	Roles        []string `help:"What this process does: web serves the portals, intake the API, worker runs jobs." enum:"web,intake,worker" default:"web,intake,worker"`

	Web     WebConfig     `embed:"" prefix:"web."`
	API     APIConfig     `embed:"" prefix:"api."`
	Login   LoginConfig   `embed:"" prefix:"login."`
	Session SessionConfig `embed:"" prefix:"session."`
	Ops     OpsConfig     `embed:"" prefix:"ops."`
	Mail    MailConfig    `embed:"" prefix:"mail."`
	Print   PrintConfig   `embed:"" prefix:"print."`
	Support SupportConfig `embed:"" prefix:"support."`

	Operator OperatorConfig `embed:"" prefix:"operator."`
	Log      LogConfig      `embed:"" prefix:"log."`
}

// WebConfig is about the portals.
type WebConfig struct {
	Listen         string   `help:"Address on which the portals listen." default:"127.0.0.1:8080"`
	Borger         string   `help:"Address by which people reach the citizens' portal." default:"http://borger.localhost:8080"`
	Virk           string   `help:"Address by which they reach the portal of companies and associations." default:"http://virk.localhost:8080"`
	Borgerservice  string   `help:"Address by which employees of citizen service and of the agency reach the portal of the counter." default:"http://borgerservice.localhost:8080"`
	Rights         string   `help:"Address by which they reach the rights portal." default:"http://rettigheder.localhost:8080"`
	Documents      string   `help:"Address of the origin that shows documents, apart from every portal." default:"http://dokument.localhost:8080"`
	Certificate    string   `help:"File of the TLS certificate chain. Empty: plain HTTP, for a proxy in front."`
	Key            string   `help:"File of the TLS certificate's key."`
	TrustedProxies []string `help:"Addresses of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."`
}

// APIConfig is about the interface for systems and view clients.
type APIConfig struct {
	Listen         string   `help:"Address on which the API listens, always with TLS." default:"127.0.0.1:8443"`
	URL            string   `help:"Address by which systems reach it." default:"https://localhost:8443/apis/v1"`
	Certificate    string   `help:"File of the TLS certificate chain."`
	Key            string   `help:"File of the TLS certificate's key."`
	ClientCA       string   `help:"File of the roots that client certificates must lead to."`
	TrustedProxies []string `help:"Addresses of proxies whose X-Forwarded-For is believed."`
	MaxContainer   int64    `help:"Largest container of a mass mailing, in bytes." default:"2147483648"`
}

// LoginConfig is about the OpenID provider that people log in with (SYS-08).
type LoginConfig struct {
	Issuer         string            `help:"Address of the OpenID provider."`
	ClientID       string            `help:"Our name at the provider."`
	ClientSecret   string            `help:"File of our secret at the provider." type:"path"`
	Scopes         []string          `help:"Scopes to ask for." default:"openid"`
	ACRValues      string            `help:"Level of assurance to ask for, in the provider's words. What was reached is checked in any case."`
	CPRClaim       string            `help:"Claim with the CPR number; a claim inside another is named with a dot between." default:"cpr"`
	AssuranceClaim string            `help:"Claim that tells the NSIS level of assurance." default:"acr"`
	AssuranceLevel map[string]string `help:"What the provider's words mean: low, substantial or high. Empty: the words of the Danish OIO profiles."`

	KindClaim        string `help:"Claim that tells an employee (MitID Erhverv) from a person on their own behalf. Where the provider has no such claim, who comes with a CVR number is an employee." default:"identity_type"`
	EmployeeKind     string `help:"What that claim says of an employee." default:"professional"`
	CVRClaim         string `help:"Claim with the CVR number of an employee's organisation." default:"cvr"`
	NumberClaim      string `help:"Claim with an employee's number in the organisation, as the register has it." default:"rid"`
	EmployeeCPRClaim string `help:"Claim with an employee's CPR number. Empty: login.cpr-claim."`
	AskParameter     string `help:"Parameter of the request that tells the provider which kinds of identity a portal takes. Empty: it is not told. What came is checked in any case."`
	AskPrivate       string `help:"What the parameter says for persons on their own behalf."`
	AskEmployee      string `help:"What it says for employees."`
}

// login is how people log in at the provider; its secret is in a file.
func (c LoginConfig) login(secret string) login.Config {
	return login.Config{
		Issuer: c.Issuer, ClientID: c.ClientID, ClientSecret: secret, Scopes: c.Scopes, ACRValues: c.ACRValues,
		Ask: login.Ask{Parameter: c.AskParameter, Private: c.AskPrivate, Professional: c.AskEmployee},
		Claims: login.Claims{
			CPR: c.CPRClaim, Assurance: c.AssuranceClaim, Levels: c.AssuranceLevel, Kind: c.KindClaim, Employee: c.EmployeeKind,
			CVR: c.CVRClaim, Number: c.NumberClaim, EmployeeCPR: c.EmployeeCPRClaim,
		},
	}
}

// SessionConfig is about how long a log-in lasts.
type SessionConfig struct {
	Idle     time.Duration `help:"Log out after this long without activity." default:"15m"`
	Absolute time.Duration `help:"Log out after this long in any case." default:"8h"`
}

// OpsConfig is about operating the program.
type OpsConfig struct {
	Listen string `help:"Address of /healthz, /readyz and /metrics. Keep it inside." default:"127.0.0.1:8081"`
}

// OperatorConfig is about the organisation that runs Digital Post.
type OperatorConfig struct {
	CVR string `help:"CVR number of the organisation that runs Digital Post: the sender of what Digital Post itself writes to people."`
}

// PrintConfig is about letters on paper.
type PrintConfig struct {
	URL   string `help:"Address at which the print house takes letters: ZIP files with PDF and a manifest, by POST. Empty: letters on paper wait."`
	Token string `help:"File of the token for it (Authorization: Bearer)." type:"path"`
}

// MailConfig is about letters that people forward to an e-mail address.
type MailConfig struct {
	Relay             string `help:"Server that takes our e-mails, host:port. Empty: nobody can forward to an e-mail address."`
	From              string `help:"Address that e-mails are from, such as no-reply@post.example. Nobody reads what is sent to it."`
	TLS               string `help:"How the connection to the relay is protected: starttls, tls from the first byte, or none where the relay is on this machine." enum:"starttls,tls,none" default:"starttls"`
	User              string `help:"Our name at the relay. Empty: it knows us by our address."`
	Password          string `help:"File of our password at the relay." type:"path"`
	MaxSize           int64  `help:"Largest e-mail, in bytes as it is sent: documents take a third more than their size." default:"26214400"`
	BounceDomain      string `help:"Domain to which e-mails come back that cannot be delivered, best below that of mail.from (DMARC). Its mail leads to mail.bounce-listen and to nothing else."`
	BounceListen      string `help:"Address on which returned e-mails are taken. Empty: none are, and people are not told of them."`
	BounceCertificate string `help:"File of the TLS certificate chain for STARTTLS there. Empty: without."`
	BounceKey         string `help:"File of that certificate's key."`
}

// SupportConfig is what people are told when they need help.
type SupportConfig struct {
	Phone        string `help:"Telephone number of support." default:"70 20 00 00"`
	Hours        string `help:"When it is answered." default:"mandag til torsdag kl. 8-20, fredag kl. 8-16"`
	HoursEnglish string `help:"The same in English." default:"Monday to Thursday 8-20, Friday 8-16"`
}

// LogConfig is about the log.
type LogConfig struct {
	Level  string `help:"Least level that is logged." enum:"debug,info,warn,error" default:"info"`
	Format string `help:"Form of a line." enum:"text,json" default:"text"`
}

// File is a configuration file as a source of flags. A key that no flag has is
// an error that names it.
type File struct {
	path   string
	values map[string]any
}

// ReadFile reads a configuration file; "" is no file.
func ReadFile(path string) (*File, error) {
	f := &File{path, map[string]any{}}
	if path == "" {
		return f, nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	var tree map[string]any
	if err := yaml.Unmarshal(raw, &tree); err != nil {
		return nil, fmt.Errorf("read configuration %s: %w", path, err)
	}
	f.flatten("", tree)
	return f, nil
}

func (f *File) flatten(prefix string, tree map[string]any) {
	for key, value := range tree {
		switch v := value.(type) {
		case map[string]any:
			if !isMap(prefix + key) {
				f.flatten(prefix+key+".", v)
				continue
			}
			var pairs []string
			for k, v := range v {
				pairs = append(pairs, fmt.Sprintf("%s=%v", k, v))
			}
			slices.Sort(pairs)
			f.values[prefix+key] = strings.Join(pairs, ";")
		case []any:
			parts := make([]string, len(v))
			for i := range v {
				parts[i] = fmt.Sprint(v[i])
			}
			f.values[prefix+key] = strings.Join(parts, ",")
		default:
			f.values[prefix+key] = fmt.Sprint(v)
		}
	}
}

// isMap tells whether a key's value is a map, and not a group of keys.
func isMap(key string) bool {
	for _, k := range Keys() {
		if k.Name == key {
			return k.Type.Kind() == reflect.Map
		}
	}
	return false
}

// Validate implements kong.Resolver.
func (f *File) Validate(*kong.Application) error {
	known := map[string]bool{}
	for _, k := range Keys() {
		known[k.Name] = true
	}
	for key := range f.values {
		if !known[key] {
			return fmt.Errorf("configuration %s: there is no key %q; see digitalpost config describe", f.path, key)
		}
	}
	return nil
}

// Resolve implements kong.Resolver.
func (f *File) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if v, ok := f.values[flag.Name]; ok {
		return v, nil
	}
	return nil, nil
}

// Key is one thing that can be set.
type Key struct {
	Name    string
	Type    reflect.Type
	Default string
	Help    string
}

// Env is the environment variable of the key.
func (k Key) Env() string {
	return "DIGITALPOST_" + strings.NewReplacer(".", "_", "-", "_").Replace(strings.ToUpper(k.Name))
}

// Keys lists everything that can be set.
func Keys() []Key { return keysOf(reflect.TypeFor[Config](), "") }

func keysOf(t reflect.Type, prefix string) []Key {
	var all []Key
	for f := range t.Fields() {
		if _, group := f.Tag.Lookup("embed"); group {
			all = append(all, keysOf(f.Type, prefix+f.Tag.Get("prefix"))...)
			continue
		}
		all = append(all, Key{prefix + flagName(f.Name), f.Type, f.Tag.Get("default"), f.Tag.Get("help")})
	}
	return all
}

// flagName is kong's name for a field: MasterKey is master-key.
func flagName(field string) string {
	var b strings.Builder
	for i, r := range field {
		upper := r >= 'A' && r <= 'Z'
		if upper && i > 0 {
			previous := field[i-1]
			next := i+1 < len(field) && field[i+1] >= 'a' && field[i+1] <= 'z'
			if previous >= 'a' && previous <= 'z' || next {
				b.WriteByte('-')
			}
		}
		b.WriteString(strings.ToLower(string(r)))
	}
	return b.String()
}

// Describe writes what can be set, as a configuration file with everything
// commented out.
func Describe(w io.Writer) {
	fmt.Fprint(w, "# Digital Post's configuration. Each key can also be set in the environment and by a flag of its name;\n"+
		"# flags are stronger than the environment, and that is stronger than this file.\n")
	group := ""
	for _, k := range Keys() {
		name, indent := k.Name, ""
		if g, rest, ok := strings.Cut(k.Name, "."); ok {
			name, indent = rest, "  "
			if g != group {
				group = g
				fmt.Fprintf(w, "\n# %s:\n", g)
			}
		} else {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "# %s# %s (%s)\n# %s%s: %s\n", indent, k.Help, k.Env(), indent, name, k.Default)
	}
}
