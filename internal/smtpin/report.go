package smtpin

import (
	"bufio"
	"io"
	"regexp"
	"strings"

	"github.com/emersion/go-message"
)

// Report is what a delivery status notification says (RFC 3464) of the one
// recipient that each of our e-mails has.
type Report struct {
	// Failed tells that it was given up. A delay, a relay's report and what is no
	// notification at all have it false.
	Failed bool
	// Status is the enhanced status code (RFC 3463), "" where there is none.
	Status string
}

// Bounds of what is read of an e-mail that comes back. What lies beyond is passed
// over: most of it is our own e-mail.
const (
	maxRead   = 1 << 20  // bytes within which the report lies
	maxHead   = 64 << 10 // bytes of the e-mail's head
	maxReport = 64 << 10 // bytes of the report
	maxParts  = 20       // on one level
	maxDepth  = 3        // some gateways wrap what they pass on
)

// Read reads an e-mail that came back. What cannot be read says nothing.
func Read(r io.Reader) Report {
	e, err := message.ReadWithOptions(io.LimitReader(r, maxRead), &message.ReadOptions{MaxHeaderBytes: maxHead})
	if e == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
		return Report{}
	}
	return find(e, maxDepth)
}

func find(e *message.Entity, depth int) Report {
	kind, _, _ := e.Header.ContentType()
	switch kind = strings.ToLower(kind); {
	case kind == "message/delivery-status" || kind == "message/global-delivery-status":
		return status(io.LimitReader(e.Body, maxReport))
	case !strings.HasPrefix(kind, "multipart/") || depth == 0:
		return Report{}
	}
	parts := e.MultipartReader()
	if parts == nil {
		return Report{}
	}
	for range maxParts {
		part, err := parts.NextPart()
		if part == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
			return Report{}
		}
		if found := find(part, depth-1); found.Failed {
			return found
		}
	}
	return Report{}
}

var statusCode = regexp.MustCompile(`^[245]\.[0-9]{1,3}\.[0-9]{1,3}\b`)

// status reads the fields of a report: groups of lines with a blank one between
// them, one group for each recipient.
func status(r io.Reader) Report {
	var found Report
	action, code := "", ""
	end := func() bool {
		if found = (Report{Failed: strings.EqualFold(action, "failed"), Status: code}); !found.Failed {
			found.Status = ""
		}
		action, code = "", ""
		return found.Failed
	}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), "\r ")
		switch {
		case line == "":
			if end() {
				return found
			}
			continue
		case line[0] == ' ' || line[0] == '\t': // goes on with the field before
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		value, _, _ = strings.Cut(strings.TrimSpace(value), " ") // a comment may follow
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "action":
			action = strings.TrimSpace(strings.SplitN(value, ";", 2)[0])
		case "status":
			code = statusCode.FindString(value)
		}
	}
	end()
	return found
}
