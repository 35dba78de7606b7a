package citizen

import (
	"archive/zip"
	"fmt"
	"io"
	"net/http"
	"strings"

	"digitalpost/internal/doctext"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/web"
)

// each calls fn for every letter that was chosen, in the order of a list. A court
// summons among them is served by it, whatever is in it: its reader has said yes.
func (p *Portal) each(r *http.Request, v *visit, c chosen, fn func(mailbox.Letter) error) error {
	one := func(id post.UUID) error {
		l, err := p.config.Mailboxes.Read(r.Context(), v.actor, v.box.UUID, id)
		if err == nil && l.Message.Unserved() {
			l, err = p.config.Mailboxes.Open(r.Context(), v.actor, v.box.UUID, id)
		}
		if err != nil {
			return err
		}
		return fn(l)
	}
	for _, m := range c.Messages {
		if err := one(m.ID); err != nil {
			return err
		}
	}
	if c.Folder == (post.UUID{}) {
		return nil
	}
	q := mailbox.Query{Folder: c.Folder, Limit: 200}
	for {
		page, err := p.config.Mailboxes.Messages(r.Context(), v.actor, v.box.UUID, q)
		if err != nil {
			return err
		}
		for _, m := range page.Messages {
			if m.Born > c.Seen {
				continue
			}
			if err := one(m.ID); err != nil {
				return err
			}
		}
		if !page.More {
			return nil
		}
		q.Before = page.Messages[len(page.Messages)-1].ID
	}
}

// downloadChosen streams the documents of letters, each letter in a folder of the
// archive (MBX-13).
func (p *Portal) downloadChosen(w http.ResponseWriter, r *http.Request, v *visit, c chosen) error {
	var out *zip.Writer
	taken := map[string]bool{}
	begin := func() {
		h := w.Header()
		h.Set("Content-Type", "application/zip")
		h.Set("Content-Disposition", web.Disposition("attachment", v.words.T("download.chosen")+".zip"))
		out = zip.NewWriter(w)
	}
	err := p.each(r, v, c, func(l mailbox.Letter) error {
		if out == nil {
			begin() // the first letter is there: before that an error is a page
		}
		folder := unusedName(taken, post.SafeName(l.Message.Received.In(post.Denmark).Format("2006-01-02")+" "+l.Message.SenderName+" - "+l.Message.Label), "")
		files := l.Files()
		for i, name := range zipNames(files) {
			if err := p.zipFile(r, v, out, folder+"/"+name, l, files[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if out == nil {
		begin()
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("end the archive: %w", err)
	}
	return nil
}

// maxPrint is how many letters are printed at once.
const maxPrint = 100

// printPage is letters as they go on paper.
type printPage struct {
	Heading string
	Back    string
	Letters []printed
}

// printed is one letter on paper.
type printed struct {
	letterPage
	Files []printedFile
}

// printedFile is a document on paper: its text, or where it is printed by itself.
type printedFile struct {
	Name, About, Text, Href string
}

// printChosen shows letters on one page, ready for paper (MBX-14).
func (p *Portal) printChosen(w http.ResponseWriter, r *http.Request, v *visit, c chosen) error {
	if c.count > maxPrint {
		heading := v.words.T("print.many", maxPrint)
		return p.show(w, r, v, http.StatusUnprocessableEntity, "receipt.page", web.View{Title: heading, Failed: true},
			receipt{Heading: heading, Text: []string{v.words.T("print.many.p")}, Href: c.next, Link: v.words.T("back.list"), Open: true})
	}
	page := printPage{Heading: v.words.N("print.title", c.count), Back: c.next}
	err := p.each(r, v, c, func(l mailbox.Letter) error {
		one := printed{letterPage: v.letter(l, looks{zoom: 100})}
		for _, f := range l.Files() {
			file := printedFile{Name: f.Filename, About: v.kind(f) + ", " + v.words.Size(f.Size), Href: downloadHref(l.Message.ID, f)}
			if showable(f) == asPDF || showable(f) == asImage {
				file.Href += "?vis"
			}
			text, err := p.text(r, v, l, f)
			if err != nil {
				return err
			}
			file.Text = text
			one.Files = append(one.Files, file)
		}
		page.Letters = append(page.Letters, one)
		return nil
	})
	if err != nil {
		return err
	}
	return p.show(w, r, v, http.StatusOK, "print.page", web.View{Title: page.Heading, Tab: "none", Scripts: []string{"js/list.js"}}, page)
}

// text is the text of a document, "" for one that has none or is large.
func (p *Portal) text(r *http.Request, v *visit, l mailbox.Letter, f mailbox.File) (string, error) {
	if !doctext.Readable(f.EncodingFormat) || !f.Matches || f.Size > maxShown {
		return "", nil
	}
	_, content, err := p.config.Mailboxes.Content(r.Context(), v.actor, v.box.UUID, l.Message.ID, f.Document, f.Place)
	if err != nil {
		return "", err
	}
	defer content.Close()
	all, err := io.ReadAll(content)
	if err != nil {
		return "", fmt.Errorf("read a document: %w", err)
	}
	return strings.TrimSpace(doctext.Text(f.EncodingFormat, all)), nil
}
