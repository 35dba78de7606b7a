package bench

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Process is the server, seen through /proc; nil where it is on another machine.
type Process struct{ pid int }

// FindProcess watches the process with an id.
func FindProcess(pid int) *Process { return &Process{pid} }

// Usage is what a process has used.
type Usage struct {
	CPU    time.Duration
	Memory int64 // bytes resident now
	Peak   int64 // bytes resident at most
	known  bool
}

func (u Usage) since(before Usage) Usage {
	u.CPU -= before.CPU
	return u
}

// ticks is the unit of /proc's CPU times; it is the same on every Linux.
const ticks = 100

func (p *Process) usage() Usage {
	if p == nil {
		return Usage{}
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
	if err != nil {
		return Usage{}
	}
	// The name in parentheses may hold anything; fields are counted behind it.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	u := Usage{CPU: time.Duration(user+system) * time.Second / ticks, known: true}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err != nil {
		return u
	}
	for line := range strings.Lines(string(status)) {
		field := strings.Fields(line)
		if len(field) < 2 {
			continue
		}
		kilobytes, _ := strconv.ParseInt(field[1], 10, 64)
		switch field[0] {
		case "VmRSS:":
			u.Memory = kilobytes << 10
		case "VmHWM:":
			u.Peak = kilobytes << 10
		}
	}
	return u
}

// Memory is the process's resident memory now, in bytes.
func (p *Process) Memory() int64 { return p.usage().Memory }

// ResetPeak forgets the peak, where the kernel lets us.
func (p *Process) ResetPeak() {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.pid), []byte("5"), 0o200)
}
