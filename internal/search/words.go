package search

import (
	"bytes"
	"iter"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/danish"
	"golang.org/x/text/unicode/norm"
)

const (
	maxWord    = 64 // bytes of a word; what is longer is cut off
	maxAsked   = 16 // words that are asked for at once
	softHyphen = '\u00ad'
	ring       = '\u030a' // a combining ring: an å in two characters
)

// folds is what a letter is taken for: case and accents do not matter, but æ, ø
// and å are letters of their own. Swedish and German ä and ö are æ and ø.
var folds = sync.OnceValue(func() *[0x250]rune {
	var table [0x250]rune
	for r := range rune(len(table)) {
		low := unicode.ToLower(r)
		switch low {
		case 'ä':
			low = 'æ'
		case 'ö':
			low = 'ø'
		case 'å', 'æ', 'ø':
		default:
			if plain, _ := utf8.DecodeRuneInString(norm.NFD.String(string(low))); unicode.IsLetter(plain) {
				low = plain
			}
		}
		if unicode.IsLetter(low) || unicode.IsDigit(low) {
			table[r] = low
		}
	}
	return &table
})

// fold gives the letter or digit that a rune is taken for, 0 for what is neither.
func fold(table *[0x250]rune, r rune) rune {
	switch {
	case int(r) < len(table):
		return table[r]
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return unicode.ToLower(r)
	}
	return 0
}

// token is a word in a text: what it is folded to, and where it stands. Its bytes
// are good until the next.
type token struct {
	word       []byte
	start, end int
}

// tokens are the words of a text, runs of letters and digits. aa is å, as in the
// names of towns.
func tokens(text string) iter.Seq[token] {
	return func(yield func(token) bool) {
		table := folds()
		word := make([]byte, 0, maxWord+utf8.UTFMax)
		start := -1
		for i, r := range text {
			low := fold(table, r)
			switch {
			case low != 0:
				if start < 0 {
					start = i
				}
				switch {
				case len(word) >= maxWord:
				case low == 'a' && len(word) > 0 && word[len(word)-1] == 'a':
					word = append(word[:len(word)-1], "å"...)
				case low < utf8.RuneSelf:
					word = append(word, byte(low))
				default:
					word = utf8.AppendRune(word, low)
				}
				continue
			case start < 0 || r == softHyphen:
				continue
			case unicode.Is(unicode.Mn, r):
				if r == ring && word[len(word)-1] == 'a' {
					word = append(word[:len(word)-1], "å"...)
				}
				continue
			}
			if !yield(token{word, start, i}) {
				return
			}
			word, start = word[:0], -1
		}
		if start >= 0 {
			yield(token{word, start, len(text)})
		}
	}
}

// stem is a folded word without its endings: plads, pladsen and pladser are one.
// The Snowball stemmer takes one ending off; it is asked until none is left. A
// stem is the beginning of its word, and the whole index depends on that.
func stem(word string) string {
	env := snowballstem.NewEnv(word)
	for {
		danish.Stem(env)
		next := env.Current()
		if next == "" || !strings.HasPrefix(word, next) || next == word {
			return word
		}
		word = next
		env.SetCurrent(word)
	}
}

// Words are what somebody looks for: all of them have to be found.
type Words []asked

// asked is one word that is looked for.
type asked struct {
	word, stem string
	prefix     bool // it may go on: the last word, while it is being typed
}

// Parse reads what somebody typed. The last word may be the beginning of one,
// unless something follows it.
func Parse(text string) Words {
	var all Words
	for t := range tokens(text) {
		a := asked{word: string(t.word), prefix: t.end == len(text)}
		if len(all) == maxAsked {
			break
		}
		a.stem = stem(a.word)
		all = append(all, a)
	}
	return all
}

// found tells whether a folded word is what is looked for.
func (a asked) found(word []byte) bool {
	if len(word) < len(a.stem) || string(word[:len(a.stem)]) != a.stem {
		return false
	}
	if string(word) == a.word || a.prefix && bytes.HasPrefix(word, []byte(a.word)) {
		return true
	}
	return stem(string(word)) == a.stem
}

// Span is a place in a text, in bytes.
type Span struct{ Start, End int }

// Marks are the places in a text where a word is found.
func (w Words) Marks(text string) []Span {
	var marks []Span
	for t := range tokens(text) {
		for _, a := range w {
			if a.found(t.word) {
				marks = append(marks, Span{t.start, t.end})
				break
			}
		}
	}
	return marks
}

// in sets those of the words that a text has.
func (w Words) in(text string, has uint32) uint32 {
	all := w.all()
	for t := range tokens(text) {
		for i, a := range w {
			if has&(1<<i) == 0 && a.found(t.word) {
				has |= 1 << i
			}
		}
		if has == all {
			break
		}
	}
	return has
}

func (w Words) all() uint32 { return 1<<len(w) - 1 }

// All tells that a text has all words.
func (w Words) All(text string) bool { return w.in(text, 0) == w.all() }

// Continue are the words of a text, in small letters, that the last word may be the
// beginning of.
func (w Words) Continue(text string) []string {
	var all []string
	if last := len(w) - 1; last >= 0 && w[last].prefix {
		for t := range tokens(text) {
			if len(t.word) > len(w[last].word) && bytes.HasPrefix(t.word, []byte(w[last].word)) {
				all = append(all, strings.ToLower(text[t.start:t.end]))
			}
		}
	}
	return all
}
