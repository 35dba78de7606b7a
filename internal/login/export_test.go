package login

import "digitalpost/internal/post"

// ReadClaims is what the claims of a provider are read as, by the names of the
// defaults.
func ReadClaims(claims map[string]any) (Kind, post.CPR, post.CVR, string, error) {
	var who identity
	err := Claims{}.withDefaults().read(claims, &who)
	return who.kind, who.cpr, who.cvr, who.number, err
}
