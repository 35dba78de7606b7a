package testkit_test

import (
	"os"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/testkit"
)

func TestEachDBGivesAFreshDatabase(t *testing.T) {
	for range 2 {
		testkit.EachDB(t, func(t *testing.T, d *db.DB) {
			err := d.Update(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec("CREATE TABLE mine (id BIGINT PRIMARY KEY)")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestClockStandsStillUntilMoved(t *testing.T) {
	clock := testkit.NewClock()
	start := clock.Now()
	if !clock.Now().Equal(start) {
		t.Error("the clock ran by itself")
	}
	clock.Advance(time.Hour)
	if got := clock.Now().Sub(start); got != time.Hour {
		t.Errorf("advanced by %v", got)
	}
	clock.Set(start)
	if !clock.Now().Equal(start) {
		t.Error("the clock was not set")
	}
}

func TestSharedIsAFolder(t *testing.T) {
	if info, err := os.Stat(testkit.Shared(t)); err != nil || !info.IsDir() {
		t.Error(info, err)
	}
}
