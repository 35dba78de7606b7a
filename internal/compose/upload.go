package compose

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"

	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// piece is how many bytes are stored at a time: what has come when a connection
// breaks is kept but for less than a piece.
const piece = 1 << 20

// Chunk is bytes of a file.
type Chunk struct {
	// Offset is where they belong: at File.Received, or at 0 to begin again.
	Offset int64
	// Total is how many bytes the whole file has; -1 says that it ends where Body
	// does.
	Total int64
	Body  io.Reader
	// Version is the file's that the client knew, 0 for any.
	Version int64
}

// Write takes bytes of a file. What has come is kept, also when Body fails or the
// program is killed; Write goes on there. Where Chunk.Offset is somewhere else the
// error is a Conflict with code CodeFileOffset, and the file that is returned says
// where. A file is part of the letter when it is whole: a Write of nothing at its
// end makes sure of it.
func (c *Composer) Write(ctx context.Context, actor post.Actor, box, message, file post.UUID, chunk Chunk) (Draft, File, error) {
	w := &writing{c: c, actor: actor, box: box, message: message, file: file, chunk: chunk}
	f, err := w.take(ctx)
	if err != nil {
		return w.draft, f, notSent(err)
	}
	if !w.whole {
		return w.draft, f, nil
	}
	out, err := w.finish(ctx)
	return out, out.File(file), notSent(err)
}

// writing is a Write under way.
type writing struct {
	c                  *Composer
	actor              post.Actor
	box, message, file post.UUID
	chunk              Chunk

	draft Draft
	whole bool // all bytes are stored
}

// take stores what comes.
func (w *writing) take(ctx context.Context) (File, error) {
	at, first := w.chunk.Offset, true
	var broken error
	for broken == nil {
		part := w.c.blobs.Create()
		n, err := io.CopyN(part, w.chunk.Body, piece)
		broken = err
		stored, err := part.Close()
		if err != nil {
			return File{}, err
		}
		ended := broken == io.EOF //nolint:errorlint // CopyN returns it bare
		if n == 0 && !first && !ended {
			w.c.blobs.Drop(stored)
			break
		}
		f, err := w.keep(ctx, stored, at, first, ended)
		if err != nil {
			w.c.blobs.Drop(stored)
			return f, err
		}
		if n == 0 {
			w.c.blobs.Drop(stored)
		}
		at += n
		first = false
		if ended {
			return f, nil
		}
	}
	return w.draft.File(w.file), fmt.Errorf("read a file's bytes: %w", broken)
}

// keep stores a piece. It tells where the file is then.
func (w *writing) keep(ctx context.Context, part *blob.Draft, at int64, first, ended bool) (File, error) {
	c := w.c
	var out Draft
	ctx = context.WithoutCancel(ctx) // a connection that breaks takes nothing with it
	err := c.mailboxes.Work(ctx, w.actor, w.box, func(tx *db.Tx, o *mailbox.Opened) error {
		w.whole = false
		d, err := c.load(tx, o, w.message, 0)
		if err != nil {
			return err
		}
		i, j, _, err := d.findFile(w.file)
		if err != nil {
			return err
		}
		f := &d.Documents[i].Files[j]
		received, coming := d.received[w.file]
		show := func(why error) error {
			out, err = c.show(tx, o, d)
			return errors.Join(why, err)
		}
		if first {
			if err := firstOf(d.meets(Known{}), known(w.chunk.Version, f.Version)); err != nil {
				return show(err)
			}
		}
		switch {
		case first && f.Whole && !coming && w.chunk.Total == f.Size && at == f.Size: // its last answer was lost
			return show(nil)
		case first && at == 0 && (received > 0 || !coming):
			if err := c.restart(tx, o, d, w.file); err != nil {
				return err
			}
			received = 0
		case !coming || at != received:
			return show(errs.New(errs.KindConflict, CodeFileOffset, "the file goes on at byte %d", received))
		}
		total := w.chunk.Total
		if total < 0 && ended {
			total = at + part.Size
		}
		switch {
		case total >= 0 && at+part.Size > total:
			return errs.Invalid(CodeFileSize, "file", "more bytes came than the file has")
		case total == 0:
			return errs.Invalid(memo.CodeFileEmpty, "file", "the file is empty")
		}
		if err := c.fits(tx, o, d, w.file, max(total, at+part.Size)); err != nil {
			return err
		}
		if part.Size > 0 {
			if err := c.storePart(tx, o, w.file, part, at); err != nil {
				return err
			}
		}
		d.received[w.file] = received + part.Size
		w.whole = total >= 0 && at+part.Size == total
		if total >= 0 && f.Size != total {
			f.Size = total
			if err := c.saveContent(tx, o, d); err != nil {
				return err
			}
		}
		return show(nil)
	})
	w.draft = out
	return out.File(w.file), err
}

// firstOf is the first error there is.
func firstOf(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// restart has a file come from its first byte.
func (c *Composer) restart(tx *db.Tx, o *mailbox.Opened, d *draft, file post.UUID) error {
	if err := c.forgetUpload(tx, file); err != nil {
		return err
	}
	d.received[file] = 0
	_, err := tx.Exec("INSERT INTO upload (id, mailbox, message, received, touched) VALUES ($1, $2, $3, 0, $4)", file, o.Mailbox.ID, d.Message.ID, tx.Now)
	return err
}

// MaxPieces is how many pieces a file may come in: a connection breaks now and then,
// and each piece takes more room than its bytes.
const MaxPieces = 2000

func (c *Composer) storePart(tx *db.Tx, o *mailbox.Opened, file post.UUID, part *blob.Draft, at int64) error {
	var pieces int
	if err := tx.QueryRow("SELECT COUNT(*) FROM upload_part WHERE upload = $1", file).Scan(&pieces); err != nil {
		return err
	}
	if pieces >= MaxPieces {
		return errs.Invalid(CodeFilePieces, "file", "the file came in more than %d pieces; begin again with larger ones", MaxPieces)
	}
	sealed, err := o.Seal(part.Key[:], part.ID[:])
	if err != nil {
		return err
	}
	var b db.Batch
	c.blobs.Insert(tx, &b, []*blob.Draft{part})
	b.Add("INSERT INTO upload_part (upload, position, blob, sealed) VALUES ($1, $2, $3, $4)", file, at, part.ID, sealed)
	b.Add("UPDATE upload SET received = $1, touched = $2 WHERE id = $3", at+part.Size, tx.Now, file)
	return tx.Run(&b)
}

// finish makes one file of the pieces and puts it into the letter.
func (w *writing) finish(ctx context.Context) (Draft, error) {
	c := w.c
	file, err := w.join(ctx)
	if err != nil {
		return w.draft, err
	}
	stored := file.Content.(*blob.Draft)
	wrong := ruled(file)
	out, err := c.change(ctx, w.actor, w.box, w.message, func(tx *db.Tx, _ *mailbox.Opened, d *draft) error {
		if err := d.meets(Known{}); err != nil {
			return err
		}
		i, j, whole, err := d.findFile(w.file)
		if err != nil {
			return err
		}
		if d.received[w.file] != file.Size {
			return errs.New(errs.KindConflict, CodeFileOffset, "somebody else sent this file anew")
		}
		if wrong != nil {
			return c.removeFile(tx, d, w.file)
		}
		f, body := &d.Documents[i].Files[j], &d.Memo.Body.AdditionalDocument[i]
		copied := *file
		if f.Whole {
			body.Files[whole] = &copied
		} else {
			body.Files = slices.Insert(body.Files, whole, &copied)
		}
		f.Whole, f.Size, f.Version = true, file.Size, f.Version+1
		delete(d.received, w.file)
		return c.forgetUpload(tx, w.file)
	}, nil)
	if err != nil || wrong != nil {
		c.blobs.Drop(stored)
	}
	if err == nil {
		err = wrong
	}
	return out, err
}

// join reads the pieces of a file into one.
func (w *writing) join(ctx context.Context) (*memo.File, error) {
	c := w.c
	var readers []*blob.Reader
	defer func() {
		for _, r := range readers {
			r.Close()
		}
	}()
	var file memo.File
	err := c.mailboxes.Look(ctx, w.actor, w.box, func(tx *db.Tx, o *mailbox.Opened) error {
		d, err := c.load(tx, o, w.message, 0)
		if err != nil {
			return err
		}
		i, j, _, err := d.findFile(w.file)
		if err != nil {
			return err
		}
		f := d.Documents[i].Files[j]
		file = memo.File{EncodingFormat: f.Type, Filename: f.Name, Language: f.Language}
		readers, err = c.parts(tx, o, w.file)
		return err
	})
	if err != nil {
		return nil, err
	}
	from := make([]io.Reader, len(readers))
	for i, r := range readers {
		from[i] = r
	}
	return copyFile(c.blobs, &file, io.MultiReader(from...))
}

func (c *Composer) parts(tx *db.Tx, o *mailbox.Opened, file post.UUID) (readers []*blob.Reader, err error) {
	type part struct {
		blob   post.UUID
		sealed []byte
	}
	rows, err := tx.Query("SELECT blob, sealed FROM upload_part WHERE upload = $1 ORDER BY position", file)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (p part, err error) { err = rows.Scan(&p.blob, &p.sealed); return p, err })
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		key, err := o.Unseal(p.sealed, p.blob[:])
		if err != nil {
			return readers, err
		}
		r, err := c.blobs.Open(tx, p.blob, [32]byte(key))
		if err != nil {
			return readers, err
		}
		readers = append(readers, r)
	}
	return readers, nil
}

// sniffed is how many bytes of a file are looked at.
const sniffed = 4096

// copyFile stores a file's bytes anew: what is known of them is found out on the
// way.
func copyFile(blobs *blob.Store, f *memo.File, from io.Reader) (*memo.File, error) {
	w := blobs.Create()
	look := &looked{sum: sha256.New()}
	if _, err := io.Copy(io.MultiWriter(w, look), from); err != nil {
		w.Discard()
		return nil, fmt.Errorf("copy a file: %w", err)
	}
	stored, err := w.Close()
	if err != nil {
		return nil, err
	}
	out := *f
	out.Content, out.Size, out.SHA256, out.Sniffed = stored, stored.Size, [32]byte(look.sum.Sum(nil)), memo.Sniff(f.Filename, look.head)
	return &out, nil
}

// looked gathers what is known of bytes that pass.
type looked struct {
	sum  hash.Hash
	head []byte
}

func (l *looked) Write(p []byte) (int, error) {
	l.sum.Write(p)
	if room := sniffed - len(l.head); room > 0 {
		l.head = append(l.head, p[:min(len(p), room)]...)
	}
	return len(p), nil
}

// forgetUpload removes what has come of a file.
func (c *Composer) forgetUpload(tx *db.Tx, file post.UUID) error {
	rows, err := tx.Query("SELECT blob FROM upload_part WHERE upload = $1", file)
	blobs, err := db.Collect(rows, err, func(rows *db.Rows) (id post.UUID, err error) { err = rows.Scan(&id); return id, err })
	if err != nil {
		return err
	}
	for _, id := range blobs {
		if err := c.blobs.Delete(tx, id); err != nil {
			return err
		}
	}
	if _, err := tx.Exec("DELETE FROM upload_part WHERE upload = $1", file); err != nil {
		return err
	}
	_, err = tx.Exec("DELETE FROM upload WHERE id = $1", file)
	return err
}

// sweep removes what has come of files that nobody finished within a day. The
// draft forgets them when it is next read.
func (c *Composer) sweep(ctx context.Context) error {
	for {
		var n int
		err := c.db.Update(ctx, func(tx *db.Tx) error {
			rows, err := tx.Query("SELECT id FROM upload WHERE touched < $1 ORDER BY touched LIMIT 50", tx.Now.Add(-uploadKept))
			ids, err := db.Collect(rows, err, func(rows *db.Rows) (id post.UUID, err error) { err = rows.Scan(&id); return id, err })
			n = len(ids)
			for _, id := range ids {
				err = errors.Join(err, c.forgetUpload(tx, id))
			}
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}
