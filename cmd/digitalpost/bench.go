package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"digitalpost/internal/bench"
)

// benchCmd measures.
type benchCmd struct {
	Intake    benchIntakeCmd    `cmd:"" help:"Single letters over many connections, and whether each is there once afterwards."`
	Fill      benchFillCmd      `cmd:"" help:"Letters of a text, as fast as can be, to some people: what the measurements of mailboxes read."`
	Inbox     benchInboxCmd     `cmd:"" help:"All that a client does in a mailbox: list, count, open, mark, move, search, changes; or the list alone, by API or as a page."`
	Live      benchLiveCmd      `cmd:"" help:"A change on one client until all open event streams have it."`
	Isolation benchIsolationCmd `cmd:"" help:"People who read their own post and that of whom they help, and try others', while rights come and go: every answer is looked at for whose it is."`
	Mixed     benchMixedCmd     `cmd:"" help:"Letters at a rate while people look at their inboxes."`
	Idle      benchIdleCmd      `cmd:"" help:"One letter at a time: until it is answered, and seen in the mailbox."`
	Large     benchLargeCmd     `cmd:"" help:"Letters of 99.5 MB: speed, and memory of the server."`
	Start     benchStartCmd     `cmd:"" help:"Start a localserve on a folder with data, and end it."`
}

// benchTarget says what is measured.
type benchTarget struct {
	Localserve string `help:"Folder of the localserve." type:"path" xor:"target" required:""`
	Target     string `help:"File like localserve.json of any other server: api, ca, senderSystem." type:"existingfile" xor:"target" required:""`
	Recipients string `help:"File of CPR numbers for --target, one on each line; behind it a bearer token where mailboxes are to be read." type:"existingfile"`
}

func (c benchTarget) open() (*bench.Target, error) {
	switch {
	case c.Localserve != "":
		return bench.OpenLocal(c.Localserve)
	case c.Recipients == "":
		return nil, errors.New("--target goes with --recipients")
	}
	return bench.OpenFile(c.Target, c.Recipients)
}

// benchLoad is how much of it.
type benchLoad struct {
	Duration time.Duration `help:"How long." default:"20s"`
	Warmup   time.Duration `help:"How long before that, without counting." default:"2s"`
}

// verify checks accepted letters. Letters that are not there once are an error.
func verify(ctx context.Context, out io.Writer, t *bench.Target, accepted []bench.Accepted, since time.Time) error {
	f, err := t.Check(ctx, t.SenderSystem, accepted, since, mailboxes)
	if errors.Is(err, bench.ErrNoToken) {
		fmt.Fprintln(out, "mailboxes are not looked into:", err)
		err = nil
	}
	if err != nil {
		return err
	}
	f.Print(out)
	if !f.Fine() {
		return errors.New("not every accepted letter is there once, with its receipt")
	}
	return nil
}

// mailboxes is how many mailboxes are looked into afterwards: every person is
// logged in for it.
const mailboxes = 300

type benchIntakeCmd struct {
	benchTarget
	benchLoad
	Connections int     `help:"How many connections at once." default:"64"`
	Size        int     `help:"Bytes of the document in each letter." default:"20480"`
	Rate        float64 `help:"Letters a second, however long the answers take. 0: as many as the connections carry." default:"0"`
}

func (c *benchIntakeCmd) Run(ctx context.Context, out io.Writer) error {
	t, err := c.open()
	if err != nil {
		return err
	}
	since := time.Now()
	load := bench.Load{Connections: c.Connections, Warmup: c.Warmup, Duration: c.Duration, Rate: c.Rate}
	result, accepted, err := t.Letters(ctx, load, t.SenderSystem, c.Size)
	if err != nil {
		return err
	}
	result.Print(out)
	return verify(ctx, out, t, accepted, since)
}

type benchFillCmd struct {
	benchTarget
	Letters     int    `arg:"" help:"How many letters in all."`
	People      int    `help:"To how many people; 0 is all." default:"0"`
	First       int    `help:"The first of them." default:"0"`
	Company     string `help:"CVR number of a company that gets them all."`
	Connections int    `help:"How many connections at once." default:"64"`
}

// Run sends by the other system where there is one, whose receipts are in nobody's
// way.
func (c *benchFillCmd) Run(ctx context.Context, out io.Writer) error {
	t, err := c.open()
	if err != nil {
		return err
	}
	system := t.OtherSenderSystem
	if system.ID == "" {
		system = t.SenderSystem
	}
	people := t.People[min(c.First, len(t.People)):]
	if c.People > 0 {
		people = people[:min(c.People, len(people))]
	}
	if c.Company != "" {
		people = []*bench.Person{{CPR: c.Company}}
	}
	if len(people) == 0 {
		return fmt.Errorf("there are %d people who receive letters", len(t.People))
	}
	result, err := t.Fill(ctx, system, people, c.Letters, c.Connections)
	if err == nil {
		result.Print(out)
	}
	return err
}

type benchInboxCmd struct {
	benchTarget
	benchLoad
	Connections int      `help:"How many connections at once." default:"16"`
	Rate        float64  `help:"Requests a second, however long the answers take. 0: as many as the connections carry." default:"0"`
	People      int      `help:"How many people look; 25 at most for --html." default:"50"`
	First       int      `help:"The first of them, where they are to be neighbours; -1 spreads them evenly." default:"-1"`
	Only        []string `help:"These operations alone: list, count, open, content, mark, move, search, search as one types, changes."`
	List        bool     `help:"The list alone."`
	Whole       bool     `help:"The list alone, by API: ask for every field of the messages. Default: for those that a list shows."`
	HTML        bool     `help:"The page of the citizens' portal instead of the API." name:"html"`
}

func (c *benchInboxCmd) Run(ctx context.Context, out io.Writer) error {
	t, err := c.open()
	if err != nil {
		return err
	}
	load := bench.Load{Connections: c.Connections, Warmup: c.Warmup, Duration: c.Duration, Rate: c.Rate}
	people := t.Some(c.People)
	if c.First >= 0 {
		people = t.People[min(c.First, len(t.People)):min(c.First+c.People, len(t.People))]
	}
	if c.HTML {
		result, err := t.Page(ctx, load, people)
		if err == nil {
			result.Print(out)
		}
		return err
	}
	if err := t.Enter(ctx, people); err != nil {
		return err
	}
	if !c.List && !c.Whole {
		operations := c.Only
		if len(operations) == 0 {
			operations = bench.MailboxOperations
		}
		return t.Mailbox(ctx, load, people, operations, func(r bench.Result) { r.Print(out) })
	}
	result, err := t.Inbox(ctx, load, people, c.fields(), &t.Server)
	if err == nil {
		result.Print(out)
	}
	return err
}

func (c *benchInboxCmd) fields() string {
	if c.Whole {
		return ""
	}
	return bench.ListFields
}

type benchLiveCmd struct {
	benchTarget
	Duration time.Duration `help:"How long." default:"20s"`
	Rate     float64       `help:"Changes a second." default:"5"`
	Streams  int           `help:"How many event streams are open." default:"1000"`
	People   int           `help:"Of how many mailboxes." default:"10"`
}

func (c *benchLiveCmd) Run(ctx context.Context, out io.Writer) error {
	t, err := c.open()
	if err != nil {
		return err
	}
	people := t.Some(c.People)
	if err := t.Enter(ctx, people); err != nil {
		return err
	}
	result, err := t.Live(ctx, bench.Load{Duration: c.Duration, Rate: c.Rate}, people, c.Streams)
	if err == nil {
		result.Print(out)
	}
	return err
}

type benchIsolationCmd struct {
	benchTarget
	Answers     int64         `help:"How many answers are looked at." default:"10000000"`
	Duration    time.Duration `help:"How long at most." default:"3h"`
	Connections int           `help:"How many connections at once." default:"32"`
	People      int           `help:"How many people." default:"100"`
}

func (c *benchIsolationCmd) Run(ctx context.Context, out io.Writer) error {
	t, err := c.open()
	if err != nil {
		return err
	}
	people := t.Some(c.People)
	if err := t.Enter(ctx, people); err != nil {
		return err
	}
	result, seen, err := t.Isolation(ctx, bench.Load{Connections: c.Connections, Duration: c.Duration}, people, c.Answers)
	if err != nil {
		return err
	}
	result.Print(out)
	fmt.Fprintf(out, "looked at %d answers: %d wrong; meanwhile rights were given or ended %d times and people logged in %d times; %d of these and of new tokens failed\n",
		seen.Answers.Load(), seen.Wrong.Load(), seen.Rights.Load(), seen.LogIns.Load(), seen.Failed.Load())
	if seen.Wrong.Load() > 0 {
		return errors.New("not every answer held its owner's post alone")
	}
	return nil
}

type benchMixedCmd struct {
	benchTarget
	benchLoad
	Connections int     `help:"How many connections send letters." default:"64"`
	Size        int     `help:"Bytes of the document in each letter." default:"20480"`
	Rate        float64 `help:"Letters a second." default:"1000"`
	Readers     int     `help:"How many connections read." default:"16"`
	Reads       float64 `help:"Lists a second. 0: as many as the connections carry." default:"0"`
	People      int     `help:"How many people look." default:"50"`
}

func (c *benchMixedCmd) Run(ctx context.Context, out io.Writer) error {
	t, err := c.open()
	if err != nil {
		return err
	}
	since := time.Now()
	people := t.Some(c.People)
	if err := t.Enter(ctx, people); err != nil {
		return err
	}
	var letters, lists bench.Result
	var accepted []bench.Accepted
	var failed [2]error
	var both sync.WaitGroup
	both.Go(func() {
		load := bench.Load{Connections: c.Connections, Warmup: c.Warmup, Duration: c.Duration, Rate: c.Rate}
		letters, accepted, failed[0] = t.Letters(ctx, load, t.SenderSystem, c.Size)
	})
	both.Go(func() {
		load := bench.Load{Connections: c.Readers, Warmup: c.Warmup, Duration: c.Duration, Rate: c.Reads}
		lists, failed[1] = t.Inbox(ctx, load, people, bench.ListFields, nil)
	})
	both.Wait()
	if err := errors.Join(failed[:]...); err != nil {
		return err
	}
	lists.Print(out)
	letters.Print(out)
	return verify(ctx, out, t, accepted, since)
}

type benchIdleCmd struct {
	benchTarget
	benchLoad
	Size int `help:"Bytes of the document in each letter." default:"20480"`
}

func (c *benchIdleCmd) Run(ctx context.Context, out io.Writer) error {
	t, err := c.open()
	if err != nil {
		return err
	}
	since := time.Now()
	answered, seen, accepted, err := t.Alone(ctx, bench.Load{Warmup: c.Warmup, Duration: c.Duration}, c.Size)
	if err != nil {
		return err
	}
	answered.Print(out)
	seen.Print(out)
	return verify(ctx, out, t, accepted, since)
}

type benchLargeCmd struct {
	benchTarget
	Repeat int           `help:"How many letters, one after the other." default:"5"`
	Pause  time.Duration `help:"Time for the server to become idle between them." default:"3s"`
}

func (c *benchLargeCmd) Run(ctx context.Context, out io.Writer) error {
	t, err := c.open()
	if err != nil {
		return err
	}
	since := time.Now()
	var accepted []bench.Accepted
	for range c.Repeat {
		upload, letter, err := t.Large()
		if err != nil {
			return err
		}
		upload.Print(out)
		accepted = append(accepted, letter)
		select {
		case <-time.After(c.Pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return verify(ctx, out, t, accepted, since)
}

type benchStartCmd struct {
	Localserve string        `help:"Folder of a localserve that does not run now." type:"path" required:""`
	Population int           `help:"The population it was first started with." default:"1000"`
	Repeat     int           `help:"How many times." default:"3"`
	Idle       time.Duration `help:"How long until the memory is looked at." default:"5s"`
}

func (c *benchStartCmd) Run(ctx context.Context, out io.Writer) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	for range c.Repeat {
		s, err := bench.MeasureStart(ctx, program, c.Localserve, c.Population, c.Idle)
		if err != nil {
			return err
		}
		s.Print(out)
	}
	return nil
}
