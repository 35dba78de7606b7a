package db

import (
	"context"
	"errors"
	"testing"

	"digitalpost/internal/errs"
)

func TestGroup(t *testing.T) {
	d, err := Open(context.Background(), t.TempDir()+"/a.db")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := d.Update(ctx, func(tx *Tx) error {
		_, err := tx.Exec("CREATE TABLE x (id BLOB PRIMARY KEY, n BIGINT, ok BOOLEAN) WITHOUT ROWID")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	want := errs.New(errs.KindInvalid, "no", "")
	res := make(chan error)
	for i := range 64 {
		go func() {
			res <- d.Update(ctx, func(tx *Tx) error {
				var b Batch
				b.InsertMany("x (id, n, ok)", [][]any{{tx.NewID(), i, true}, {tx.NewID(), i, false}, {tx.NewID(), i, false}}, "")
				if err := tx.Run(&b); err != nil {
					return err
				}
				if i%2 == 0 {
					return want
				}
				return nil
			})
		}()
	}
	bad := 0
	for range 64 {
		if err := <-res; errors.Is(err, want) {
			bad++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	var n int
	if err := d.Read(ctx, func(tx *Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM x WHERE ok = $1", true).Scan(&n)
	}); err != nil || n != 32 || bad != 32 {
		t.Fatal(n, bad, err)
	}
}
