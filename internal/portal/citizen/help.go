package citizen

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/support"
	"digitalpost/internal/web"
)

// helpRoutes enters the answers and the contact form (MBX-20).
func (p *Portal) helpRoutes(on routes) {
	on.either("GET /hjaelp", p.help)
	on.either("GET /kontakt", p.contact)
	on.either("POST /kontakt", p.write)
	on.either("GET /kontakt/{number}", p.written)
}

// helpPage is all answers, with how to reach people.
type helpPage struct {
	Open    bool // all answers are shown
	Support web.Support
}

func (p *Portal) help(w http.ResponseWriter, r *http.Request, v *visit) error {
	page := helpPage{Open: r.URL.Query().Has("alle"), Support: p.config.Web.Support.In(web.LangOf(r))}
	return p.show(w, r, v, http.StatusOK, "help", web.View{Title: p.pages.In(r).T("help.title"), Scripts: []string{"js/help.js"}}, page)
}

// contactPage is the contact form.
type contactPage struct {
	support.Inquiry
	Signed    bool
	Kinds     []web.Option
	EMailHint string
	Problems  web.Problems
}

func (p *Portal) contact(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.contactForm(w, r, v, support.Inquiry{}, nil)
}

func (p *Portal) contactForm(w http.ResponseWriter, r *http.Request, v *visit, q support.Inquiry, problems web.Problems) error {
	words := p.pages.In(r)
	page := contactPage{Inquiry: q, Signed: v != nil, Problems: problems}
	for _, k := range []struct {
		kind        support.Kind
		text, about string
	}{
		{support.Question, "contact.question", "contact.question.about"}, {support.Feedback, "contact.feedback", "contact.feedback.about"},
		{support.Request, "contact.request", "contact.request.about"},
	} {
		page.Kinds = append(page.Kinds, web.Option{Value: string(k.kind), Text: words.T(k.text), About: words.T(k.about), Selected: q.Kind == k.kind})
	}
	if v == nil {
		page.EMailHint = words.T("contact.email.open")
	}
	status := http.StatusOK
	if len(problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return p.show(w, r, v, status, "contact", web.View{Title: words.T("contact.h"), Form: true, Tab: "none", Failed: len(problems) > 0}, page)
}

// write sends what somebody wrote to support. Who is not logged in is told apart by
// address, so that nobody floods support.
func (p *Portal) write(w http.ResponseWriter, r *http.Request, v *visit) error {
	who := web.Caller(r)
	if v != nil {
		who = fmt.Sprint("party ", v.actor.Party)
	}
	if wait, ok := p.inquiries.Allow(who); !ok {
		return web.TooMany(w, wait)
	}
	q, robot, mistakes, err := p.readInquiry(w, r)
	if err != nil {
		return err
	}
	if v != nil {
		q.Party, q.Name = v.actor.Party, ""
	}
	words := p.pages.In(r)
	var problems web.Problems
	if robot {
		problems.Add("tekst", words.T("contact.wrong.robot"))
	}
	if e, ok := errors.AsType[*errs.Error](q.Check()); ok {
		for _, f := range e.Fields {
			mistakes = append(mistakes, f.Code)
		}
	}
	if len(mistakes) > 0 || robot {
		p.config.Support.Drop(q.Attachments...)
		problems = append(problems, inquiryProblems(words, mistakes)...)
		if len(q.Attachments) > 0 && problems.Of("fil") == "" {
			problems.Add("fil", words.T("contact.wrong.again"))
		}
		return p.contactForm(w, r, v, q, problems)
	}
	receipt, err := p.config.Support.Submit(r.Context(), q)
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/kontakt/"+receipt.Number, http.StatusSeeOther)
	return nil
}

// inquiryFields says in which field a mistake is, in the order of the form, and
// which words there are for it.
var inquiryFields = []struct{ code, field, text string }{
	{support.CodeKind, "slags", "contact.wrong.kind"}, {support.CodeName, "navn", "contact.wrong.name"},
	{support.CodeReach, "email", "contact.wrong.reach"}, {support.CodeEMail, "email", "contact.wrong.email"}, {support.CodePhone, "telefon", "contact.wrong.phone"},
	{support.CodeSubject, "emne", "contact.wrong.subject"}, {support.CodeText, "tekst", "contact.wrong.text"},
	{support.CodeFiles, "fil", "contact.wrong.files"}, {support.CodeSize, "fil", "contact.wrong.size"}, {support.CodeType, "fil", "contact.wrong.type"}, {support.CodeEmpty, "fil", "contact.wrong.empty"},
}

func inquiryProblems(words *web.Words, mistakes []string) web.Problems {
	var problems web.Problems
	for _, f := range inquiryFields {
		if slices.Contains(mistakes, f.code) && problems.Of(f.field) == "" {
			problems.Add(f.field, words.T(f.text))
		}
	}
	return problems
}

// Limits of the form: what is more is read to its end, so that nobody loses what
// they wrote, but not kept.
const (
	maxForm  = 60_000_000
	maxField = 50_000
)

// readInquiry reads the form, the documents going straight to where they are
// stored. robot tells that a field was filled in that people do not see. mistakes
// are the codes of those in documents.
func (p *Portal) readInquiry(w http.ResponseWriter, r *http.Request) (q support.Inquiry, robot bool, mistakes []string, err error) {
	web.AllowBody(w, r, maxForm)
	parts, err := r.MultipartReader()
	if err != nil {
		return q, false, nil, errs.New(errs.KindInvalid, "form.unreadable", "not a form with files")
	}
	defer func() {
		if err != nil {
			p.config.Support.Drop(q.Attachments...)
		}
	}()
	fields := map[string]*string{"navn": &q.Name, "email": &q.EMail, "telefon": &q.Phone, "emne": &q.Subject, "tekst": &q.Text}
	left := int64(support.MaxBytes)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return q, robot, mistakes, nil
		}
		if err != nil {
			return q, robot, mistakes, formError(err)
		}
		name := part.FormName()
		if name == "fil" {
			if mistake, err := p.takeFile(part, &q, &left); err != nil {
				return q, robot, mistakes, formError(err)
			} else if mistake != "" {
				mistakes = append(mistakes, mistake)
			}
			continue
		}
		raw, err := io.ReadAll(io.LimitReader(part, maxField))
		if err != nil {
			return q, robot, mistakes, formError(err)
		}
		switch value := strings.TrimSpace(strings.ToValidUTF8(string(raw), "\uFFFD")); {
		case name == "slags":
			q.Kind = support.Kind(value)
		case name == "hjemmeside":
			robot = value != ""
		case fields[name] != nil:
			*fields[name] = value
		}
	}
}

// takeFile takes in one document. mistake is the code of what is wrong with it.
func (p *Portal) takeFile(part *multipart.Part, q *support.Inquiry, left *int64) (mistake string, err error) {
	name := fileNameOf(part)
	if name == "" {
		return "", nil // the field was left empty
	}
	if len(q.Attachments) == support.MaxFiles {
		_, err := io.Copy(io.Discard, part)
		return support.CodeFiles, err
	}
	a, err := p.config.Support.Attach(name, part, *left)
	if errs.KindOf(err) == errs.KindInvalid && err != nil {
		_, rest := io.Copy(io.Discard, part)
		return errs.CodeOf(err), rest
	}
	if err != nil {
		return "", err
	}
	*left -= a.Size
	q.Attachments = append(q.Attachments, a)
	return "", nil
}

// fileNameOf is the name of an uploaded file, safe to be saved under.
func fileNameOf(part *multipart.Part) string {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil || params["filename"] == "" {
		return ""
	}
	return post.SafeName(params["filename"])
}

func formError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errs.New(errs.KindTooLarge, "form.too.large", "the form is larger than %d bytes", maxForm)
	}
	if _, ok := errors.AsType[*errs.Error](err); ok {
		return err
	}
	return errs.New(errs.KindInvalid, "form.unreadable", "the form broke off: %v", err)
}

// written is the receipt of an inquiry.
func (p *Portal) written(w http.ResponseWriter, r *http.Request, v *visit) error {
	receipt, err := p.config.Support.Receipt(r.Context(), r.PathValue("number"))
	if err != nil {
		return err
	}
	words := p.pages.In(r)
	text := []string{words.T("contact.sent.n", receipt.Number)}
	href, link := "/hjaelp", words.T("contact.sent.help")
	if v != nil && receipt.Copied {
		text = append(text, words.T("contact.sent.copy"))
		href, link = "/post", words.T("to.inbox")
	}
	return p.show(w, r, v, http.StatusOK, "contact.receipt", web.View{Title: words.T("contact.sent.h"), Form: true, Tab: "none"},
		map[string]any{"Heading": words.T("contact.sent.h"), "Text": text, "Href": href, "Link": link})
}
