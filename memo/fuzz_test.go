package memo

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"testing"
	"testing/iotest"
)

// FuzzRead holds the reader against encoding/xml where both should agree, against
// itself with other pieces of the same input, and against the writer.
func FuzzRead(f *testing.F) {
	f.Add([]byte(minimal(v12, "", "")))
	f.Add([]byte(minimal(v12, "<memo:foo><![CDATA[x]]>&amp;&#230;<!-- --><?a b?></memo:foo>", "<memo:Action/>")))
	f.Add([]byte("\uFEFF<?xml version='1.0' encoding='utf-8'?>\n<Message xmlns='https://DigitalPost.dk/MeMo-1' memoVersion='1.1'/>"))
	f.Add([]byte(xmlOf(f, everything())))
	f.Fuzz(func(t *testing.T, input []byte) {
		m, err := Read(bytes.NewReader(input), ReadOptions{Sink: toContent, MaxSize: 1 << 20})
		problems, isProblems := errors.AsType[*Problems](err)
		if err != nil && !isProblems {
			t.Fatalf("an error that is neither the input's nor the sink's: %v", err)
		}

		pieced, piecedErr := Read(iotest.OneByteReader(bytes.NewReader(input)), ReadOptions{Sink: toContent, MaxSize: 1 << 20})
		if !reflect.DeepEqual(m, pieced) || !reflect.DeepEqual(err, piecedErr) {
			t.Fatalf("other pieces, another letter:\n%v, %v\n%v, %v", m, err, pieced, piecedErr)
		}

		wellFormed := isWellFormed(input)
		if err == nil && !wellFormed {
			t.Fatal("encoding/xml refuses what was read")
		}
		if err != nil && problems.Malformed && wellFormed && !problems.cause.ours {
			t.Fatalf("encoding/xml reads what was refused: %v", err)
		}

		if err != nil {
			return
		}
		_ = Validate(m, Rules{}) // must not panic
		var b bytes.Buffer
		if err := Write(&b, m, V12, fromContent); err != nil {
			if _, ok := errors.AsType[*Problems](err); !ok {
				t.Fatal(err)
			}
			return
		}
		again, err := readString(b.String())
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, b.String())
		}
		if !reflect.DeepEqual(forget(again), forget(m)) {
			t.Fatalf("another letter after writing:\n%s", b.String())
		}
	})
}

// isWellFormed asks encoding/xml.
func isWellFormed(input []byte) bool {
	d := xml.NewDecoder(bytes.NewReader(input))
	for {
		if _, err := d.Token(); err == io.EOF {
			return true
		} else if err != nil {
			return false
		}
	}
}

// FuzzContainer: whatever comes, reading a container ends with letters or an
// error that says whose fault it is.
func FuzzContainer(f *testing.F) {
	f.Add(containerOf(f, 2))
	f.Add(pack(f, archiveOf(f), false))
	f.Fuzz(func(t *testing.T, input []byte) {
		if len(input) > 5 && input[4] > 1 {
			input[4] &= 1 // a dictionary of 16 MiB is enough to try
		}
		_, err := readContainer(bytes.NewReader(input), ContainerLimits{MaxEntries: 10, MaxEntrySize: 1 << 20, MaxSize: 4 << 20})
		_, isContainers := errors.AsType[*ContainerError](err)
		_, isLetters := errors.AsType[*Problems](err)
		if err != nil && !isContainers && !isLetters {
			t.Fatal(err)
		}
	})
}
