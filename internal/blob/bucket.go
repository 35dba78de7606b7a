package blob

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"digitalpost/internal/post"
)

// bucket keeps objects, each of which is written once and known by its id.
// folder is one; an S3 bucket would be another.
type bucket interface {
	// create begins an object, which is there once it is committed.
	create(id post.UUID) (object, error)
	// open opens an object. The error for one that is not there is fs.ErrNotExist.
	open(id post.UUID) (source, error)
	// size is how many bytes an object has.
	size(id post.UUID) (int64, error)
	// remove removes an object. One that is not there is no error.
	remove(id post.UUID) error
	// list calls each for every object that was last changed before a time, and
	// removes what was begun before it and never committed.
	list(before time.Time, each func(post.UUID) error) error
}

// object is an object being written.
type object interface {
	io.Writer
	// commit returns when the object would survive a power cut.
	commit() error
	// abort removes what was written.
	abort()
}

// source is where encrypted bytes are read from.
type source interface {
	io.ReaderAt
	io.Closer
}

// folder is a bucket in a folder of files, spread over 256 folders by the last
// byte of their id, which is random.
type folder struct {
	dir      string
	openFile opener
}

const begun = ".part" // the end of a file's name until it is committed

func (f *folder) path(id post.UUID) string {
	name := id.String()
	return filepath.Join(f.dir, name[len(name)-2:], name)
}

func (f *folder) create(id post.UUID) (object, error) {
	path := f.path(id)
	if err := os.Mkdir(filepath.Dir(path), 0o700); err == nil {
		if err := syncDir(f.dir); err != nil {
			return nil, err
		}
	} else if !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	file, err := f.openFile(path+begun, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, err
	}
	return &folderObject{file: file, path: path}, nil
}

func (f *folder) open(id post.UUID) (source, error) { return f.openFile(f.path(id), os.O_RDONLY) }

func (f *folder) size(id post.UUID) (int64, error) {
	info, err := os.Stat(f.path(id))
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f *folder) remove(id post.UUID) error { return removeFile(f.path(id)) }

func removeFile(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (f *folder) list(before time.Time, each func(post.UUID) error) error {
	return filepath.WalkDir(f.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile
		}
		if err != nil || !info.ModTime().Before(before) {
			return err
		}
		if strings.HasSuffix(path, begun) {
			return removeFile(path)
		}
		if id, err := post.ParseUUID(entry.Name()); err == nil {
			return each(id)
		}
		return nil // not ours
	})
}

// syncStep is after how many bytes an object begins to go to disk while more of
// it comes, so that commit does not have to wait for all of it.
const syncStep = 8 << 20

// folderObject is a file that has its own name once it is on disk.
type folderObject struct {
	file
	path     string
	unsynced int
	syncing  chan error // the sync under way; nil when there is none
}

func (o *folderObject) Write(p []byte) (int, error) {
	n, err := o.file.Write(p)
	o.unsynced += n
	if err != nil || o.unsynced < syncStep {
		return n, err
	}
	if err := o.await(); err != nil {
		return n, err
	}
	o.unsynced = 0
	o.syncing = make(chan error, 1)
	go func(done chan error) { done <- o.datasync() }(o.syncing)
	return n, nil
}

func (o *folderObject) await() (err error) {
	if o.syncing != nil {
		err = <-o.syncing
		o.syncing = nil
	}
	return err
}

func (o *folderObject) commit() error {
	if err := errors.Join(o.await(), o.Sync(), o.Close()); err != nil {
		return err
	}
	if err := os.Rename(o.path+begun, o.path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(o.path))
}

func (o *folderObject) abort() {
	o.await()                 //nolint:errcheck // it is removed
	o.Close()                 //nolint:errcheck // commit may have closed it
	os.Remove(o.path + begun) //nolint:errcheck // Sweep tries again
	os.Remove(o.path)         //nolint:errcheck // there only if commit failed at its end
}
