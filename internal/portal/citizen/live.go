package citizen

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/session"
)

// present tells an open page how many seconds are left of the session. A page
// that asks for an event stream asks by itself, which is no activity; a person
// who presses "stay logged in" asks otherwise, which is.
func (p *Portal) present(w http.ResponseWriter, r *http.Request) error {
	if _, err := session.Of(r); err != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	w.Header().Set("Content-Type", "text/plain")
	_, err := w.Write([]byte(strconv.Itoa(int(session.Ends(r).Sub(p.config.DB.Now()) / time.Second))))
	return err
}

// pulse tells an open page that something has changed: it asks on from the modseq
// that it knows.
type pulse struct {
	Modseq int64 `json:"modseq"`
}

// heartbeat is how often something is written to a stream, so that nobody on the
// way takes it for dead.
const heartbeat = 20 * time.Second

// errEnded says that the session of a stream is over.
var errEnded = errors.New("the session is over")

// events tells open pages that something has changed (MBX-15), as server-sent
// events. What has changed they ask for themselves, as far as they show it.
func (p *Portal) events(w http.ResponseWriter, r *http.Request) error {
	n, err := session.Of(r)
	if errs.KindOf(err) == errs.KindUnauthenticated && err != nil {
		w.WriteHeader(http.StatusUnauthorized) // the browser does not ask again
		return nil
	}
	if err != nil {
		return err
	}
	v, err := p.enter(r, n)
	if err != nil {
		return err
	}
	stream, err := begin(w)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(p.open, cancel)()
	secret := session.Secret(r)
	beat := time.Now()
	alive := func() error {
		if time.Since(beat) >= heartbeat {
			beat = time.Now()
			if err := stream("", nil); err != nil {
				return err
			}
		}
		return p.config.DB.Read(ctx, func(tx *db.Tx) error {
			if _, err := p.config.Browser.Sessions.Find(tx, secret); err != nil {
				return errors.Join(errEnded, err)
			}
			return nil
		})
	}
	err = p.config.Mailboxes.Watch(ctx, v.actor, v.box.UUID, alive, func(g mailbox.Glance) error {
		return stream("post", pulse{g.Modseq})
	})
	if errors.Is(err, errEnded) {
		return stream("slut", struct{}{})
	}
	if ctx.Err() != nil {
		return nil // the reader has gone, or the server stops
	}
	if kind := errs.KindOf(err); kind == errs.KindNotFound || kind == errs.KindForbidden {
		return stream("fjernet", struct{}{}) // the right has ended: the page shows nothing more of the mailbox
	}
	return err
}

// begin starts a stream of server-sent events; the function it returns writes one
// (HTML, 9.2), or a comment where it has no name.
func begin(w http.ResponseWriter) (func(name string, data any) error, error) {
	control := http.NewResponseController(w)
	// A stream lives longer than a server gives an answer.
	if err := control.SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, fmt.Errorf("keep a stream open: %w", err)
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	return func(name string, data any) error {
		text := ":\n\n"
		if name != "" {
			encoded, err := json.Marshal(data)
			if err != nil {
				return err
			}
			text = "event: " + name + "\ndata: " + string(encoded) + "\n\n"
		}
		if _, err := w.Write([]byte(text)); err != nil {
			return err
		}
		return control.Flush()
	}, nil
}

// changed is what has changed of a list that is open.
type changed struct {
	Modseq int64        `json:"modseq"`
	More   bool         `json:"more"`           // there is more to ask for
	Rows   []changedRow `json:"rows,omitempty"` // that belong on the list
	Gone   []string     `json:"gone,omitempty"` // that do not, or no more
	Title  string       `json:"title,omitempty"`
	Unread string       `json:"unread"`
	Total  string       `json:"total"`
	Empty  string       `json:"empty,omitempty"` // what an empty list shows
	// Folders and Tree are the folders as the column and their own page show them,
	// where they look other than the asker has them; Tag is that look's.
	Folders string `json:"folders,omitempty"`
	Tree    string `json:"tree,omitempty"`
	Tag     string `json:"tag"`
}

// changedRow is a row of a list as it is now. Came tells a letter that was not in
// the mailbox before: it is announced, not put in above the reader's place.
type changedRow struct {
	ID    string `json:"id"`
	HTML  string `json:"html"`
	Group string `json:"group"`
	Came  bool   `json:"came,omitempty"`
}

// changes tells what has happened since a modseq to a list that is open, and to
// the folders and counts beside it (MBX-15).
func (p *Portal) changes(w http.ResponseWriter, r *http.Request, v *visit) error {
	q := r.URL.Query()
	since, err := strconv.ParseInt(q.Get("siden"), 10, 64)
	if err != nil {
		return errs.NotFound("page.unknown")
	}
	at, err := listingOf(q)
	if err != nil {
		return err
	}
	none, search, dates := false, false, false // there is no list, only folders; there is what was found; there are deadlines
	switch list := q.Get("liste"); list {
	case "vigtige", "indbakke":
	case "mapper":
		none = true
	case "soeg":
		search = true
	case "frister":
		dates = true
	default:
		if at.folder, err = post.ParseUUID(list); err != nil {
			return errs.NotFound("page.unknown")
		}
	}
	all, err := p.config.Mailboxes.Changes(r.Context(), v.actor, v.box.UUID, since, 0)
	if err != nil {
		return err
	}
	out := changed{Modseq: all.Modseq, More: all.More}
	if search {
		return p.changedHits(w, r, v, at, all, out)
	}
	if !none && !dates {
		if err := p.changedRows(r, v, at, all, &out); err != nil {
			return err
		}
	}
	page, err := p.config.Mailboxes.Messages(r.Context(), v.actor, v.box.UUID, mailbox.Query{Inbox: true, Limit: 1, Ahead: true})
	if err != nil {
		return err
	}
	folders := v.side(all.Folders, page.AheadTotal, func(f mailbox.Folder) bool { return !none && !at.important && at.is(f) })
	folders.Important, folders.Back = at.important, at.top().href()
	part := "folders"
	switch {
	case dates: // the page asks for them by itself
		folders = v.sideOfDeadlines(all.Folders, page.AheadTotal)
		folders.Back = "/frister"
	case none:
		part, folders.Back = "folders.tree", "/mapper"
	}
	text, err := p.pages.Part(r, part, folders)
	if err != nil {
		return err
	}
	if out.Tag = tag(text); out.Tag != q.Get("mapper") {
		if none {
			out.Tree = text
		} else {
			out.Folders = text
		}
	}
	return answer(w, http.StatusOK, out)
}

// changedHits tells how letters look now that a search may have found.
func (p *Portal) changedHits(w http.ResponseWriter, r *http.Request, v *visit, at listing, all mailbox.Changes, out changed) error {
	if err := p.works(r, v, all.Updated); err != nil {
		return err
	}
	for _, m := range all.Updated {
		html, err := p.pages.Part(r, "item", v.item(m, at, false))
		if err != nil {
			return err
		}
		out.Rows = append(out.Rows, changedRow{ID: m.ID.String(), HTML: html})
	}
	for _, id := range all.Destroyed {
		out.Gone = append(out.Gone, id.String())
	}
	return answer(w, http.StatusOK, out)
}

// tag tells two looks of a part of a page apart.
func tag(text string) string {
	h := fnv.New64a()
	h.Write([]byte(text))
	return strconv.FormatUint(h.Sum64(), 36)
}

// changedRows fills in what has changed of the list itself.
func (p *Portal) changedRows(r *http.Request, v *visit, at listing, all mailbox.Changes, out *changed) error {
	last, _ := post.ParseUUID(r.URL.Query().Get("sidste")) // the oldest that the asker shows
	open, _ := post.ParseUUID(r.URL.Query().Get("aaben"))
	if at.team != "" && !v.shared() {
		return errs.NotFound("page.unknown")
	}
	if err := p.works(r, v, slices.Concat(all.Created, all.Updated)); err != nil {
		return err
	}
	filter, _ := teamFilter(at.team)
	row := func(m mailbox.Message, came bool) error {
		if !at.has(m, all.Folders) || at.team != "" && !filter.Fits(v.works[m.ID], m.State == mailbox.Received, v.actor) {
			out.Gone = append(out.Gone, m.ID.String())
			return nil
		}
		if at.sort.key == "" && (bytes.Compare(m.ID[:], last[:]) < 0 || at.before != (post.UUID{}) && bytes.Compare(m.ID[:], at.before[:]) >= 0) {
			return nil // it stands on another page of the list
		}
		html, err := p.pages.Part(r, "item", v.item(m, at, m.ID == open))
		out.Rows = append(out.Rows, changedRow{m.ID.String(), html, v.heading(m, at), came && m.State == mailbox.Received})
		return err
	}
	for _, m := range all.Created {
		if err := row(m, true); err != nil {
			return err
		}
	}
	for _, m := range all.Updated {
		if err := row(m, false); err != nil {
			return err
		}
	}
	for _, id := range all.Destroyed {
		out.Gone = append(out.Gone, id.String())
	}
	heading, empty, total := v.words.T("folder.important"), v.empty("empty.important", "flag"), int64(-1)
	for _, f := range all.Folders {
		if at.important || !at.is(f) {
			continue
		}
		heading, empty, total = v.folderName(f), v.emptyFolder(f), f.Total
		if f.Unread > 0 && f.ID != mailbox.Drafts && f.ID != mailbox.SentBox {
			out.Unread = v.words.N("unread", f.Unread)
		}
	}
	if total < 0 && !at.important {
		return errs.NotFound("folder.unknown") // deleted meanwhile
	}
	if at.team != "" {
		total, empty = -1, v.empty("team.empty", "persons") // it is not the folder's
	}
	out.Title = v.listTitle(heading, out.Unread)
	if !v.own() {
		out.Title += " – " + v.words.T("behalf.title", v.words.Genitive(v.owner())) // as the frame has it
	}
	if total >= 0 {
		out.Total = v.words.N("messages", total)
	}
	var err error
	out.Empty, err = p.pages.Part(r, "empty", empty)
	return err
}
