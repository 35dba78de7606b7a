package outbound

import (
	_ "embed"
	"fmt"
	htmltemplate "html/template"
	"io"
	"mime"
	"net/mail"
	"strings"
	texttemplate "text/template"
	"time"
	"unicode"

	"github.com/emersion/go-message"

	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

var (
	//go:embed email.txt
	emailTxt string
	//go:embed email.html
	emailHTML string

	emailAsText = texttemplate.Must(texttemplate.New("").Parse(emailTxt))
	emailAsHTML = htmltemplate.Must(htmltemplate.New("").Parse(emailHTML))
)

// emailPage is what the texts of an e-mail show.
type emailPage struct {
	Lang, Intro, Comment, Says string
	Letter                     string // heading
	Facts                      [][2]string
	Attached                   string // heading
	Documents                  []string
	Foot                       []string
}

func (m Mail) page(letter *mailbox.Outgoing, names []string) emailPage {
	who := m.Owner
	if m.Asker != "" {
		who = m.Asker
	}
	l := letter.Message
	p := emailPage{Lang: "da", Comment: m.Comment, Documents: names, Letter: "Brevet", Attached: "Vedhæftet",
		Intro: who + " har sendt dig et brev fra sin Digital Post.", Says: who + " skriver:"}
	fact := []string{"Fra", "Titel", "Modtaget"}
	if m.Asker != "" {
		p.Intro = fmt.Sprintf("%s har sendt dig et brev fra %s Digital Post.", who, post.Genitive(m.Owner))
	}
	p.Foot = []string{"Svar ikke på denne e-mail: ingen læser svaret. Skriv i stedet til " + who + ".",
		"Digital Post beder aldrig om MitID eller adgangskoder i en e-mail."}
	if m.English {
		p.Lang, p.Letter, p.Attached = "en", "The letter", "Attached"
		p.Intro, p.Says = who+" has sent you a letter from their Digital Post.", who+" writes:"
		fact = []string{"From", "Title", "Received"}
		if m.Asker != "" {
			p.Intro = fmt.Sprintf("%s has sent you a letter from %s’s Digital Post.", who, m.Owner)
		}
		p.Foot = []string{"Do not answer this e-mail: nobody reads the answer. Write to " + who + " instead.",
			"Digital Post never asks for MitID or passwords in an e-mail."}
	}
	from, when := l.SenderName, l.Received
	switch forwards := letter.Memo.Header.ForwardData; {
	case forwards != nil: // the letter that somebody else wrote counts
		fact[2] = map[bool]string{false: "Dateret", true: "Dated"}[m.English]
		from, when = forwards.OriginalSender, forwards.OriginalMessageDateTime
	case l.State != mailbox.Received: // their own letter
		fact[2] = map[bool]string{false: "Skrevet", true: "Written"}[m.English]
	}
	p.Facts = [][2]string{{fact[0], oneLine(from)}, {fact[1], strings.TrimPrefix(m.Title, "VS: ")}, {fact[2], post.DateText(when, m.English)}}
	return p
}

// subject is one line, however it was written.
func (m Mail) subject() string {
	s := m.Subject
	if s == "" {
		s = m.Owner + " har sendt dig et brev"
		if m.English {
			s = m.Owner + " has sent you a letter"
		}
	}
	if r := []rune(s); len(r) > 200 {
		s = string(r[:199]) + "…"
	}
	return s
}

// oneLine is a text without control characters and with single spaces.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }), " ")
}

// lines is a text of several lines without any other control characters.
func lines(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return ' '
		}
		return r
	}, s))
}

// write writes the e-mail (RFC 5322). It is the same each time it is tried, but
// for the lines between its parts.
func (m Mail) write(w io.Writer, r *Relay, letter *mailbox.Outgoing) error {
	files := letter.Files()
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = attachmentName(f)
	}
	page := m.page(letter, names)

	from, err := mail.ParseAddress(r.From)
	if err != nil {
		return err
	}
	from.Name = m.Owner + " via Digital Post"
	domain := from.Address[strings.LastIndexByte(from.Address, '@')+1:]
	var h message.Header
	h.SetContentType("multipart/mixed", map[string]string{})
	// Other programs must not answer (RFC 3834), Exchange's among them.
	h.Set("X-Auto-Response-Suppress", "All")
	h.Set("Auto-Submitted", "auto-generated")
	h.Set("Content-Language", page.Lang)
	h.SetText("Subject", m.subject())
	h.Set("To", "<"+m.note.To+">")
	h.Set("From", from.String())
	h.Set("Date", m.Created.In(post.Denmark).Format(time.RFC1123Z))
	h.Set("Message-Id", "<"+m.ID.String()+"@"+domain+">")
	mixed, err := message.CreateWriter(w, h)
	if err != nil {
		return err
	}
	if err := writeTexts(mixed, page); err != nil {
		return err
	}
	for i, f := range files {
		if err := attach(mixed, names[i], f, letter.Content(f)); err != nil {
			return err
		}
	}
	return mixed.Close()
}

// writeTexts writes the text, as text and as HTML.
func writeTexts(mixed *message.Writer, page emailPage) error {
	var h message.Header
	h.SetContentType("multipart/alternative", map[string]string{})
	both, err := mixed.CreatePart(h)
	if err != nil {
		return err
	}
	for _, part := range []struct {
		mediaType string
		write     func(io.Writer, any) error
	}{{"text/plain", emailAsText.Execute}, {"text/html", emailAsHTML.Execute}} {
		var h message.Header
		h.SetContentType(part.mediaType, map[string]string{"charset": "utf-8"})
		h.Set("Content-Transfer-Encoding", "quoted-printable")
		h.Set("Content-Disposition", "inline")
		w, err := both.CreatePart(h)
		if err != nil {
			return err
		}
		if err := part.write(w, page); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
	return both.Close()
}

// attach writes a document of the letter, byte for byte.
func attach(mixed *message.Writer, name string, f *memo.File, content io.Reader) error {
	var h message.Header
	h.Set("Content-Transfer-Encoding", "base64")
	// The name twice: as RFC 2231 has it, and for old programs as RFC 2047.
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Type", mime.FormatMediaType(attachmentType(f), map[string]string{"name": mime.QEncoding.Encode("utf-8", name)}))
	w, err := mixed.CreatePart(h)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, content); err != nil {
		return err
	}
	return w.Close()
}

// attachmentName is a file's name, short enough for a line of a head however its
// letters are written there.
func attachmentName(f *memo.File) string {
	const most = 120 // bytes
	name := post.SafeName(f.Filename)
	if len(name) <= most {
		return name
	}
	ending := ""
	if dot := strings.LastIndexByte(name, '.'); dot > 0 && len(name)-dot <= 10 {
		ending = name[dot:]
	}
	return cut(name, most-len(ending)) + ending
}

// attachmentType is the proper media type of a kind of file that letters carry,
// and bytes for all else: a letter's own word for it is not ours to write in a
// head.
func attachmentType(f *memo.File) string {
	extension := memo.Extension(f.Filename)
	for _, t := range memo.DefaultFileTypes {
		if t.Extension == extension {
			return t.MediaTypes[0]
		}
	}
	return "application/octet-stream"
}
