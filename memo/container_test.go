package memo

import (
	"archive/tar"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"testing"
	"testing/iotest"

	"github.com/google/uuid"
	"github.com/ulikunitz/xz/lzma"
)

// containerOf is a container with n letters, which differ in their UUID.
func containerOf(t testing.TB, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	c, err := NewContainerWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	m := letter()
	for i := range n {
		m.Header.MessageUUID[15] = byte(i)
		xml := xmlOf(t, m)
		w, err := c.Create(m.Header.MessageUUID, int64(len(xml)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, xml); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readContainer reads all letters of a container.
func readContainer(r io.Reader, limits ContainerLimits) (letters []*Message, err error) {
	c, err := NewContainerReader(r, limits)
	if err != nil {
		return nil, err
	}
	for {
		e, err := c.Next()
		if err == io.EOF {
			return letters, nil
		}
		if err != nil {
			return letters, err
		}
		m, err := Read(e, ReadOptions{Sink: toContent, Rules: &Rules{}})
		if err != nil {
			return letters, fmt.Errorf("letter %s: %w", e.UUID, err)
		}
		letters = append(letters, m)
	}
}

// SND-02
func TestContainerRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 20} {
		letters, err := readContainer(iotest.HalfReader(bytes.NewReader(containerOf(t, n))), ContainerLimits{})
		if err != nil || len(letters) != n {
			t.Fatalf("%d letters of %d: %v", len(letters), n, err)
		}
		for i, m := range letters {
			if m.Header.MessageUUID[15] != byte(i) || m.Body.MainDocument.Files[0].Content != "Kære Mette" {
				t.Errorf("letter %d is %s", i, m.Header.MessageUUID)
			}
		}
	}
}

// A container has the form of real ones, byte for byte where it can be told.
func TestContainerForm(t *testing.T) {
	b := containerOf(t, 1)
	if got := hex.EncodeToString(b[:13]); got != "5d00000008"+"ffffffffffffffff" {
		t.Errorf("header %s", got)
	}
	unpacked, err := lzma.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	archive, err := io.ReadAll(unpacked)
	if err != nil || !unpacked.EOSMarker() || len(archive)%tarRecord != 0 {
		t.Errorf("%d bytes, end marker %t, %v", len(archive), unpacked.EOSMarker(), err)
	}
	if mode := string(archive[100:107]); mode != "0100700" {
		t.Errorf("mode %s", mode)
	}
	h, err := tar.NewReader(bytes.NewReader(archive)).Next()
	if err != nil || h.Name != letter().Header.MessageUUID.String()[:34]+"00.xml" {
		t.Errorf("%v, %v", h, err)
	}
}

// What others wrote is read, and others read what we write.
func TestContainerOfXZ(t *testing.T) {
	if _, err := exec.LookPath("xz"); err != nil {
		t.Skip("xz is not installed (Debian: xz-utils)")
	}
	ours := containerOf(t, 3)
	unpack := exec.Command("xz", "--format=lzma", "--decompress", "--stdout")
	unpack.Stdin = bytes.NewReader(ours)
	archive, err := unpack.Output()
	if err != nil {
		t.Fatal(err)
	}
	pack := exec.Command("xz", "--format=lzma", "--lzma1=dict=128MiB", "--stdout")
	pack.Stdin = bytes.NewReader(archive)
	theirs, err := pack.Output()
	if err != nil {
		t.Fatal(err)
	}
	if letters, err := readContainer(bytes.NewReader(theirs), ContainerLimits{}); err != nil || len(letters) != 3 {
		t.Errorf("%d letters: %v", len(letters), err)
	}
}

// pack compresses a tar archive, with the size in the header where eos is false.
func pack(t testing.TB, archive []byte, eos bool) []byte {
	t.Helper()
	config := lzma.WriterConfig{DictCap: 1 << 16, EOSMarker: eos}
	if !eos {
		config.SizeInHeader, config.Size = true, int64(len(archive))
	}
	var b bytes.Buffer
	w, err := config.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(archive); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// archiveOf is a tar archive with entries of the given headers; Size bytes of
// zeros each.
func archiveOf(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, h.Size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHostileContainers(t *testing.T) {
	entry := func(size int64) tar.Header {
		return tar.Header{Typeflag: tar.TypeReg, Name: uuid.NewString() + ".xml", Size: size}
	}
	named := func(name string) []byte {
		return pack(t, archiveOf(t, tar.Header{Typeflag: tar.TypeReg, Name: name}), true)
	}
	good := containerOf(t, 3)
	hugeDictionary := bytes.Clone(good)
	copy(hugeDictionary[1:], "\x00\x00\x00\x09")
	limits := ContainerLimits{MaxEntries: 3, MaxEntrySize: 100_000, MaxSize: 200_000}
	for _, c := range []struct {
		name      string
		container []byte
		want      string
	}{
		{"size in the header", pack(t, archiveOf(t, entry(10)), false), ""},
		{"three entries", pack(t, archiveOf(t, entry(1), entry(2), entry(3)), true), ""},
		{"nothing", nil, CodeContainerInvalid},
		{"a letter", []byte(minimal(v12, "", "")), CodeContainerInvalid},
		{"xz", []byte("\xFD7zXZ\x00\x00\x04abcdefghijkl"), CodeContainerInvalid},
		{"a larger dictionary", hugeDictionary, CodeContainerInvalid},
		{"cut short", good[:len(good)-20], CodeContainerInvalid},
		{"changed", append(append(bytes.Clone(good[:100]), 0xFF), good[101:]...), CodeContainerInvalid},
		{"no archive", pack(t, bytes.Repeat([]byte("x"), 2000), true), CodeContainerInvalid},
		{"folder", pack(t, archiveOf(t, tar.Header{Typeflag: tar.TypeDir, Name: uuid.NewString() + ".xml"}), true), CodeContainerInvalid},
		{"link", pack(t, archiveOf(t, tar.Header{Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd", Name: uuid.NewString() + ".xml"}), true), CodeContainerInvalid},
		{"name is no UUID", named("letter.xml"), CodeContainerInvalid},
		{"name in a folder", named("a/" + uuid.NewString() + ".xml"), CodeContainerInvalid},
		{"name outside", named("../" + uuid.NewString() + ".xml"), CodeContainerInvalid},
		{"name with a space", named(" " + uuid.NewString() + ".xml"), CodeContainerInvalid},
		{"name of a PDF", named(uuid.NewString() + ".pdf"), CodeContainerInvalid},
		{"four entries", pack(t, archiveOf(t, entry(1), entry(1), entry(1), entry(1)), true), CodeContainerTooLarge},
		{"a large entry", pack(t, archiveOf(t, entry(100_001)), true), CodeContainerTooLarge},
		{"large entries", pack(t, archiveOf(t, entry(90_000), entry(90_000), entry(90_000)), true), CodeContainerTooLarge},
		{"much after the archive", pack(t, append(archiveOf(t), make([]byte, 900_000)...), true), CodeContainerTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := NewContainerReader(bytes.NewReader(c.container), limits)
			for err == nil {
				var e *ContainerEntry
				if e, err = r.Next(); err == nil {
					_, err = io.Copy(io.Discard, e)
				}
			}
			if c.want == "" {
				if err != io.EOF {
					t.Error(err)
				}
				return
			}
			if own, ok := errors.AsType[*ContainerError](err); !ok || own.Code != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// A connection that breaks is not the container's fault.
func TestContainerInputBreaks(t *testing.T) {
	broken := errors.New("connection reset")
	good := containerOf(t, 3)
	for _, n := range []int{0, 5, 200} {
		_, err := readContainer(io.MultiReader(bytes.NewReader(good[:n]), iotest.ErrReader(broken)), ContainerLimits{})
		if _, ok := errors.AsType[*ContainerError](err); ok || !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

// A small container that expands without end is stopped by its ratio.
func TestExpandingContainer(t *testing.T) {
	u := &unpacker{r: zeros{}, in: &countingReader{size: 1000}, limits: ContainerLimits{}.withDefaults()}
	n, err := io.Copy(io.Discard, u)
	if own, ok := errors.AsType[*ContainerError](err); !ok || own.Code != CodeContainerTooLarge || n > ratioFloor+bufferSize {
		t.Errorf("%d bytes, %v", n, err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func BenchmarkContainerRead(b *testing.B) {
	packed := containerOf(b, 200)
	b.ReportAllocs()
	for b.Loop() {
		if letters, err := readContainer(bytes.NewReader(packed), ContainerLimits{}); err != nil || len(letters) != 200 {
			b.Fatal(err)
		}
	}
}
