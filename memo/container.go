package memo

import (
	"archive/tar"
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"
	"github.com/ulikunitz/xz/lzma"
)

// A container holds many letters: a tar archive in an LZMA stream of the old
// form (LZMA-alone, *.tar.lzma), one entry <messageUUID>.xml for each letter.

const (
	// containerDictionary is the dictionary that real containers declare, and the
	// largest that is accepted. Reading needs that much memory: the library makes
	// the dictionary it is told of and fills it before it hands out a byte. A
	// program that reads containers does so one or a few at a time.
	containerDictionary = 128 << 20
	// writingDictionary is what is really looked back at when writing. It
	// finds what the letters of one mailing have in common, and saves the
	// 700 MB that the library would need for the dictionary declared.
	writingDictionary = 4 << 20
	// tarRecord is the unit that tar archives are padded to.
	tarRecord = 10240
	// ratioFloor is how much a container may expand to whatever its size. Letters
	// with the same attachment compress very well.
	ratioFloor = 1 << 30
)

// ContainerError says what is wrong with a container, as opposed to one of the
// letters in it.
type ContainerError struct {
	Code   string // CodeContainerInvalid or CodeContainerTooLarge
	Detail string // a sentence for a developer, without personal data
}

func (e *ContainerError) Error() string { return e.Code + ": " + e.Detail }

// ContainerLimits keep a small container from becoming a huge one. The zero
// value means the defaults.
type ContainerLimits struct {
	MaxEntries   int   // letters, 0 for 1,000,000
	MaxEntrySize int64 // bytes of one letter, 0 for DefaultMaxSize
	MaxSize      int64 // bytes of all letters, 0 for 20 GB
	// MaxRatio is how many bytes may come out for each byte that went in, once
	// more than 1 GiB has come out; 0 for 5,000. LZMA reaches some 7,000.
	MaxRatio int64
}

func (l ContainerLimits) withDefaults() ContainerLimits {
	if l.MaxEntries == 0 {
		l.MaxEntries = 1_000_000
	}
	if l.MaxEntrySize == 0 {
		l.MaxEntrySize = DefaultMaxSize
	}
	if l.MaxSize == 0 {
		l.MaxSize = 20_000_000_000
	}
	if l.MaxRatio == 0 {
		l.MaxRatio = 5_000
	}
	return l
}

// ContainerEntry is one letter of a container, to be read with [Read] before
// the next one is asked for.
type ContainerEntry struct {
	// UUID is the messageUUID that the entry's name promises; nobody has looked
	// into the letter.
	UUID uuid.UUID
	Size int64 // bytes
	io.Reader
}

// ContainerReader goes through the letters of a container. It needs 128 MiB of
// memory besides what the letters need.
type ContainerReader struct {
	limits   ContainerLimits
	in       *countingReader
	unpacked *unpacker
	tar      *tar.Reader
	entries  int
	size     int64
}

// NewContainerReader starts reading a container. The errors of the reader that
// it returns, and of the entries, are *[ContainerError] where the container is
// to blame, and otherwise r's.
func NewContainerReader(r io.Reader, limits ContainerLimits) (*ContainerReader, error) {
	c := &ContainerReader{limits: limits.withDefaults(), in: &countingReader{r: r}}
	unpacked, err := lzma.ReaderConfig{DictCap: containerDictionary}.NewReader(bufio.NewReaderSize(c.in, bufferSize))
	if err != nil {
		return nil, c.in.blame(err, "the container is not an LZMA stream with a dictionary of at most 128 MiB")
	}
	c.unpacked = &unpacker{r: unpacked, in: c.in, limits: c.limits}
	c.tar = tar.NewReader(c.unpacked)
	return c, nil
}

// Next is the next letter, io.EOF after the last one.
func (c *ContainerReader) Next() (*ContainerEntry, error) {
	h, err := c.tar.Next()
	if err == io.EOF {
		return nil, c.end()
	}
	if err != nil {
		return nil, c.in.blame(err, "the container does not hold a tar archive")
	}
	c.entries++
	c.size += h.Size
	name, isXML := strings.CutSuffix(strings.TrimPrefix(h.Name, "./"), ".xml")
	id, err := uuid.Parse(name)
	switch {
	case h.Typeflag != tar.TypeReg:
		return nil, &ContainerError{CodeContainerInvalid, "an entry is not a plain file"}
	case !isXML || err != nil || len(name) != 36:
		return nil, &ContainerError{CodeContainerInvalid, "an entry is not named by its messageUUID with .xml after it"}
	case h.Size > c.limits.MaxEntrySize:
		return nil, &ContainerError{CodeContainerTooLarge, fmt.Sprintf("an entry has more than %d bytes", c.limits.MaxEntrySize)}
	case c.entries > c.limits.MaxEntries:
		return nil, &ContainerError{CodeContainerTooLarge, fmt.Sprintf("there are more than %d entries", c.limits.MaxEntries)}
	case c.size > c.limits.MaxSize:
		return nil, &ContainerError{CodeContainerTooLarge, fmt.Sprintf("the entries have more than %d bytes", c.limits.MaxSize)}
	}
	return &ContainerEntry{UUID: id, Size: h.Size, Reader: &entryReader{c}}, nil
}

// end reads what follows the archive, which is padding, up to the end marker:
// only then is the container known to be whole.
func (c *ContainerReader) end() error {
	n, err := io.Copy(io.Discard, io.LimitReader(c.unpacked, 1<<20))
	switch {
	case err != nil:
		return c.in.blame(err, "the container ends too early")
	case n == 1<<20:
		return &ContainerError{CodeContainerInvalid, "there is more in the container after the archive"}
	}
	return io.EOF
}

// entryReader reads the entry that the tar reader stands at.
type entryReader struct{ c *ContainerReader }

func (e *entryReader) Read(p []byte) (int, error) {
	n, err := e.c.tar.Read(p)
	if err != nil && err != io.EOF {
		err = e.c.in.blame(err, "the container ends too early")
	}
	return n, err
}

// countingReader counts what goes in and remembers whether the reader failed.
type countingReader struct {
	r    io.Reader
	size int64
	err  error
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.size += int64(n)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// blame turns an error of a library into one that says whose fault it is.
func (c *countingReader) blame(err error, detail string) error {
	if c.err != nil {
		return fmt.Errorf("read container: %w", c.err)
	}
	if own, ok := errors.AsType[*ContainerError](err); ok {
		return own
	}
	return &ContainerError{CodeContainerInvalid, detail}
}

// unpacker stops a stream that expands too much.
type unpacker struct {
	r      io.Reader
	in     *countingReader
	limits ContainerLimits
	size   int64
}

func (u *unpacker) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	u.size += int64(n)
	// tar adds at most three blocks of 512 bytes to a letter.
	if u.size > u.limits.MaxSize+int64(u.limits.MaxEntries)*2048+tarRecord ||
		u.size > ratioFloor && u.size/u.limits.MaxRatio > u.in.size {
		return 0, &ContainerError{CodeContainerTooLarge, "the container expands to too many bytes"}
	}
	return n, err
}

// ContainerWriter writes a container of the form that real ones have.
type ContainerWriter struct {
	lzma *lzma.Writer
	tar  *tar.Writer
	size int64 // bytes of the archive so far
}

// NewContainerWriter starts a container on w.
func NewContainerWriter(w io.Writer) (*ContainerWriter, error) {
	config := lzma.WriterConfig{DictCap: writingDictionary, EOSMarker: true}
	packed, err := config.NewWriter(&headerWriter{w: w})
	if err != nil {
		return nil, fmt.Errorf("start container: %w", err)
	}
	c := &ContainerWriter{lzma: packed}
	c.tar = tar.NewWriter(archiveWriter{c})
	return c, nil
}

// Create starts the entry of a letter with exactly size bytes, to be written to
// the writer it returns.
func (c *ContainerWriter) Create(messageUUID uuid.UUID, size int64) (io.Writer, error) {
	err := c.tar.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg,
		Name:     messageUUID.String() + ".xml",
		Mode:     0o100700,
		Size:     size,
		Format:   tar.FormatUSTAR,
	})
	if err != nil {
		return nil, fmt.Errorf("start container entry: %w", err)
	}
	return c.tar, nil
}

// Close ends the container. It does not close what it was written to.
func (c *ContainerWriter) Close() error {
	if err := c.tar.Close(); err != nil {
		return fmt.Errorf("end container: %w", err)
	}
	if rest := c.size % tarRecord; rest > 0 {
		if _, err := c.lzma.Write(make([]byte, tarRecord-rest)); err != nil {
			return fmt.Errorf("end container: %w", err)
		}
	}
	if err := c.lzma.Close(); err != nil {
		return fmt.Errorf("end container: %w", err)
	}
	return nil
}

// archiveWriter counts the archive on its way into the LZMA stream.
type archiveWriter struct{ c *ContainerWriter }

func (a archiveWriter) Write(p []byte) (int, error) {
	n, err := a.c.lzma.Write(p)
	a.c.size += int64(n)
	return n, err
}

var dictionaryBytes = binary.LittleEndian.AppendUint32(nil, containerDictionary)

// headerWriter puts the customary dictionary size into the stream's header,
// which is one byte of properties, four of the dictionary's size with the
// lowest first, and eight of the length. A stream that looks back less far than
// it declares is a right one.
type headerWriter struct {
	w    io.Writer
	done int // bytes written
}

func (h *headerWriter) Write(p []byte) (int, error) {
	if h.done < 5 {
		p = bytes.Clone(p)
		for i := max(0, 1-h.done); i < len(p) && h.done+i < 5; i++ {
			p[i] = dictionaryBytes[h.done+i-1]
		}
	}
	n, err := h.w.Write(p)
	h.done += n
	return n, err
}
