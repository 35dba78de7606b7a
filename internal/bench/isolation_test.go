package bench

import (
	"net/http"
	"testing"
	"time"

	"digitalpost/internal/post"
)

// Nothing of anybody's is seen by another, also where an earlier measurement was broken
// off and has left rights behind.
func TestIsolation(t *testing.T) {
	target, err := OpenLocal(localserve(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, people := t.Context(), target.Some(4)
	if _, err := target.Fill(ctx, target.SenderSystem, people, 40, 4); err != nil {
		t.Fatal(err)
	}
	if err := target.Enter(ctx, people); err != nil {
		t.Fatal(err)
	}
	client, err := target.client(nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []*reader
	for _, p := range people {
		r, err := target.reader(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	for _, h := range befriend(all) {
		if err := target.giveHelp(ctx, client, h); err != nil {
			t.Fatal(err)
		}
	}
	if err := target.renew(ctx, client, all[0]); err != nil {
		t.Fatal(err)
	}
	result, seen, err := target.Isolation(ctx, Load{Connections: 4, Duration: time.Hour}, people, 3000)
	if err != nil || len(result.Errors) != 0 || seen.Wrong.Load() != 0 || seen.Failed.Load() != 0 || seen.Answers.Load() < 3000 {
		t.Errorf("%d answers, %d wrong, errors %v, %v", seen.Answers.Load(), seen.Wrong.Load(), result.Errors, err)
	}
}

// An answer is wrong that shows another's letters, or anything to who has no right.
func TestJudge(t *testing.T) {
	me, other := &reader{tag: "nr000001", mailboxClient: &mailboxClient{}}, &reader{tag: "nr000002", mailboxClient: &mailboxClient{}}
	turning, given := &help{}, &help{}
	turning.turn.Store(1)
	given.granted.Store(true)
	own := question{me: me, owner: me, may: true}
	theirs := question{me: me, owner: other}
	helped := question{me: me, owner: other, may: true, help: given}
	changing := question{me: me, owner: other, help: turning, turn: 1}
	for _, test := range []struct {
		name   string
		q      question
		status int
		body   string
		wrong  bool
		failed bool
	}{
		{"one's own", own, http.StatusOK, "nr000001 brev", false, false},
		{"one's own, and another's in it", own, http.StatusOK, "nr000001 nr000002", true, true},
		{"one's own is refused", own, http.StatusNotFound, "", true, true},
		{"another's is refused", theirs, http.StatusNotFound, "", false, false},
		{"another's is there, and empty", theirs, http.StatusOK, "", true, true},
		{"another's is in the refusal", theirs, http.StatusNotFound, "nr000002", true, true},
		{"that of whom one helps", helped, http.StatusOK, "nr000002", false, false},
		{"that of whom one helps, and one's own in it", helped, http.StatusOK, "nr000001", true, true},
		{"while the right is given", changing, http.StatusOK, "nr000002", false, false},
		{"while the right is given, refused", changing, http.StatusNotFound, "", false, false},
		{"while the right is given, another's", changing, http.StatusOK, "nr000003", true, true},
		{"an error", own, http.StatusInternalServerError, "", false, true},
		{"an error that shows another's", own, http.StatusInternalServerError, "nr000002", true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.q.box = post.NewUUID()
			w := &watch{seen: &Seen{}}
			err := w.judge(test.q, test.status, []byte(test.body))
			if (w.seen.Wrong.Load() > 0) != test.wrong || (err != nil) != test.failed {
				t.Errorf("wrong %d, %v", w.seen.Wrong.Load(), err)
			}
		})
	}
}
