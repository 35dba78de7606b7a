package print

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// House is a print house: it prints what it is handed and posts it. It is handed
// the same letter twice where we do not know that it took it, with the same id.
type House interface {
	Print(ctx context.Context, id post.UUID, parcel []byte) error
}

// HTTP is a print house that takes parcels by POST, as application/zip with the
// header Idempotency-Key. Whatever answer is no 2xx is tried again.
type HTTP struct {
	URL    string
	Token  string // Authorization: Bearer, "" for none
	Client *http.Client
}

// Print implements House.
func (h HTTP) Print(ctx context.Context, id post.UUID, parcel []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(parcel))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/zip")
	r.Header.Set("Idempotency-Key", id.String())
	if h.Token != "" {
		r.Header.Set("Authorization", "Bearer "+h.Token)
	}
	answer, err := h.Client.Do(r)
	if err != nil {
		return errs.Wrap(fmt.Errorf("reach the print house: %w", err), errs.KindUnavailable, "print.house.away")
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16)) //nolint:errcheck // so that the connection is used again
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("the print house answers %d", answer.StatusCode)
	}
	return nil
}
