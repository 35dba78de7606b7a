package compose

import (
	"digitalpost/internal/access"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/registry"
	"digitalpost/memo"
)

// Representative is who a letter says wrote it, where somebody writes by a right.
func (c *Composer) Representative(via access.Relation, writer registry.Party) (*memo.Representative, error) {
	return c.representative(&mailbox.Opened{Mailbox: mailbox.Mailbox{Via: via}}, writer)
}
