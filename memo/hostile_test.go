package memo

import (
	"io"
	"runtime"
	"strings"
	"testing"
)

// endless is a start and then the same for ever; it counts what is taken.
type endless struct {
	start, again string
	taken        int64
	rest         string
}

func (e *endless) Read(p []byte) (int, error) {
	if e.taken == 0 {
		e.rest = e.start
	}
	if e.rest == "" {
		e.rest = e.again
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	e.taken += int64(n)
	return n, nil
}

// Whatever comes and however long, reading ends, and with little memory.
func TestEndlessInput(t *testing.T) {
	plain := minimal(v12, "", "")
	before := func(mark string) string { return plain[:strings.Index(plain, mark)] }
	many := func(s string) string { return strings.Repeat(s, 1+4096/len(s)) }
	const maxSize = 20_000_000
	for _, c := range []struct {
		name, start, again string
		limit              int64 // bytes that may be taken
		code               string
	}{
		{"spaces", "", many(" "), bufferSize, CodeInvalid},
		{"spaces and comments", "", many("   <!-- -->"), maxOutside, CodeInvalid},
		{"spaces after the root", plain, many(" "), 2 * bufferSize, CodeInvalid},
		{"one tag", "<", many("a"), bufferSize, CodeInvalid},
		{"one tag of attributes", "<a", many(" b='c'"), bufferSize, CodeInvalid},
		{"one attribute", "<a b='", many(">"), bufferSize, CodeInvalid},
		{"one end tag", "<a></", many("a"), bufferSize, CodeInvalid},
		{"one comment", "<!--", many("- "), bufferSize, CodeInvalid},
		{"one instruction", "<?a ", many("? "), bufferSize, CodeInvalid},
		{"one text", before("Brev<"), many("x"), 2 * bufferSize, CodeInvalid},
		{"one text of pieces", before("Brev<"), many("x<!---->"), maxOutside, CodeInvalid},
		{"one CDATA section", before("Brev<") + "<![CDATA[", many("]]"), 2 * bufferSize, CodeInvalid},
		{"one reference", before("Brev<") + "&", many("a"), 2 * bufferSize, CodeInvalid},
		{"references", before("Brev<"), many("&amp;"), 2 * bufferSize, CodeInvalid},
		{"elements inside one another", before("<memo:Sender>"), many("<memo:a>"), 2 * bufferSize, CodeInvalid},
		{"unknown elements", before("<memo:Sender>"), many("<memo:a/>"), maxOutside, CodeInvalid},
		{"ReplyData", before("</memo:MessageHeader>"), many("<memo:ReplyData/>"), maxOutside, CodeInvalid},
		{"files", before("</memo:MainDocument>"), many("<memo:File/>"), maxOutside, CodeInvalid},
		{"namespaces", "<a", many(" xmlns:a='b'"), bufferSize, CodeInvalid},
		{"content", before("S8OmcmUgTWV0dGU="), many("AAAA"), maxSize + 1, CodeTooLarge},
		{"spaces in a content", before("S8OmcmUgTWV0dGU="), many(" "), maxSize + 1, CodeTooLarge},
		{"bad content", before("S8OmcmUgTWV0dGU="), many("*"), maxSize + 1, CodeTooLarge},
		{"padding", before("S8OmcmUgTWV0dGU="), many("="), maxSize + 1, CodeTooLarge},
		{"comments in a content", before("S8OmcmUgTWV0dGU="), many("AAAA<!-- -->"), maxSize + 1, CodeTooLarge},
		{"elements in a content", before("S8OmcmUgTWV0dGU="), many("<a>AAAA</a>"), maxSize + 1, CodeInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := &endless{start: c.start, again: c.again}
			var m0, m1 runtime.MemStats
			runtime.ReadMemStats(&m0)
			_, err := Read(in, ReadOptions{MaxSize: maxSize})
			runtime.ReadMemStats(&m1)
			got := found(t, err)
			if len(got) == 0 || got[len(got)-1] != "/ "+c.code {
				t.Errorf("problems: %v", got)
			}
			if limit := c.limit + 2*bufferSize; in.taken > limit {
				t.Errorf("took %d bytes, more than %d", in.taken, limit)
			}
			if used := m1.TotalAlloc - m0.TotalAlloc; used > 48<<20 {
				t.Errorf("allocated %d bytes", used)
			}
		})
	}
}

// A letter of the largest size goes through in constant memory (SYS-13), and
// one byte more is too many.
func TestLargestLetter(t *testing.T) {
	start, end, _ := strings.Cut(minimal(v12, "", ""), "S8OmcmUgTWV0dGU=")
	length := (DefaultMaxSize - len(start) - len(end)) / 4 * 4
	for _, c := range []struct {
		name  string
		extra int
		want  []string
	}{
		{"largest", DefaultMaxSize - len(start) - len(end) - length, nil},
		{"one more", DefaultMaxSize - len(start) - len(end) - length + 1, []string{"/ message.too.large"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := io.MultiReader(strings.NewReader(start), io.LimitReader(&endless{again: strings.Repeat("AAAA", 8192)}, int64(length)),
				strings.NewReader(end), strings.NewReader(strings.Repeat(" ", c.extra)))
			var m0, m1 runtime.MemStats
			runtime.ReadMemStats(&m0)
			m, err := Read(in, ReadOptions{})
			runtime.ReadMemStats(&m1)
			wantProblems(t, err, c.want...)
			if m.Body.MainDocument.Files[0].Size != int64(length)/4*3 {
				t.Errorf("size %d", m.Body.MainDocument.Files[0].Size)
			}
			if used := m1.TotalAlloc - m0.TotalAlloc; used > 1<<20 {
				t.Errorf("allocated %d bytes", used)
			}
		})
	}
}
