package db_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"digitalpost/internal/db"
	"digitalpost/internal/testkit"
)

type (
	key  int64
	word string
)

func TestValuesAreReadAsTheyWereWritten(t *testing.T) {
	type row struct {
		id     uuid.UUID
		at     time.Time
		yes    bool
		bytes  []byte
		number key
		text   word
		fine   float64
	}
	full := row{uuid.New(), time.Date(2026, 11, 22, 12, 0, 0, 123456000, time.UTC), true, []byte{0, 1, 255}, 1 << 60, "æøå ' \\ $1 ?1", 1.5}
	for name, want := range map[string]row{"full": full, "zero": {}} {
		t.Run(name, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, d *db.DB) {
				blob := "BLOB"
				if d.Postgres() {
					blob = "BYTEA"
				}
				must(t, d.Update(t.Context(), func(tx *db.Tx) error {
					_, err := tx.Exec("CREATE TABLE v (id " + blob + ", at BIGINT, yes BOOLEAN, bytes " + blob + ", number BIGINT, text TEXT, fine DOUBLE PRECISION)")
					if err != nil {
						return err
					}
					_, err = tx.Exec("INSERT INTO v VALUES ($1, $2, $3, $4, $5, $6, $7)",
						want.id, want.at.Local(), want.yes, want.bytes, want.number, want.text, want.fine)
					return err
				}))
				var got row
				var nulls int
				must(t, d.Read(t.Context(), func(tx *db.Tx) error {
					err := tx.QueryRow("SELECT id, at, yes, bytes, number, text, fine FROM v WHERE text = $1", want.text).
						Scan(&got.id, db.Time(&got.at), &got.yes, &got.bytes, &got.number, &got.text, &got.fine)
					if err != nil {
						return err
					}
					return tx.QueryRow("SELECT COUNT(*) FROM v WHERE id IS NULL AND at IS NULL AND bytes IS NULL").Scan(&nulls)
				}))
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("read %v, wrote %v", got, want)
				}
				if (nulls == 1) != (name == "zero") {
					t.Errorf("%d rows of NULLs", nulls)
				}
			})
		})
	}
}

func TestNullReadsAsTheZeroValue(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		number, text, yes, at, k := 7, "x", true, time.Now(), key(7)
		must(t, d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.QueryRow("SELECT CAST(NULL AS BIGINT), CAST(NULL AS TEXT), CAST(NULL AS BOOLEAN), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT)").
				Scan(db.Null(&number), db.Null(&text), db.Null(&yes), db.Time(&at), db.Null(&k))
		}))
		if number != 0 || text != "" || yes || !at.IsZero() || k != 0 {
			t.Error(number, text, yes, at, k)
		}
		must(t, d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.QueryRow("SELECT CAST(5 AS BIGINT), CAST('five' AS TEXT), CAST(5 AS BIGINT)").Scan(db.Null(&number), db.Null(&text), db.Null(&k))
		}))
		if number != 5 || text != "five" || k != 5 {
			t.Error(number, text, k)
		}
	})
}

func TestNoRowIsAnErrorOfItsOwn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		withTable(t, d)
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			var n int
			return tx.QueryRow("SELECT n FROM x").Scan(&n)
		})
		if !errors.Is(err, db.ErrNoRows) {
			t.Error(err)
		}
	})
}

// What fails after the first row fails all the same.
func TestARowWithAnErrorBehindItIsAnError(t *testing.T) {
	d := testkit.Postgres(t)
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		var n int
		if err := tx.QueryRow("SELECT 10 / (3 - i) FROM generate_series(1, 3) i").Scan(&n); err == nil {
			t.Error("not told")
		}
		return nil
	})
	must(t, err)
}

func TestInsertManyAndQueryInAtTheirBorders(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 31, 32, 33, 64, 100} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, d *db.DB) {
				withTable(t, d)
				var rows [][]any
				var keys []any
				var want []int
				for i := range n {
					rows = append(rows, []any{i, []byte{byte(i)}})
					keys = append(keys, i)
					want = append(want, i)
				}
				must(t, d.Update(t.Context(), func(tx *db.Tx) error {
					var b db.Batch
					b.InsertMany("x (n, content)", rows, "")
					b.InsertMany("x (n, content)", rows, "ON CONFLICT DO NOTHING")
					return tx.Run(&b)
				}))
				var got []int
				must(t, d.Read(t.Context(), func(tx *db.Tx) error {
					return tx.QueryIn("SELECT n, content FROM x WHERE n >= $1 AND n IN ($IN) AND n < $2", keys, []any{0, 1000}, func(rows *db.Rows) error {
						var i int
						var content []byte
						err := rows.Scan(&i, &content)
						if !bytes.Equal(content, []byte{byte(i)}) {
							t.Errorf("%d has %v", i, content)
						}
						got = append(got, i)
						return err
					})
				}))
				slices.Sort(got)
				if !slices.Equal(got, want) {
					t.Errorf("%v", got)
				}
			})
		})
	}
}

func TestQueryEach(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		withTable(t, d)
		var numbers, contents []any
		var rows [][]any
		for i := range int64(300) {
			id := uuid.New()
			rows = append(rows, []any{i, id})
			numbers, contents = append(numbers, i), append(contents, id)
		}
		must(t, d.Update(t.Context(), func(tx *db.Tx) error {
			var b db.Batch
			b.InsertMany("x (n, content)", rows, "")
			return tx.Run(&b)
		}))
		must(t, d.Read(t.Context(), func(tx *db.Tx) error {
			for query, keys := range map[string][]any{"n = $KEY": append(numbers, int64(1000)), "content = $KEY": append(contents, uuid.New()), "n = $KEY AND n < 0": nil} {
				got := map[int64]uuid.UUID{}
				err := tx.QueryEach("SELECT n, content FROM x WHERE n >= $1 AND "+query, keys, []any{0}, func(rows *db.Rows) error {
					var n int64
					var id uuid.UUID
					err := rows.Scan(&n, &id)
					got[n] = id
					return err
				})
				if err != nil {
					return err
				}
				if len(got) != min(len(keys), 300) {
					t.Errorf("%s: %d rows", query, len(got))
				}
				for n, id := range got {
					if id != contents[n] {
						t.Errorf("%s: %d has %v", query, n, id)
					}
				}
			}
			stop := errors.New("stop")
			if err := tx.QueryEach("SELECT n FROM x WHERE n = $KEY", numbers, nil, func(*db.Rows) error { return stop }); !errors.Is(err, stop) {
				t.Error(err)
			}
			return nil
		}))
	})
}

func TestABatchStopsAtItsFirstError(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		withTable(t, d)
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			var b db.Batch
			for _, n := range []int{1, 2, 2, 3} {
				b.Add("INSERT INTO x (n) VALUES ($1)", n)
			}
			return tx.Run(&b)
		})
		if !db.IsDuplicate(err) {
			t.Error(err)
		}
		no := errors.New("no")
		err = d.Update(t.Context(), func(tx *db.Tx) error {
			var b db.Batch
			b.Add("INSERT INTO x (n) VALUES ($1)", 4)
			b.Fail(no)
			return tx.Run(&b)
		})
		if !errors.Is(err, no) {
			t.Error(err)
		}
		if got := stored(t, d); got != "[]" {
			t.Error(got)
		}
	})
}

func TestIdsAscendAlsoWhenTheClockStandsStillOrStepsBack(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		clock := testkit.NewClock()
		d.Now = clock.Now
		var last uuid.UUID
		for _, step := range []time.Duration{0, time.Microsecond, -time.Hour, time.Millisecond, 2 * time.Hour} {
			clock.Advance(step)
			must(t, d.Update(t.Context(), func(tx *db.Tx) error {
				for range 5000 { // more than a millisecond has room for
					id := tx.NewID()
					if bytes.Compare(id[:], last[:]) <= 0 {
						return fmt.Errorf("%v after %v", id, last)
					}
					if id.Version() != 7 || id.Variant() != uuid.RFC4122 {
						return fmt.Errorf("%v is version %v, variant %v", id, id.Version(), id.Variant())
					}
					last = id
				}
				return nil
			}))
		}
		if at := time.Unix(last.Time().UnixTime()); at.Sub(clock.Now()).Abs() > 2*time.Second {
			t.Errorf("the id tells %v, the clock %v", at, clock.Now())
		}
	})
}

func TestIdsOfManyGoroutinesDiffer(t *testing.T) {
	d := testkit.Postgres(t)
	clock := testkit.NewClock()
	d.Now = clock.Now
	var mu sync.Mutex
	seen := map[uuid.UUID]bool{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			err := d.Update(t.Context(), func(tx *db.Tx) error {
				mu.Lock()
				defer mu.Unlock()
				for range 100 {
					seen[tx.NewID()] = true
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(seen) != 800 {
		t.Errorf("%d ids of 800", len(seen))
	}
}

func TestIDAtPartsIdsByTheirTime(t *testing.T) {
	d := testkit.SQLite(t)
	clock := testkit.NewClock()
	d.Now = clock.Now
	make1 := func() (id uuid.UUID) {
		must(t, d.Update(t.Context(), func(tx *db.Tx) error { id = tx.NewID(); return nil }))
		return id
	}
	before := make1()
	clock.Advance(time.Microsecond)
	border := db.IDAt(clock.Now())
	after := make1()
	if !slices.IsSortedFunc([]uuid.UUID{before, border, after}, func(a, b uuid.UUID) int { return strings.Compare(a.String(), b.String()) }) {
		t.Errorf("\n%v\n%v\n%v", before, border, after)
	}
}
