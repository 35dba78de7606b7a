package intake

import (
	"io"

	"digitalpost/internal/blob"
	"digitalpost/memo"
)

// maxHeld is about how many bytes of a letter's files are held in memory: beyond
// it they go to disk while the rest comes.
const maxHeld = 2 << 20

// uploads are the files of a letter on their way to the blob store.
type uploads struct {
	blobs *blob.Store
	all   []*upload
	held  int64        // bytes that came since the last stage
	wait  func() error // for the last stage; nil before it
}

// upload is one file.
type upload struct {
	*blob.Writer
	of   *uploads
	file *memo.File
}

func (u *uploads) create(_ memo.DocumentKind, f *memo.File) (io.WriteCloser, error) {
	one := &upload{u.blobs.Create(), u, f}
	u.all = append(u.all, one)
	return one, nil
}

// Close makes the file a draft, which its Content then is.
func (u *upload) Close() error {
	if u.file.Content != nil {
		return nil
	}
	draft, err := u.Writer.Close()
	if err != nil {
		return err
	}
	u.file.Content = draft
	u.of.held += draft.Size
	if u.of.held < maxHeld {
		return nil
	}
	return u.of.stage()
}

// stage has what is held written to disk in the background. It waits for the stage
// before, so that a letter that comes faster than the disk is slowed down.
func (u *uploads) stage() error {
	u.held = 0
	if u.wait != nil {
		if err := u.wait(); err != nil {
			return err
		}
	}
	var drafts []*blob.Draft
	for _, one := range u.all {
		if draft, ok := one.file.Content.(*blob.Draft); ok {
			drafts = append(drafts, draft)
		}
	}
	u.wait = u.blobs.Stage(drafts)
	return nil
}

// discard forgets all of it.
func (u *uploads) discard() {
	for _, one := range u.all {
		if draft, ok := one.file.Content.(*blob.Draft); ok {
			u.blobs.Drop(draft)
			continue
		}
		one.Discard()
	}
}

// drop forgets the files of a letter that is not delivered.
func (in *Intake) drop(l *letter) {
	for _, doc := range l.memo.Documents() {
		for _, f := range doc.Files {
			if draft, ok := f.Content.(*blob.Draft); ok {
				in.blobs.Drop(draft)
			}
		}
	}
}
