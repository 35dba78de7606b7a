package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
)

// changesJSON is what happened in a mailbox after a modseq.
type changesJSON struct {
	Modseq   int64          `json:"modseq" doc:"Up to where these changes go: ask on from here."`
	Messages messageChanges `json:"messages"`
	Folders  folderChanges  `json:"folders"`
	HasMore  bool           `json:"hasMore" doc:"There is more to ask for at once."`
}

type messageChanges struct {
	Created   []messageJSON `json:"created" doc:"As they are now, each with what a list has by itself."`
	Updated   []messageJSON `json:"updated"`
	Destroyed []post.UUID   `json:"destroyed"`
}

type folderChanges struct {
	Created   []folderJSON `json:"created"`
	Updated   []folderJSON `json:"updated"`
	Destroyed []post.UUID  `json:"destroyed"`
}

// queryChanges tells a client what it has missed, so that it need not read whole
// lists again.
func (c *call) queryChanges() error {
	box, err := c.id("mailboxId")
	if err != nil {
		return err
	}
	since, err := c.number("since")
	if err != nil {
		return err
	}
	limit, err := c.number("limit")
	if err != nil {
		return err
	}
	all, err := c.api.Mailboxes.Changes(c.r.Context(), c.actor, box, int64(since), limit)
	if err != nil {
		return err
	}
	messages := func(list []mailbox.Message) []messageJSON { return listedMessages(box, all.Folders, list) }
	foldersOf := func(list []mailbox.Folder) []folderJSON {
		shown := make([]folderJSON, len(list))
		for i, f := range list {
			shown[i] = folderOf(box, f)
		}
		return shown
	}
	c.json(http.StatusOK, changesJSON{all.Modseq,
		messageChanges{messages(all.Created), messages(all.Updated), orEmpty(all.Destroyed)},
		folderChanges{foldersOf(all.FoldersCreated), foldersOf(all.FoldersUpdated), orEmpty(all.FoldersDestroyed)}, all.More})
	return nil
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// heartbeat is how often something is written to a stream at least, so that
// nobody on the way takes it for dead.
const heartbeat = 20 * time.Second

// glanceJSON is an event of a stream: the mailbox has come so far.
type glanceJSON struct {
	Modseq int64 `json:"modseq"`
	Unread int64 `json:"unreadMessages"`
	Total  int64 `json:"totalMessages"`
}

// events tells of every change of a mailbox as server-sent events, whose ids are
// modseqs: what has changed is then asked of queryChanges. A client that comes
// back with Last-Event-ID is told at once where it has missed something. The
// stream ends when the token or the right does.
func (c *call) events() error {
	box, err := c.id("mailboxId")
	if err != nil {
		return err
	}
	known, _ := strconv.ParseInt(c.r.Header.Get("Last-Event-ID"), 10, 64) // of another form it knows nothing
	if _, err := c.api.Mailboxes.Get(c.r.Context(), c.actor, box); err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", typeEvents)
	h.Set("X-Accel-Buffering", "no")
	c.w.WriteHeader(http.StatusOK)
	if c.head() {
		return nil
	}
	w := newSteady(c.w)
	beat := time.Now()
	say := func(text string) error {
		beat = time.Now()
		if _, err := w.Write([]byte(text)); err != nil {
			return err
		}
		return w.control.Flush()
	}
	if say(":\n\n") != nil {
		return nil
	}
	token, _ := authorization(c.r, "Bearer")
	ctx, cancel := context.WithCancel(c.r.Context())
	defer cancel()
	defer context.AfterFunc(c.api.open, cancel)()
	alive := func() error {
		if time.Since(beat) >= heartbeat {
			if err := say(":\n\n"); err != nil {
				return err
			}
		}
		return c.api.DB.Read(ctx, func(tx *db.Tx) error {
			_, _, err := c.api.Sessions.Bearer(tx, token)
			return err
		})
	}
	err = c.api.Mailboxes.Watch(ctx, c.actor, box, alive, func(g mailbox.Glance) error {
		if g.Modseq == known {
			return nil
		}
		data, err := json.Marshal(glanceJSON(g))
		if err != nil {
			return err
		}
		return say(fmt.Sprintf("id: %d\nevent: change\ndata: %s\n\n", g.Modseq, data))
	})
	c.api.log.Debug("event stream ended", "error", err)
	return nil // the answer has begun: it ends, whatever the reason
}
