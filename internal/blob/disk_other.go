//go:build !linux

package blob

func (f *diskFile) datasync() error { return f.Sync() }

// punch does nothing: the room is lost until the whole segment is unused.
func (f *diskFile) punch(position, length int64) error { return nil }
