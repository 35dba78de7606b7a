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
	tick := tickOf(now)
	for {
		last := s.last.Load()
		if tick <= last {
			tick = last + 1
		}
		if s.last.CompareAndSwap(last, tick) {
			break
		}
	}
	return makeID(tick, rand.Uint64())
}

// IDAt is the lowest id that NewID makes at a time: ids of earlier times are
// lower.
func IDAt(t time.Time) uuid.UUID { return makeID(tickOf(t), 0) }

func tickOf(t time.Time) int64 {
	micro := t.UnixMicro()
	return micro/1000<<12 | micro%1000*4096/1000
}

func makeID(tick int64, random uint64) uuid.UUID {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(tick>>12)<<16|0x7000|uint64(tick&0xfff))
	binary.BigEndian.PutUint64(id[8:], random>>2|0x8000000000000000)
	return id
}
