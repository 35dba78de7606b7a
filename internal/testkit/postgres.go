package testkit

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"digitalpost/internal/db"
)

// server is a PostgreSQL server that listens on a socket in its own folder only.
// It lives as long as the test binary: a shell beside it waits for the end of a
// pipe that the binary holds open, then stops the server and removes the folder.
// So nothing is left behind, however the binary ends.
type server struct {
	dir       string
	lifeline  *os.File // kept referenced: closing it stops the server
	databases atomic.Int64
}

// A fresh server takes half a second, so each test binary has its own.
var startPostgres = sync.OnceValues(func() (*server, error) {
	s, err := newServer()
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	if err := s.prepare(); err != nil {
		return nil, fmt.Errorf("prepare PostgreSQL: %w", err)
	}
	return s, nil
})

var errNoPostgres = errors.New("PostgreSQL is not installed (Debian package postgresql)")

func postgresServer(t testing.TB) *server {
	t.Helper()
	s, err := startPostgres()
	if errors.Is(err, errNoPostgres) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// serve makes a cluster in $1 with the programs in $0 and runs it until standard
// input ends. Tests do not ask what survives a power cut, so nothing is synced.
const serve = `
"$0/initdb" -D "$1/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N >"$1/log" 2>&1 </dev/null
"$0/postgres" -D "$1/data" -k "$1" -c listen_addresses= -c max_connections=200 \
	-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c timezone=UTC >>"$1/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -QUIT $server 2>/dev/null
wait $server
rm -rf "$1"
`

func newServer() (*server, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		return nil, errNoPostgres
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
	dir, err := os.MkdirTemp(memory(), "pg")
	if err != nil {
		return nil, err
	}
	owner, err := unprivileged()
	if err != nil {
		return nil, err
	}
	if owner != nil {
		if err := os.Chown(dir, int(owner.Uid), int(owner.Gid)); err != nil {
			return nil, err
		}
	}
	end, lifeline, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer end.Close()
	cmd := exec.Command("/bin/sh", "-c", serve, filepath.Dir(newest), dir)
	cmd.Dir = dir
	cmd.Stdin = end
	// A session of its own, so that an interrupt from the terminal does not reach
	// the shell before it has cleaned up.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: owner, Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &server{dir: dir, lifeline: lifeline}, nil
}

// memory is a file system in memory, "" where there is none with room for the databases
// of a test: on a disk each of them costs up to a second of waiting, for the hundreds of
// files that it is copied to and that are removed after the test.
func memory() string {
	const shm = "/dev/shm"
	var fs syscall.Statfs_t
	if err := syscall.Statfs(shm, &fs); err != nil || uint64(fs.Bavail)*uint64(fs.Bsize) < 1<<30 {
		return ""
	}
	return shm
}

func version(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// unprivileged is whom the server runs as: PostgreSQL refuses root. Nil is
// oneself.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, err
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// prepare waits for the server and makes the database "migrated" that others are
// copied from.
func (s *server) prepare() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var err error
	for {
		if err = s.admin(ctx, "CREATE DATABASE migrated"); err == nil {
			break
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("%w\n%s", err, log)
		}
	}
	d, err := db.Open(ctx, s.dsn("migrated"))
	if err != nil {
		return err
	}
	return errors.Join(d.Migrate(ctx), d.Close())
}

// create makes a database that is a copy of another and lives as long as the test.
func (s *server) create(t testing.TB, template string) (dsn string) {
	t.Helper()
	name := fmt.Sprintf("test%d", s.databases.Add(1))
	if err := s.admin(t.Context(), "CREATE DATABASE "+name+" TEMPLATE "+template+" STRATEGY file_copy"); err != nil { // nothing goes through the log
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.admin(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return s.dsn(name)
}

func (s *server) admin(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, s.dsn("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

func (s *server) dsn(database string) string {
	return "postgres://postgres@/" + database + "?" + url.Values{"host": {s.dir}}.Encode()
}
