package bench

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"

	"digitalpost/internal/portal/testid"
	"digitalpost/internal/post"
)

// Seen is what a measurement of isolation looked at.
type Seen struct {
	Answers atomic.Int64 // each looked at for whose post is in it
	Wrong   atomic.Int64 // with post of somebody else, or a refusal that was none
}

var anyTag = regexp.MustCompile(`nr\d{6}`)

// Isolation has people read their own post and try others', all at once, by API
// and as pages, and looks at every answer: it must hold its owner's letters and
// nobody else's, and others' must not be there. The letters are those of Fill.
func (t *Target) Isolation(ctx context.Context, load Load, people []*Person) (Result, *Seen, error) {
	config, err := t.tls(nil)
	if err != nil {
		return Result{}, nil, err
	}
	all := make([]*reader, len(people))
	for i, p := range people {
		c, err := t.mailboxClient(ctx, p, 0)
		if err != nil {
			return Result{}, nil, err
		}
		c.wire.close()
		all[i] = &reader{mailboxClient: c, tag: t.tag(p)}
	}
	if t.dir != "" {
		for _, r := range all[:min(len(all), visitors)] {
			if r.cookies, err = t.session(ctx, r.person); err != nil {
				return Result{}, nil, err
			}
		}
	}
	seen := &Seen{}
	calls := make([]Call, load.Connections)
	for i := range calls {
		w := &watch{seen: seen, random: zipf(uint64(i))}
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
		host, err := url.Parse(t.Web["borger"])
		if err != nil {
			return Result{}, nil, err
		}
		w.host = host.Host
		calls[i] = func() error {
			me, other := all[rand.IntN(len(all))], all[rand.IntN(len(all))]
			return w.look(*me, other)
		}
	}
	result := Run(ctx, fmt.Sprintf("answers looked at for whose they are, %d people, %d connections", len(people), load.Connections), load, calls, &t.Server)
	return result, seen, nil
}

// reader is a person who reads.
type reader struct {
	*mailboxClient
	tag     string
	cookies string
}

// watch is a connection of the measurement.
type watch struct {
	api, web *wire
	host     string
	seen     *Seen
	random   interface{ Uint64() uint64 }
}

var errForeign = errors.New("WRONG: an answer held somebody else's post, or did not refuse")

// look makes one request and looks at its answer.
func (w *watch) look(me reader, other *reader) error {
	own := *me.mailboxClient
	own.wire = w.api
	mine := me.messages[rand.IntN(len(me.messages))]
	theirs := other.messages[rand.IntN(len(other.messages))]
	box, strange := "/mailboxes/"+me.person.mailbox.String(), "/mailboxes/"+other.person.mailbox.String()
	search := "&any=" + url.QueryEscape(word(int(w.random.Uint64())))
	switch n := rand.IntN(12); {
	case n == 0 && me.cookies != "":
		return w.page("/post", me, true)
	case n == 1 && me.cookies != "":
		return w.page("/post/"+mine.ID.String(), me, true)
	case n == 2 && me.cookies != "" && other.person != me.person:
		return w.page("/post/"+theirs.ID.String(), me, false)
	case n < 5 || other.person == me.person:
		path := []string{"/messages/?size=20", "/messages/?size=20" + search, "/changes?since=0&limit=20", "/messages/" + mine.ID.String(), ""}[rand.IntN(5)]
		return w.ask(me, box+path, true)
	default:
		path := []string{"", "/folders/", "/messages/", "/messages/?size=20" + search, "/changes?since=0", "/messages/" + theirs.ID.String(), theirs.content}[rand.IntN(7)]
		if rand.IntN(3) == 0 {
			strange, path = box, []string{"/messages/" + theirs.ID.String(), theirs.content}[rand.IntN(2)] // by its id, in one's own mailbox
		}
		return w.ask(me, strange+path, false)
	}
}

// ask asks the API.
func (w *watch) ask(me reader, path string, may bool) error {
	status, body, err := w.api.do(fmt.Appendf(nil, "GET %s%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", me.api.Path, path, me.api.Host, me.person.Token))
	if err != nil {
		return err
	}
	return w.judge(me, status, body, may)
}

func (w *watch) page(path string, me reader, may bool) error {
	status, body, err := w.web.do(fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/html\r\nCookie: %s\r\n\r\n", path, w.host, me.cookies))
	if err != nil {
		return err
	}
	return w.judge(me, status, body, may)
}

// judge looks at an answer: its status, and every title in it.
func (w *watch) judge(me reader, status int, body []byte, may bool) error {
	w.seen.Answers.Add(1)
	wrong := status != map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[may]
	for _, tag := range anyTag.FindAll(body, -1) {
		wrong = wrong || !may || !bytes.Equal(tag, []byte(me.tag))
	}
	if wrong {
		w.seen.Wrong.Add(1)
		if status >= 500 || status == http.StatusTooManyRequests || status == http.StatusUnauthorized {
			return refused{status: status}
		}
		return errForeign
	}
	return nil
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
