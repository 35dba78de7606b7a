package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"digitalpost/internal/activity"
	"digitalpost/internal/agency"
	"digitalpost/internal/appointment"
	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/calendar"
	"digitalpost/internal/company"
	"digitalpost/internal/compose"
	"digitalpost/internal/db"
	"digitalpost/internal/delegation"
	"digitalpost/internal/extract"
	"digitalpost/internal/intake"
	"digitalpost/internal/jobs"
	"digitalpost/internal/keys"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/print"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/session"
	"digitalpost/internal/staff"
	"digitalpost/internal/support"
	"digitalpost/internal/teamwork"
	"digitalpost/internal/trustee"
)

// Core is everything below the edges: the engine and the capabilities.
type Core struct {
	DB           *db.DB
	Keys         *keys.Ring
	Blobs        *blob.Store
	Jobs         *jobs.Runner
	Registry     *registry.Registry
	Rights       *rights.Rights
	Print        *print.Printer
	Staff        *staff.Counter
	Appointments *appointment.Appointments
	Extracts     *extract.Extracts
	Mailboxes    *mailbox.Mailboxes
	Outbound     *outbound.Outbound
	Intake       *intake.Intake
	Activity     *activity.Log
	Calendars    *calendar.Calendars
	Compose      *compose.Composer
	Sessions     *session.Sessions
	Trustees     *trustee.Trustees
	Accesses     *delegation.Delegations
	Support      *support.Desk
	Team         *teamwork.Team
	Companies    *company.Companies

	working bool
}

// Periodic jobs of the program itself.
const (
	indexEvents   jobs.Kind = "audit.index"
	cleanSessions jobs.Kind = "session.clean"
	sweepBlobs    jobs.Kind = "blob.sweep"
)

// OpenCore opens the database, brings it up to date and makes the capabilities.
// Letters are taken from then on; no job runs yet.
func OpenCore(ctx context.Context, c Config, log *slog.Logger, local bool) (*Core, error) {
	dsn, err := c.dsn()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	d, err := db.Open(ctx, dsn)
	if err != nil {
		return nil, err
	}
	core, err := newCore(ctx, d, c, log, local)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return core, nil
}

func newCore(ctx context.Context, d *db.DB, c Config, log *slog.Logger, local bool) (*Core, error) {
	if err := d.Migrate(ctx); err != nil {
		return nil, err
	}
	ring, err := keys.Open(ctx, d, c.masterKey())
	if err != nil {
		return nil, err
	}
	blobs, err := blob.Open(d, blob.Config{Dir: filepath.Join(c.Data, "blobs")})
	if err != nil {
		return nil, err
	}
	core := &Core{DB: d, Keys: ring, Blobs: blobs}
	core.Jobs = jobs.NewRunner(d, log, jobs.Options{Queues: map[string]int{
		jobs.Default: 2, mailbox.OperationQueue: 2, intake.DateQueue: 16, intake.BulkQueue: 2, outbound.ReceiptQueue: 32, outbound.LetterQueue: 32, outbound.MailQueue: 8, print.Queue: 4, extract.Queue: 1,
	}})
	core.Registry = registry.New(d, ring)
	core.Rights = rights.New(core.Registry)
	core.Mailboxes = mailbox.New(d, ring, blobs, core.Registry, core.Rights)
	core.Mailboxes.Register(core.Jobs)
	core.Team = teamwork.New(d, core.Registry, core.Rights, core.Mailboxes)
	core.Team.Register(core.Jobs)
	relay, err := c.relay()
	if err != nil {
		return nil, err
	}
	core.Outbound = outbound.New(outbound.Config{DB: d, Keys: ring, Mail: relay, Systems: core.Registry, Letters: core.Mailboxes, Log: log, AllowInternal: local, KeepIdle: local})
	core.Outbound.Register(core.Jobs)
	var operator post.CVR
	if c.Operator.CVR != "" {
		if operator, err = post.ParseCVR(c.Operator.CVR); err != nil {
			return nil, fmt.Errorf("operator.cvr: %w", err)
		}
	}
	core.Intake = intake.New(intake.Config{DB: d, Keys: ring, Blobs: blobs, Registry: core.Registry, Mailboxes: core.Mailboxes,
		Outbound: core.Outbound, Jobs: core.Jobs, Operator: operator})
	core.Print = print.New(print.Config{DB: d, Keys: ring, Blobs: blobs, Registry: core.Registry, Mailboxes: core.Mailboxes})
	core.Print.Register(core.Jobs)
	if c.Print.URL != "" {
		house, err := c.printHouse()
		if err != nil {
			return nil, err
		}
		core.Print.Use(house)
	}
	core.Staff = staff.New(staff.Config{DB: d, Keys: ring, Blobs: blobs, Registry: core.Registry, Rights: core.Rights, Mailboxes: core.Mailboxes, Intake: core.Intake, Print: core.Print, Operator: operator})
	desk := agency.Desk{DB: d, Keys: ring, Blobs: blobs, Registry: core.Registry, Rights: core.Rights, Intake: core.Intake, Operator: operator}
	core.Appointments = appointment.New(desk)
	core.Appointments.Register(core.Jobs)
	core.Extracts = extract.New(desk, core.Mailboxes, extract.Limits{})
	core.Extracts.Register(core.Jobs)
	core.Trustees = trustee.New(core.Mailboxes, core.Registry, core.Intake)
	core.Accesses = delegation.New(delegation.Config{DB: d, Keys: ring, Registry: core.Registry, Rights: core.Rights, Mailboxes: core.Mailboxes, Intake: core.Intake, Site: c.Web.Borger})
	core.Accesses.Register(core.Jobs)
	core.Activity = activity.New(core.Mailboxes, core.Registry)
	core.Calendars = calendar.New(d, core.Mailboxes)
	core.Companies = company.New(d, ring, core.Registry, core.Rights, core.Intake)
	core.Companies.Register(core.Jobs)
	core.Support = support.New(support.Config{DB: d, Keys: ring, Blobs: blobs, Registry: core.Registry, Intake: core.Intake, Rights: core.Rights, Outbound: core.Outbound, Operator: operator})
	core.Compose = compose.New(compose.Config{DB: d, Blobs: blobs, Registry: core.Registry, Mailboxes: core.Mailboxes, Outbound: core.Outbound,
		Intake: core.Intake, Trustees: core.Trustees, Jobs: core.Jobs})
	core.Sessions = session.New(ring, core.Registry, session.Limits{Idle: c.Session.Idle, Absolute: c.Session.Absolute})
	core.housekeeping(log)
	core.Intake.Start()
	return core, nil
}

// housekeeping is the work that comes round by itself.
func (c *Core) housekeeping(log *slog.Logger) {
	jobs.Handle(c.Jobs, indexEvents, func(ctx context.Context, _ jobs.Running, _ struct{}) error {
		for {
			var n int
			err := c.DB.Update(ctx, func(tx *db.Tx) (err error) { n, err = audit.Index(tx, 500); return err })
			if err != nil || n == 0 {
				return err
			}
		}
	})
	c.Jobs.Every(indexEvents, jobs.Interval(time.Minute))
	jobs.Handle(c.Jobs, cleanSessions, func(ctx context.Context, _ jobs.Running, _ struct{}) error {
		return c.DB.Update(ctx, c.Sessions.Clean)
	})
	c.Jobs.Every(cleanSessions, jobs.Interval(10*time.Minute))
	jobs.Handle(c.Jobs, sweepBlobs, func(ctx context.Context, _ jobs.Running, _ struct{}) error {
		swept, err := c.Blobs.Sweep(ctx)
		if err == nil && swept != (blob.Swept{}) {
			log.Info("swept document bytes", "objects", swept.Objects, "segments", swept.Segments)
		}
		return err
	})
	c.Jobs.Every(sweepBlobs, jobs.Interval(time.Hour))
}

// Work begins to run jobs.
func (c *Core) Work() {
	c.Jobs.Start()
	c.working = true
}

// Stop ends jobs and delivery in order, within the time of ctx, and closes the
// database.
func (c *Core) Stop(ctx context.Context) error {
	var err error
	if c.working {
		err = c.Jobs.Stop(ctx)
	}
	return errors.Join(err, c.Close())
}

// Close closes a core that runs no jobs.
func (c *Core) Close() error {
	c.Intake.Stop()
	return errors.Join(c.Blobs.Close(), c.DB.Close())
}

// Check calls found for everything that is not as it must be; documents reads
// every file too.
func (c *Core) Check(ctx context.Context, documents bool, found func(problem string)) error {
	if err := c.Mailboxes.Check(ctx, documents, found); err != nil {
		return err
	}
	if err := c.Intake.Check(ctx, found); err != nil {
		return err
	}
	if err := c.Compose.Check(ctx, found); err != nil {
		return err
	}
	if err := c.Blobs.Check(ctx, func(id post.UUID, problem string) { found(id.String() + ": " + problem) }); err != nil {
		return err
	}
	for _, check := range []func(*db.Tx, func(problem string)) error{c.Rights.Check, c.Accesses.Check, c.Appointments.Check, c.Extracts.Check, c.Staff.Check, c.Team.Check, audit.Check} {
		if err := c.DB.Read(ctx, func(tx *db.Tx) error { return check(tx, found) }); err != nil {
			return err
		}
	}
	return nil
}

func (c Config) dsn() (string, error) {
	switch {
	case c.DatabaseFile != "":
		raw, err := os.ReadFile(c.DatabaseFile)
		if err != nil {
			return "", fmt.Errorf("read the database's address: %w", err)
		}
		return strings.TrimSpace(string(raw)), nil
	case c.Database != "":
		return c.Database, nil
	}
	return filepath.Join(c.Data, "post.db"), nil
}

func (c Config) masterKey() string {
	if c.MasterKey != "" {
		return c.MasterKey
	}
	return filepath.Join(c.Data, "master.key")
}
