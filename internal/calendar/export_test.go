package calendar

import "digitalpost/internal/post"

// Actor is who reads by a link.
func (l Link) Actor() post.Actor { return l.actor() }
