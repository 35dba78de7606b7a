package extract

import "digitalpost/internal/mailbox"

// Before has fn run before each letter that is written.
func (c *Extracts) Before(fn func(mailbox.Message)) { c.before = fn }
