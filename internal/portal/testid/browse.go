package testid

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// FetchSession logs somebody in to a portal of a localserve as a browser
// does, and returns the cookies of the session. portal is the portal's address.
func FetchSession(ctx context.Context, dir, portal string, who Identity) ([]*http.Cookie, error) {
	_, client, err := runs(dir)
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	home, err := url.Parse(portal)
	if err != nil {
		return nil, fmt.Errorf("read the portal's address: %w", err)
	}
	start, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(portal, "/")+"/log-ind", nil)
	if err != nil {
		return nil, err
	}
	page, err := open(client.Do(start))
	if err != nil {
		return nil, fmt.Errorf("begin to log in: %w", err)
	}
	if _, err := page.identify(client, who); err != nil {
		return nil, fmt.Errorf("log in at the test log-in: %w", err)
	}
	return client.Jar.Cookies(home), nil
}
