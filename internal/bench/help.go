package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"digitalpost/internal/post"
)

// help is a right of one person to another's mailbox that is given and ended while
// others measure.
type help struct {
	owner, helper *reader
	// turn counts the halves of changes: odd while one is under way. granted tells how
	// the last one ended.
	turn    atomic.Int64
	granted atomic.Bool
	right   string // id of the privilege
}

// befriend has each help another.
func befriend(all []*reader) []*help {
	helps := make([]*help, 0, len(all))
	for i, r := range all {
		if owner := all[(i+1)%len(all)]; owner != r {
			r.help = &help{owner: owner, helper: r}
			helps = append(helps, r.help)
		}
	}
	return helps
}

// turners is how many rights are given and ended at once.
const turners = 4

// turn gives and ends rights, one after the other, until ctx ends. One may ask only so
// often in a day: the right of an owner who has done so stays as it is.
func (t *Target) turn(ctx context.Context, client *http.Client, helps []*help, nth int, seen *Seen) {
	mine := make([]*help, 0, len(helps)/turners+1) // each right is turned by one
	for i := nth; i < len(helps); i += turners {
		mine = append(mine, helps[i])
	}
	for ctx.Err() == nil && len(mine) > 0 {
		i := rand.IntN(len(mine))
		err := t.turned(ctx, client, mine[i])
		switch r, _ := errors.AsType[refused](err); {
		case err == nil:
			seen.Rights.Add(1)
		case r.status == http.StatusTooManyRequests:
			mine = slices.Delete(mine, i, i+1)
		case ctx.Err() == nil:
			seen.Failed.Add(1)
			mine[i].turn.Add(1) // for good: nobody knows whether the right is there
			mine = slices.Delete(mine, i, i+1)
		}
		rest(ctx, 250*time.Millisecond)
	}
}

// turned gives the right where it is not, and ends it where it is.
func (t *Target) turned(ctx context.Context, client *http.Client, h *help) error {
	h.turn.Add(1)
	defer h.turn.Add(1)
	if h.granted.Load() {
		h.granted.Store(false)
		return t.endHelp(ctx, client, h)
	}
	err := t.giveHelp(ctx, client, h)
	h.granted.Store(err == nil)
	return err
}

// giveHelp has the owner offer the access and the helper approve it (ACC-02).
func (t *Target) giveHelp(ctx context.Context, client *http.Client, h *help) error {
	helper := h.helper.person
	space := strings.LastIndexByte(helper.name, ' ')
	if space < 0 {
		return errors.New("a person has no last name")
	}
	var made struct {
		ID      string `json:"id"`
		Version int64  `json:"version"`
		Right   string `json:"privilegeId"`
	}
	offer := map[string]any{"requestType": "DELEGATION_REQUEST", "privileges": []string{"MESSAGE_BASIC"}, "target": map[string]any{"requestParticipant": map[string]any{
		"externalId": helper.CPR, "externalIdType": "CPR", "firstNameProvided": helper.name[:space], "lastNameProvided": helper.name[space+1:]}}}
	if err := t.change(ctx, client, h.owner, http.MethodPost, "/access-requests/", 0, offer, &made); err != nil {
		return err
	}
	yes := map[string]any{"requestType": "DELEGATION_REQUEST", "privileges": []string{"MESSAGE_BASIC"}, "requestState": "APPROVED"}
	if err := t.change(ctx, client, h.helper, http.MethodPut, "/access-requests/"+made.ID, made.Version, yes, &made); err != nil {
		return err
	}
	h.right = made.Right
	return nil
}

// endHelp has either side end the access (ACC-10).
func (t *Target) endHelp(ctx context.Context, client *http.Client, h *help) error {
	by := []*reader{h.owner, h.helper}[rand.IntN(2)]
	return t.change(ctx, client, by, http.MethodDelete, "/privileges/direct/"+h.right, 1, nil, nil)
}

// endHelps ends what an earlier measurement has left: rights that somebody has, and
// offers of theirs that were not approved.
func (t *Target) endHelps(ctx context.Context, r *reader) error {
	client, err := t.client(nil)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	type left struct {
		ID      string `json:"id"`
		Version int64  `json:"version"`
		By      struct {
			ID post.UUID `json:"identityId"`
		} `json:"requester"`
	}
	var held struct {
		Privileges []left `json:"directPrivileges"`
	}
	if err := t.call(ctx, client, r.bearer(), http.MethodGet, "/privileges/direct/grantee/"+r.person.identity.String()+"?type=MESSAGE_BASIC&size=1000", &held); err != nil {
		return err
	}
	for _, p := range held.Privileges {
		if err := t.change(ctx, client, r, http.MethodDelete, "/privileges/direct/"+p.ID, p.Version, nil, nil); err != nil {
			return err
		}
	}
	var open struct {
		Requests []left `json:"accessRequests"`
	}
	if err := t.call(ctx, client, r.bearer(), http.MethodGet, "/access-requests/?requestState=SUBMITTED&size=1000", &open); err != nil {
		return err
	}
	for _, o := range open.Requests {
		if o.By.ID != r.person.identity {
			continue
		}
		if err := t.change(ctx, client, r, http.MethodDelete, "/access-requests/"+o.ID, o.Version, nil, nil); err != nil {
			return err
		}
	}
	return nil
}

// change asks the API for something outside of the measurement.
func (t *Target) change(ctx context.Context, client *http.Client, by *reader, method, path string, version int64, body, into any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, t.API+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", by.bearer())
	request.Header.Set("Content-Type", "application/json")
	if version > 0 {
		request.Header.Set("If-Match", strconv.FormatInt(version, 10))
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %w", method, strings.SplitN(path, "/", 3)[1], expect(response.StatusCode, 0, answer))
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

// question is a request, with what the answer must be.
type question struct {
	me      *reader
	owner   *reader // of the post that may be in the answer
	box     post.UUID
	path    string // below the mailbox
	message post.UUID
	file    bool
	may     bool
	help    *help // on which the answer depends, nil where there is none
	turn    int64 // of the help before it was asked
}

// question chooses what somebody asks: for their own post, for that of whom they help
// or have helped, for another's as if they had a right to it, or for another's by its
// id in their own mailbox.
func (w *watch) question(me *reader, all []*reader) question {
	q := question{me: me, owner: me, may: true}
	from := all[rand.IntN(len(all))]
	switch n := rand.IntN(4); {
	case n == 0 || from == me:
		from = me
	case n == 1 && me.help != nil:
		from = me.help.owner
		fallthrough
	case n < 3:
		q.owner, q.may = from, false
	default:
		q.may = false
	}
	q.box = q.owner.person.mailbox
	if me.help != nil && q.owner == me.help.owner && q.owner != me {
		q.help, q.turn = me.help, me.help.turn.Load()
		q.may = me.help.granted.Load()
	}
	m := from.messages[rand.IntN(len(from.messages))]
	kinds := 12
	if q.owner == me && from != me {
		kinds = 5 // by its id
	}
	switch n := rand.IntN(kinds); { // what costs much is asked for less often
	case n < 4:
		q.path, q.message = "/messages/"+m.ID.String(), m.ID
	case n < 5:
		q.path, q.message, q.file = m.content, m.ID, true
	case n < 7:
		q.path = "/messages/?size=5"
	case n < 8:
		q.path = "/messages/?size=5&any=" + url.QueryEscape(word(int(w.random.Uint64())))
	case n < 9:
		q.path = "/changes?since=0&limit=5"
	case n < 10:
		q.path = "/folders/"
	}
	return q
}

// judge looks at an answer: its status, and every title in it. Where the right was
// being given or ended meanwhile it may be either answer; whose post is in it is
// certain all the same. One that failed says nothing of rights.
func (w *watch) judge(q question, status int, body []byte) error {
	failed := status >= 500 || status == http.StatusTooManyRequests || status == http.StatusUnauthorized
	either := q.help != nil && (q.turn%2 != 0 || q.help.turn.Load() != q.turn)
	wrong := !failed && !either && status != map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[q.may]
	for _, tag := range anyTag.FindAll(body, -1) {
		wrong = wrong || !q.may && !either || !bytes.Equal(tag, []byte(q.owner.tag))
	}
	if failed && !wrong {
		return refused{status: status}
	}
	w.seen.Answers.Add(1)
	if wrong {
		w.seen.Wrong.Add(1)
		return errForeign
	}
	return nil
}
