package memo

import (
	"fmt"
	"strings"
)

// Problem is one thing wrong with a letter. It holds no personal data.
type Problem struct {
	Path   string // the element, such as /Message/MessageHeader/label; "/" for the letter as a whole
	Code   string // stable, dotted and lower-case; [Codes] lists all
	Detail string // a sentence for a developer
}

func (p Problem) String() string { return p.Path + ": " + p.Code + ": " + p.Detail }

// Problems is everything wrong with one letter, as an error.
type Problems struct {
	// List is in the order of the letter, and never empty.
	List []Problem
	// Malformed is set when the letter could not be read to its end: it is not
	// well-formed XML, not a MeMo at all, or beyond a limit. The last problem
	// says why.
	Malformed bool
	cause     *malformed // where it was not well-formed
}

func (p *Problems) Error() string {
	var b strings.Builder
	b.WriteString("invalid MeMo: ")
	b.WriteString(p.List[0].String())
	if n := len(p.List) - 1; n > 0 {
		fmt.Fprintf(&b, " (and %d more)", n)
	}
	return b.String()
}

// Has tells whether one of the problems has the code.
func (p *Problems) Has(code string) bool {
	for i := range p.List {
		if p.List[i].Code == code {
			return true
		}
	}
	return false
}

// maxProblems is how many problems of one letter are kept; a letter can be
// wrong in as many places as it has bytes.
const maxProblems = 100

// findings collects problems while a letter is walked.
type findings struct {
	list []Problem
	path []step
}

// step is one element on the way from the root: its name, and its place among
// its like, counted from 1, where there can be several.
type step struct {
	name  string
	place int
}

func (f *findings) push(name string, place int) { f.path = append(f.path, step{name, place}) }
func (f *findings) pop()                        { f.path = f.path[:len(f.path)-1] }

// at is the path of a child of the element being walked, or of the element
// itself where child is "".
func (f *findings) at(child string) string {
	var b strings.Builder
	for _, s := range f.path {
		b.WriteByte('/')
		b.WriteString(s.name)
		if s.place > 0 {
			fmt.Fprintf(&b, "[%d]", s.place)
		}
	}
	if child != "" {
		b.WriteByte('/')
		b.WriteString(child)
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

// add notes a problem with a child of the element being walked.
func (f *findings) add(child, code, detail string, args ...any) {
	if len(f.list) >= maxProblems {
		return
	}
	if len(args) > 0 {
		detail = fmt.Sprintf(detail, args...)
	}
	f.list = append(f.list, Problem{f.at(child), code, detail})
}

// covers tells whether there is a problem with the path or with an element
// that it lies in.
func (f *findings) covers(path string) bool {
	for i := range f.list {
		p := f.list[i].Path
		if strings.HasPrefix(path, p) && (len(p) == len(path) || path[len(p)] == '/') {
			return true
		}
	}
	return false
}

// err is the problems as an error, nil where there are none.
func (f *findings) err() error {
	if len(f.list) == 0 {
		return nil
	}
	return &Problems{List: f.list}
}
