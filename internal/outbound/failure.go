package outbound

import (
	"context"
	"errors"
	"fmt"
	"html"
	"strings"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/jobs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

const (
	// tellAfter is how long a system gets nothing before its organisation is told,
	// once: a night's maintenance is nobody's news.
	tellAfter = 24 * time.Hour
	// switchOffAfter is how long nothing may get through to a recipient system before
	// it is switched off (facts 3.5). One success resets the clock.
	switchOffAfter = 7 * 24 * time.Hour
	// idleAfter is how long letters wait for a system that fetches before it counts
	// as failing.
	idleAfter = time.Hour
	// watchEvery is how often systems that fetch are looked at.
	watchEvery = 15 * time.Minute
)

const watchKind jobs.Kind = "outbound.watch"

// reasonIdle is the reason of a system that fetches nothing of what waits.
const reasonIdle = "system.does.not.fetch"

// Failure tells that a system gets nothing at present.
type Failure struct {
	System      post.SystemID
	Queue       string // ReceiptQueue or LetterQueue
	Since       time.Time
	Attempts    int       // 0 for a system that fetches
	Reason      string    // a dotted code: endpoint.status.503
	Told        time.Time // when its organisation was told
	SwitchedOff time.Time // when it was switched off for this
}

const failureColumns = "system, queue, since, attempts, reason, told, switched_off"

func scanFailure(rows *db.Rows) (Failure, error) {
	var f Failure
	err := rows.Scan(&f.System, &f.Queue, db.Time(&f.Since), &f.Attempts, &f.Reason, db.Time(&f.Told), db.Time(&f.SwitchedOff))
	return f, err
}

// Failures lists the systems that get nothing, those failing longest first.
func (o *Outbound) Failures(tx *db.Tx) ([]Failure, error) {
	rows, err := tx.Query("SELECT " + failureColumns + " FROM system_failure ORDER BY since, system, queue")
	return db.Collect(rows, err, scanFailure)
}

// failed counts a failed call and returns what is known of the system's failing.
func failed(tx *db.Tx, system post.SystemID, queue string, cause error) (Failure, error) {
	return failing(tx, Failure{System: system, Queue: queue, Reason: reason(cause), Attempts: 1})
}

// failing adds f to what is known of a system's failing, and returns all of it. A
// system that was switched off and is on again begins anew.
func failing(tx *db.Tx, f Failure) (Failure, error) {
	err := tx.QueryRow(`INSERT INTO system_failure (system, queue, since, attempts, reason) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (system, queue) DO UPDATE SET
			since = CASE WHEN system_failure.switched_off IS NULL THEN system_failure.since ELSE excluded.since END,
			attempts = excluded.attempts + CASE WHEN system_failure.switched_off IS NULL THEN system_failure.attempts ELSE 0 END,
			told = CASE WHEN system_failure.switched_off IS NULL THEN system_failure.told END,
			switched_off = NULL, reason = excluded.reason
		RETURNING since, attempts, told`,
		f.System, f.Queue, tx.Now, f.Attempts, f.Reason).Scan(db.Time(&f.Since), &f.Attempts, db.Time(&f.Told))
	return f, err
}

// succeeded ends the counting of failures: one success resets the clock.
func succeeded(tx *db.Tx, system post.SystemID, queue string) error {
	_, err := tx.Exec("DELETE FROM system_failure WHERE system = $1 AND queue = $2", system, queue)
	return err
}

func (f Failure) wait() time.Duration { return backOff(f.Attempts) }

func (f Failure) props() []audit.Prop {
	return []audit.Prop{{Key: audit.ErrorCode, Value: f.Reason}, audit.Number(audit.Attempt, f.Attempts)}
}

// endure does what a failure calls for that has lasted: it tells the
// organisation, and in the end switches a recipient system off.
func (o *Outbound) endure(tx *db.Tx, s registry.System, f Failure) error {
	column := ""
	switch lasted := tx.Now.Sub(f.Since); {
	case lasted >= switchOffAfter && f.Queue == LetterQueue && !(o.keepIdle && f.Reason == reasonIdle):
		column = "switched_off"
		if err := o.systems.SwitchOff(tx, s.ID); err != nil {
			return err
		}
	case lasted >= tellAfter && f.Told.IsZero():
		column = "told"
	default:
		return nil
	}
	if _, err := tx.Exec("UPDATE system_failure SET "+column+" = $1 WHERE system = $2 AND queue = $3", tx.Now, s.ID, f.Queue); err != nil {
		return err
	}
	h, err := o.Health(tx, s.ID)
	if err != nil {
		return err
	}
	return o.announce(tx, f.notice(s, h, column == "switched_off"))
}

// notice tells an organisation of its system's failing, in Danish and English.
func (f Failure) notice(s registry.System, h Health, off bool) Announcement {
	q, things, thingsEN := h.Letters, "breve", "letters"
	if f.Queue == ReceiptQueue {
		q, things, thingsEN = h.Receipts, "kvitteringer", "receipts"
	}
	label := fmt.Sprintf("Jeres system %s får ingen %s", s.Name, things)
	da := []string{
		fmt.Sprintf("Systemet »%s« har ikke fået %s siden den %s.", s.Name, things, stamp(f.Since, false)), why(f.Reason, false),
		waits(q, things, "%d %s venter, den første siden den %s.", "%d %s venter.", false) + " Intet er gået tabt: det bliver liggende her, til systemet får det.",
		"Vi bliver ved med at prøve. Få systemet til at svare igen, så kommer det hele af sig selv.",
	}
	en := []string{
		fmt.Sprintf("The system “%s” has had no %s since %s.", s.Name, thingsEN, stamp(f.Since, true)), why(f.Reason, true),
		waits(q, thingsEN, "%d %s wait, the first since %s.", "%d %s wait.", true) + " Nothing is lost: it stays here until the system gets it.",
		"We keep trying. Have the system answer again, and everything will come by itself.",
	}
	if f.Reason == reasonIdle {
		da[3], en[3] = "Få systemet til at hente sine breve.", "Have the system fetch its letters."
	}
	switch end := f.Since.Add(switchOffAfter); {
	case off:
		label = fmt.Sprintf("Jeres system %s er slået fra", s.Name)
		da[3] = "Derfor er systemet nu slået fra, og der kan ikke skrives til det. Ret fejlen, og slå systemet til igen: så får det alt, der venter."
		en[3] = "So the system is now switched off, and nobody can write to it. Mend it and switch it on again: it will then get all that waits."
	case f.Queue == LetterQueue:
		da = append(da, fmt.Sprintf("Får systemet ingen breve inden den %s, bliver det slået fra, og så kan der ikke skrives til det.", stamp(end, false)))
		en = append(en, fmt.Sprintf("If the system gets no letter before %s, it is switched off, and nobody can write to it then.", stamp(end, true)))
	}
	var b strings.Builder
	paragraphs(&b, "da", label, da)
	b.WriteString("<hr>")
	heading := "Your system gets no " + thingsEN
	if off {
		heading = "Your system is switched off"
	}
	paragraphs(&b, "en", heading, en)
	fmt.Fprintf(&b, "<p>%s · %s</p>", html.EscapeString(s.UUID.String()), html.EscapeString(f.Reason))
	return Announcement{To: s.Organisation, Label: label, HTML: b.String()}
}

// paragraphs writes a heading and paragraphs in a language.
func paragraphs(b *strings.Builder, lang, heading string, lines []string) {
	fmt.Fprintf(b, `<div lang="%s"><h1>%s</h1>`, lang, html.EscapeString(heading))
	for _, line := range lines {
		fmt.Fprintf(b, "<p>%s</p>", html.EscapeString(line))
	}
	b.WriteString("</div>")
}

// stamp is a date and a time as people write them.
func stamp(t time.Time, english bool) string {
	if english {
		return post.DateText(t, true) + " at " + t.In(post.Denmark).Format("15:04")
	}
	return post.DateText(t, false) + " kl. " + t.In(post.Denmark).Format("15.04")
}

func waits(q Queue, things, withOldest, without string, english bool) string {
	if q.Oldest.IsZero() {
		return fmt.Sprintf(without, q.Waiting, things)
	}
	return fmt.Sprintf(withOldest, q.Waiting, things, post.DateText(q.Oldest, english))
}

// reasons say in Danish and English what a reason means.
var reasons = map[string][2]string{
	reasonIdle:                         {"Systemet henter ikke de breve, der ligger til det.", "The system does not fetch the letters that wait for it."},
	"endpoint.timeout":                 {"Systemet svarer ikke i tide.", "The system does not answer in time."},
	"endpoint.unreachable":             {"Der er ikke forbindelse til systemets adresse.", "The system’s address cannot be reached."},
	"endpoint.host.unknown":            {"Navnet i systemets adresse findes ikke.", "The name in the system’s address does not exist."},
	"endpoint.certificate.not.trusted": {"Systemets certifikat er ikke gyldigt.", "The system’s certificate is not valid."},
	"endpoint.address.internal":        {"Systemets adresse fører ikke ud på det offentlige internet.", "The system’s address does not lead to the public Internet."},
	"endpoint.answer.not.valid":        {"Systemet kvitterer ikke for brevet, som det skal.", "The system does not acknowledge the letter as it must."},
	CodeEndpoint:                       {"Systemets adresse er ikke en https-adresse.", "The system’s address is no https address."},
}

func why(reason string, english bool) string {
	words, ok := reasons[reason]
	if status, answered := strings.CutPrefix(reason, "endpoint.status."); answered {
		words, ok = [2]string{"Systemet svarer med fejl " + status + ".", "The system answers with status " + status + "."}, true
	}
	switch {
	case !ok:
		return ""
	case english:
		return words[1]
	}
	return words[0]
}

// watch finds the systems that fetch nothing of what waits for them, and those
// that do again.
func (o *Outbound) watch(ctx context.Context) error {
	var idle []post.SystemID
	var over []post.SystemID
	err := o.db.Read(ctx, func(tx *db.Tx) error {
		idle, over = nil, nil
		waiting, err := waitingFor(tx, LetterQueue)
		if err != nil {
			return err
		}
		waits := map[post.SystemID]bool{}
		for _, id := range waiting {
			waits[id] = true
			s, err := o.systems.System(tx, id)
			if errs.KindOf(err) == errs.KindNotFound || err == nil && (s.Protocol == registry.RESTPush || !s.ActiveAt(tx.Now)) {
				continue
			}
			if err != nil {
				return err
			}
			oldest, err := oldestLetter(tx, id)
			if err != nil {
				return err
			}
			if tx.Now.Sub(oldest) >= idleAfter {
				idle = append(idle, id)
			}
		}
		failures, err := o.Failures(tx)
		for _, f := range failures {
			if f.Reason == reasonIdle && f.SwitchedOff.IsZero() && !waits[f.System] {
				over = append(over, f.System)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range idle {
		if err := o.db.Update(ctx, func(tx *db.Tx) error { return o.idle(tx, id) }); err != nil {
			return err
		}
	}
	if len(over) == 0 {
		return nil
	}
	return o.db.Update(ctx, func(tx *db.Tx) error {
		for _, id := range over {
			if err := succeeded(tx, id, LetterQueue); err != nil {
				return err
			}
		}
		return nil
	})
}

// idle counts a look at a system that fetched nothing since the look before.
func (o *Outbound) idle(tx *db.Tx, id post.SystemID) error {
	s, err := o.systems.System(tx, id)
	if err != nil {
		return err
	}
	if _, err := oldestLetter(tx, id); errors.Is(err, db.ErrNoRows) || !s.ActiveAt(tx.Now) {
		return nil // a moment ago it did, or was switched off
	} else if err != nil {
		return err
	}
	f, err := failing(tx, Failure{System: id, Queue: LetterQueue, Reason: reasonIdle})
	if err != nil {
		return err
	}
	return o.endure(tx, s, f)
}

// oldestLetter is since when the first letter waits that was not handed over yet;
// db.ErrNoRows where none does.
func oldestLetter(tx *db.Tx, id post.SystemID) (oldest time.Time, err error) {
	err = tx.QueryRow("SELECT created FROM waiting_letter WHERE system = $1 AND handed IS NULL ORDER BY id LIMIT 1", id).Scan(db.Time(&oldest))
	return oldest, err
}

// Queue is what waits for a system.
type Queue struct {
	Waiting int // exact up to 10,000
	Oldest  time.Time
}

// Health is how it goes with a system.
type Health struct {
	Letters     Queue // not handed over yet
	Unreceipted int   // letters that were handed over and have no business receipt yet
	Receipts    Queue
	Refused     int // letters that it did not take
	Failures    []Failure
}

// Health tells how it goes with a system. That the asker may know is the caller's
// to know.
func (o *Outbound) Health(tx *db.Tx, system post.SystemID) (Health, error) {
	var h Health
	count := func(into *int, from string) error {
		return tx.QueryRow("SELECT COUNT(*) FROM (SELECT 1 FROM "+from+" ORDER BY id LIMIT $2) AS waiting", system, countedExactly).Scan(into)
	}
	err := errors.Join(
		count(&h.Letters.Waiting, "waiting_letter WHERE system = $1 AND handed IS NULL"),
		count(&h.Unreceipted, "waiting_letter WHERE system = $1 AND handed IS NOT NULL"),
		count(&h.Receipts.Waiting, "receipt WHERE system = $1"),
		count(&h.Refused, "refused_letter WHERE system = $1"))
	if err != nil {
		return h, err
	}
	if h.Letters.Waiting > 0 {
		// One that its endpoint did not take went to the back.
		err := tx.QueryRow("SELECT MIN(created) FROM (SELECT created FROM waiting_letter WHERE system = $1 AND handed IS NULL ORDER BY id LIMIT $2) AS waiting",
			system, countedExactly).Scan(db.Time(&h.Letters.Oldest))
		if err != nil {
			return h, err
		}
	}
	if h.Receipts.Waiting > 0 {
		if err := tx.QueryRow("SELECT created FROM receipt WHERE system = $1 ORDER BY id LIMIT 1", system).Scan(db.Time(&h.Receipts.Oldest)); err != nil {
			return h, err
		}
	}
	rows, err := tx.Query("SELECT "+failureColumns+" FROM system_failure WHERE system = $1 ORDER BY queue", system)
	h.Failures, err = db.Collect(rows, err, scanFailure)
	return h, err
}
