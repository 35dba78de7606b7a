package outbound

import (
	"context"

	"digitalpost/internal/post"
)

// HandMailUnrecorded hands an e-mail to the relay and is killed before it records
// that.
func (o *Outbound) HandMailUnrecorded(ctx context.Context, id post.UUID) error {
	m, _, err := o.beginMail(ctx, id)
	if err != nil {
		return err
	}
	return o.handMail(ctx, m)
}
