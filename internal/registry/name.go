package registry

import (
	"errors"
	"slices"
	"strings"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// CodeNameMismatch says that a name and a CPR number do not belong together. It is
// all that somebody is told who names another person by number.
const CodeNameMismatch = "name.number.mismatch"

// ErrNameMismatch has that code.
var ErrNameMismatch = errs.Invalid(CodeNameMismatch, "cprNumber", "the name and the CPR number do not belong together")

// MatchName tells whether the person with a number has a name. Small and capital
// letters, accents, å and aa, hyphens and spaces are alike, and what stands
// between the first of the given names and the last of the family names may be
// left out, in part or whole. It asks for no more and forgives no more.
//
// who is the person with the number, also where the name is another's, for their
// log only; zero where nobody has the number, which takes the same work.
func (r *Registry) MatchName(tx *db.Tx, cpr post.CPR, first, last string) (who Party, matches bool, err error) {
	var given, family string
	err = tx.QueryRow("SELECT n.party, n.first_name, n.last_name FROM party p JOIN person n ON n.party = p.id WHERE p.number_hash = $1",
		r.hash(post.Person, cpr.Reveal())).Scan(&who.ID, &given, &family)
	nobody := errors.Is(err, db.ErrNoRows)
	if err != nil && !nobody {
		return who, false, err
	}
	matches = sameName(given, family, first, last) && !nobody
	id := who.ID
	if who, err = r.Party(tx, id); nobody && errs.KindOf(err) == errs.KindNotFound {
		err = nil
	}
	return who, matches, err
}

// sameName tells whether a typed name is the registered one: its words are among
// the registered ones in their order, from the first to the last.
func sameName(given, family, first, last string) bool {
	registered := strings.Fields(plain(given) + " " + plain(family))
	a, b := strings.Fields(plain(first)), strings.Fields(plain(last))
	typed := slices.Concat(a, b)
	if len(a) == 0 || len(b) == 0 || len(registered) < 2 || typed[0] != registered[0] || typed[len(typed)-1] != registered[len(registered)-1] {
		return false
	}
	at := 0
	for _, word := range typed {
		i := slices.Index(registered[at:], word)
		if i < 0 {
			return false
		}
		at += i + 1
	}
	return true
}
