package mailbox

import (
	"context"

	"digitalpost/internal/jobs"
)

// Retain runs the job that destroys what has been kept long enough.
func (m *Mailboxes) Retain(ctx context.Context) error {
	return m.retain(ctx, jobs.Running{}, struct{}{})
}
