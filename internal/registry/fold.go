package registry

import (
	"bytes"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// spelled are the letters that are written out where a keyboard has none of them.
var spelled = map[rune]string{'å': "aa", 'æ': "ae", 'ø': "oe", 'ä': "ae", 'ö': "oe", 'ü': "ue", 'ß': "ss", 'ð': "d", 'þ': "th", 'ł': "l", 'đ': "d", 'ı': "i"}

// plain is a name in small letters without accents, its words parted by single
// spaces: »Åse-Marie  Møller« is »aase marie moeller«.
func plain(name string) string {
	var out strings.Builder
	gap := false
	write := func(s string) {
		if gap && out.Len() > 0 {
			out.WriteByte(' ')
		}
		gap = false
		out.WriteString(s)
	}
	for _, letter := range strings.ToLower(norm.NFC.String(name)) {
		if two, ok := spelled[letter]; ok {
			write(two)
			continue
		}
		for _, part := range norm.NFD.String(string(letter)) {
			switch {
			case unicode.IsLetter(part) || unicode.IsDigit(part):
				write(string(part))
			case part == '\'' || part == '’' || unicode.Is(unicode.Mn, part):
			default:
				gap = true
			}
		}
	}
	return out.String()
}

var oneLetter = strings.NewReplacer("aa", "a", "ae", "a", "oe", "o", "ue", "u")

// fold is plain with the letters that are spelled in two ways made one, so that å,
// aa and a are alike: for finding, where one match too many does no harm. The fold
// of a beginning is the beginning of a fold.
func fold(text string) string { return oneLetter.Replace(plain(text)) }

// SortDanish sorts by name as a Danish list is sorted: æ, ø and å last, and aa as å.
func SortDanish[T any](all []T, name func(T) string) {
	order := collate.New(language.Danish, collate.IgnoreCase)
	var keys collate.Buffer
	sorted := make([]keyed[T], len(all))
	for i, one := range all {
		sorted[i] = keyed[T]{order.KeyFromString(&keys, name(one)), one}
	}
	slices.SortStableFunc(sorted, func(a, b keyed[T]) int { return bytes.Compare(a.key, b.key) })
	for i, one := range sorted {
		all[i] = one.value
	}
}

// keyed is something with what it is sorted by: a key is made once, where comparing
// two names reads both each time.
type keyed[T any] struct {
	key   []byte
	value T
}
