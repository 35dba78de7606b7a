package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"digitalpost/internal/jobs"
	"digitalpost/internal/post"
	"digitalpost/internal/testkit"
)

const sweep jobs.Kind = "sweep"

// every has "sweep" jobs note the clock's hour and minute when they run.
func (w *world) every(r *jobs.Runner, schedule jobs.Schedule) {
	jobs.Handle(r, sweep, func(_ context.Context, job jobs.Running, _ any) error {
		w.ran = append(w.ran, w.clock.Now().In(post.Denmark).Format("2/15:04"))
		if w.outcome != nil {
			return w.outcome(job)
		}
		return nil
	})
	r.Every(sweep, schedule)
}

func TestAPeriodicJobRunsInEachSlot(t *testing.T) {
	each(t, func(w *world) {
		w.every(w.runner, jobs.Interval(time.Hour))
		w.clock.Advance(10 * time.Minute)
		w.wantRan() // new: the first slot is still to come
		w.clock.Advance(49 * time.Minute)
		w.wantRan()
		w.clock.Advance(time.Minute)
		w.wantRan("22/13:00")
		w.wantRan()
		w.clock.Advance(time.Hour)
		w.wantRan("22/14:00")
	})
}

func TestSlotsMissedByARestartAreMadeGoodForByOneRun(t *testing.T) {
	each(t, func(w *world) {
		w.every(w.runner, jobs.DailyAt("02:30", post.Denmark))
		w.wantRan()
		w.clock.Advance(72 * time.Hour)
		d := testkit.Second(w.T, w.db)
		d.Now = w.clock.Now
		restarted := w.newRunner(d, jobs.Options{})
		w.every(restarted, jobs.DailyAt("02:30", post.Denmark))
		w.runner = restarted
		w.wantRan("25/12:00")
		w.wantRan()
		w.clock.Advance(15 * time.Hour)
		w.wantRan("26/03:00")
	})
}

func TestProcessesShareTheSlots(t *testing.T) {
	each(t, func(w *world) {
		other := testkit.Second(w.T, w.db)
		ahead := 20 * time.Second // its clock
		other.Now = func() time.Time { return w.clock.Now().Add(ahead) }
		second := w.newRunner(other, jobs.Options{})
		w.every(w.runner, jobs.Interval(time.Minute))
		w.every(second, jobs.Interval(time.Minute))
		runs := 0
		for range 60 * 4 {
			for _, r := range []*jobs.Runner{w.runner, second} {
				n, err := r.RunDue(w.Context())
				if err != nil {
					w.Fatal(err)
				}
				runs += n
			}
			w.clock.Advance(15 * time.Second)
		}
		if runs != 60 {
			w.Errorf("%d runs in an hour of one-minute slots", runs)
		}
	})
}

func TestADailyJobRunsOnceOnEveryDateAlsoWhenTheClockChanges(t *testing.T) {
	for name, start := range map[string]time.Time{
		"summer time begins": time.Date(2026, time.March, 27, 12, 0, 0, 0, post.Denmark),
		"summer time ends":   time.Date(2026, time.October, 23, 12, 0, 0, 0, post.Denmark),
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(w *world) {
				w.clock.Set(start)
				w.every(w.runner, jobs.DailyAt("02:30", post.Denmark))
				for range 4 * 24 * 2 {
					if _, err := w.runner.RunDue(w.Context()); err != nil {
						w.Fatal(err)
					}
					w.clock.Advance(30 * time.Minute)
				}
				if len(w.ran) != 4 {
					w.Errorf("ran at %v", w.ran)
				}
				dates := map[string]bool{}
				for _, at := range w.ran {
					dates[at[:2]] = true
				}
				if len(dates) != 4 {
					w.Errorf("ran at %v", w.ran)
				}
			})
		})
	}
}

func TestEverySchedulesSlotsAscendAndAreFixed(t *testing.T) {
	for name, c := range map[string]struct {
		schedule jobs.Schedule
		slots    int // in 2026
	}{
		"daily, skipped and doubled": {jobs.DailyAt("02:30", post.Denmark), 365},
		"daily, at the skip":         {jobs.DailyAt("02:00", post.Denmark), 365},
		"daily, at midnight":         {jobs.DailyAt("00:00", post.Denmark), 365},
		"daily, late":                {jobs.DailyAt("23:59", post.Denmark), 365},
		"every six hours":            {jobs.Interval(6 * time.Hour), 365 * 4},
	} {
		t.Run(name, func(t *testing.T) {
			end := time.Date(2027, time.January, 1, 0, 0, 0, 0, post.Denmark)
			slots := 0
			for at := time.Date(2026, time.January, 1, 0, 0, 0, -1, post.Denmark); ; slots++ {
				next := c.schedule.Next(at)
				if !next.After(at) {
					t.Fatalf("after %v comes %v", at, next)
				}
				if between := at.Add(next.Sub(at) / 2); !c.schedule.Next(between).Equal(next) {
					t.Fatalf("seen from %v the next slot is %v, not %v", between, c.schedule.Next(between), next)
				}
				if !next.Before(end) {
					break
				}
				at = next
			}
			if slots != c.slots {
				t.Errorf("%d slots", slots)
			}
		})
	}
}

func TestAPeriodicJobThatFailsIsTriedInTheNextSlotAtTheLatest(t *testing.T) {
	each(t, func(w *world) {
		w.every(w.runner, jobs.Interval(time.Minute))
		w.outcome = func(jobs.Running) error { return errors.New("no") }
		w.wantRan()
		for range 20 { // by then it would wait for hours
			w.clock.Advance(time.Minute)
			if _, err := w.runner.RunDue(w.Context()); err != nil {
				w.Fatal(err)
			}
		}
		if len(w.ran) != 20 {
			w.Errorf("ran at %v", w.ran)
		}
	})
}

func TestAClockThatWasFarAheadDoesNotStopASchedule(t *testing.T) {
	each(t, func(w *world) {
		w.every(w.runner, jobs.Interval(time.Hour))
		w.wantRan()
		w.clock.Advance(24 * 365 * time.Hour)
		if _, err := w.runner.RunDue(w.Context()); err != nil {
			w.Fatal(err)
		}
		w.ran = nil
		w.clock.Advance(-24 * 365 * time.Hour)
		w.wantRan()
		w.clock.Advance(time.Hour)
		w.wantRan("22/13:00")
	})
}

func TestDailyAtRefusesWhatIsNoClockTime(t *testing.T) {
	defer func() {
		if fmt.Sprint(recover()) != `jobs: "25:00" is not a clock time` {
			t.Error("taken")
		}
	}()
	jobs.DailyAt("25:00", post.Denmark)
}
