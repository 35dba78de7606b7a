package memo

import (
	"bytes"
	"errors"
	"fmt"
	"hash"
	"io"
)

const (
	// bufferSize is how much of a letter is seen at a time. No text, tag or
	// comment outside the contents may be longer: that is what bounds them.
	bufferSize = 64 << 10
	// maxOutside is how many bytes a letter may have outside its contents. A
	// letter with every field filled to its limit has some 100 KB.
	maxOutside = 8 << 20
)

// errTooLarge says that the input has more bytes than allowed.
var errTooLarge = errors.New("too large")

// malformed says that the input is no well-formed XML, or not in the part of
// XML that is accepted.
type malformed struct {
	offset int64 // bytes before the place, from 0
	line   int   // from 1
	reason string
	// ours is set for what XML allows, or encoding/xml does not look for.
	ours bool
}

func (e *malformed) Error() string {
	return fmt.Sprintf("line %d, byte %d: %s", e.line, e.offset, e.reason)
}

// source is the input, seen through one buffer that is filled when a token does
// not fit into what is there.
type source struct {
	r        io.Reader
	buf      []byte
	pos, end int   // buf[pos:end] has been read and not used
	start    int64 // offset of buf[0] in the input
	lines    int   // line breaks before buf[0]
	max      int64 // bytes allowed
	err      error // what ended the input: io.EOF, or why it could not be read

	// outside takes every byte outside the contents; buf[mark:pos] are those it
	// has yet to get. mark is -1 inside a content.
	outside hash.Hash
	mark    int
	inside  int64 // bytes inside contents so far
}

func (s *source) reset(r io.Reader, max int64) {
	*s = source{r: r, buf: s.buf, max: max, outside: s.outside}
	s.outside.Reset()
}

// offset is how many bytes have been used.
func (s *source) offset() int64 { return s.start + int64(s.pos) }

// more reads on. buf[pos:end] stays, perhaps at another place; io.EOF says that
// nothing comes any more.
func (s *source) more() error {
	if s.pos == s.end || s.end == len(s.buf) {
		s.shift()
	}
	if s.end == len(s.buf) {
		return s.refuse("a text, tag or comment is longer than %d bytes", bufferSize)
	}
	for range 100 {
		if s.err != nil {
			return s.err
		}
		room := s.buf[s.end:]
		if left := s.max + 1 - s.start - int64(s.end); left < int64(len(room)) {
			room = room[:left]
		}
		n, err := s.r.Read(room)
		s.end += n
		s.err = err
		if s.start+int64(s.end) > s.max {
			s.err = errTooLarge
			return s.err
		}
		if n > 0 {
			return nil
		}
	}
	return io.ErrNoProgress
}

// shift makes room by forgetting what has been used.
func (s *source) shift() {
	if s.pos == 0 {
		return
	}
	if s.mark >= 0 {
		s.outside.Write(s.buf[s.mark:s.pos])
		s.mark = 0
	}
	s.lines += bytes.Count(s.buf[:s.pos], []byte{'\n'})
	s.start += int64(s.pos)
	s.end = copy(s.buf, s.buf[s.pos:s.end])
	s.pos = 0
}

// enterContent and leaveContent stand around the text of a content element.
func (s *source) enterContent() {
	s.outside.Write(s.buf[s.mark:s.pos])
	s.mark = -1
	s.inside -= s.offset()
}

// leaveContent puts the content's own hash where the content was.
func (s *source) leaveContent(sum []byte) {
	s.outside.Write(sum)
	s.mark = s.pos
	s.inside += s.offset()
}

// checkOutside refuses a letter with too much around its contents, such as
// 100 MB of spaces.
func (s *source) checkOutside() error {
	if s.mark >= 0 && s.offset()-s.inside > maxOutside {
		return s.refuse("more than %d bytes outside the contents", maxOutside)
	}
	return nil
}

// need makes sure that n more bytes are there.
func (s *source) need(n int) error {
	for s.end-s.pos < n {
		if err := s.more(); err == io.EOF {
			return s.bad("the letter ends in the middle of a tag")
		} else if err != nil {
			return err
		}
	}
	return nil
}

// until is the index in buf of the first pattern at or after pos+skip.
func (s *source) until(skip int, pattern []byte, what string) (int, error) {
	for from := skip; ; {
		if from < s.end-s.pos {
			if i := bytes.Index(s.buf[s.pos+from:s.end], pattern); i >= 0 {
				return s.pos + from + i, nil
			}
			from = max(from, s.end-s.pos-len(pattern)+1)
		}
		if err := s.more(); err == io.EOF {
			return 0, s.bad("the letter ends in the middle of %s", what)
		} else if err != nil {
			return 0, err
		}
	}
}

// bad is a *malformed error about the byte at pos.
func (s *source) bad(reason string, args ...any) error { return s.badAt(s.pos, reason, args...) }

func (s *source) badAt(pos int, reason string, args ...any) error {
	if len(args) > 0 {
		reason = fmt.Sprintf(reason, args...)
	}
	return &malformed{
		offset: s.start + int64(pos),
		line:   1 + s.lines + bytes.Count(s.buf[:pos], []byte{'\n'}),
		reason: reason,
	}
}

// refuse is bad for what is not wrong by XML's own rules, or by those that
// encoding/xml holds.
func (s *source) refuse(reason string, args ...any) error {
	err := s.bad(reason, args...).(*malformed)
	err.ours = true
	return err
}
