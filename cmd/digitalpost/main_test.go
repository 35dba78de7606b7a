package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"digitalpost/internal/app"
	"digitalpost/internal/testkit"
)

// asProgram in the environment makes the test binary be the program itself, so
// that tests can start it, and kill it, as a process of its own.
const asProgram = "DIGITALPOST_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// program is a command of the program, as a process.
func program(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, os.Args[0], args...)
	c.Env = append(os.Environ(), asProgram+"=1")
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return c
}

// output runs a command of the program to its end.
func output(t testing.TB, args ...string) (string, error) {
	t.Helper()
	var out, bad bytes.Buffer
	c := program(t.Context(), args...)
	c.Stdout, c.Stderr = &out, &bad
	if err := c.Run(); err != nil {
		return out.String(), fmt.Errorf("digitalpost %s: %w: %s", args[0], err, bad.String())
	}
	return out.String(), nil
}

// localserve is a running localserve.
type localserve struct {
	app.Local
	dir     string
	process *exec.Cmd
	log     *bytes.Buffer
}

// start starts a localserve on a folder and waits until it is ready.
func start(t testing.TB, dir string, args ...string) *localserve {
	t.Helper()
	s := &localserve{dir: dir, log: new(bytes.Buffer)}
	s.process = program(context.Background(), append([]string{"localserve", "--data", dir, "--web", "127.0.0.1:0", "--api", "127.0.0.1:0", "--log", "debug"}, args...)...)
	s.process.Stderr = s.log
	ready, err := s.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.process.Process.Kill()
		s.process.Wait()
		s.quiet(t)
		if t.Failed() {
			t.Logf("the program said: %s", s.log)
		}
	})
	// It greets when it is ready, and is silent before.
	if _, err := ready.Read(make([]byte, 1)); err != nil {
		t.Fatalf("localserve did not start: %v: %s", err, s.log)
	}
	go io.Copy(io.Discard, ready)
	if s.Local, err = app.ReadLocal(dir); err != nil {
		t.Fatal(err)
	}
	return s
}

// kill ends the process as a power cut would.
func (s *localserve) kill(t testing.TB) {
	t.Helper()
	if err := s.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	s.process.Wait()
}

// stop ends the process in order.
func (s *localserve) stop(t testing.TB) {
	t.Helper()
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.process.Wait(); err != nil {
		t.Fatalf("localserve did not stop cleanly: %v: %s", err, s.log)
	}
}

// engines are the databases that the program runs on.
func engines(t *testing.T, test func(t *testing.T, args ...string)) {
	t.Run("sqlite", func(t *testing.T) { test(t) })
	t.Run("postgres", func(t *testing.T) { test(t, "--db", testkit.PostgresDSN(t)) })
}

func checkClean(t testing.TB, dir string) {
	t.Helper()
	if out, err := output(t, "check", "--localserve", dir); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func TestSecondLocalserveSaysThatOneIsRunning(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first := start(t, dir, "--population", "0")
	_, err := output(t, "localserve", "--data", dir, "--web", "127.0.0.1:0", "--api", "127.0.0.1:0")
	if err == nil || !bytes.Contains([]byte(err.Error()), []byte("already running")) {
		t.Fatalf("a second one: %v", err)
	}
	first.stop(t)
	again := start(t, dir, "--population", "0")
	again.stop(t)
	if _, err := os.Stat(filepath.Join(dir, "localserve.json")); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("localserve.json is there, but nobody runs")
	}
	checkClean(t, dir)
}

// SND-01, SYS-01: the walk of a letter with the program's own commands.
func TestSendTokenCheckRotate(t *testing.T) {
	engines(t, func(t *testing.T, args ...string) {
		dir := filepath.Join(t.TempDir(), "data")
		s := start(t, dir, append(args, "--population", "0")...)
		if _, err := output(t, "send", "--localserve", dir, "--to", s.Persons[0].CPR, "--subject", "Hej"); err != nil {
			t.Fatal(err)
		}
		inbox := newReader(t, s, s.Persons[0].CPR)
		if titles := inbox.titles(t); titles["Hej"] != 1 {
			t.Fatalf("inbox: %v", titles)
		}
		s.stop(t)
		if _, err := output(t, "keys", "rotate", "--localserve", dir); err != nil {
			t.Fatal(err)
		}
		checkClean(t, dir)
	})
}

func TestConfigurationNamesAWrongKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "digitalpost.yaml")
	if err := os.WriteFile(file, []byte("web:\n  lisen: 127.0.0.1:80\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := output(t, "check", "--config", file)
	if err == nil || !bytes.Contains([]byte(err.Error()), []byte(`"web.lisen"`)) {
		t.Fatal(err)
	}
	out, err := output(t, "config", "describe")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range app.Keys() {
		if !bytes.Contains([]byte(out), []byte(k.Env())) {
			t.Errorf("config describe does not tell of %s", k.Name)
		}
	}
}
