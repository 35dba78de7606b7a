package registry

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
)

// Result counts what an import did.
type Result struct {
	Lines   int64 // read in all, also by earlier runs
	Skipped int64 // done by earlier runs
}

const (
	importChunk = 1000    // lines in a transaction
	maxLine     = 1 << 20 // bytes
)

// CodeRegisterChanged says that a register is not the one that was begun under its
// name.
const CodeRegisterChanged = "register.changed"

// Import reads a register, one Record in a line. source names it: an import of the
// same lines under the same name goes on after the last one that was stored, so
// one that was cut off can be run again. A register that has changed is read from
// its beginning; where in cannot be put back there, the error is a Conflict with
// CodeRegisterChanged, and the next run begins at the beginning. A *RecordError
// says that a line is wrong: those before it are stored.
//
// A party that is known already is brought up to date; nothing is removed.
func (r *Registry) Import(ctx context.Context, source string, in io.Reader) (Result, error) {
	i := importing{registry: r, source: source, digest: sha256.New()}
	if err := i.resume(ctx); err != nil {
		return i.result, err
	}
	err := i.read(ctx, in)
	if errs.CodeOf(err) != CodeRegisterChanged {
		return i.result, err
	}
	i = importing{registry: r, source: source, digest: sha256.New()}
	if err := i.forget(ctx); err != nil {
		return i.result, err
	}
	again, ok := in.(io.Seeker)
	if !ok {
		return i.result, err
	}
	if _, err := again.Seek(0, io.SeekStart); err != nil {
		return i.result, err
	}
	return i.result, i.read(ctx, in)
}

// importing is an import under way.
type importing struct {
	registry *Registry
	source   string
	result   Result
	digest   hash.Hash // of the lines read
	before   []byte    // digest of the lines that earlier runs have stored
	chunk    []Record
}

func (i *importing) resume(ctx context.Context) error {
	return i.registry.db.Read(ctx, func(tx *db.Tx) error {
		err := tx.QueryRow("SELECT lines, digest FROM registry_import WHERE source = $1", i.source).Scan(&i.result.Skipped, &i.before)
		if errors.Is(err, db.ErrNoRows) {
			return nil
		}
		return err
	})
}

func (i *importing) forget(ctx context.Context) error {
	return i.registry.db.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM registry_import WHERE source = $1", i.source)
		return err
	})
}

var errChanged = errs.New(errs.KindConflict, CodeRegisterChanged, "the register is not the one that was begun under its name; run the import again")

func (i *importing) read(ctx context.Context, in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	for lines.Scan() {
		if i.result.Lines >= i.result.Skipped {
			if err := i.line(lines.Bytes()); err != nil {
				return errors.Join(err, i.store(ctx))
			}
		}
		i.digest.Write(lines.Bytes())
		i.digest.Write([]byte{'\n'})
		i.result.Lines++
		switch {
		case i.result.Lines == i.result.Skipped && !bytes.Equal(i.digest.Sum(nil), i.before):
			return errChanged
		case len(i.chunk) == importChunk:
			if err := i.store(ctx); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return errors.Join(fmt.Errorf("read register after line %d: %w", i.result.Lines, err), i.store(ctx))
	}
	if i.result.Lines < i.result.Skipped {
		return errChanged
	}
	return i.store(ctx)
}

func (i *importing) line(text []byte) error {
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return nil
	}
	rec, err := parseRecord(i.result.Lines+1, bytes.Clone(text))
	if err == nil {
		i.chunk = append(i.chunk, rec)
	}
	return err
}

// store saves the records read and how far that is, in one transaction.
func (i *importing) store(ctx context.Context) error {
	if len(i.chunk) == 0 {
		return nil
	}
	err := i.registry.db.Update(ctx, func(tx *db.Tx) error {
		if err := i.registry.Save(tx, i.chunk); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO registry_import (source, lines, digest) VALUES ($1, $2, $3)
			ON CONFLICT (source) DO UPDATE SET lines = excluded.lines, digest = excluded.digest`, i.source, i.result.Lines, i.digest.Sum(nil))
		return err
	})
	i.chunk = i.chunk[:0]
	return err
}
