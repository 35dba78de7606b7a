package blob

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// file is what is needed of an open file. Tests put failing ones in its place.
type file interface {
	io.Writer
	io.ReaderAt
	io.WriterAt
	io.Closer
	Sync() error
	Truncate(size int64) error
	Stat() (fs.FileInfo, error)
	// datasync puts the content on disk, and of what is known about the file only
	// what is needed to read it.
	datasync() error
	// punch gives the room of a range back to the file system.
	punch(position, length int64) error
	// lock keeps others out until the file is closed; false where they were first.
	lock() (bool, error)
}

// opener opens a file that only its owner may read.
type opener func(path string, flag int) (file, error)

func openFile(path string, flag int) (file, error) {
	f, err := os.OpenFile(path, flag, 0o600)
	if err != nil {
		return nil, err
	}
	return &diskFile{f}, nil
}

// diskFile is a file of the operating system.
type diskFile struct{ *os.File }

func (f *diskFile) lock() (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// syncDir puts the names in a folder on disk.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
