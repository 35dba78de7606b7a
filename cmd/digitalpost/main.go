// Command digitalpost is Digital Post: the mailbox, its portals and its
// interfaces, and the tools around them.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"digitalpost/internal/app"
)

// commands is the grammar of the command line; one file for each command.
type commands struct {
	Localserve localserveCmd `cmd:"" help:"Run everything on this machine, with demo people, a test log-in and sample letters."`
	Serve      serveCmd      `cmd:"" help:"Run Digital Post."`
	Migrate    migrateCmd    `cmd:"" help:"Bring the database's schema up to date."`
	Check      checkCmd      `cmd:"" help:"Look whether everything is as it must be. Exit 0 when clean, 3 when not."`
	Keys       keysCmd       `cmd:"" help:"Look after the master key."`
	Import     importCmd     `cmd:"" help:"Read persons, organisations and authorities from a file."`
	Population populationCmd `cmd:"" help:"Write a synthetic nation, for import."`
	Config     configCmd     `cmd:"" help:"Explain the configuration."`
	Send       sendCmd       `cmd:"" help:"Send a letter to somebody of a localserve."`
	Token      tokenCmd      `cmd:"" help:"Print a bearer token of somebody of a localserve."`
	Bench      benchCmd      `cmd:"" help:"Measure a running Digital Post over the network."`
	OpenAPI    openapiCmd    `cmd:"" name:"openapi" help:"Print the API as an OpenAPI document."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "digitalpost:", err)
		if code, ok := err.(interface{ ExitCode() int }); ok {
			os.Exit(code.ExitCode())
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	file, err := app.ReadFile(configPath(args))
	if err != nil {
		return err
	}
	parser, err := kong.New(&commands{},
		kong.Name("digitalpost"),
		kong.Description("Digital Post: a national digital mailbox."),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Resolvers(file),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.BindTo(out, (*io.Writer)(nil)),
	)
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if err != nil {
		return err
	}
	return command.Run()
}

// configured is what every command with a configuration has.
type configured struct {
	ConfigFile string `name:"config" help:"Configuration file." type:"path" env:"DIGITALPOST_CONFIG"`
	app.Config `embed:""`
}

// configPath finds the configuration file before the rest is parsed, as its
// values are part of parsing.
func configPath(args []string) string {
	for i, a := range args {
		if a == "--config" && i+1 < len(args) {
			return args[i+1]
		}
		if len(a) > 9 && a[:9] == "--config=" {
			return a[9:]
		}
	}
	return os.Getenv("DIGITALPOST_CONFIG")
}
