package memo

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
)

const (
	// outputSize is how many decoded bytes go to the sink at a time: what the
	// buffer holds, whatever pieces the network brings.
	outputSize = bufferSize / 4 * 3
	// headSize is how much of a file is looked at to tell what it is.
	headSize = 1024
)

// content decodes the base64 of one file after the other: to the hash, to the
// sniffer and to the sink.
type content struct {
	sink io.WriteCloser // nil to discard
	hash hash.Hash
	size int64
	head []byte // the first bytes, up to headSize

	out    []byte // decoded and not yet flushed
	packed []byte // input without white space, made when first needed
	rest   []byte // up to three characters that wait for their fourth
	padded bool   // the = of the end has come
	bad    bool   // it is no base64
}

func newContent() content {
	return content{
		hash: sha256.New(),
		head: make([]byte, 0, headSize),
		out:  make([]byte, 0, outputSize),
		rest: make([]byte, 0, 4),
	}
}

// begin makes ready for the next file.
func (c *content) begin(sink io.WriteCloser) {
	c.sink, c.size = sink, 0
	c.hash.Reset()
	c.head, c.out, c.rest = c.head[:0], c.out[:0], c.rest[:0]
	c.padded, c.bad = false, false
}

// write decodes more of the text, in which white space may stand anywhere. It
// fails only where the sink does; bad text sets bad.
func (c *content) write(text []byte) error {
	if bytes.IndexByte(text, '\n') >= 0 || bytes.IndexByte(text, '\r') >= 0 ||
		bytes.IndexByte(text, ' ') >= 0 || bytes.IndexByte(text, '\t') >= 0 {
		text = c.pack(text)
	}
	if len(c.rest) > 0 {
		n := min(4-len(c.rest), len(text))
		c.rest = append(c.rest, text[:n]...)
		text = text[n:]
		if len(c.rest) < 4 {
			return nil
		}
		if err := c.decode(c.rest); err != nil {
			return err
		}
		c.rest = c.rest[:0]
	}
	whole := len(text) &^ 3
	c.rest = append(c.rest, text[whole:]...)
	return c.decode(text[:whole])
}

// pack is the text without its white space.
func (c *content) pack(text []byte) []byte {
	if c.packed == nil {
		c.packed = make([]byte, bufferSize)
	}
	n := 0
	for _, b := range text {
		c.packed[n] = b
		if !isSpace(b) {
			n++
		}
	}
	return c.packed[:n]
}

// decode takes whole groups of four characters.
func (c *content) decode(text []byte) error {
	for len(text) > 0 && !c.bad {
		if c.padded {
			c.bad = true
			return nil
		}
		room := (cap(c.out) - len(c.out)) / 3 * 4
		if room == 0 {
			if err := c.flush(); err != nil {
				return err
			}
			continue
		}
		part := text[:min(room, len(text))]
		n, err := base64.StdEncoding.Strict().Decode(c.out[len(c.out):cap(c.out)], part)
		c.out = c.out[:len(c.out)+n]
		c.bad = err != nil
		c.padded = part[len(part)-1] == '='
		text = text[len(part):]
	}
	return nil
}

func (c *content) flush() error {
	c.size += int64(len(c.out))
	c.hash.Write(c.out)
	if room := headSize - len(c.head); room > 0 {
		c.head = append(c.head, c.out[:min(room, len(c.out))]...)
	}
	if c.sink != nil && len(c.out) > 0 {
		if _, err := c.sink.Write(c.out); err != nil {
			return err
		}
	}
	c.out = c.out[:0]
	return nil
}

// end passes on what is left and tells the file what was found out about it.
func (c *content) end(f *File) error {
	c.bad = c.bad || len(c.rest) > 0
	err := c.flush()
	f.Size = c.size
	c.hash.Sum(f.SHA256[:0])
	f.Sniffed = Sniff(f.Filename, c.head)
	if c.sink == nil {
		return err
	}
	if closing := c.sink.Close(); err == nil {
		err = closing
	}
	c.sink = nil
	return err
}

// readContent decodes the content of a file, from the element just started to
// and with its end tag.
func (r *reader) readContent(f *File) error {
	var sink io.WriteCloser
	if r.sink != nil {
		var err error
		if sink, err = r.sink(r.kind, f); err != nil {
			return fmt.Errorf("store a file's content: %w", err)
		}
	}
	r.content.begin(sink)
	r.tok.enterContent()
	if err := r.decodeContent(); err != nil {
		return err
	}
	if err := r.content.end(f); err != nil {
		return fmt.Errorf("store a file's content: %w", err)
	}
	r.tok.leaveContent(f.SHA256[:])
	if r.content.bad {
		r.add("", CodeInvalid, "the content is not base64")
	}
	_, err := r.tok.next() // the end tag
	return err
}

// decodeContent decodes straight from the buffer, up to the end tag.
func (r *reader) decodeContent() error {
	t := &r.tok
	for !t.closing {
		if t.pos == t.end {
			if err := t.more(); err == io.EOF {
				return t.bad("the letter ends inside a content")
			} else if err != nil {
				return err
			}
		}
		run := t.buf[t.pos:t.end]
		if i := bytes.IndexByte(run, '<'); i >= 0 {
			run = run[:i]
		}
		if i := bytes.IndexByte(run, '&'); i >= 0 {
			run = run[:i]
		}
		if err := r.content.write(run); err != nil {
			return fmt.Errorf("store a file's content: %w", err)
		}
		if t.pos += len(run); t.pos == t.end {
			continue
		}
		if done, err := r.markupInContent(); done || err != nil {
			return err
		}
	}
	return nil
}

// markupInContent takes what is not base64 inside a content: a reference, such
// as the &#13; that some producers write at line ends, a comment, a CDATA
// section, an element that must not be there. It answers true at the end tag.
func (r *reader) markupInContent() (bool, error) {
	t := &r.tok
	if t.buf[t.pos] == '&' {
		end, err := t.until(1, []byte(";"), "a reference")
		if err != nil {
			return false, err
		}
		b, err := t.decode(t.buf[t.pos:end+1], true)
		if err != nil {
			return false, err
		}
		t.pos = end + 1
		return false, r.content.write(b)
	}
	if err := t.need(2); err != nil {
		return false, err
	}
	switch t.buf[t.pos+1] {
	case '/':
		return true, nil
	case '?':
		return false, t.instruction()
	case '!':
		found, err := t.declaration()
		if found && err == nil {
			err = r.content.write(t.text)
		}
		return false, err
	}
	if err := t.startTag(); err != nil {
		return false, err
	}
	return false, r.skipUnknown(false)
}
