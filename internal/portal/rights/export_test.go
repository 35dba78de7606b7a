package rights

// Patterns are the patterns of all pages.
func (p *Portal) Patterns() []string { return p.patterns }
