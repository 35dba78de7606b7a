package web

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Pages is a package's templates in both languages, with the shared parts.
type Pages struct {
	sets  map[voice]*template.Template
	words map[voice]*Words
}

// NewPages parses all templates of files once for each voice, with the parts
// that all packages share (templates/parts). texts are the package's own, beside
// the shared ones.
//
// Templates can call: t KEY ARG… and n KEY NUMBER (texts), genitive NAME, icon NAME and
// sign NAME LABEL (an icon that is read out), asset NAME (an address), dict KEY
// VALUE… and list VALUE… (to give a part several values), plus A B.
func NewPages(files fs.FS, texts ...Texts) (*Pages, error) {
	p := &Pages{sets: map[voice]*template.Template{}, words: map[voice]*Words{}}
	for _, in := range []voice{{Danish, false}, {English, false}, {Danish, true}, {English, true}} {
		words := newWords(in, append([]Texts{shared}, texts...)...)
		set := template.New("").Funcs(template.FuncMap{
			"t": words.T, "n": words.N, "genitive": words.Genitive, "lang": func() Lang { return in.lang },
			"icon": icon, "sign": sign, "asset": AssetURL, "dict": dict, "list": list, "plus": plus,
		})
		if err := parse(set, words, templates, "templates/parts/*.html"); err != nil {
			return nil, err
		}
		if err := parse(set, words, files, "*.html"); err != nil {
			return nil, err
		}
		p.sets[in], p.words[in] = set, words
	}
	return p, nil
}

func parse(set *template.Template, words *Words, files fs.FS, pattern string) error {
	names, err := fs.Glob(files, pattern)
	if err != nil {
		return err
	}
	for _, name := range names {
		source, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if _, err := set.Parse(settle(string(source), words)); err != nil {
			return fmt.Errorf("parse %s: %w", name, err)
		}
	}
	return nil
}

// fixed is an action that gives the same each time: a text without values, an
// icon, an address of an asset.
var fixed = regexp.MustCompile(`\{\{(t|icon|asset) "([^"]+)"\}\}`)

// settle puts what is fixed into a template before it is parsed: a list of letters
// is drawn in half the time. It comes out as the functions would have it in text
// and in quoted attributes, and stands nowhere else.
func settle(source string, words *Words) string {
	return fixed.ReplaceAllStringFunc(source, func(action string) string {
		part := fixed.FindStringSubmatch(action)
		switch part[1] {
		case "icon":
			return string(icon(part[2]))
		case "asset":
			return AssetURL(part[2])
		}
		return template.HTMLEscapeString(words.T(part[2]))
	})
}

// Part draws one template by itself, for a script that puts it into a page.
func (p *Pages) Part(r *http.Request, name string, data any) (string, error) {
	var text bytes.Buffer
	if err := p.sets[voiceOf(r)].ExecuteTemplate(&text, name, data); err != nil {
		return "", fmt.Errorf("draw a part of a page: %w", err)
	}
	return string(requestOf(r.Context()).mount.prefixed(text.Bytes())), nil
}

// In is the words for a request, in its language and for the mailbox that it is about.
func (p *Pages) In(r *http.Request) *Words { return p.words[voiceOf(r)] }

// Words is the words of a language, Danish for one that pages do not speak.
func (p *Pages) Words(lang Lang) *Words {
	if w, ok := p.words[voice{lang, false}]; ok {
		return w
	}
	return p.words[voice{Danish, false}]
}

// icon is a picture beside words, which is not read out.
func icon(name string) template.HTML {
	return template.HTML(`<svg class="icon-svg" focusable="false" aria-hidden="true"><use href="` + AssetURL("img/icons.svg") + "#" + template.HTMLEscapeString(name) + `"></use></svg>`)
}

// sign is a picture in the place of words, which is read out as label.
func sign(name, label string) template.HTML {
	return template.HTML(`<svg class="icon-svg" focusable="false" role="img" aria-label="` + template.HTMLEscapeString(label) + `"><use href="` +
		AssetURL("img/icons.svg") + "#" + template.HTMLEscapeString(name) + `"></use></svg>`)
}

// dict gives a part several values: key, value, key, value.
func dict(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("the key %v is no text", pairs[i])
		}
		m[key] = pairs[i+1]
	}
	return m, nil
}

// list gives a part several values of one kind.
func list(values ...any) []any { return values }

// plus counts on: templates count from 0, people from 1.
func plus(a, b int) int { return a + b }

// form is what kind of company one is, at the end of its name; it is no part of its
// initials.
var form = regexp.MustCompile(` (A/S|ApS|I/S|K/S|P/S|IVS)( .*)?$`)

// Initials are the two letters that stand for a name in its mark: of the first
// and the last word, or of a single word its first two. Words such as "af" and
// "og" do not count.
func Initials(name string) string {
	words := strings.FieldsFunc(form.ReplaceAllString(name, ""), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '\'' })
	var big []string
	for _, w := range words {
		if first, _ := utf8.DecodeRuneInString(w); unicode.IsUpper(first) || unicode.IsDigit(first) {
			big = append(big, w)
		}
	}
	if len(big) == 0 {
		big = words
	}
	letters := func(s string, n int) string { return string([]rune(s)[:min(n, utf8.RuneCountInString(s))]) }
	switch len(big) {
	case 0:
		return ""
	case 1:
		return strings.ToUpper(letters(big[0], 2))
	}
	return strings.ToUpper(letters(big[0], 1) + letters(big[len(big)-1], 1))
}
