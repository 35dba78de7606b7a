package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

// The test log-in cannot be had in serve: a provider is at https, and on another
// machine.
func TestServeRefusesTheTestLogin(t *testing.T) {
	for _, issuer := range []string{"", "http://id.localhost:8080", "https://id.localhost", "https://localhost:8443", "https://127.0.0.1",
		"https://[::1]:8443", "http://broker.example.dk", "broker.example.dk"} {
		_, err := output(t, "serve", "--data", t.TempDir(), "--web.listen", "127.0.0.1:0", "--api.listen", "127.0.0.1:0", "--ops.listen", "127.0.0.1:0",
			"--login.issuer", issuer, "--login.client-id", "borger")
		if err == nil || !strings.Contains(err.Error(), "login.issuer") {
			t.Errorf("issuer %q: %v", issuer, err)
		}
	}
}

// Nobody's session travels open.
func TestServeRefusesAddressesWithoutTLS(t *testing.T) {
	for _, key := range []string{"web.borger", "web.documents", "api.url"} {
		_, err := output(t, "serve", "--data", t.TempDir(), "--web.listen", "127.0.0.1:0", "--api.listen", "127.0.0.1:0", "--ops.listen", "127.0.0.1:0",
			"--login.issuer", "https://broker.example.dk", "--login.client-id", "borger", "--"+key, "http://post.example.dk")
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// One process serves, another runs the jobs: what one takes the other delivers.
func TestRolesInTwoProcesses(t *testing.T) {
	dsn := testkit.PostgresDSN(t)
	dir := filepath.Join(t.TempDir(), "data")
	s := start(t, dir, "--db", dsn, "--population", "0")
	reader := newReader(t, s, s.Persons[0].CPR)
	s.stop(t)

	front := serve(t, dir, dsn, "web,intake")
	s.API = "https://localhost:" + front.port["api"] + "/apis/v1"
	reader.local.API = s.API
	var container bytes.Buffer
	pack, err := memo.NewContainerWriter(&container)
	if err != nil {
		t.Fatal(err)
	}
	l := newLetter(t, s, s.Persons[0].CPR, []byte("Til alle"), nil)
	entry, err := pack.Create(l.id, int64(len(l.body)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := entry.Write(l.body); err != nil {
		t.Fatal(err)
	}
	if err := pack.Close(); err != nil {
		t.Fatal(err)
	}
	day := &day{t: t, s: s}
	day.system("POST", "/memos/", "application/x-lzma", container.Bytes(), http.StatusCreated)
	single := newLetter(t, s, s.Persons[0].CPR, []byte("Til dig"), nil)
	day.send(single, http.StatusCreated)
	if titles := reader.titles(t); titles[single.title] != 1 || titles[l.title] != 0 {
		t.Fatalf("before a worker runs: %v", titles)
	}

	worker := serve(t, dir, dsn, "worker")
	for reader.titles(t)[l.title] == 0 {
		wait(t, worker)
	}
	for _, name := range []string{"web", "api"} {
		if c, err := net.Dial("tcp", "127.0.0.1:"+worker.port[name]); err == nil {
			c.Close()
			t.Errorf("a worker listens at %s", name)
		}
	}
	worker.stop(t)
	front.stop(t)
	checkClean(t, dir)
}

// served is a running serve.
type served struct {
	process *exec.Cmd
	port    map[string]string
	log     *bytes.Buffer
	ended   chan struct{}
}

// serve runs what a localserve has prepared, with some of the roles, and waits
// until it is ready.
func serve(t *testing.T, dir, dsn, roles string) *served {
	t.Helper()
	s := &served{port: map[string]string{}, log: new(bytes.Buffer), ended: make(chan struct{})}
	args := []string{"serve", "--data", dir, "--database", dsn, "--roles", roles,
		"--login.issuer", "https://broker.example.dk", "--login.client-id", "borger",
		"--api.certificate", filepath.Join(dir, "pki", "server.pem"), "--api.key", filepath.Join(dir, "pki", "server.key"),
		"--api.client-ca", filepath.Join(dir, "pki", "ca.pem")}
	for _, name := range []string{"web", "api", "ops"} {
		s.port[name] = freePort(t)
		args = append(args, "--"+name+".listen", "127.0.0.1:"+s.port[name])
	}
	s.process = program(t.Context(), args...)
	s.process.Stderr = s.log
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		s.process.Wait()
		close(s.ended)
	}()
	t.Cleanup(func() {
		s.process.Process.Kill()
		<-s.ended
		if t.Failed() {
			t.Logf("%s said: %s", roles, s.log)
		}
	})
	for {
		response, err := http.Get("http://127.0.0.1:" + s.port["ops"] + "/readyz")
		if err == nil {
			io.Copy(io.Discard, response.Body)
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return s
			}
		}
		wait(t, s)
	}
}

func (s *served) stop(t *testing.T) {
	t.Helper()
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-s.ended
	if !s.process.ProcessState.Success() {
		t.Fatalf("serve did not stop cleanly: %s", s.process.ProcessState)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// wait lets a process go on before it is asked again.
func wait(t *testing.T, s *served) {
	t.Helper()
	select {
	case <-time.After(10 * time.Millisecond):
	case <-s.ended:
		t.Fatalf("serve ended: %s", s.process.ProcessState)
	}
}
