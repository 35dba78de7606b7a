package blob

import "syscall"

func (f *diskFile) datasync() error { return syscall.Fdatasync(int(f.Fd())) }

const (
	fallocKeepSize  = 0x01 // FALLOC_FL_KEEP_SIZE
	fallocPunchHole = 0x02 // FALLOC_FL_PUNCH_HOLE
)

func (f *diskFile) punch(position, length int64) error {
	return syscall.Fallocate(int(f.Fd()), fallocKeepSize|fallocPunchHole, position, length)
}
