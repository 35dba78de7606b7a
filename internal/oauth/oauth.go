// Package oauth is our authorization server (OAuth 2.0, RFC 6749, with OpenID
// Connect) for view clients: programs that people let read their post. People
// log in as everywhere (package login) and then say what the program may do.
//
// The protocol is ory/fosite's. Grants and tokens belong to package session.
package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/ory/fosite"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
)

// Server is the authorization server.
type Server struct {
	// issuer is the address of the endpoints, as in
	// https://api.example.dk/apis/v1/oauth.
	issuer   string
	db       *db.DB
	sessions *session.Sessions
	people   *registry.Registry
	pages    Pages
	keys     []session.SigningKey
	protocol fosite.OAuth2Provider
}

// New starts the server on a migrated database. The first start makes the key
// that signs ID tokens.
func New(ctx context.Context, issuer string, d *db.DB, sessions *session.Sessions, people *registry.Registry, pages Pages) (*Server, error) {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" || strings.HasSuffix(issuer, "/") {
		return nil, errs.Invalid("oauth.issuer", "", "%q is no address of an authorization server", issuer)
	}
	s := &Server{issuer: issuer, db: d, sessions: sessions, people: people, pages: pages}
	if s.keys, err = signingKeys(ctx, d, sessions); err != nil {
		return nil, err
	}
	s.protocol = protocol(issuer, &store{sessions, people, s.keys[0].ID}, s.keys[0])
	return s, nil
}

func signingKeys(ctx context.Context, d *db.DB, sessions *session.Sessions) (list []session.SigningKey, err error) {
	read := func(tx *db.Tx) (err error) { list, err = sessions.SigningKeys(tx); return err }
	if err := d.Read(ctx, read); err != nil || len(list) > 0 {
		return list, err
	}
	key, err := session.NewSigningKey()
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	err = d.Update(ctx, func(tx *db.Tx) error {
		if err := read(tx); err != nil || len(list) > 0 {
			return err // another program was faster
		}
		if err := sessions.AddSigningKey(tx, key); err != nil {
			return err
		}
		return read(tx)
	})
	return list, err
}

// token answers a request for tokens (RFC 6749, 4.1.3 and 6).
func (s *Server) token(w http.ResponseWriter, r *http.Request) error {
	r, err := asPost(r)
	if err != nil {
		return err
	}
	var request fosite.AccessRequester
	var response fosite.AccessResponder
	err = s.work(r.Context(), func(ctx context.Context) (err error) {
		if request, err = s.protocol.NewAccessRequest(ctx, r, &protocolSession{}); err != nil {
			return err
		}
		response, err = s.protocol.NewAccessResponse(ctx, request)
		return err
	})
	if err != nil {
		s.protocol.WriteAccessError(r.Context(), w, request, protocolError(err))
		return nil
	}
	s.protocol.WriteAccessResponse(r.Context(), w, request, response)
	return nil
}

// revoke ends the grant of a token (RFC 7009).
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) error {
	err := s.work(r.Context(), func(ctx context.Context) error {
		return s.protocol.NewRevocationRequest(ctx, r)
	})
	s.protocol.WriteRevocationResponse(r.Context(), w, protocolError(err))
	return nil
}

// work runs calls of the library in one transaction. A refusal undoes it, but
// for the end of a grant whose token came twice.
func (s *Server) work(ctx context.Context, fn func(ctx context.Context) error) error {
	var refusal error
	err := s.db.Update(ctx, func(tx *db.Tx) error {
		k := &work{tx: tx}
		refusal = fn(withWork(ctx, k))
		switch {
		case k.err != nil:
			return k.err
		case k.reused:
			return nil
		}
		return refusal
	})
	if err != nil {
		return err
	}
	return refusal
}

// protocolError is an error in the words of RFC 6749; one that is ours is told
// apart from the client's only by "server_error" and "temporarily_unavailable".
func protocolError(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fosite.RFC6749Error](err); ok {
		return err
	}
	if errs.KindOf(err) == errs.KindUnavailable {
		return fosite.ErrTemporarilyUnavailable
	}
	return fosite.ErrServerError
}

// asPost turns a GET of an endpoint that the API also offers by GET into the
// POST that it means.
func asPost(r *http.Request) (*http.Request, error) {
	if r.Method == http.MethodPost {
		return r, nil
	}
	form := r.URL.Query()
	p, err := http.NewRequestWithContext(r.Context(), http.MethodPost, r.URL.Path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fmt.Errorf("read a request for tokens: %w", err)
	}
	p.Header = r.Header.Clone()
	p.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p, nil
}

// jwks lists the public keys that ID tokens are verified with (RFC 7517).
func (s *Server) jwks() jose.JSONWebKeySet {
	var set jose.JSONWebKeySet
	for _, k := range s.keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.Key.Public(), KeyID: k.ID, Algorithm: string(jose.RS256), Use: "sig"})
	}
	return set
}
