package blob

import (
	"context"
	"io"
	"sync"
	"testing"

	"digitalpost/internal/db"
	"digitalpost/internal/testkit"
)

// realStore has the sizes of the program.
func realStore(b *testing.B) *Store {
	b.Helper()
	s, err := Open(testkit.SQLite(b), Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

// BenchmarkObject writes a blob of 100 MB and waits until it is on disk.
func BenchmarkObject(b *testing.B) {
	s := realStore(b)
	plain := content(1 << 20)
	b.SetBytes(100 << 20)
	b.ReportAllocs()
	for b.Loop() {
		w := s.Create()
		for range 100 {
			if _, err := w.Write(plain); err != nil {
				b.Fatal(err)
			}
		}
		d, err := w.Close()
		if err != nil {
			b.Fatal(err)
		}
		s.Drop(d)
	}
}

// BenchmarkRead reads a blob of 100 MB.
func BenchmarkRead(b *testing.B) {
	s := realStore(b)
	d := keep(b, s, content(100<<20))
	b.SetBytes(100 << 20)
	b.ReportAllocs()
	for b.Loop() {
		r, err := open(s, d.ID, d.Key)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}

// BenchmarkStage encrypts blobs of 20 KB and brings them to disk in a segment,
// without their rows.
func BenchmarkStage(b *testing.B) {
	for name, writers := range map[string]int{"1": 1, "64": 64} {
		b.Run(name, func(b *testing.B) {
			s := realStore(b)
			plain := content(20_000)
			b.SetBytes(int64(len(plain)))
			b.ReportAllocs()
			each(b, writers, func() error {
				d := draft(b, s, plain)
				return s.Stage([]*Draft{d})()
			})
		})
	}
}

// BenchmarkInsert is the whole way of a blob into a committed transaction: in
// the row, and in a segment.
func BenchmarkInsert(b *testing.B) {
	for name, size := range map[string]int{"5KB": 5_000, "20KB": 20_000} {
		b.Run(name, func(b *testing.B) {
			s := realStore(b)
			plain := content(size)
			b.SetBytes(int64(len(plain)))
			b.ReportAllocs()
			each(b, 64, func() error {
				d := draft(b, s, plain)
				return s.db.Update(context.Background(), func(tx *db.Tx) error {
					var batch db.Batch
					s.Insert(tx, &batch, []*Draft{d})
					return tx.Run(&batch)
				})
			})
		})
	}
}

// each runs do b.N times, by a number of goroutines.
func each(b *testing.B, writers int, do func() error) {
	var wait sync.WaitGroup
	todo := make(chan struct{}, b.N)
	for range b.N {
		todo <- struct{}{}
	}
	close(todo)
	b.ResetTimer()
	for range writers {
		wait.Go(func() {
			for range todo {
				if err := do(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
}
