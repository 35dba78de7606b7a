package citizen

import (
	"fmt"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strings"

	"digitalpost/internal/htmldoc"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/web"
)

// letterSheet is a letter as it is printed: its head, and the documents that were
// chosen (MBX-14).
type letterSheet struct {
	ID, Back                      string
	Subject, From, Unit, To, When string
	Choices                       []printChoice
	Documents                     []sheetPart
}

type printChoice struct {
	Place, Name string
	Chosen      bool
}

// sheetPart is a document on paper: cleaned HTML, text, the address of a PDF or an
// image, or none of them.
type sheetPart struct {
	Name, Download string
	HTML           template.HTML
	Text           string
	PDF, Image     string
}

// print shows a letter for the printer. HTML that a sender wrote stands on this
// page cleaned of all but shown elements; its looks, which may set no place and
// load nothing (htmldoc), are let through by the page's policy.
func (p *Portal) print(w http.ResponseWriter, r *http.Request, v *visit) error {
	l, ok, err := p.served(w, r, v)
	if err != nil || !ok {
		return err
	}
	m := l.Message
	head := v.letter(l, looks{zoom: 100})
	page := letterSheet{ID: m.ID.String(), Back: "/post/" + m.ID.String(), Subject: m.Label, From: head.From, Unit: head.Unit, To: v.box.Owner.Name, When: v.words.Moment(m.Received, v.now)}
	if m.State == mailbox.Sent {
		page.From, page.To = v.box.Owner.Name, m.RecipientName
	}
	asked := r.URL.Query()["dokument"]
	names := fileNames(l)
	var pdf bool
	for i, f := range l.Files() {
		chosen := asked == nil || slices.Contains(asked, filePlace(f))
		page.Choices = append(page.Choices, printChoice{filePlace(f), names[i], chosen})
		if !chosen {
			continue
		}
		d, err := p.printed(r, v, l, f, names[i])
		if err != nil {
			return err
		}
		pdf = pdf || d.PDF != ""
		page.Documents = append(page.Documents, d)
	}
	view := web.View{Title: v.words.T("print.title", m.Label), Wide: true, Tab: "none", Scripts: []string{"js/letter.js"}}
	if pdf {
		view.Scripts = append(view.Scripts, "js/pdf.js")
	}
	h := w.Header()
	h.Set("Content-Security-Policy", h.Get("Content-Security-Policy")+"; style-src-attr 'unsafe-inline'")
	return p.show(w, r, v, http.StatusOK, "print", view, page)
}

func (p *Portal) printed(r *http.Request, v *visit, l mailbox.Letter, f mailbox.File, name string) (sheetPart, error) {
	d := sheetPart{Name: name, Download: downloadHref(l.Message.ID, f)}
	kind := showable(f)
	switch kind {
	case asPDF:
		d.PDF = d.Download
		return d, nil
	case asImage:
		d.Image = d.Download + "?vis"
		return d, nil
	case nothing:
		return d, nil
	}
	_, content, err := p.config.Mailboxes.Content(r.Context(), v.actor, v.box.UUID, l.Message.ID, f.Document, f.Place)
	if err != nil {
		return d, err
	}
	defer content.Close()
	raw, err := io.ReadAll(io.LimitReader(content, maxShown))
	if err != nil {
		return d, fmt.Errorf("read a document: %w", err)
	}
	if kind == asText {
		d.Text = strings.TrimSpace(inUTF8(raw))
	} else {
		d.HTML = template.HTML(htmldoc.Clean(raw))
	}
	return d, nil
}
