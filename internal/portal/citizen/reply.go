package citizen

import (
	"net/http"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/compose"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/web"
)

// reply is an answer that is not begun yet: nothing is stored before one writes
// (MBX-04).
func (p *Portal) reply(w http.ResponseWriter, r *http.Request, v *visit) error {
	l, ways, err := p.toAnswer(r, v)
	if err != nil {
		return err
	}
	message := l.Message.ID
	if ways.Reply != "" {
		return p.done(w, r, "/post/"+message.String(), v.words.T(replyKey(ways.Reply)), nil)
	}
	limits, err := p.config.Compose.ReplyLimits(r.Context(), v.actor, v.box.UUID, message)
	page := writePage{Action: "/post/" + message.String() + "/besvar", Back: "/post/" + message.String(), BackText: v.words.T("write.letter"), Heading: v.words.T("reply"),
		To:      []toLine{{Mark: markOf(l.Message.SenderName, l.Message.SenderKind), Name: l.Message.SenderName}},
		Subject: compose.ReplySubject(l.Message.Label), Limit: v.limit(limits), Accept: "." + strings.Join(limits.Types, ",."), MaxFiles: limits.Files, Send: v.send(), Power: v.box.Via == access.Writer}
	if c := l.Memo.Header.Sender.ContactPoint; c != nil && c.Label != l.Message.SenderName {
		page.To[0].About = c.Label
	}
	if !l.Message.ReplyBy.IsZero() {
		page.Late = v.words.T("reply.until", v.words.Long(l.Message.ReplyBy, v.now))
	}
	if text := v.refusal(err); text != "" {
		page.Problems.Add("til", text)
	} else if err != nil {
		return err
	}
	return p.showWriting(w, r, v, http.StatusOK, page)
}

// toAnswer is the letter of a page that answers or forwards it, and what may be done with
// it.
func (p *Portal) toAnswer(r *http.Request, v *visit) (mailbox.Letter, compose.Ways, error) {
	l, err := p.lookAt(r, v)
	if err != nil {
		return l, compose.Ways{}, err
	}
	ways, err := p.config.Compose.Ways(r.Context(), v.actor, v.box.UUID, l.Message.ID)
	return l, ways, err
}

func replyKey(code string) string {
	switch code {
	case compose.CodeReplyTooLate:
		return "problem.reply.too.late"
	case compose.CodeReplyNotAllowed, compose.CodeNotReceived:
		return "reply.no"
	}
	return "reply.readonly"
}

// beginReply stores the answer and goes on as with any draft.
func (p *Portal) beginReply(w http.ResponseWriter, r *http.Request, v *visit) error {
	message, err := web.ID(r, "message")
	if err != nil {
		return err
	}
	d, err := p.config.Compose.Reply(r.Context(), v.actor, v.box.UUID, message)
	if errs.CodeOf(err) == compose.CodeReplyTooLate || errs.CodeOf(err) == compose.CodeReplyNotAllowed {
		return p.done(w, r, "/post/"+message.String(), v.words.T(replyKey(errs.CodeOf(err))), nil)
	}
	if err != nil {
		return err
	}
	if byScript(r) { // the page goes on with the draft
		return answer(w, http.StatusCreated, map[string]any{"draft": d.Message.ID, "edition": d.Edition})
	}
	return p.take(w, r, v, d)
}
