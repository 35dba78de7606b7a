package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"digitalpost/internal/app"
)

// Start is what starting a localserve with existing data came to.
type Start struct {
	Ready time.Duration // from the start of the process until /readyz said yes
	Idle  int64         // bytes of memory a while later
	Stop  time.Duration // from SIGTERM to the end of the process
}

// Print writes the start for people.
func (s Start) Print(w io.Writer) {
	fmt.Fprintf(w, "start: ready after %.2f s, %s of memory when idle, ended %.2f s after SIGTERM\n", s.Ready.Seconds(), megabytes(s.Idle), s.Stop.Seconds())
}

// MeasureStart starts program's localserve on a folder that one with the same
// population has run on, waits until it is ready and then so long in idleness,
// and ends it.
func MeasureStart(ctx context.Context, program, dir string, population int, idle time.Duration) (s Start, err error) {
	config, err := app.LocalConfig(dir)
	if err != nil {
		return s, err
	}
	arguments := []string{"localserve", "--data", dir, "--web", "127.0.0.1:0", "--api", "127.0.0.1:0", "--population", strconv.Itoa(population)}
	if strings.Contains(config.Database, "://") {
		arguments = append(arguments, "--db", config.Database)
	}
	server := exec.CommandContext(ctx, program, arguments...)
	server.Cancel = func() error { return server.Process.Signal(syscall.SIGTERM) }
	server.Stderr = os.Stderr
	start := time.Now()
	if err := server.Start(); err != nil {
		return s, err
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	for !ready(dir, server.Process.Pid) {
		select {
		case err := <-ended:
			return s, errors.Join(errors.New("the server ended before it was ready"), err)
		case <-time.After(look):
		}
	}
	s.Ready = time.Since(start)
	wait(ctx, idle)
	s.Idle, _ = memory(server.Process.Pid)
	stop := time.Now()
	err = server.Process.Signal(syscall.SIGTERM)
	err = errors.Join(err, <-ended)
	s.Stop = time.Since(stop)
	return s, err
}

// look is how often the starting server is looked at.
const look = 2 * time.Millisecond

// ready tells whether the localserve with a process id works on a folder. The
// file of one that was killed may still be there.
func ready(dir string, pid int) bool {
	local, err := app.ReadLocal(dir)
	if err != nil || local.PID != pid {
		return false
	}
	client, err := local.HTTPClient(nil)
	if err != nil {
		return false
	}
	defer client.CloseIdleConnections()
	answer, err := client.Get(strings.Replace(local.Health, "/healthz", "/readyz", 1))
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}
