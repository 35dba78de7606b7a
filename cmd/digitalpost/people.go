package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"digitalpost/internal/app"
	"digitalpost/internal/population"
	"digitalpost/internal/portal/testid"
	"digitalpost/internal/post"
)

// populationCmd writes a synthetic nation.
type populationCmd struct {
	Persons       int    `help:"How many persons." default:"1000"`
	Organisations int    `help:"How many organisations beside the authorities." default:"100"`
	Seed          uint64 `help:"The same seed gives the same nation." default:"1"`
}

func (c *populationCmd) Run(out io.Writer) error {
	w := bufio.NewWriterSize(out, 1<<20)
	if err := population.Generate(w, population.Options{Persons: c.Persons, Organisations: c.Organisations, Seed: c.Seed}); err != nil {
		return err
	}
	return w.Flush()
}

// importCmd reads a register.
type importCmd struct {
	configured
	File   string `arg:"" help:"JSON lines; - reads standard input." type:"existingfile"`
	Source string `help:"Name of the register. An import of the same name goes on where it ended. Default: the file's name."`
}

func (c *importCmd) Run(ctx context.Context, out io.Writer) error {
	in, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer in.Close()
	if c.Source == "" {
		c.Source = filepath.Base(c.File)
	}
	core, err := app.OpenCore(ctx, c.Config, c.Logger(os.Stderr), false)
	if err != nil {
		return err
	}
	defer core.Close()
	result, err := core.Registry.Import(ctx, c.Source, in)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d lines, %d of them imported before\n", result.Lines, result.Skipped)
	return nil
}

// tokenCmd prints a bearer token, got by the way every client goes.
type tokenCmd struct {
	Localserve string `help:"Folder of the localserve." required:"" type:"path"`
	CPR        string `help:"Number of the person." required:"" name:"cpr"`
	For        string `help:"CVR number of the organisation that the person logs in for as an employee. Default: they log in as themselves."`
	Client     string `help:"Id of the view client." default:"demo"`
}

func (c *tokenCmd) Run(ctx context.Context, out io.Writer) error {
	cpr, err := post.ParseCPR(c.CPR)
	if err != nil {
		return fmt.Errorf("--cpr is not a CPR number")
	}
	who := testid.Identity{CPR: cpr}
	if c.For != "" {
		if who.CVR, err = post.ParseCVR(c.For); err != nil {
			return fmt.Errorf("--for is not a CVR number")
		}
	}
	token, err := testid.FetchToken(ctx, c.Localserve, who, c.Client)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, token.AccessToken)
	return nil
}
