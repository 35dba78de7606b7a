package company

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/jobs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// The last rights administrator stays, as far as anybody decides it here. They can still
// leave or die, and an administrator with a last day may be the only one left. Where
// nobody signs for the organisation alone there is then nobody to name another, and one
// is applied for (package appointment). The organisation is told before, and after.

// guard does something to the rights administrators of units, and refuses where one
// that had some is left without any whose right has no end.
func (s *side) guard(units []post.PartyID, do func() error) error {
	had := map[post.PartyID]bool{}
	for _, u := range units {
		administered, err := s.rights.Administered(s.tx, u)
		if err != nil {
			return err
		}
		had[u] = administered
	}
	if err := do(); err != nil {
		return err
	}
	for _, u := range units {
		if !had[u] {
			continue
		}
		left, err := s.rights.Administrators(s.tx, u)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(left, forever) {
			return errs.New(errs.KindConflict, CodeLast, "a rights administrator without an end date must be left")
		}
	}
	return nil
}

func forever(r rights.Right) bool { return r.To.IsZero() }

// deserted tells an organisation that its last rights administrator has left it.
func (c *Companies) deserted(tx *db.Tx, organisation post.PartyID) error {
	unit, err := c.registry.Party(tx, organisation)
	if err != nil || unit.Closed() {
		return err
	}
	signed, err := c.registry.Signed(tx, organisation)
	if err == nil {
		_, err = c.told(tx, organisation, tx.Now, 0)
	}
	if err != nil {
		return err
	}
	return c.letters.Write(tx, vacant(unit, signed), organisation)
}

const administratorsJob jobs.Kind = "rights.administrators"

// warning is how many days before the end an organisation hears that its last rights
// administrator's right ends.
const warning = 30

// Register adds the job that warns of it.
func (c *Companies) Register(r *jobs.Runner) {
	jobs.Handle(r, administratorsJob, func(ctx context.Context, _ jobs.Running, _ struct{}) error { return c.warn(ctx) })
	r.Every(administratorsJob, jobs.DailyAt("06:00", post.Denmark))
}

// warn tells organisations that their last rights administrator's right ends, or has
// ended.
func (c *Companies) warn(ctx context.Context) error {
	var due map[post.PartyID]time.Time
	err := c.db.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = c.rights.AdministratorsEnding(tx, tx.Now.AddDate(0, 0, -warning), tx.Now.AddDate(0, 0, warning+1))
		return err
	})
	for unit, ends := range due { // one that fails does not keep the others waiting
		err = errors.Join(err, c.db.Update(ctx, func(tx *db.Tx) error { return c.warnOne(tx, unit, ends) }))
	}
	return errors.Join(err, c.db.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM rights_notice WHERE ends < $1", tx.Now.AddDate(-1, 0, 0))
		return err
	}))
}

// warnOne tells one organisation. ends is the latest end of those rights to administer
// it that end about now.
func (c *Companies) warnOne(tx *db.Tx, organisation post.PartyID, ends time.Time) error {
	unit, err := c.registry.Party(tx, organisation)
	if err != nil || unit.Closed() {
		return err
	}
	left, err := c.rights.Administrators(tx, organisation)
	if err != nil || slices.ContainsFunc(left, forever) {
		return err
	}
	signed, err := c.registry.Signed(tx, organisation)
	if err != nil || signed { // who signs is administrator again
		return err
	}
	if len(left) == 0 {
		if fresh, err := c.told(tx, organisation, ends, 0); err != nil || !fresh {
			return err
		}
		return c.letters.Write(tx, vacant(unit, false), organisation)
	}
	to := []post.PartyID{organisation}
	for _, r := range left {
		if r.To.After(ends) {
			return nil // there is another after that
		}
		to = append(to, r.Holder)
	}
	if fresh, err := c.told(tx, organisation, ends, warning); err != nil || !fresh {
		return err
	}
	slices.Sort(to)
	return c.letters.Write(tx, ending(unit, post.LastDay(ends)), slices.Compact(to)...)
}

// told notes what an organisation is told of its administrators, and whether it was not
// before: days 0 is that there is none any more, since a moment.
func (c *Companies) told(tx *db.Tx, organisation post.PartyID, ends time.Time, days int) (fresh bool, err error) {
	var n int
	err = tx.QueryRow("SELECT COUNT(*) FROM rights_notice WHERE mailbox = $1 AND days = $2 AND ends >= $3", organisation, days, ends).Scan(&n)
	if err == nil && n == 0 {
		_, err = tx.Exec("INSERT INTO rights_notice (mailbox, ends, days) VALUES ($1, $2, $3)", organisation, ends, days)
	}
	return n == 0, err
}

func vacant(unit registry.Party, signed bool) intake.Bilingual {
	name := intake.Strong(unit.Name)
	l := intake.Bilingual{
		Title:        "Virksomheden har ingen rettighedsadministrator",
		Text:         []string{fmt.Sprintf("%s har ikke længere en rettighedsadministrator. De, der allerede har adgang til posten, beholder den, men ingen medarbejder kan give ny adgang.", name)},
		TitleEnglish: "The company has no rights administrator",
		TextEnglish:  []string{fmt.Sprintf("%s no longer has a rights administrator. Those who already have access to the mail keep it, but no employee can give new access.", name)}}
	if signed {
		l.Text = append(l.Text, "Den, der tegner virksomheden alene, er rettighedsadministrator, indtil en anden er udpeget i Rettighedsportalen.")
		l.TextEnglish = append(l.TextEnglish, "Who signs for the company alone is rights administrator until another is named in the rights portal.")
		return l
	}
	l.Text = append(l.Text, "En medarbejder med MitID Erhverv kan søge om at blive det: log ind i Rettighedsportalen, og vælg »Mine adgange«. Det kræver en fuldmagt, der er underskrevet af dem, der tegner virksomheden.")
	l.TextEnglish = append(l.TextEnglish, "An employee with MitID Erhverv can apply to become it: log in to the rights portal and choose “My access”. It takes a power of attorney signed by those who sign for the company.")
	return l
}

func ending(unit registry.Party, lastDay time.Time) intake.Bilingual {
	return intake.Bilingual{
		Title: "Virksomhedens sidste rettighedsadministrator udløber", Text: []string{
			fmt.Sprintf("Efter den %s har %s ingen rettighedsadministrator.", post.DateText(lastDay, false), intake.Strong(unit.Name)),
			"Giv en medarbejder rollen uden slutdato, mens I har en rettighedsadministrator. Det gøres i Rettighedsportalen."},
		TitleEnglish: "The right of the company's last rights administrator ends", TextEnglish: []string{
			fmt.Sprintf("After %s %s has no rights administrator.", post.DateText(lastDay, true), intake.Strong(unit.Name)),
			"Give an employee the role without an end date while you have a rights administrator. That is done in the rights portal."}}
}
