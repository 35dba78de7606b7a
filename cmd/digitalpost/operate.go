package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"digitalpost/internal/app"
)

// migrateCmd brings the schema up to date and ends.
type migrateCmd struct {
	configured
}

func (c *migrateCmd) Run(ctx context.Context) error {
	core, err := app.OpenCore(ctx, c.Config, c.Logger(os.Stderr), false)
	if err != nil {
		return err
	}
	return core.Close()
}

// checkCmd looks for what must not be.
type checkCmd struct {
	configured
	Localserve string `help:"Folder of a localserve, instead of a configuration." type:"path"`
	Fast       bool   `help:"Leave out reading every document."`
}

// unclean is the answer of a check that found something.
type unclean int

func (n unclean) Error() string { return fmt.Sprintf("%d things are not as they must be", int(n)) }

// ExitCode tells what was found from a check that could not run.
func (n unclean) ExitCode() int { return 3 }

func (c *checkCmd) Run(ctx context.Context, out io.Writer) error {
	config := c.Config
	if c.Localserve != "" {
		var err error
		if config, err = app.LocalConfig(c.Localserve); err != nil {
			return err
		}
	}
	core, err := app.OpenCore(ctx, config, slog.New(slog.DiscardHandler), false)
	if err != nil {
		return err
	}
	defer core.Close()
	n := 0
	if err := core.Check(ctx, !c.Fast, func(problem string) { n++; fmt.Fprintln(out, problem) }); err != nil {
		return err
	}
	if n > 0 {
		return unclean(n)
	}
	fmt.Fprintln(out, "clean")
	return nil
}

// keysCmd has the commands about the master key.
type keysCmd struct {
	Rotate keysRotateCmd `cmd:"" help:"Make a new master key and wrap everything with it."`
}

type keysRotateCmd struct {
	configured
	Localserve string `help:"Folder of a localserve, instead of a configuration." type:"path"`
}

func (c *keysRotateCmd) Run(ctx context.Context, out io.Writer) error {
	config := c.Config
	if c.Localserve != "" {
		var err error
		if config, err = app.LocalConfig(c.Localserve); err != nil {
			return err
		}
	}
	if err := app.RotateKeys(ctx, config); err != nil {
		return err
	}
	fmt.Fprintln(out, "The master key is new. Running processes go on with the keys they hold; restart is not needed.")
	return nil
}

// configCmd explains the configuration.
type configCmd struct {
	Describe configDescribeCmd `cmd:"" help:"Write every key with what it means and its default."`
}

type configDescribeCmd struct{}

func (configDescribeCmd) Run(out io.Writer) error {
	app.Describe(out)
	return nil
}
