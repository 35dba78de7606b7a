package print

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	_ "image/jpeg" // pictures in letters
	_ "image/png"
	"io"
	"path"
	"strings"
	"time"

	"digitalpost/internal/blob"
	"digitalpost/internal/doctext"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/pdfdoc"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// Manifest says what is in a parcel and where it goes. It is the parcel's file
// manifest.json; the other files are printed in their order and go into one
// envelope.
type Manifest struct {
	ID      post.UUID `json:"id"` // the same when a letter is handed over again
	Created time.Time `json:"created"`
	Name    string    `json:"name"`
	Address []string  `json:"address"`
	Title   string    `json:"title"`
	Files   []string  `json:"files"`
}

// largest is the largest picture, in pixels, that is printed as one.
const largest = 50_000_000

// parcel is a letter as a print house takes it: a ZIP of PDF files with a manifest.
// What is no text, picture or PDF goes as it is, for the print house to convert. It
// is nil where the letter is in the mailbox no more.
func (p *Printer) parcel(ctx context.Context, r row, own *blob.Reader) ([]byte, error) {
	b := &builder{manifest: Manifest{ID: r.id, Created: r.created, Name: r.Name, Address: r.Address, Title: r.Title}}
	b.zip = zip.NewWriter(&b.out)
	var err error
	if own != nil {
		err = b.add("brev.pdf", own)
	} else {
		err = p.message(ctx, b, r)
	}
	if errs.KindOf(err) == errs.KindNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return b.finish()
}

// message adds a letter of a mailbox: a cover with the address, then its documents.
func (p *Printer) message(ctx context.Context, b *builder, r row) error {
	letter, err := p.config.Mailboxes.Outgoing(ctx, r.party, r.message)
	if err != nil {
		return err
	}
	defer letter.Close()
	cover := pdfdoc.Document{Title: letter.Message.Label, Author: letter.Message.SenderName, Lang: "da", Page: "%d / %d", Made: r.created}
	cover.Blocks = []pdfdoc.Block{
		pdfdoc.Window(append([]string{r.Name}, r.Address...)), pdfdoc.Heading{Level: 1, Text: letter.Message.Label},
		pdfdoc.Facts{{"Fra", letter.Message.SenderName}, {"Modtaget i Digital Post", post.DateText(letter.Message.Received, false)}}}
	if r.unopened {
		cover.Blocks = append(cover.Blocks,
			pdfdoc.Text("Du er fritaget for Digital Post. Brevet lå ulæst i din digitale postkasse, og derfor sender vi det på papir. Det ligger der stadig."),
			pdfdoc.Lang{Lang: "en", Blocks: []pdfdoc.Block{pdfdoc.Text("You are exempt from Digital Post. The letter lay unread in your digital mailbox, so we send it on paper. It is still there.")}})
	}
	if err := b.add("forside.pdf", bytes.NewReader(cover.Bytes())); err != nil {
		return err
	}
	for kind, doc := range letter.Memo.Documents() {
		if kind == memo.TechnicalDocument || len(doc.Files) == 0 {
			continue
		}
		if err := b.document(letter, doc, r.created); err != nil {
			return err
		}
	}
	return nil
}

// builder makes a parcel.
type builder struct {
	manifest Manifest
	out      bytes.Buffer
	zip      *zip.Writer
}

// document adds a document: of its formats the one that prints best.
func (b *builder) document(letter *mailbox.Outgoing, doc *memo.Document, made time.Time) error {
	best := doc.Files[0]
	for _, f := range doc.Files {
		if strings.HasPrefix(f.EncodingFormat, "application/pdf") {
			best = f
			break
		}
	}
	content := letter.Content(best)
	picture := strings.HasPrefix(best.EncodingFormat, "image/")
	if strings.HasPrefix(best.EncodingFormat, "application/pdf") || !picture && !strings.HasPrefix(best.EncodingFormat, "text/") {
		return b.add(best.Filename, content)
	}
	raw, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	sheet := pdfdoc.Document{Title: doc.Label, Author: letter.Message.SenderName, Lang: best.Language, Page: "%d / %d", Made: made, Foot: letter.Message.SenderName}
	if !picture {
		sheet.Blocks = paragraphs(doctext.Text(best.EncodingFormat, raw))
		return b.add(strings.TrimSuffix(best.Filename, path.Ext(best.Filename))+".pdf", bytes.NewReader(sheet.Bytes()))
	}
	shape, _, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil || shape.Width*shape.Height > largest {
		return b.add(best.Filename, bytes.NewReader(raw))
	}
	img, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return b.add(best.Filename, bytes.NewReader(raw))
	}
	sheet.Blocks = []pdfdoc.Block{pdfdoc.Picture{Image: img, About: doc.Label}}
	return b.add(strings.TrimSuffix(best.Filename, path.Ext(best.Filename))+".pdf", bytes.NewReader(sheet.Bytes()))
}

func paragraphs(text string) []pdfdoc.Block {
	var all []pdfdoc.Block
	for _, p := range strings.Split(text, "\n") {
		if p = strings.TrimSpace(p); p != "" {
			all = append(all, pdfdoc.Text(p))
		}
	}
	return all
}

func (b *builder) add(name string, content io.Reader) error {
	name = fmt.Sprintf("%02d-%s", len(b.manifest.Files)+1, path.Base(strings.ReplaceAll(name, `\`, "/")))
	w, err := b.zip.Create(name)
	if err == nil {
		_, err = io.Copy(w, content)
	}
	b.manifest.Files = append(b.manifest.Files, name)
	return err
}

func (b *builder) finish() ([]byte, error) {
	text, err := json.MarshalIndent(b.manifest, "", " ")
	if err != nil {
		return nil, err
	}
	w, err := b.zip.Create("manifest.json")
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = b.zip.Close()
	}
	return b.out.Bytes(), err
}
