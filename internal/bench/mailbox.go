package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"

	"digitalpost/internal/post"
)

// MailboxOperations are what Mailbox measures, in order.
var MailboxOperations = []string{"list", "count", "open", "content", "mark", "move", "search", "search as one types", "changes"}

// Mailbox measures what a view client does in mailboxes: each operation for itself,
// at the rate of load, in the mailboxes of people who have entered. A folder is made
// in each of them where it is missing, for moving.
func (t *Target) Mailbox(ctx context.Context, load Load, people []*Person, operations []string, each func(Result)) error {
	owners := make([]*mailboxClient, load.Connections)
	for i := range owners {
		o, err := t.mailboxClient(ctx, people[i%len(people)], i/len(people))
		if err != nil {
			return err
		}
		defer o.wire.close()
		owners[i] = o
	}
	for _, name := range operations {
		calls := make([]Call, len(owners))
		for i, o := range owners {
			calls[i] = o.operation(name)
		}
		each(Run(ctx, fmt.Sprintf("%s, %d connections, %d mailboxes", name, load.Connections, min(len(people), load.Connections)), load, calls, &t.Server))
	}
	return nil
}

// mailboxClient is a view client of one person, with some letters of Fill that no other
// client of the measurement touches.
type mailboxClient struct {
	wire     *wire
	api      *url.URL
	person   *Person
	folder   string
	modseq   int64
	messages []*known
	random   *rand.Zipf
	n        int
}

type known struct {
	ID      post.UUID `json:"id"`
	Version int64     `json:"version"`
	Folder  string    `json:"folderId"`
	Read    bool      `json:"read"`
	content string    // path of its first file
}

// ownMessages is how many messages a client changes.
const ownMessages = 20

func (t *Target) mailboxClient(ctx context.Context, p *Person, nth int) (*mailboxClient, error) {
	config, err := t.tls(nil)
	if err != nil {
		return nil, err
	}
	c, err := t.bare(p, config)
	if err != nil {
		return nil, err
	}
	c.random = zipf(rand.Uint64())
	var page struct {
		Messages []*known `json:"messages"`
	}
	if err := c.get(fmt.Sprintf("/messages/?folderId=%s&size=%d&page=%d&fields=id,version,folderId,read&label=%s", p.inbox, ownMessages, nth, t.tag(p)), &page); err != nil {
		return nil, err
	}
	if c.messages = page.Messages; len(c.messages) == 0 {
		return nil, errors.New("a mailbox has too few messages: fill it first (bench fill)")
	}
	for _, m := range c.messages {
		var documents struct {
			Documents []struct {
				ID    post.UUID `json:"id"`
				Files []struct {
					ID post.UUID `json:"id"`
				} `json:"files"`
			} `json:"documents"`
		}
		if err := c.get("/messages/"+m.ID.String()+"/documents/", &documents); err != nil {
			return nil, err
		}
		d := documents.Documents[0]
		m.content = fmt.Sprintf("/messages/%s/documents/%s/files/%s/content", m.ID, d.ID, d.Files[0].ID)
	}
	var box struct {
		Version int64 `json:"version"`
	}
	if err := c.get("", &box); err != nil {
		return nil, err
	}
	c.modseq = box.Version
	return c, c.ownFolder()
}

// ownFolder finds or makes the folder that messages are moved to.
func (c *mailboxClient) ownFolder() error {
	const name = "Måling"
	var folders struct {
		Folders []struct {
			ID   string `json:"id"`
			Name string `json:"name"`
		} `json:"folders"`
	}
	if err := c.get("/folders/?size=1000", &folders); err != nil {
		return err
	}
	for _, f := range folders.Folders {
		if f.Name == name {
			c.folder = f.ID
			return nil
		}
	}
	status, body, err := c.send("POST", "/folders/", `{"folderType":"USER_DEFINED","name":"`+name+`"}`)
	if err != nil {
		return err
	}
	if err := expect(status, http.StatusCreated, body); err != nil {
		return err
	}
	var made struct {
		ID string `json:"id"`
	}
	err = json.Unmarshal(body, &made)
	c.folder = made.ID
	return err
}

func (c *mailboxClient) send(method, path, body string, headers ...string) (int, []byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s/mailboxes/%s%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n", method, c.api.Path, c.person.mailbox, path, c.api.Host, c.person.Token)
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	if body != "" {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n" + body)
	return c.wire.do(b.Bytes())
}

func (c *mailboxClient) get(path string, into any) error {
	status, body, err := c.send("GET", path, "")
	if err != nil {
		return err
	}
	if err := expect(status, http.StatusOK, body); err != nil || into == nil {
		return err
	}
	return json.Unmarshal(body, into)
}

// next is the next of the client's messages.
func (c *mailboxClient) next() *known {
	c.n++
	return c.messages[c.n%len(c.messages)]
}

func (c *mailboxClient) patch(m *known, change string) error {
	status, body, err := c.send("PATCH", "/messages/"+m.ID.String(), change, fmt.Sprintf("If-Match: %d", m.Version))
	if err != nil {
		return err
	}
	if err := expect(status, http.StatusOK, body); err != nil {
		return err
	}
	return json.Unmarshal(body, m)
}

func (c *mailboxClient) operation(name string) Call {
	switch name {
	case "list":
		return func() error {
			return c.get(fmt.Sprintf("/messages/?folderId=%s&size=50&fields=%s", c.person.inbox, url.QueryEscape(ListFields)), nil)
		}
	case "count":
		return func() error { return c.get("/folders/summary/", nil) }
	case "open":
		return func() error { return c.get("/messages/"+c.next().ID.String(), nil) }
	case "content":
		return func() error { return c.get(c.next().content, nil) }
	case "mark":
		return func() error {
			m := c.next()
			return c.patch(m, fmt.Sprintf(`{"read":%t}`, !m.Read))
		}
	case "move":
		return func() error {
			m, to := c.next(), c.folder
			if m.Folder == to {
				to = c.person.inbox.String()
			}
			return c.patch(m, `{"folderId":"`+to+`"}`)
		}
	case "search":
		return func() error { return c.search(words(c.random, 1+rand.IntN(2))) }
	case "search as one types":
		return func() error {
			w := []rune(word(int(c.random.Uint64())))
			return c.search(string(w[:min(len(w), 3)]) + "*")
		}
	case "changes":
		return c.changes
	}
	return func() error { return fmt.Errorf("there is no operation %q", name) }
}

// changes asks for what has happened since the last time, as a client does that
// was told of a change.
func (c *mailboxClient) changes() error {
	var answer struct {
		ModSeq int64 `json:"modseq"`
	}
	err := c.get(fmt.Sprintf("/changes?since=%d", max(0, c.modseq-10)), &answer)
	c.modseq = max(c.modseq, answer.ModSeq)
	return err
}

func (c *mailboxClient) search(words string) error {
	return c.get("/messages/?size=20&fields="+url.QueryEscape(ListFields)+"&any="+url.QueryEscape(strings.ReplaceAll(words, " ", "&")), nil)
}
