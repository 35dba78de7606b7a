package world

import (
	"context"
	"errors"
	"strings"

	"digitalpost/internal/db"
)

// Checking is what a capability finds that must not be.
type Checking func(tx *db.Tx, found func(problem string)) error

// check tells what the test has left that must not be.
func (w *World) check() {
	for _, check := range []Checking{w.Rights.Check, w.Accesses.Check, w.Appointments.Check, w.Staff.Check, w.Team.Check} {
		err := w.DB.Read(context.Background(), func(tx *db.Tx) error { return check(tx, func(problem string) { w.T.Error(problem) }) })
		if err != nil {
			w.T.Error(err)
		}
	}
}

// Finds breaks the database by each statement, and wants check to say the words beside
// it. Nothing stays broken.
func (w *World) Finds(check Checking, broken map[string]string) {
	w.T.Helper()
	undo := errors.New("undo")
	for statement, problem := range broken {
		var all []string
		err := w.DB.Update(w.T.Context(), func(tx *db.Tx) error {
			all = nil
			n, err := tx.Exec(statement)
			if err == nil && n == 0 {
				err = errors.New("nothing was broken")
			}
			if err == nil {
				err = check(tx, func(problem string) { all = append(all, problem) })
			}
			if err == nil {
				err = undo
			}
			return err
		})
		if !errors.Is(err, undo) {
			w.T.Errorf("%s: %v", statement, err)
		}
		if !strings.Contains(strings.Join(all, "\n"), problem) {
			w.T.Errorf("%s: found %q, want %q", statement, all, problem)
		}
	}
}
