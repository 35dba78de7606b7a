package extract

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"html"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/jobs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// Queue is where extracts are written, one after the other.
const Queue = "extract"

const (
	writeJob jobs.Kind = "extract.write"
	cleanJob jobs.Kind = "extract.clean"
)

// Register enters the jobs.
func (c *Extracts) Register(r *jobs.Runner) {
	jobs.Handle(r, writeJob, c.run)
	jobs.Handle(r, cleanJob, func(ctx context.Context, _ jobs.Running, _ struct{}) error { return c.clean(ctx) })
	r.Every(cleanJob, jobs.Interval(10*time.Minute))
}

// run writes the parts of an extract that are missing. A part is there whole or not at
// all, so that after a crash the work goes on with the part that was being written.
func (c *Extracts) run(ctx context.Context, job jobs.Running, id post.UUID) error {
	for {
		var e Extract
		err := c.desk.DB.Read(ctx, func(tx *db.Tx) (err error) { e, err = c.one(tx, id); return err })
		if errs.KindOf(err) == errs.KindNotFound && err != nil || err == nil && e.State != Approved {
			return nil // it was taken back, or is written
		}
		if err != nil {
			return err
		}
		switch err = c.part(ctx, job.Stopping, e); {
		case errors.Is(err, errStopping):
			return jobs.Snooze(0)
		case errors.Is(err, errGone):
			continue
		case errs.CodeOf(err) == errs.CodeStale:
			continue // it was taken back, or another process has written the part
		case err != nil:
			return err
		}
	}
}

var (
	errStopping = errors.New("the program stops")
	// errGone says that a letter was deleted for good while it was being written: the
	// part is begun anew, without it.
	errGone = errors.New("a letter was deleted meanwhile")
)

// part writes the next part and stores it; with the last letter the extract is ready.
func (c *Extracts) part(ctx context.Context, stopping <-chan struct{}, e Extract) error {
	w := c.desk.Blobs.Create()
	defer w.Discard()
	p := &writing{c: c, e: e, reached: e.reached, names: map[audit.Doer]string{}}
	p.zip = zip.NewWriter(io.MultiWriter(w, &p.size))
	last, err := p.letters(ctx, stopping)
	if err == nil {
		err = p.end()
	}
	if err != nil {
		return err
	}
	draft, err := w.Close()
	if err != nil {
		return err
	}
	err = c.desk.DB.Update(ctx, func(tx *db.Tx) error {
		e := e // a transaction may be run again
		e.reached, e.parts, e.Letters, e.Size = p.reached, e.parts+1, e.Letters+p.count, e.Size+draft.Size
		if last {
			e.State, e.Ends = Ready, tx.Now.Add(Kept)
		}
		if err := c.save(tx, &e); err != nil {
			return err
		}
		sealed, err := c.desk.Seal(e.ID, draft.Key)
		if err != nil {
			return err
		}
		var b db.Batch
		c.desk.Blobs.Insert(tx, &b, []*blob.Draft{draft})
		b.Add("INSERT INTO extract_part (extract, place, file, sealed, size, letters, sent) VALUES ($1, $2, $3, $4, $5, $6, 0)", e.ID, e.parts-1, draft.ID, sealed, draft.Size, p.count)
		if err := tx.Run(&b); err != nil || !last {
			return err
		}
		if err := c.desk.Tell(tx, post.Program, 0, audit.ExtractReady, e.Request, audit.Number(audit.Count, e.Letters)); err != nil {
			return err
		}
		return c.write(tx, e, ready(e))
	})
	if err != nil {
		c.desk.Blobs.Drop(draft)
	}
	return err
}

// writing is a part that is being written. What it holds in memory is its indexes,
// compressed.
type writing struct {
	c       *Extracts
	e       Extract
	zip     *zip.Writer
	size    counter
	count   int64
	reached post.UUID
	folders map[mailbox.FolderID]string
	names   map[audit.Doer]string
	told    map[post.UUID][]audit.Record // of the letters that were looked up

	index, receipts *table
	page            *packed
}

type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

// page is how many letters are looked up at a time.
const page = 200

// letters writes letters until the part is full, and tells whether that was the last.
func (p *writing) letters(ctx context.Context, stopping <-chan struct{}) (last bool, err error) {
	c := p.c
	p.index, p.receipts, p.page = newTable(), newTable(), newPacked()
	p.index.row("id", "messageUUID", "modtaget", "retning", "mappe", "afsender", "modtager", "emne", "type", "laest", "forkyndt", "memo", "dokumenter", "sha256", "bemaerkning")
	p.receipts.row("id", "messageUUID", "tidspunkt", "haendelse", "kode", "hvem", "status")
	fmt.Fprintf(p.page, pageHead, html.EscapeString(p.e.About.Name), html.EscapeString(p.e.About.Name), p.e.parts+1)
	for {
		var found []mailbox.Message
		err := c.desk.DB.Read(ctx, func(tx *db.Tx) (err error) {
			if p.folders == nil {
				if p.folders, err = c.mailboxes.FolderPaths(tx, p.e.About.ID, folderName); err != nil {
					return err
				}
			}
			if found, err = c.mailboxes.Archive(tx, p.e.About.ID, p.reached, p.e.through, page); err != nil {
				return err
			}
			return p.look(tx, found)
		})
		if err != nil {
			return false, err
		}
		for _, m := range found {
			select {
			case <-stopping:
				return false, errStopping
			case <-ctx.Done():
				return false, ctx.Err()
			default:
			}
			if int64(p.size) >= c.most.Bytes || p.count >= c.most.Letters {
				return false, nil
			}
			if err := p.letter(ctx, m); err != nil {
				return false, err
			}
			p.reached = m.ID
		}
		if len(found) < page {
			return true, nil
		}
	}
}

// letter writes a letter, and its lines in the indexes. One that was deleted for good
// meanwhile is left out.
func (p *writing) letter(ctx context.Context, m mailbox.Message) error {
	row := line{m: m, folder: p.folders[m.Folder], name: m.Received.In(post.Denmark).Format(time.DateOnly) + "_" + m.ID.String()}
	if p.c.before != nil {
		p.c.before(m)
	}
	if m.Unserved() {
		// Nobody is served a summons by an extract: it is opened in Digital Post.
		row.remark = "Ikke forkyndt: åbn brevet i Digital Post"
	} else if there, err := p.files(ctx, m, &row); err != nil || !there {
		return err
	}
	p.events(m)
	p.count++
	p.add(row)
	return nil
}

// line is what the index says of a letter.
type line struct {
	m            mailbox.Message
	folder, name string
	memo         string // its place in the zip, "" where there is none
	files        []string
	hashes       []string
	remark       string
}

func (p *writing) files(ctx context.Context, m mailbox.Message, row *line) (there bool, err error) {
	letter, err := p.c.mailboxes.Outgoing(ctx, p.e.About.ID, m.ID)
	if errs.KindOf(err) == errs.KindNotFound && err != nil {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer letter.Close()
	entry := &lazy{zip: p.zip, head: &zip.FileHeader{Name: "memo/" + row.name + ".xml", Method: zip.Deflate, Modified: m.Received}}
	err = letter.Write(entry, memo.V12)
	if _, wrong := errors.AsType[*memo.Problems](err); wrong && entry.w == nil {
		row.remark, err = "Brevet kan ikke skrives som MeMo: se dets dokumenter", nil
	} else {
		row.memo = entry.head.Name
	}
	taken := map[string]bool{}
	for _, f := range letter.Files() {
		if err != nil {
			break
		}
		name := post.SafeName(f.Filename)
		for n := 2; taken[strings.ToLower(name)]; n++ {
			name = strconv.Itoa(n) + "-" + post.SafeName(f.Filename)
		}
		taken[strings.ToLower(name)] = true
		at := "dokumenter/" + m.ID.String() + "/" + name
		var w io.Writer
		if w, err = p.zip.CreateHeader(&zip.FileHeader{Name: at, Method: zip.Store, Modified: m.Received}); err == nil {
			_, err = io.Copy(w, letter.Content(f))
		}
		row.files, row.hashes = append(row.files, at), append(row.hashes, hex.EncodeToString(f.SHA256[:]))
	}
	if errors.Is(err, blob.ErrDamaged) && p.deleted(ctx, m) {
		err = errGone
	}
	return true, err
}

func (p *writing) deleted(ctx context.Context, m mailbox.Message) bool {
	err := p.c.desk.DB.Read(ctx, func(tx *db.Tx) error {
		_, err := p.c.mailboxes.LookOutgoing(tx, p.e.About.ID, m.ID)
		return err
	})
	return err != nil && errs.KindOf(err) == errs.KindNotFound
}

// lazy is an entry of a zip that is made when there is something to write: what cannot
// be a MeMo is refused before.
type lazy struct {
	zip  *zip.Writer
	head *zip.FileHeader
	w    io.Writer
}

func (l *lazy) Write(b []byte) (n int, err error) {
	if l.w == nil {
		if l.w, err = l.zip.CreateHeader(l.head); err != nil {
			return 0, err
		}
	}
	return l.w.Write(b)
}

// mostEvents is how many events of a letter are told, the newest.
const mostEvents = 500

// happened are the events of a letter that are told, in words; receipts of other kinds
// are told by their code.
var happened = map[audit.Name]string{
	audit.MemoAvailableToRecipient: "Gjort tilgængeligt", audit.MessageRead: "Åbnet", audit.DocumentDownloaded: "Dokument hentet", audit.MessageLegallyNotified: "Forkyndt",
	audit.MessageSentMailbox: "Sendt", audit.MessageAnswered: "Besvaret", audit.MessageForwardedToAuthority: "Videresendt til myndighed",
	audit.MessageForwardedToEmail: "Videresendt til e-mail", audit.MessageForwardedToTrusted: "Videresendt til Digital Post-modtager",
	audit.EMailSent: "E-mail afsendt", audit.EMailFailed: "E-mail kunne ikke sendes", audit.EMailReturned: "E-mail kom retur",
	audit.MemoSendSentToRecipientSystem: "Sendt til modtagersystem", audit.MemoSendSentToRecipientSystemFailed: "Kunne ikke sendes til modtagersystem", audit.MemoSendFetchedByRecipientSystem: "Hentet af modtagersystem",
	audit.MemoSystemFetched: "Hentet af modtagersystem", audit.BusinessReceiptReceived: "Forretningskvittering modtaget", audit.BusinessReceiptReceivedByRecipientSystem: "Kvittering fra modtagersystem",
}

// look finds what has happened with letters, and the names of who did it.
func (p *writing) look(tx *db.Tx, letters []mailbox.Message) error {
	ids := make([]post.UUID, len(letters))
	for i, m := range letters {
		ids[i] = m.ID
	}
	var err error
	if p.told, err = audit.OfMessages(tx, p.e.About.ID, ids, mostEvents); err != nil {
		return err
	}
	who := map[audit.Doer]post.PartyID{} // an authority as a sender, and by its staff
	for _, all := range p.told {
		for _, e := range all {
			if party, _ := e.Doer().Party(); party != 0 && p.names[e.Doer()] == "" {
				who[e.Doer()] = party
			}
		}
	}
	parties, err := p.c.desk.Registry.Parties(tx, slices.Collect(maps.Values(who)))
	for doer, party := range who {
		p.names[doer] = parties[party].Name
	}
	return err
}

// events writes what is known of a letter's way.
func (p *writing) events(m mailbox.Message) {
	all := p.told[m.ID]
	seen := map[string]bool{}
	add := func(at time.Time, what, code, who, status string) {
		seen[what] = true
		p.receipts.row(m.ID.String(), m.MemoUUID.String(), stamp(at), what, code, who, status)
	}
	for i := len(all) - 1; i >= 0; i-- {
		e := all[i]
		what := happened[e.Name]
		if what == "" {
			continue
		}
		status := ""
		for _, prop := range e.Props {
			if prop.Key == audit.ReceiptStatus || prop.Key == audit.ErrorCode {
				status = prop.Value
			}
		}
		add(e.Time, what, string(e.Name), p.names[e.Doer()], status)
	}
	// What the letter itself says, where the log does not.
	for _, own := range []struct {
		what string
		at   time.Time
	}{{map[bool]string{true: "Sendt", false: "Modtaget"}[m.State == mailbox.Sent], m.Received}, {"Forkyndt", m.Served}, {"Besvaret", m.Answered}} {
		if !own.at.IsZero() && !seen[own.what] {
			add(own.at, own.what, "", "", "")
		}
	}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(post.Denmark).Format(time.RFC3339)
}

func folderName(id mailbox.FolderID) string {
	return map[mailbox.FolderID]string{mailbox.Inbox: "Indbakke", mailbox.Drafts: "Kladder", mailbox.SentBox: "Sendt post", mailbox.Deleted: "Slettet post"}[id]
}

// add writes a letter's lines in both indexes.
func (p *writing) add(l line) {
	m := l.m
	way, from, to := "Modtaget", m.SenderName, p.e.About.Name
	if m.State == mailbox.Sent {
		way, from, to = "Sendt", p.e.About.Name, m.RecipientName
	}
	read := map[bool]string{true: "ja", false: "nej"}[m.Read]
	p.index.row(m.ID.String(), m.MemoUUID.String(), stamp(m.Received), way, l.folder, from, to, m.Label, string(m.Type), read, stamp(m.Served), l.memo, strings.Join(l.files, " | "), strings.Join(l.hashes, " | "), l.remark)
	fmt.Fprintf(p.page, "<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><th scope=\"row\">%s</th><td>", html.EscapeString(m.Received.In(post.Denmark).Format("2006-01-02 15:04")), way,
		html.EscapeString(l.folder), html.EscapeString(from), html.EscapeString(to), html.EscapeString(m.Label))
	if l.remark != "" {
		fmt.Fprintf(p.page, "<p>%s</p>", html.EscapeString(l.remark))
	}
	io.WriteString(p.page, "<ul>") //nolint:errcheck // into memory
	for _, at := range append(l.files, l.memo) {
		if at != "" {
			name := at[strings.LastIndexByte(at, '/')+1:]
			if at == l.memo {
				name = "MeMo (XML)"
			}
			fmt.Fprintf(p.page, "<li><a href=\"%s\">%s</a></li>", html.EscapeString((&url.URL{Path: at}).EscapedPath()), html.EscapeString(name))
		}
	}
	io.WriteString(p.page, "</ul></td></tr>\n") //nolint:errcheck // into memory
}

const pageHead = `<!doctype html>
<html lang="da"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Dataudtræk: %s</title>
<style>body{margin:0;padding:clamp(16px,4vw,40px);font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;overflow-wrap:anywhere}table{border-collapse:collapse;width:100%%}caption{text-align:left;padding:0 0 12px}
th,td{text-align:left;vertical-align:top;padding:8px;border-bottom:1px solid #bfbfbf;font-weight:400}thead th{font-weight:700;border-bottom:2px solid #1a1a1a}tbody th{font-weight:600}ul{margin:0;padding:0 0 0 18px}p{margin:0 0 4px}a{color:#004d99}
@media(max-width:700px){thead{position:absolute;left:-9999px}tr{display:block;padding:8px 0;border-bottom:1px solid #bfbfbf}th,td{display:block;border:0;padding:2px 0}}</style></head>
<body><main><h1>Dataudtræk: post for %s</h1><p>Del %d. Kladder og privat post er ikke med. Det, der ligger i Slettet post, er med. Filen indeks.csv har det samme til et regneark, og kvitteringer.csv det, der er sket med hvert brev.</p>
<table><caption>Breve, de ældste først</caption><thead><tr><th scope="col">Tidspunkt</th><th scope="col">Retning</th><th scope="col">Mappe</th><th scope="col">Fra</th><th scope="col">Til</th><th scope="col">Emne</th><th scope="col">Filer</th></tr></thead><tbody>
`

// end writes the indexes and ends the zip.
func (p *writing) end() error {
	io.WriteString(p.page, "</tbody></table></main></body></html>\n") //nolint:errcheck // into memory
	for _, one := range []struct {
		name string
		file *packed
	}{{"indeks.html", p.page}, {"indeks.csv", p.index.end()}, {"kvitteringer.csv", p.receipts.end()}} {
		if err := one.file.into(p.zip, one.name); err != nil {
			return err
		}
	}
	return p.zip.Close()
}

// packed is a file that grows beside the others and is kept compressed, so that the
// index of many letters is small in memory.
type packed struct {
	buf  bytes.Buffer
	w    *flate.Writer
	crc  uint32
	size uint64
}

func newPacked() *packed {
	p := &packed{}
	p.w, _ = flate.NewWriter(&p.buf, flate.DefaultCompression) // the level is one
	return p
}

// Write implements io.Writer; it never fails.
func (p *packed) Write(b []byte) (int, error) {
	p.crc = crc32.Update(p.crc, crc32.IEEETable, b)
	p.size += uint64(len(b))
	return p.w.Write(b)
}

func (p *packed) into(z *zip.Writer, name string) error {
	if err := p.w.Close(); err != nil {
		return err
	}
	w, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CRC32: p.crc, CompressedSize64: uint64(p.buf.Len()), UncompressedSize64: p.size})
	if err == nil {
		_, err = p.buf.WriteTo(w)
	}
	return err
}

// table is a CSV file for a Danish spreadsheet.
type table struct {
	file *packed
	out  *csv.Writer
}

func newTable() *table {
	t := &table{file: newPacked()}
	io.WriteString(t.file, "\ufeff") //nolint:errcheck // into memory
	t.out = csv.NewWriter(t.file)
	t.out.Comma, t.out.UseCRLF = ';', true
	return t
}

func (t *table) row(cells ...string) {
	for i := range cells {
		cells[i] = post.Cell(cells[i])
	}
	t.out.Write(cells) //nolint:errcheck // into memory
}

func (t *table) end() *packed {
	t.out.Flush()
	return t.file
}
