package bench

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"

	"digitalpost/internal/portal/testid"
	"digitalpost/internal/post"
)

// Seen is what a measurement of isolation looked at.
type Seen struct {
	Answers atomic.Int64 // each looked at for whose post is in it; of a bulk each of its answers
	Wrong   atomic.Int64 // with post of somebody else, or a refusal that was none
	Rights  atomic.Int64 // given and ended meanwhile
	LogIns  atomic.Int64 // meanwhile
	Failed  atomic.Int64 // changes of rights, log-ins and new tokens that failed
}

var anyTag = regexp.MustCompile(`nr\d{6}`)

// Isolation has people read their own post, that of those whom they help, and try
// others', all at once, by API, by bulks and as pages, while rights are given and
// ended and people log in. It looks at every answer: it must hold its owner's letters
// and nobody else's; what one has no right to must not be there, and a right that was
// ended before the request shows nothing any more. The letters are those of Fill; rights
// that an earlier measurement left are ended first. It ends with the load, or when so
// many answers were looked at; 0 is no number.
func (t *Target) Isolation(ctx context.Context, load Load, people []*Person, answers int64) (Result, *Seen, error) {
	config, err := t.tls(nil)
	if err != nil {
		return Result{}, nil, err
	}
	all := make([]*reader, len(people))
	for i, p := range people {
		if all[i], err = t.reader(ctx, p); err != nil {
			return Result{}, nil, err
		}
	}
	seen := &Seen{}
	if t.dir != "" {
		for _, r := range all[:min(len(all), visitors)] {
			if err := r.logIn(ctx, t, seen); err != nil {
				return Result{}, nil, err
			}
		}
	}
	host, err := url.Parse(t.Web["borger"])
	if err != nil {
		return Result{}, nil, err
	}
	helps := befriend(all)
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	calls := make([]Call, load.Connections)
	for i := range calls {
		w := &watch{host: host.Host, seen: seen, random: zipf(uint64(i))}
		if w.api, err = newWire(t.API, config); err != nil {
			return Result{}, nil, err
		}
		defer w.api.close()
		if t.Web["borger"] != "" {
			if w.web, err = newWire(t.Web["borger"], nil); err != nil {
				return Result{}, nil, err
			}
			defer w.web.close()
		}
		calls[i] = func() error {
			if answers > 0 && seen.Answers.Load() >= answers {
				enough()
			}
			return w.look(all)
		}
	}
	client, err := t.client(nil)
	if err != nil {
		return Result{}, nil, err
	}
	defer client.CloseIdleConnections()
	var meanwhile sync.WaitGroup
	for i := range turners {
		meanwhile.Go(func() { t.turn(ctx, client, helps, i, seen) })
	}
	if t.dir != "" {
		meanwhile.Go(func() { t.logInAgain(ctx, all[:min(len(all), visitors)], seen) })
		meanwhile.Go(func() { t.renewAll(ctx, client, all, seen) })
	}
	result := Run(ctx, fmt.Sprintf("answers looked at for whose they are, %d people, %d connections", len(people), load.Connections), load, calls, &t.Server)
	enough()
	meanwhile.Wait()
	return result, seen, nil
}

// reader is a person who reads.
type reader struct {
	*mailboxClient
	tag     string
	help    *help                  // nil for who helps nobody
	token   atomic.Pointer[string] // the newest
	cookies atomic.Pointer[string] // of the newest log-in to the portal
}

// reader is a person who has entered, without the rights that are left to them.
func (t *Target) reader(ctx context.Context, p *Person) (*reader, error) {
	c, err := t.mailboxClient(ctx, p, 0)
	if err != nil {
		return nil, err
	}
	c.wire.close()
	r := &reader{mailboxClient: c, tag: t.tag(p)}
	token := p.Token
	r.token.Store(&token)
	return r, t.endHelps(ctx, r)
}

func (r *reader) bearer() string { return "Bearer " + *r.token.Load() }

func (r *reader) cookie() string {
	if c := r.cookies.Load(); c != nil {
		return *c
	}
	return ""
}

// logIn logs the reader in to the portal anew.
func (r *reader) logIn(ctx context.Context, t *Target, seen *Seen) error {
	cookies, err := t.session(ctx, r.person)
	if err == nil {
		r.cookies.Store(&cookies)
		seen.LogIns.Add(1)
	}
	return err
}

// logInAgain has one after the other log in anew, until ctx ends.
func (t *Target) logInAgain(ctx context.Context, all []*reader, seen *Seen) {
	for ctx.Err() == nil {
		if err := all[rand.IntN(len(all))].logIn(ctx, t, seen); err != nil && ctx.Err() == nil {
			seen.Failed.Add(1)
		}
		rest(ctx, 800*time.Millisecond) // the portal holds back who logs in more often
	}
}

// ageOfTokens is how old a reader's token becomes; it lives for a quarter of an hour.
const ageOfTokens = 8 * time.Minute

// renewAll exchanges tokens for new ones, one reader's after the other, until ctx ends.
// Whose token could not be exchanged logs in anew.
func (t *Target) renewAll(ctx context.Context, client *http.Client, all []*reader, seen *Seen) {
	for i := 0; ; i++ {
		rest(ctx, ageOfTokens/time.Duration(len(all)))
		r := all[i%len(all)]
		err := t.renew(ctx, client, r)
		if err != nil && ctx.Err() == nil {
			seen.Failed.Add(1)
			if err = t.enter(ctx, client, r.person); err == nil {
				token := r.person.Token
				r.token.Store(&token)
			}
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// renew exchanges a reader's token for a new one (RFC 6749, 6).
func (t *Target) renew(ctx context.Context, client *http.Client, r *reader) error {
	config := &oauth2.Config{ClientID: t.Client, Endpoint: oauth2.Endpoint{TokenURL: t.API + "/oauth/token", AuthStyle: oauth2.AuthStyleInParams}}
	token, err := config.TokenSource(context.WithValue(ctx, oauth2.HTTPClient, client), &oauth2.Token{RefreshToken: r.person.refresh}).Token()
	if err != nil {
		return fmt.Errorf("renew a token: %w", err)
	}
	r.person.refresh = token.RefreshToken
	r.token.Store(&token.AccessToken)
	return nil
}

// rest waits, or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// watch is a connection of the measurement.
type watch struct {
	api, web *wire
	host     string
	seen     *Seen
	random   interface{ Uint64() uint64 }
}

var errForeign = errors.New("WRONG: an answer held somebody else's post, or did not refuse")

// look makes one request, or a bulk of them, and looks at what is answered.
func (w *watch) look(all []*reader) error {
	me := all[rand.IntN(len(all))]
	switch n := rand.IntN(20); {
	case n < 2 && me.cookie() != "":
		return w.page(w.question(me, all))
	case n < 14:
		return w.bulk(me, all)
	default:
		return w.ask(w.question(me, all))
	}
}

// inBulk is how many requests a bulk of the measurement has.
const inBulk = 50

// bulk asks many things at once.
func (w *watch) bulk(me *reader, all []*reader) error {
	questions := make([]question, inBulk)
	var b bytes.Buffer
	b.WriteString(`{"requests":[`)
	for i := range questions {
		q := w.question(me, all)
		for q.file {
			q = w.question(me, all)
		}
		questions[i] = q
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"method":"GET","path":"/mailboxes/%s%s"}`, i, q.box, q.path)
	}
	b.WriteString("]}")
	status, body, err := w.api.do(fmt.Appendf(nil, "POST %s/bulk HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		me.api.Path, me.api.Host, me.bearer(), b.Len(), b.Bytes()))
	if err != nil {
		return err
	}
	var answers struct {
		Responses []struct {
			Status int             `json:"status"`
			Body   json.RawMessage `json:"body"`
		} `json:"responses"`
	}
	if status != http.StatusOK || json.Unmarshal(body, &answers) != nil || len(answers.Responses) != inBulk {
		return refused{status: status}
	}
	for i, one := range answers.Responses {
		err = errors.Join(err, w.judge(questions[i], one.Status, one.Body))
	}
	return err
}

// ask asks the API.
func (w *watch) ask(q question) error {
	status, body, err := w.api.do(fmt.Appendf(nil, "GET %s/mailboxes/%s%s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\n\r\n", q.me.api.Path, q.box, q.path, q.me.api.Host, q.me.bearer()))
	if err != nil {
		return err
	}
	return w.judge(q, status, body)
}

// page asks for a page of the portal: a list, or a letter, in one's own mailbox or as
// one switches to another's.
func (w *watch) page(q question) error {
	path := "/post"
	if q.message != (post.UUID{}) {
		path += "/" + q.message.String()
	}
	if q.box != q.me.person.mailbox {
		path = "/postkasse/" + q.box.String() + path
	}
	status, body, err := w.web.do(fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/html\r\nCookie: %s\r\n\r\n", path, w.host, q.me.cookie()))
	if err != nil {
		return err
	}
	return w.judge(q, status, body)
}

// session logs a person in to the portal; it is the cookies of it.
func (t *Target) session(ctx context.Context, p *Person) (string, error) {
	cpr, err := post.ParseCPR(p.CPR)
	if err != nil {
		return "", err
	}
	cookies, err := testid.FetchSession(ctx, t.dir, t.Web["borger"], testid.Identity{CPR: cpr})
	var text []string
	for _, c := range cookies {
		text = append(text, c.Name+"="+c.Value)
	}
	return strings.Join(text, "; "), err
}

// bare is a client that has not looked into its mailbox.
func (t *Target) bare(p *Person, config *tls.Config) (*mailboxClient, error) {
	w, err := newWire(t.API, config)
	if err != nil {
		return nil, err
	}
	api, err := url.Parse(t.API)
	return &mailboxClient{wire: w, api: api, person: p}, err
}
