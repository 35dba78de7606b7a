//go:build soak

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"digitalpost/internal/testkit"
)

// A full disk stops intake and nothing else: senders are told to come back,
// nothing accepted is lost, and intake goes on as soon as there is room. Where
// letters lie depends on their size, so each place fills the disk once.
func TestFullDisk(t *testing.T) {
	for _, place := range []struct {
		name string
		size int
	}{{"small letters in the database", 4 << 10}, {"medium letters in segments", 400 << 10}, {"large letters in files", 4 << 20}} {
		t.Run(place.name, func(t *testing.T) {
			for _, engine := range []string{"sqlite", "postgres"} {
				t.Run(engine, func(t *testing.T) {
					disk := smallDisk(t, 384<<20)
					args := []string{"--population", "0"}
					if engine == "postgres" {
						args = append(args, "--db", postgresOn(t, disk))
					}
					fillUp(t, disk, place.size, args)
				})
			}
		})
	}
}

func fillUp(t *testing.T, disk string, size int, args []string) {
	dir := filepath.Join(disk, "data")
	s := start(t, dir, args...)
	load := newLoad()
	load.size = size
	for _, person := range registered(s) {
		load.letter(t, s, person)
	}
	load.again(t, s)
	reader := newReader(t, s, registered(s)[0])
	for range 2 {
		filler := fill(t, disk, 12<<20)
		load.untilFull(t, s)
		if _, document := reader.read(t); len(document) == 0 {
			t.Error("a document is empty")
		}
		makeRoom(t, filler)
		load.again(t, s)
	}
	filler := fill(t, disk, 1<<20)
	load.untilFull(t, s)
	s.stop(t)
	if !bytes.Contains(s.log.Bytes(), []byte("storage.unavailable")) {
		t.Error("the log does not tell of the full disk")
	}
	makeRoom(t, filler)
	s = start(t, dir, args...)
	load.again(t, s)
	load.verify(t, s)
	s.stop(t)
	checkClean(t, dir)
}

// untilFull sends letters until each of several senders has been refused often.
// What a sender may be told is that it is to come back.
func (l *load) untilFull(t *testing.T, s *localserve) {
	t.Helper()
	refused := map[*http.Client]int{}
	l.senders(t, s, func(client *http.Client) bool {
		letter := l.letter(t, s, anybody(s))
		err := s.post(client, letter)
		if err == nil {
			l.keep(letter)
			return true
		}
		answer, ok := errors.AsType[*notAccepted](err)
		if !ok {
			t.Errorf("no answer: %v", err)
			return false
		}
		var message struct{ Code, Message string }
		bad := json.Unmarshal(answer.body, &message)
		if answer.status != http.StatusServiceUnavailable || answer.header.Get("Retry-After") == "" || bad != nil || message.Code == "" {
			t.Errorf("answer of a full disk: %v, Retry-After %q", answer, answer.header.Get("Retry-After"))
			return false
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		refused[client]++
		return refused[client] < 3
	})()
}

// smallDisk is a file system of its own that holds so many bytes.
func smallDisk(t *testing.T, size int) (dir string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "disk")
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Fatalf("a small disk is mounted, which needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := errors.Join(syscall.Unmount(dir, syscall.MNT_DETACH), os.Remove(dir)); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill leaves so much room on a disk.
func fill(t *testing.T, disk string, room int64) (file string) {
	t.Helper()
	var now syscall.Statfs_t
	if err := syscall.Statfs(disk, &now); err != nil {
		t.Fatal(err)
	}
	free := int64(now.Bavail) * now.Bsize
	if free <= room {
		t.Fatalf("only %d bytes are free", free)
	}
	f, err := os.CreateTemp(disk, "filler")
	if err == nil {
		err = errors.Join(syscall.Fallocate(int(f.Fd()), 0, 0, free-room), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

func makeRoom(t *testing.T, filler string) {
	t.Helper()
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
}

// postgresOn is a PostgreSQL database whose tables lie on a disk; its log does
// not, as is usual.
func postgresOn(t *testing.T, disk string) (dsn string) {
	t.Helper()
	dsn = testkit.PostgresDSN(t)
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(disk, "postgres")
	err = os.Mkdir(folder, 0o700)
	if err == nil {
		err = chownAs(u.Query().Get("host"), folder)
	}
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	u.Path = "/postgres"
	admin, err := pgx.Connect(t.Context(), u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.Background())
	space := "space_" + name
	for _, statement := range []string{
		"CREATE TABLESPACE " + space + " LOCATION '" + folder + "'",
		"ALTER DATABASE " + name + " SET TABLESPACE " + space,
	} {
		if _, err := admin.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return dsn
}

// chownAs gives a folder to the owner of another.
func chownAs(like, folder string) error {
	info, err := os.Stat(like)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fs.ErrInvalid
	}
	return os.Chown(folder, int(owner.Uid), int(owner.Gid))
}
