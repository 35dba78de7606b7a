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
	"slices"

	"golang.org/x/sync/errgroup"
)

// ListFields are those of a message that its list has by itself. A client that
// asks for no others spares the server reading the letters.
const ListFields = "id,version,receivedDateTime,label,sender.label,read,flag,reply,replyByDateTime"

// Inbox measures the list of the 50 newest messages over the API, each time of
// another of the people, who have entered. fields are those of a message that are
// asked for, "" for all.
func (t *Target) Inbox(ctx context.Context, load Load, people []*Person, fields string, server *Server) (Result, error) {
	api, err := url.Parse(t.API)
	if err != nil {
		return Result{}, err
	}
	config, err := t.tls(nil)
	if err != nil {
		return Result{}, err
	}
	var requests [][]byte
	for _, p := range people {
		requests = append(requests, p.listRequest(api, 50, fields))
	}
	name := "inbox by API"
	if fields == "" {
		name = "inbox by API, every field"
	}
	return get(ctx, fmt.Sprintf("%s, %d connections", name, load.Connections), load, t.API, config, requests, `"messages":`, server)
}

// listRequest is the request for a person's newest messages.
func (p *Person) listRequest(api *url.URL, size int, fields string) []byte {
	query := fmt.Sprintf("folderId=%s&size=%d", p.inbox, size)
	if fields != "" {
		query += "&fields=" + url.QueryEscape(fields)
	}
	return fmt.Appendf(nil, "GET %s/mailboxes/%s/messages/?%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", api.Path, p.mailbox, query, api.Host, p.Token)
}

// visitors is how many people log in for Page: a portal holds back an address
// that asks for more log-ins within a minute.
const visitors = 25

// Page measures the inbox as people's browsers see it, with sessions from the
// test log-in of a localserve.
func (t *Target) Page(ctx context.Context, load Load, people []*Person) (Result, error) {
	portal, err := url.Parse(t.Web["borger"])
	if err != nil {
		return Result{}, err
	}
	if t.dir == "" {
		return Result{}, errors.New("pages are measured on a localserve only: elsewhere there is no log-in without a person")
	}
	people = people[:min(len(people), visitors)]
	requests := make([][]byte, len(people))
	var all errgroup.Group
	all.SetLimit(logins)
	for i, p := range people {
		all.Go(func() error {
			cookies, err := t.session(ctx, p)
			requests[i] = fmt.Appendf(nil, "GET /post HTTP/1.1\r\nHost: %s\r\nAccept: text/html\r\nCookie: %s\r\n\r\n", portal.Host, cookies)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return Result{}, fmt.Errorf("log in: %w", err)
	}
	return get(ctx, fmt.Sprintf("inbox as a page, %d connections", load.Connections), load, t.Web["borger"], nil, requests, "</html>", &t.Server)
}

// errOther says that an answer does not show what it should.
var errOther = errors.New("the answer shows something else")

// get measures requests, taken by chance. Every answer must be 200 and hold a
// word.
func get(ctx context.Context, name string, load Load, base string, config *tls.Config, requests [][]byte, word string, server *Server) (Result, error) {
	calls := make([]Call, load.Connections)
	size := make([]int, load.Connections)
	for i := range calls {
		w, err := newWire(base, config)
		if err != nil {
			return Result{}, err
		}
		defer w.close()
		calls[i] = func() error {
			status, body, err := w.do(requests[rand.IntN(len(requests))])
			if err != nil {
				return err
			}
			if err := expect(status, http.StatusOK, body); err != nil {
				return err
			}
			if !bytes.Contains(body, []byte(word)) {
				return errOther
			}
			size[i] = len(body)
			return nil
		}
	}
	result := Run(ctx, name, load, calls, server)
	result.Name += fmt.Sprintf(", about %d KB each", slices.Max(size)>>10)
	return result, nil
}
