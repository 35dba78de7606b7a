package activitylog

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/activity"
	"digitalpost/internal/post"
)

// file is a log under way to somebody's computer.
type file interface {
	entry(activity.Entry) error
	flush() error
	end() error
}

// csvOut is a file for spreadsheets: UTF-8 that says so, with semicolons, as Danish
// ones want it.
type csvOut struct {
	speaker
	out *csv.Writer
}

func csvFile(w http.ResponseWriter, s speaker) file {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	io.WriteString(w, "\ufeff") //nolint:errcheck // the writer keeps its error
	c := &csvOut{s, csv.NewWriter(w)}
	c.out.Comma, c.out.UseCRLF = ';', true
	t := s.words.T
	c.out.Write([]string{t("log.time"), t("log.who"), t("log.col.for"), t("log.col.right"), t("log.what"), t("log.col.letter"), t("log.where"), t("log.col.device"), t("log.col.event"), t("log.col.id")}) //nolint:errcheck
	return c
}

func (c *csvOut) entry(e activity.Entry) error {
	owner, letter := "", ""
	if e.OnBehalf {
		owner = c.owner.Name
	}
	if e.Count > 0 {
		letter = c.letter(e.Letters[0])
	}
	what := c.sentence(e)
	if why := c.reason(e); why != "" {
		what += ". " + why
	}
	cells := []string{e.Time.In(post.Denmark).Format("2006-01-02 15:04:05"), c.who(e), owner, c.right(e), what, letter, c.place(e.Platform), c.device(e.Device), string(e.Name), e.ID.String()}
	for i := range cells {
		cells[i] = post.Cell(cells[i])
	}
	return c.out.Write(cells)
}

func (c *csvOut) flush() error {
	c.out.Flush()
	return c.out.Error()
}

func (c *csvOut) end() error { return c.flush() }

// jsonOut is a file for programs, with the same in words and in codes.
type jsonOut struct {
	speaker
	out   *bufio.Writer
	begun bool
}

func jsonFile(w http.ResponseWriter, s speaker) file {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	j := &jsonOut{speaker: s, out: bufio.NewWriter(w)}
	name, err := json.Marshal(s.owner.Name)
	if err == nil {
		j.out.WriteString(`{"mailbox":` + string(name) + `,"events":[`) //nolint:errcheck
	}
	return j
}

type jsonEntry struct {
	ID       string      `json:"id"`
	Time     string      `json:"time"`
	Event    string      `json:"event"`
	Who      string      `json:"who"`
	WhoKind  string      `json:"whoKind"`
	OnBehalf string      `json:"onBehalfOf,omitempty"`
	Right    string      `json:"right,omitempty"`
	What     string      `json:"what"`
	Why      string      `json:"why,omitempty"`
	Letter   *jsonLetter `json:"letter,omitempty"`
	Platform string      `json:"platform,omitempty"`
	Device   string      `json:"device,omitempty"`
}

type jsonLetter struct {
	ID      string `json:"id"`
	Subject string `json:"subject,omitempty"`
	Gone    bool   `json:"gone,omitempty"`
}

func (j *jsonOut) entry(e activity.Entry) error {
	out := jsonEntry{ID: e.ID.String(), Time: e.Time.UTC().Format(time.RFC3339Nano), Event: string(e.Name), Who: j.who(e), WhoKind: string(e.Who.Kind),
		What: j.sentence(e), Why: j.reason(e), Platform: string(e.Platform), Device: string(e.Device)}
	if e.OnBehalf {
		out.OnBehalf = j.owner.Name
	}
	if e.Via != 0 && e.Via != access.Owner {
		out.Right = e.Via.String()
	}
	if e.Count > 0 {
		l := e.Letters[0]
		out.Letter = &jsonLetter{l.ID.String(), l.Subject, l.Gone}
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return err
	}
	if j.begun {
		j.out.WriteString(",") //nolint:errcheck // as below
	}
	j.begun = true
	j.out.WriteString("\n") //nolint:errcheck
	_, err = j.out.Write(raw)
	return err
}

func (j *jsonOut) flush() error { return j.out.Flush() }

func (j *jsonOut) end() error {
	j.out.WriteString("\n]}\n") //nolint:errcheck
	return j.out.Flush()
}
