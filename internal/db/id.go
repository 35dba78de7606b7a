package db

import (
	"encoding/binary"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// idSource makes time-ordered ids. The first 60 free bits are the time in units
// of 1/4096 millisecond, pushed on by one where needed to ascend; the last 62
// are random, which keeps processes apart.
type idSource struct{ last atomic.Int64 }

func (s *idSource) next(now time.Time) uuid.UUID {
	micro := now.UnixMicro()
	tick := micro/1000<<12 | micro%1000*4096/1000
	for {
		last := s.last.Load()
		if tick <= last {
			tick = last + 1
		}
		if s.last.CompareAndSwap(last, tick) {
			break
		}
	}
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(tick>>12)<<16|0x7000|uint64(tick&0xfff))
	binary.BigEndian.PutUint64(id[8:], rand.Uint64()>>2|0x8000000000000000)
	return id
}
