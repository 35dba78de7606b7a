package citizen

import (
	"errors"
	"html/template"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/compose"
	"digitalpost/internal/errs"
	"digitalpost/internal/htmldoc"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/web"
	"digitalpost/memo"
)

// writeRoutes enters the pages where people write (MBX-03, MBX-04, MBX-05).
func (p *Portal) writeRoutes(on routes) {
	on.own("GET /ny", needs(access.MessageWrite, p.whom))
	on.own("POST /ny", needs(access.MessageWrite, p.chooseWhom))
	on.own("GET /ny/{draft}", p.draft)
	on.own("POST /ny/{draft}", p.writeDraft)
	on.own("POST /ny/{draft}/gem", p.saveTyped)
	on.own("POST /ny/{draft}/filer", p.beginFile)
	on.own("GET /ny/{draft}/filer/{file}", p.fileState)
	on.own("PUT /ny/{draft}/filer/{file}", p.takeBytes)
	on.letter("GET", "besvar", needs(access.MessageWrite, p.reply))
	on.letter("POST", "besvar", p.beginReply)
	on.letter("GET", "videresend", p.forward)
	on.letter("POST", "videresend", p.beginForward)
}

// writePage is the second step: what one writes.
type writePage struct {
	Action   string // where the form goes
	Draft    string // the draft's id, "" for an answer that is not stored yet
	Edition  int64
	Back     string
	BackText string
	Heading  string
	Steps    int // 0 shows no steps
	To       []toLine
	Change   string // address where the recipient is changed, "" where it is fixed
	Subject  string
	Text     string        // without formatting, for those without script
	HTML     template.HTML // the same with it
	Comment  string
	Forward  bool
	EMail    bool // goes to e-mail addresses
	Goes     []goes
	Asks     []ask
	Files    []attached
	Limit    string
	Accept   string
	MaxFiles int
	Saved    string
	Late     string // until when one can answer
	Send     string
	Power    bool // it is written for another: an access is no power of attorney (ACC-14)
	Problems web.Problems
	Conflict string
}

type toLine struct {
	Mark        mark
	Name, About string
}

// goes is a document of the letter that is forwarded.
type goes struct{ Name, About string }

type ask struct {
	registry.Ask
	Field, Value string
}

// attached is a file of a draft.
type attached struct {
	ID, Name, Icon, About string
	Percent               int // -1 once it is whole
	Size                  int64
}

// draft shows a draft to go on with.
func (p *Portal) draft(w http.ResponseWriter, r *http.Request, v *visit) error {
	draft, err := web.ID(r, "draft")
	if err != nil {
		return err
	}
	d, err := p.config.Compose.Draft(r.Context(), v.actor, v.box.UUID, draft)
	if errs.CodeOf(err) == mailbox.CodeNoDraft {
		http.Redirect(w, r, "/post/"+draft.String(), http.StatusSeeOther) // it was sent
		return nil
	}
	if err != nil {
		return err
	}
	if !d.Writable() {
		page := p.writing(r, v, d)
		page.Back, page.BackText = "/post", v.words.T("inbox")
		return p.show(w, r, v, http.StatusOK, "draft", web.View{Title: v.words.T("draft"), Form: true, Tab: "none"}, page)
	}
	return p.showWriting(w, r, v, http.StatusOK, p.writing(r, v, d))
}

func (p *Portal) showWriting(w http.ResponseWriter, r *http.Request, v *visit, status int, page writePage) error {
	return p.show(w, r, v, status, "write", web.View{Title: page.Heading, Form: true, Tab: "none", Failed: len(page.Problems) > 0, Scripts: []string{"js/write.js"}}, page)
}

// writing is a draft as a page.
func (p *Portal) writing(r *http.Request, v *visit, d compose.Draft) writePage {
	id := d.Message.ID.String()
	page := writePage{Action: "/ny/" + id, Draft: id, Edition: d.Edition, Back: "/post", BackText: v.words.T("inbox"), Heading: v.words.T("write.message"), Steps: 2,
		Subject: d.Subject, Text: htmldoc.Text([]byte(d.Text)), HTML: template.HTML(d.Text), Comment: d.Comment,
		Limit: v.limit(d.Limits), Accept: "." + strings.Join(d.Limits.Types, ",."), MaxFiles: d.Limits.Files, Send: v.send(), Power: v.box.Via == access.Writer,
		Saved: v.words.T("write.saved", v.words.Clock(d.Message.Updated))}
	for _, to := range d.Recipients {
		line := toLine{Mark: markOf(to.Name, string(to.Party.Authority)), Name: to.Name, About: to.Category}
		if to.Way == compose.ToEMail {
			page.EMail = true
			line.About = v.words.T("forward.email")
		}
		page.To = append(page.To, line)
	}
	switch d.Kind {
	case compose.KindNew:
		page.Change = addressee{Draft: d.Message.ID, Authority: d.To.Authority, Point: d.To.Point}.address(func(*addressee) {})
		page.Back, page.BackText = page.Change, v.words.T("write.recipient")
	case compose.KindReply:
		page.Steps, page.Heading = 0, v.words.T("reply")
		page.Back, page.BackText = "/post/"+d.Original.String(), v.words.T("write.letter")
		if !d.ReplyBy.IsZero() {
			page.Late = v.words.T("reply.until", v.words.Long(d.ReplyBy, v.now))
		}
	case compose.KindForward:
		page.Power = page.Power && d.To.Authority != (post.UUID{})
		page.Steps, page.Heading, page.Forward = 0, v.words.T("forward"), true
		page.Back, page.BackText = "/post/"+d.Original.String(), v.words.T("write.letter")
		page.Goes = p.forwarded(r, v, d.Original)
	}
	for i, q := range d.Limits.Questions {
		one := ask{Ask: q, Field: "spm" + strconv.Itoa(i)}
		for _, a := range d.Answers {
			if a.Question == q.Name {
				one.Value = a.Text
			}
		}
		if d.Kind != compose.KindReply {
			page.Asks = append(page.Asks, one)
		}
	}
	for _, doc := range d.Attachments {
		for _, f := range doc.Files {
			page.Files = append(page.Files, v.attached(f))
		}
	}
	return page
}

func (v *visit) attached(f compose.File) attached {
	a := attached{ID: f.ID.String(), Name: f.Name, Icon: "file", Percent: -1, Size: f.Size, About: v.words.T("write.attached", v.words.Size(f.Size))}
	switch memo.Extension(f.Name) {
	case "pdf":
		a.Icon = "file-pdf"
	case "png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff":
		a.Icon = "file-image"
	}
	if !f.Whole {
		a.Percent = 0
		if f.Size > 0 {
			a.Percent = int(100 * f.Received / f.Size)
		}
		a.About = v.words.T("write.partly", a.Percent, v.words.Size(max(f.Size, f.Received)))
	}
	return a
}

// forwarded are the documents that go with a letter.
func (p *Portal) forwarded(r *http.Request, v *visit, message post.UUID) []goes {
	l, err := p.config.Mailboxes.Read(r.Context(), v.actor, v.box.UUID, message)
	if err != nil {
		return nil // the draft's problems tell that it is gone
	}
	var all []goes
	names := fileNames(l)
	for i, f := range l.Files() {
		all = append(all, goes{names[i], v.kind(f) + ", " + v.words.Size(f.Size)})
	}
	return all
}

// typed is what somebody typed into the form, with what they pressed.
type typed struct {
	edition  int64
	edit     compose.Edit
	do       string // send, gem, hent, kasser or fjern
	file     post.UUID
	problems web.Problems // with files
}

// writeDraft takes what was typed and attached, and does what was pressed. What was
// typed is stored first in any case.
func (p *Portal) writeDraft(w http.ResponseWriter, r *http.Request, v *visit) error {
	draft, err := web.ID(r, "draft")
	if err != nil {
		return err
	}
	d, err := p.config.Compose.Draft(r.Context(), v.actor, v.box.UUID, draft)
	if errs.CodeOf(err) == mailbox.CodeNoDraft {
		http.Redirect(w, r, "/post/"+draft.String(), http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return err
	}
	return p.take(w, r, v, d)
}

// uploadTime is how long a form with files may take.
const uploadTime = 10 * time.Minute

func (p *Portal) take(w http.ResponseWriter, r *http.Request, v *visit, d compose.Draft) error {
	http.NewResponseController(w).SetReadDeadline(p.config.DB.Now().Add(uploadTime)) //nolint:errcheck // a server without deadlines needs none
	t, err := p.readTyped(w, r, v, d)
	if err != nil {
		return err
	}
	id := d.Message.ID
	saved, err := p.config.Compose.Save(r.Context(), v.actor, v.box.UUID, id, compose.Known{Edition: t.edition}, t.edit)
	switch {
	case errs.CodeOf(err) == mailbox.CodeNoDraft:
		http.Redirect(w, r, "/post/"+id.String(), http.StatusSeeOther)
		return nil
	case errs.KindOf(err) == errs.KindConflict && err != nil:
		page := t.onto(p.writing(r, v, saved), saved)
		page.Conflict = v.words.T(conflictKey(err))
		return p.showWriting(w, r, v, http.StatusConflict, page)
	case errs.KindOf(err) == errs.KindInvalid && err != nil:
		page := t.onto(p.writing(r, v, d), d)
		page.Problems = v.problemsOf(err)
		return p.showWriting(w, r, v, http.StatusUnprocessableEntity, page)
	case err != nil:
		return err
	}
	if len(t.problems) > 0 && t.do != "kasser" {
		page := p.writing(r, v, saved)
		page.Problems = t.problems
		return p.showWriting(w, r, v, http.StatusUnprocessableEntity, page)
	}
	return p.doTyped(w, r, v, saved, t)
}

// doTyped does what was pressed.
func (p *Portal) doTyped(w http.ResponseWriter, r *http.Request, v *visit, d compose.Draft, t typed) error {
	id := d.Message.ID
	switch t.do {
	case "send":
		sent, err := p.config.Compose.Send(r.Context(), v.actor, v.box.UUID, id, compose.Known{Edition: d.Edition})
		if errs.KindOf(err) == errs.KindInvalid || errs.KindOf(err) == errs.KindConflict && err != nil {
			page := p.writing(r, v, d)
			page.Problems = page.atAsks(v.problemsOf(err))
			return p.showWriting(w, r, v, http.StatusUnprocessableEntity, page)
		}
		if err != nil {
			return err
		}
		return p.done(w, r, "/post/"+sent.ID.String(), v.words.T("write.sent", sent.RecipientName), nil)
	case "gem":
		return p.done(w, r, "/post", v.words.T("write.kept"), nil)
	case "kasser":
		return p.discard(w, r, v, id)
	case "fjern":
		if _, err := p.config.Compose.RemoveFile(r.Context(), v.actor, v.box.UUID, id, t.file, 0); err != nil && errs.KindOf(err) != errs.KindNotFound {
			return err
		}
	}
	http.Redirect(w, r, "/ny/"+id.String()+"#filer", http.StatusSeeOther)
	return nil
}

func conflictKey(err error) string {
	if errs.CodeOf(err) == compose.CodeDiscarded {
		return "write.conflict.discarded"
	}
	return "write.conflict.typed"
}

// onto puts what was typed on a page that is not stored.
func (t typed) onto(page writePage, d compose.Draft) writePage {
	if t.edit.Subject != nil {
		page.Subject = *t.edit.Subject
	}
	if t.edit.Text != nil {
		clean := htmldoc.Simple([]byte(*t.edit.Text))
		page.Text, page.HTML = htmldoc.Text(clean), template.HTML(clean)
	}
	if t.edit.Comment != nil {
		page.Comment = *t.edit.Comment
	}
	if t.edit.Answers != nil {
		for i := range page.Asks {
			for _, a := range *t.edit.Answers {
				if a.Question == page.Asks[i].Name {
					page.Asks[i].Value = a.Text
				}
			}
		}
	}
	page.Edition = d.Edition
	return page
}

// mostTyped is how many bytes a field may have.
const mostTyped = 4*compose.MaxText + 1

// mostFields is how many bytes all fields may have together: they are read into
// memory.
const mostFields = 4 * mostTyped

// readTyped reads the form. Files are attached as they come.
func (p *Portal) readTyped(w http.ResponseWriter, r *http.Request, v *visit, d compose.Draft) (typed, error) {
	var t typed
	web.AllowBody(w, r, 2*d.Limits.Bytes+(1<<20))
	parts, err := r.MultipartReader()
	if err != nil {
		return t, errs.New(errs.KindInvalid, "form.unreadable", "not a form with files")
	}
	fields, size := map[string]string{}, 0
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return t, t.read(fields, d)
		}
		if err != nil {
			return t, formError(err)
		}
		if part.FormName() == "fil" {
			if err := p.attach(r, v, d, part, &t); err != nil {
				return t, formError(err)
			}
			continue
		}
		raw, err := io.ReadAll(io.LimitReader(part, mostTyped))
		if err != nil {
			return t, formError(err)
		}
		if size += len(part.FormName()) + len(raw); size > mostFields {
			return t, errs.New(errs.KindTooLarge, "form.too.large", "the fields of the form have more than %d bytes", mostFields)
		}
		fields[part.FormName()] = strings.ToValidUTF8(string(raw), "\uFFFD")
	}
}

func (p *Portal) attach(r *http.Request, v *visit, d compose.Draft, part *multipart.Part, t *typed) error {
	name := fileNameOf(part)
	if name == "" {
		return nil // the field was left empty
	}
	_, file, err := p.config.Compose.Attach(r.Context(), v.actor, v.box.UUID, d.Message.ID, compose.NewFile{Name: name, Size: -1})
	if err == nil {
		_, _, err = p.config.Compose.Write(r.Context(), v.actor, v.box.UUID, d.Message.ID, file.ID, compose.Chunk{Total: -1, Body: part})
		if err != nil && errs.KindOf(err) == errs.KindInvalid {
			if _, gone := p.config.Compose.RemoveFile(r.Context(), v.actor, v.box.UUID, d.Message.ID, file.ID, 0); gone != nil && errs.KindOf(gone) != errs.KindNotFound {
				return gone
			}
		}
	}
	if text := v.fileProblem(err, d.Limits); text != "" {
		t.problems.Add("fil", name+": "+text)
		_, err = io.Copy(io.Discard, part)
	}
	return err
}

// fileProblem is what is wrong with a file, in words; "" where it is nothing, or
// ours.
func (v *visit) fileProblem(err error, l compose.Limits) string {
	if err == nil || errs.KindOf(err) != errs.KindInvalid && errs.KindOf(err) != errs.KindTooLarge && errs.KindOf(err) != errs.KindConflict {
		return ""
	}
	switch code := errs.CodeOf(err); code {
	case memo.CodeTooLarge:
		return v.words.T("problem.files.size", v.words.Size(l.Bytes))
	case memo.CodeTooManyAttachments:
		return v.words.T("problem.files.number", l.Files)
	case memo.CodeFileEmpty:
		return v.words.T("problem.file.empty")
	case compose.CodeFileSize:
		return v.words.T("problem.file.broken")
	}
	return v.words.T("problem.file.type")
}

// read understands the fields.
func (t *typed) read(fields map[string]string, d compose.Draft) error {
	t.edition, _ = strconv.ParseInt(fields["udgave"], 10, 64)
	if subject, ok := fields["emne"]; ok {
		t.edit.Subject = &subject
	}
	if comment, ok := fields["bemaerkning"]; ok {
		t.edit.Comment = &comment
	}
	// With script the field html has the text with its formatting. Without, the
	// formatting stays where the text does.
	if text, ok := fields["tekst"]; ok {
		text = strings.ReplaceAll(text, "\r\n", "\n")
		if rich, ok := fields["html"]; ok && rich != "" {
			t.edit.Text = &rich
		} else if strings.TrimSpace(text) != strings.TrimSpace(htmldoc.Text([]byte(d.Text))) {
			t.edit.Text = new(string(htmldoc.FromText(text)))
		}
	}
	if _, ok := fields["spm0"]; ok {
		var answers []compose.Answer
		for i, q := range d.Limits.Questions {
			if text := strings.TrimSpace(fields["spm"+strconv.Itoa(i)]); text != "" {
				answers = append(answers, compose.Answer{Question: q.Name, Text: text})
			}
		}
		t.edit.Answers = &answers
	}
	for _, do := range []string{"send", "gem", "hent", "kasser"} {
		if fields[do] != "" {
			t.do = do
		}
	}
	if file := fields["fjern"]; file != "" {
		u, err := post.ParseUUID(file)
		if err != nil {
			return errs.NotFound("page.unknown")
		}
		t.do, t.file = "fjern", u
	}
	return nil
}

// atAsks puts what is said of answers to the questions that need one.
func (page writePage) atAsks(problems web.Problems) web.Problems {
	open := slices.DeleteFunc(slices.Clone(page.Asks), func(a ask) bool { return !a.Required || a.Value != "" })
	for i, one := range problems {
		if one.Field == problemFields["answers"] && len(open) > 0 {
			problems[i].Field, open = open[0].Field, open[1:]
		}
	}
	return problems
}

// problemFields are the fields of the form by the paths that compose names.
var problemFields = map[string]string{"to": "til", "subject": "emne", "label": "emne", "text": "tekst", "answers": "spm0", "attachments": "fil", "comment": "bemaerkning", "original": "til"}

func problemKey(code string) string {
	if key, known := writeProblems[code]; known {
		return key
	}
	return "problem.other"
}

// problemsOf says in words what stands in the way of sending.
func (v *visit) problemsOf(err error) web.Problems {
	e, ok := errors.AsType[*errs.Error](err)
	if !ok {
		return nil
	}
	fields := e.Fields
	if len(fields) == 0 {
		fields = []errs.Field{{Path: "to", Code: e.Code}}
	}
	var problems web.Problems
	for _, f := range fields {
		field := problemFields[f.Path]
		if field == "" {
			field = "til"
		}
		problems.Add(field, v.words.T(problemKey(f.Code)))
	}
	return problems
}

// writeProblems are the words for codes of what stands in the way of sending.
var writeProblems = map[string]string{
	compose.CodeNoRecipient: "problem.recipient.missing", compose.CodeRecipientsMany: "problem.recipient.too.many",
	compose.CodeNoText: "problem.text.missing", compose.CodeTextTooLong: "problem.text.too.long",
	memo.CodeLabelEmpty: "problem.subject.missing", compose.CodeSubjectTooLong: "problem.subject.too.long",
	compose.CodeAnswerMissing: "problem.answer.missing", compose.CodeAnswerTooLong: "problem.answer.too.long", compose.CodeCommentTooLong: "problem.comment.too.long",
	compose.CodeReplyTooLate: "problem.reply.too.late", compose.CodeReplyNotAllowed: "problem.reply.not.allowed",
	compose.CodeUnserved: "problem.unserved", compose.CodeOriginalGone: "problem.original.deleted",
	compose.CodeFileIncomplete: "problem.file.incomplete", memo.CodeTooManyAttachments: "problem.files.many", memo.CodeTooLarge: "problem.files.large",
	compose.CodeDraftsMany: "problem.drafts.many", compose.CodeEdition: "problem.draft.changed", compose.CodeDiscarded: "problem.draft.discarded",
	registry.CodeUnreachable: "problem.unreachable", registry.CodePointUnknown: "problem.category.gone",
	registry.CodeClosed: "problem.recipient.closed", registry.CodeExempt: "problem.recipient.exempt", registry.CodeNotRegistered: "problem.recipient.not.registered",
	outbound.CodeEMailTooBig: "problem.email.large", outbound.CodeNoEMail: "problem.email.none",
	outbound.CodeAddress: "problem.email.address", outbound.CodeAddressNoAt: "problem.email.at", outbound.CodeAddressNotASCII: "problem.email.letters",
}

// saveTyped stores what is typed, as one types.
func (p *Portal) saveTyped(w http.ResponseWriter, r *http.Request, v *visit) error {
	draft, err := web.ID(r, "draft")
	if err != nil {
		return err
	}
	d, err := p.config.Compose.Draft(r.Context(), v.actor, v.box.UUID, draft)
	if err == nil {
		var t typed
		if t, err = p.readTyped(w, r, v, d); err != nil {
			return err
		}
		d, err = p.config.Compose.Save(r.Context(), v.actor, v.box.UUID, draft, compose.Known{Edition: t.edition}, t.edit)
	}
	switch {
	case errs.CodeOf(err) == mailbox.CodeNoDraft:
		return answer(w, http.StatusConflict, map[string]any{"text": v.words.T("write.conflict.sent"), "to": web.At(r, "/post/"+draft.String()), "see": v.words.T("write.conflict.open")})
	case errs.CodeOf(err) == compose.CodeDiscarded:
		return answer(w, http.StatusConflict, map[string]any{"edition": d.Edition, "text": v.words.T(conflictKey(err))})
	case errs.KindOf(err) == errs.KindConflict && err != nil:
		return answer(w, http.StatusConflict, map[string]any{"edition": d.Edition, "text": v.words.T(conflictKey(err)), "to": web.At(r, "/ny/"+draft.String()), "see": v.words.T("write.conflict.see")})
	case errs.KindOf(err) == errs.KindInvalid && err != nil:
		problems := v.problemsOf(err)
		return answer(w, http.StatusUnprocessableEntity, map[string]any{"text": problems[0].Text})
	case err != nil:
		return err
	}
	return answer(w, http.StatusOK, map[string]any{"edition": d.Edition, "text": v.words.T("write.saved", v.words.Clock(d.Message.Updated))})
}

// discard moves a draft to the trash.
func (p *Portal) discard(w http.ResponseWriter, r *http.Request, v *visit, draft post.UUID) error {
	op, err := p.config.Mailboxes.Apply(r.Context(), v.actor, v.box.UUID, mailbox.Selection{Messages: []mailbox.Picked{{ID: draft}}}, mailbox.Task{Delete: true})
	if err == nil && op.Skipped > 0 {
		err = op.Results[0].Err
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/post", v.words.T("write.discarded"), &web.Undo{Action: "/post/handling/" + op.ID.String() + "/fortryd", Fields: map[string]string{"tilbage": "/ny/" + draft.String()}})
}
