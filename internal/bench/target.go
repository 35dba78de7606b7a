package bench

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"golang.org/x/sync/errgroup"

	"digitalpost/internal/app"
	"digitalpost/internal/population"
	"digitalpost/internal/portal/testid"
	"digitalpost/internal/post"
)

// Target is the server under measurement, with what is needed to use it.
type Target struct {
	app.Local
	Server Server
	People []*Person // who can receive letters; at least one

	dir string // of the localserve, "" for any other server
}

// Person receives letters and reads them.
type Person struct {
	CPR string // or the CVR number of a company
	// Token is a bearer token for the view API, "" where there is none yet.
	Token string

	mailbox, inbox, identity post.UUID
	name                     string
	refresh                  string // exchanged for the next token
}

// OpenLocal is the target of a localserve's folder.
func OpenLocal(dir string) (*Target, error) {
	local, err := app.ReadLocal(dir)
	if err != nil {
		return nil, err
	}
	t := &Target{Local: local, Server: Server{Process: local.PID}, dir: dir}
	config, err := app.LocalConfig(dir)
	if err != nil {
		return nil, err
	}
	t.Server.PostgresPort = postgresPort(config.Database)
	for cpr := range population.CPRs(app.NationOptions(local.Population)) {
		t.People = append(t.People, &Person{CPR: cpr})
	}
	for _, p := range local.Persons {
		if local.Population == 0 && p.Status == "registered" {
			t.People = append(t.People, &Person{CPR: p.CPR})
		}
	}
	return t, t.check()
}

// postgresPort is the port of a database's address, "" where it is no PostgreSQL.
func postgresPort(database string) string {
	u, err := url.Parse(database)
	switch {
	case err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql":
		return ""
	case u.Query().Get("port") != "":
		return u.Query().Get("port")
	case u.Port() != "":
		return u.Port()
	}
	return "5432"
}

// OpenFile is any other target: a file with the fields of localserve.json that a
// measurement needs (api, ca, senderSystem, pid of a server on this machine) and
// a file with the CPR numbers of its people, one on each line, behind the number
// a bearer token where mailboxes are to be read.
func OpenFile(file, people string) (*Target, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	t := &Target{}
	if err := json.Unmarshal(raw, &t.Local); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	t.Server.Process = t.PID
	in, err := os.Open(people)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	for lines := bufio.NewScanner(in); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) > 0 {
			t.People = append(t.People, &Person{CPR: fields[0], Token: strings.Join(fields[1:], "")})
		}
	}
	return t, t.check()
}

func (t *Target) check() error {
	if t.API == "" || t.CA == "" || t.SenderSystem.ID == "" {
		return errors.New("the target has no api, ca or senderSystem")
	}
	if len(t.People) == 0 {
		return errors.New("the target has nobody who receives letters")
	}
	for _, p := range t.People {
		if len(p.CPR) != 10 {
			return errors.New("a recipient is not a CPR number of ten digits")
		}
	}
	return nil
}

// tls proves a system where one is given.
func (t *Target) tls(system *app.LocalSystem) (*tls.Config, error) {
	client, err := t.client(system)
	if err != nil {
		return nil, err
	}
	return client.Transport.(*http.Transport).TLSClientConfig, nil
}

// How many calls, and how many log-ins, run at once outside of measurements.
const (
	parallel = 16
	logins   = 4
)

func (t *Target) client(system *app.LocalSystem) (*http.Client, error) {
	client, err := t.HTTPClient(system)
	if err != nil {
		return nil, err
	}
	client.Transport.(*http.Transport).MaxIdleConnsPerHost = parallel
	return client, nil
}

// call asks the API, outside of measurements. Where into is nil the answer is
// not read.
func (t *Target) call(ctx context.Context, client *http.Client, authorization, method, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, t.API+path, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", authorization)
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s: %w", method, expect(response.StatusCode, 0, body))
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(body, into)
}

// ErrNoToken says that a person's mailbox cannot be read.
var ErrNoToken = errors.New("no bearer token: give it in the file of recipients, behind the CPR number")

// Enter logs people in to the view API and finds their inboxes.
func (t *Target) Enter(ctx context.Context, people []*Person) error {
	client, err := t.client(nil)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(logins)
	for _, p := range people {
		all.Go(func() error { return t.enter(ctx, client, p) })
	}
	return all.Wait()
}

func (t *Target) enter(ctx context.Context, client *http.Client, p *Person) error {
	switch {
	case t.dir != "":
		cpr, err := post.ParseCPR(p.CPR)
		if err != nil {
			return err
		}
		token, err := testid.FetchToken(ctx, t.dir, testid.Identity{CPR: cpr}, t.Client) // anew, as a token lives for minutes
		if err != nil {
			return err
		}
		p.Token, p.refresh = token.AccessToken, token.RefreshToken
	case p.Token == "":
		return ErrNoToken
	}
	if p.inbox != (post.UUID{}) {
		return nil
	}
	var boxes struct {
		Mailboxes []struct {
			ID       post.UUID `json:"id"`
			Owner    string    `json:"ownerName"`
			Identity post.UUID `json:"ownerIdentityId"`
			Access   struct {
				Type string `json:"accessType"`
			} `json:"access"`
		} `json:"mailboxes"`
	}
	if err := t.call(ctx, client, "Bearer "+p.Token, http.MethodGet, "/mailboxes/", &boxes); err != nil {
		return err
	}
	for _, b := range boxes.Mailboxes {
		if b.Access.Type == "OWNER" {
			p.mailbox, p.name, p.identity = b.ID, b.Owner, b.Identity
		}
	}
	var folders struct {
		Folders []struct {
			ID   post.UUID `json:"id"`
			Type string    `json:"folderType"`
		} `json:"folders"`
	}
	if err := t.call(ctx, client, "Bearer "+p.Token, http.MethodGet, "/mailboxes/"+p.mailbox.String()+"/folders/", &folders); err != nil {
		return err
	}
	for _, f := range folders.Folders {
		if f.Type == "INBOX" {
			p.inbox = f.ID
			return nil
		}
	}
	return errors.New("a mailbox has no inbox")
}

// Some are so many of the target's people, spread evenly.
func (t *Target) Some(n int) []*Person {
	n = min(max(n, 1), len(t.People))
	people := make([]*Person, n)
	for i := range people {
		people[i] = t.People[i*len(t.People)/n]
	}
	return people
}
