package main

import (
	"context"
	"io"
	"log/slog"
	"os"

	"digitalpost/internal/app"
)

// localserveCmd runs everything for people who try it.
type localserveCmd struct {
	Data       string `help:"Folder for all data." default:"var/localserve" type:"path"`
	Web        string `help:"Address of the portals. Port 0 picks a free one." default:"127.0.0.1:8080"`
	API        string `help:"Address of the API. Port 0 picks a free one." default:"127.0.0.1:8443" name:"api"`
	DB         string `help:"postgres://… instead of an SQLite file." name:"db"`
	Population int    `help:"How many synthetic persons, at first start. 0: only the demo people, and no sample letters." default:"1000"`
	Employees  int    `help:"How many of them work in one large company, at first start; for measuring."`
	Units      int    `help:"How many companies one concern has, whose office looks after them all, at first start; for measuring."`
	Log        string `help:"Least level that is logged." enum:"debug,info,warn,error" default:"warn"`
}

func (c *localserveCmd) Run(ctx context.Context, out io.Writer) error {
	log := app.Config{Log: app.LogConfig{Level: c.Log}}.Logger(os.Stderr)
	slog.SetDefault(log) // what is said without a logger at hand, by libraries too
	return app.Localserve(ctx, app.LocalOptions{
		Data: c.Data, Web: c.Web, API: c.API, Database: c.DB, Population: c.Population, Employees: c.Employees, Units: c.Units, Out: out,
	}, log)
}

// serveCmd runs Digital Post for real.
type serveCmd struct {
	configured
}

func (c *serveCmd) Run(ctx context.Context) error {
	log := c.Logger(os.Stderr)
	slog.SetDefault(log)
	return app.Serve(ctx, c.Config, log)
}
