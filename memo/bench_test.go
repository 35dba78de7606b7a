package memo

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"slices"
	"strings"
	"testing"
)

// letterOf is a letter with one PDF of size bytes, as a producer would send it.
func letterOf(t testing.TB, size int) []byte {
	m := letter()
	pdf := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte{0xA7, 0x13, 0x5C}, size/3)...)[:size]
	m.Body.MainDocument.Files[0] = &File{EncodingFormat: "application/pdf", Filename: "Pladsanvisning.pdf", Language: "da", Content: string(pdf), Size: int64(size)}
	return []byte(xmlOf(t, m))
}

func benchmarkRead(b *testing.B, xml []byte) {
	in := bytes.NewReader(xml)
	sink := func(DocumentKind, *File) (io.WriteCloser, error) { return discard{}, nil }
	b.SetBytes(int64(len(xml)))
	b.ReportAllocs()
	for b.Loop() {
		in.Reset(xml)
		if _, err := Read(in, ReadOptions{Sink: sink, Rules: &Rules{}}); err != nil {
			b.Fatal(err)
		}
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }

func BenchmarkRead20KB(b *testing.B) { benchmarkRead(b, letterOf(b, 20_000)) }

// BenchmarkRead0KB is what reading costs besides the file.
func BenchmarkRead0KB(b *testing.B) { benchmarkRead(b, letterOf(b, 12)) }

func BenchmarkReadFullExample(b *testing.B) {
	xml := bytes.ReplaceAll(example(b, "MeMo_Full_Example.xml"), []byte("<memo:senderID>12345678<"), []byte("<memo:senderID>10000009<"))
	benchmarkRead(b, xml)
}

func BenchmarkRead99MB(b *testing.B) { benchmarkRead(b, letterOf(b, 74_600_000)) }

// BenchmarkRead99MBLines has line breaks in the base64, as MIME libraries write it.
func BenchmarkRead99MBLines(b *testing.B) {
	xml := letterOf(b, 70_000_000)
	start := bytes.Index(xml, []byte("<memo:content>")) + len("<memo:content>")
	end := bytes.Index(xml, []byte("</memo:content>"))
	var lines bytes.Buffer
	lines.Write(xml[:start])
	for text := range slices.Chunk(xml[start:end], 76) {
		lines.Write(text)
		lines.WriteString("\r\n")
	}
	lines.Write(xml[end:])
	benchmarkRead(b, lines.Bytes())
}

// BenchmarkFloor20KB is base64 and SHA-256 of the same file alone.
func BenchmarkFloor20KB(b *testing.B) {
	text := []byte(base64.StdEncoding.EncodeToString(make([]byte, 20_000)))
	out := make([]byte, 20_000)
	h := sha256.New()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		n, err := base64.StdEncoding.Decode(out, text)
		if err != nil {
			b.Fatal(err)
		}
		h.Reset()
		h.Write(out[:n])
		h.Sum(nil)
	}
}

func BenchmarkValidate(b *testing.B) {
	m := letter()
	b.ReportAllocs()
	for b.Loop() {
		if err := Validate(m, Rules{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrite20KB(b *testing.B) { benchmarkWrite(b, 20_000) }
func BenchmarkWrite99MB(b *testing.B) { benchmarkWrite(b, 74_600_000) }

func benchmarkWrite(b *testing.B, size int) {
	m := letter()
	content := strings.Repeat("a", size)
	m.Body.MainDocument.Files[0].Size = int64(size)
	open := func(*File) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		if err := Write(io.Discard, m, V12, open); err != nil {
			b.Fatal(err)
		}
	}
}
