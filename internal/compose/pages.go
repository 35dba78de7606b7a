package compose

import (
	"digitalpost/internal/blob"
	"digitalpost/internal/htmldoc"
	"digitalpost/internal/mailbox"
	"digitalpost/memo"
)

const (
	language = "da"
	htmlName = "besked.html"
	textName = "besked.txt"
)

// pages are the files of a text, before the transaction that keeps them.
type pages struct {
	blobs *blob.Store
	files []*memo.File
	used  bool
}

// render writes a text's files: none for no text.
func (p *pages) render(text string) error {
	if text == "" {
		return nil
	}
	page := "<!doctype html><html lang=\"" + language + "\"><head><meta charset=\"utf-8\"></head><body>" + text + "</body></html>"
	for _, f := range []struct{ name, kind, content string }{
		{htmlName, "text/html", page}, {textName, "text/plain", htmldoc.Text([]byte(text)) + "\n"},
	} {
		file, err := mailbox.NewFile(p.blobs, f.name, f.kind, language, []byte(f.content))
		if err != nil {
			return err
		}
		p.files = append(p.files, file)
	}
	return nil
}

func (p *pages) use() []*memo.File {
	p.used = true
	return cloneFiles(p.files)
}

// cloneFiles are copies that share their content.
func cloneFiles(files []*memo.File) []*memo.File {
	all := make([]*memo.File, len(files))
	for i, f := range files {
		copied := *f
		all[i] = &copied
	}
	return all
}

// kept notes that the transaction is committed: the files are the draft's.
func (p *pages) kept(err error) error {
	if err == nil && p.used {
		p.files = nil
	}
	return err
}

// drop forgets the files that no draft got.
func (p *pages) drop() {
	for _, f := range p.files {
		if stored, ok := f.Content.(*blob.Draft); ok {
			p.blobs.Drop(stored)
		}
	}
}
