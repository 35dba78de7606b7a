package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Server is the server under measurement, seen through /proc. Where it runs on
// another machine its Process is 0 and nothing is seen, as by a nil Server.
type Server struct {
	Process int
	// PostgresPort finds the PostgreSQL of this machine that the server uses, ""
	// for none.
	PostgresPort string

	before Usage
}

// Usage is what the programs of a measurement used.
type Usage struct {
	Server   time.Duration // CPU time
	Postgres time.Duration // CPU time
	Load     time.Duration // CPU time of this program
	Machine  time.Duration // CPU time of everything on the machine
	Memory   int64         // bytes of the server resident now
	Peak     int64         // bytes of the server resident at most
}

func (s *Server) begin() {
	if s == nil || s.Process == 0 {
		return
	}
	// The kernel forgets the peak on this word, where we may say it.
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.Process), []byte("5"), 0o200)
	s.before = s.usage()
}

func (s *Server) end() Usage {
	if s == nil || s.Process == 0 {
		return Usage{}
	}
	u := s.usage()
	u.Server -= s.before.Server
	u.Postgres -= s.before.Postgres
	u.Load -= s.before.Load
	u.Machine -= s.before.Machine
	return u
}

func (s *Server) usage() Usage {
	u := Usage{Server: cpu(s.Process), Load: cpu(os.Getpid()), Machine: machine()}
	if s.PostgresPort != "" {
		for _, pid := range postgres(s.PostgresPort) {
			u.Postgres += cpu(pid)
		}
	}
	u.Memory, u.Peak = memory(s.Process)
	return u
}

// tick is the unit of /proc's CPU times; it is the same on every Linux.
const tick = time.Second / 100

// cpu is what a process has used, with the children it has seen end: 0 for one
// that is gone.
func cpu(pid int) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// The name in parentheses may hold anything; fields are counted behind it.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	var ticks int64
	for _, f := range fields[11:15] {
		n, _ := strconv.ParseInt(f, 10, 64)
		ticks += n
	}
	return time.Duration(ticks) * tick
}

// machine is what all processes of this machine have used.
func machine() time.Duration {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(stat), "\n")
	fields := strings.Fields(line)
	var ticks int64
	for i, f := range fields[:8] { // cpu user nice system idle iowait irq softirq
		if n, err := strconv.ParseInt(f, 10, 64); err == nil && i != 4 && i != 5 {
			ticks += n
		}
	}
	return time.Duration(ticks) * tick
}

// memory is what a process has resident now and at most, in bytes.
func memory(pid int) (now, peak int64) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		kilobytes, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch name {
		case "VmRSS":
			now = kilobytes << 10
		case "VmHWM":
			peak = kilobytes << 10
		}
	}
	return now, peak
}

// postgres are the processes of the PostgreSQL that listens on a port. Each of
// them works in the data folder, where postmaster.pid tells the port.
func postgres(port string) []int {
	all, err := filepath.Glob("/proc/[0-9]*/comm")
	if err != nil {
		return nil
	}
	var found []int
	for _, comm := range all {
		name, err := os.ReadFile(comm)
		if err != nil || strings.TrimSpace(string(name)) != "postgres" {
			continue
		}
		info, err := os.ReadFile(filepath.Join(filepath.Dir(comm), "cwd", "postmaster.pid"))
		if err != nil {
			continue
		}
		if lines := strings.Split(string(info), "\n"); len(lines) > 3 && lines[3] == port {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(comm)))
			found = append(found, pid)
		}
	}
	return found
}
