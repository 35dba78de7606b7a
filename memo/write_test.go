package memo

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// forget clears what may differ between a letter and its copy.
func forget(m *Message) *Message {
	m.Version, m.Digest = 0, [32]byte{}
	return m
}

// The official examples are the same after being written and read again, and
// in 1.1 without what 1.1 does not have.
func TestRoundTrip(t *testing.T) {
	for _, name := range examples {
		t.Run(name, func(t *testing.T) {
			m, err := Read(bytes.NewReader(example(t, name)), ReadOptions{Sink: toContent})
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range []Version{V12, V11} {
				var b bytes.Buffer
				if err := Write(&b, m, v, fromContent); err != nil {
					t.Fatal(err)
				}
				again, err := readString(b.String())
				if err != nil {
					t.Fatal(err)
				}
				if again.Version != v {
					t.Errorf("version %s, want %s", again.Version, v)
				}
				if v == V11 {
					m.Header.Sender.Representative = nil
					if m.Header.ForwardData != nil {
						m.Header.ForwardData.OriginalRepresentative = ""
					}
				}
				if !reflect.DeepEqual(forget(again), forget(m)) {
					t.Errorf("%s: another letter:\n%s", v, b.String())
				}
			}
		})
	}
}

// What 1.1 is written as, the official schema accepts. CI needs xmllint, of
// Debian's libxml2-utils.
func TestWrittenLettersFollowTheSchema(t *testing.T) {
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed (Debian: libxml2-utils)")
	}
	letters := map[string]*Message{"letter": letter(), "NemSMS": sms(), "everything": everything()}
	for _, name := range examples {
		m, err := Read(bytes.NewReader(example(t, name)), ReadOptions{Sink: toContent})
		if err != nil {
			t.Fatal(err)
		}
		letters[name] = m
	}
	for name, m := range letters {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Write(&b, m, V11, fromContent); err != nil {
				t.Fatal(err)
			}
			lint := exec.Command(xmllint, "--nonet", "--noout", "--schema", filepath.Join(shared, "memo-xsd", "MeMo_core.xsd"), "-")
			lint.Stdin = &b
			if out, err := lint.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// everything is a letter with every field of every class filled, found by
// reflection so that none is forgotten.
func everything() *Message {
	m := &Message{}
	fill(reflect.ValueOf(m).Elem(), messageClass)
	action := m.Body.MainDocument.Actions[0]
	link := action
	action.EntryPoint, link.Reservation = nil, nil
	m.Body.MainDocument.Actions = []Action{action, link}
	m.Body.AdditionalDocument[0].Actions = nil
	return m
}

func fill(v reflect.Value, c *class) {
	for i := range c.fields {
		f := &c.fields[i]
		if f.kind == kindContent {
			v.Field(f.index).Set(reflect.ValueOf("tekst"))
			continue
		}
		value := f.value(v)
		switch p := value.Addr().Interface().(type) {
		case *MessageType:
			*p = DigitalPost
		case *string:
			*p = "<Æblegrød> & \"fløde\"\r\n\t\U0001F36E"
			if f.kind == kindLanguage {
				*p = "da"
			} else if f.limit < 20 {
				*p = "AB12345"
			}
		case *IDType:
			*p = CVR
		case *ActionCode:
			*p = Aftale
		case *bool:
			*p = true
		case *int64:
			*p = f.limit
		case *uuid.UUID:
			*p = uuid.MustParse("8c2ea15d-61fb-4ba9-9366-42f8b194c114")
		case *time.Time:
			*p = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
			if f.kind == kindTime {
				*p = p.Add(123456 * time.Microsecond)
			}
		default:
			fill(value, f.class)
		}
	}
}

func TestEverythingRoundTrips(t *testing.T) {
	m := everything()
	again, err := readString(xmlOf(t, m))
	if err != nil {
		t.Fatal(err)
	}
	for _, copied := range []*Message{again, m} {
		for _, d := range copied.Documents() {
			for _, f := range d.Files {
				f.Size, f.SHA256, f.Sniffed = 0, [32]byte{}, Sniffed{}
			}
		}
	}
	if !reflect.DeepEqual(forget(again), forget(m)) {
		t.Errorf("another letter:\n%s", xmlOf(t, again))
	}
}

func TestWriteRefuses(t *testing.T) {
	full, missing := errors.New("disk full"), errors.New("no such blob")
	for _, c := range []struct {
		name    string
		change  func(*Message)
		version Version
		w       io.Writer
		open    func(*File) (io.ReadCloser, error)
		want    error
	}{
		{"a letter against the schema", func(m *Message) { m.Header.Label = strings.Repeat("x", 257) }, V11, nil, nil, &Problems{}},
		{"a letter of 1.0", nil, V10, nil, nil, nil},
		{"a character that XML does not have", func(m *Message) { m.Header.Label = "a\x00b" }, V12, nil, nil, errNoCharacter},
		{"a text cut in a letter", func(m *Message) { m.Header.Label = "a\xEFb" }, V12, nil, nil, errNoCharacter},
		{"a text that is not UTF-8", func(m *Message) { m.Header.Label = "a\xE6b" }, V12, nil, nil, errNoCharacter},
		{"a full disk", nil, V12, brokenWriter{full}, nil, full},
		{"missing content", nil, V12, nil, func(*File) (io.ReadCloser, error) { return nil, missing }, missing},
		{"broken content", nil, V12, nil, func(*File) (io.ReadCloser, error) { return io.NopCloser(iotest.ErrReader(missing)), nil }, missing},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := letter()
			if c.change != nil {
				c.change(m)
			}
			if c.w == nil {
				c.w = io.Discard
			}
			if c.open == nil {
				c.open = fromContent
			}
			err := Write(c.w, m, c.version, c.open)
			if err == nil {
				t.Fatal("no error")
			}
			if _, ok := c.want.(*Problems); ok {
				wantProblems(t, err, "/Message/MessageHeader/label memo.invalid")
			} else if c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

// U+FFFD is a character like others, though Go uses it for what is none.
func TestReplacementCharacter(t *testing.T) {
	m := letter()
	m.Header.Label = string(utf8.RuneError) + "&"
	again, err := readString(xmlOf(t, m))
	if err != nil || again.Header.Label != m.Header.Label {
		t.Errorf("%q, %v", again.Header.Label, err)
	}
}

// Content of any length, in any pieces, comes out as it went in.
func TestContentLengths(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, outputSize - 1, outputSize, outputSize + 1, 3*outputSize + 2} {
		m := letter()
		content := strings.Repeat("abcdefg", n/7+1)[:n]
		m.Body.MainDocument.Files[0] = file("a.txt", "text/plain", content)
		var b bytes.Buffer
		open := func(*File) (io.ReadCloser, error) {
			return io.NopCloser(iotest.HalfReader(strings.NewReader(content))), nil
		}
		if err := Write(&b, m, V12, open); err != nil {
			t.Fatal(err)
		}
		again, err := Read(&pieces{&b, 1009}, ReadOptions{Sink: toContent})
		if err != nil || again.Body.MainDocument.Files[0].Content != content {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}
