package citizen

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/agency"
	"digitalpost/internal/errs"
	"digitalpost/internal/extract"
	"digitalpost/internal/post"
	"digitalpost/internal/web"
)

// extractRoutes enters the data extract of a company's post (ORG-06): asking for it, how
// it stands, and fetching it.
func (p *Portal) extractRoutes(on routes) {
	on.own("GET /dataudtraek", p.extracts)
	on.own("GET /dataudtraek/ny", needs(access.ExtractRequest, p.extractForm))
	on.own("POST /dataudtraek/ny", needs(access.ExtractRequest, p.askExtract))
	on.own("POST /dataudtraek/{extract}/fortryd", needs(access.ExtractRequest, p.withdrawExtract))
	on.own("GET /dataudtraek/{extract}/del/{part}", needs(access.ExtractRequest, p.fetchExtract))
}

// extracted tells that the reader may ask for an extract of the mailbox.
func (v *visit) extracted() bool {
	return v.box.Owner.Kind == post.Organisation && v.may(access.ExtractRequest)
}

type extractPart struct{ Href, Text, Said string }

type extractRow struct {
	ID, Title, Said, Status, Badge, Reason, Until string
	Open                                          bool // and the reader's own
	Theirs                                        bool // ready, and for another to fetch
	Parts                                         []extractPart
	Version                                       int64
}

type extractsPage struct {
	Mine []extractRow
	Ask  bool
}

var extractBadges = map[extract.State]string{extract.Submitted: "badge-info", extract.Approved: "badge-info", extract.Ready: "badge-success"}

func (p *Portal) extracts(w http.ResponseWriter, r *http.Request, v *visit) error {
	all, err := p.config.Extracts.List(r.Context(), v.actor, v.box.UUID)
	if err != nil {
		return err
	}
	page := extractsPage{Ask: true}
	for _, e := range all {
		row := extractRow{ID: e.ID.String(), Title: v.words.T("extract.by", e.Applicant.Name), Said: v.words.T("extract.sent", v.words.Short(e.Made, v.now)),
			Status: v.words.T("extract.state." + string(e.State)), Badge: extractBadges[e.State], Reason: e.Reason, Open: e.Open() && e.By(v.actor), Version: e.Version}
		if e.Open() && e.By(v.actor) {
			page.Ask = false
		}
		if e.State == extract.Ready {
			row.Until, row.Theirs = v.words.T("extract.until", v.words.Long(e.Ends, v.now)), !e.By(v.actor)
			for _, part := range e.Parts {
				one := extractPart{Text: v.words.T("extract.part", v.words.Number(int64(part.Place+1)), v.words.Number(int64(len(e.Parts)))), Said: v.words.N("extract.letters", part.Letters) + " · " + v.words.Size(part.Size)}
				if e.By(v.actor) && part.There {
					one.Href = fmt.Sprintf("/dataudtraek/%s/del/%d", e.ID, part.Place)
				}
				switch {
				case !part.There:
					one.Said = v.words.T("extract.part.gone")
				case !part.Claimed.IsZero():
					one.Said = v.words.T("extract.part.begun")
				}
				row.Parts = append(row.Parts, one)
			}
		}
		page.Mine = append(page.Mine, row)
	}
	return p.show(w, r, v, http.StatusOK, "extracts", web.View{Title: v.words.T("extract"), Wide: true, Tab: "menu"}, page)
}

type extractForm struct {
	Company, Why string
	Problems     web.Problems
}

func (p *Portal) extractForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.showExtractForm(w, r, v, http.StatusOK, extractForm{})
}

func (p *Portal) showExtractForm(w http.ResponseWriter, r *http.Request, v *visit, status int, form extractForm) error {
	if !v.extracted() {
		return errs.NotFound("page.unknown")
	}
	form.Company = v.box.Owner.Name
	return p.show(w, r, v, status, "extract.new", web.View{Title: v.words.T("extract.new"), Form: true, Tab: "none", Failed: len(form.Problems) > 0}, form)
}

// askExtract takes in a request with its documents, as the browser sends it.
func (p *Portal) askExtract(w http.ResponseWriter, r *http.Request, v *visit) error {
	web.AllowBody(w, r, agency.MaxFiles*agency.MaxFile)
	form := extractForm{}
	var files []*agency.Upload
	defer func() { p.config.Extracts.Drop(files...) }() // those that no request has taken
	fields, err := web.Papers(r, v.words, 4*agency.MaxText+1, &form.Problems, func(field string) bool { return field == "fil" },
		func(_, name string, body io.Reader) error {
			if len(files) >= agency.MaxFiles {
				return nil
			}
			u, err := p.config.Extracts.Take(name, body)
			if err == nil {
				files = append(files, u)
			}
			return err
		})
	if err != nil {
		return err
	}
	form.Why = fields.Get("begrundelse")
	if strings.TrimSpace(form.Why) == "" {
		form.Problems.Add("begrundelse", v.words.T("extract.why.missing"))
	}
	if len(files) == 0 && form.Problems.Of("fil") == "" {
		form.Problems.Add("fil", v.words.T("extract.file.missing"))
	}
	if len(form.Problems) == 0 {
		_, err := p.config.Extracts.Ask(r.Context(), v.actor, v.box.UUID, form.Why, files)
		switch errs.CodeOf(err) {
		case agency.CodeText:
			form.Problems.Add("begrundelse", v.words.T("appoint.why.long", v.words.Number(agency.MaxText)))
		case agency.CodeThere:
			form.Problems.Add("begrundelse", v.words.T("extract.there"))
		default:
			if err != nil {
				return err
			}
			return p.done(w, r, "/dataudtraek", v.words.T("extract.made"), nil)
		}
	}
	return p.showExtractForm(w, r, v, http.StatusUnprocessableEntity, form)
}

func (p *Portal) withdrawExtract(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := web.ID(r, "extract")
	if err != nil {
		return err
	}
	if err := p.config.Extracts.Withdraw(r.Context(), v.actor, v.box.UUID, which, web.SeenVersion(r)); err != nil {
		return err
	}
	return p.done(w, r, "/dataudtraek", v.words.T("extract.withdrawn"), nil)
}

// fetchExtract sends a part, until all of it has left. A browser that lost the
// connection goes on with "Range: bytes=N-"; other ranges are none. What only looks, or comes from another
// site's page, does not fetch.
func (p *Portal) fetchExtract(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := web.ID(r, "extract")
	if err != nil {
		return err
	}
	place, err := strconv.Atoi(r.PathValue("part"))
	if err != nil {
		return errs.NotFound("page.unknown")
	}
	if site := r.Header.Get("Sec-Fetch-Site"); r.Method != http.MethodGet || r.Header.Get("Sec-Purpose") != "" || site == "cross-site" || site == "same-site" {
		return errs.NotFound("page.unknown")
	}
	etag := fmt.Sprintf(`"%s-%d"`, which, place)
	from := int64(-1)
	if text, ranged := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ranged && (r.Header.Get("If-Range") == "" || r.Header.Get("If-Range") == etag) {
		text, open := strings.CutSuffix(text, "-")
		if from, err = strconv.ParseInt(text, 10, 64); err != nil || !open || from < 0 {
			return errs.Invalid("extract.range", "Range", "only a range to the end can be fetched")
		}
	}
	d, err := p.config.Extracts.Fetch(r.Context(), v.actor, v.box.UUID, which, place, from)
	if err != nil {
		return err
	}
	defer d.Close()
	web.Ask(w, d.Still)
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", web.Disposition("attachment", d.Name))
	h.Set("Cache-Control", "no-store")
	h.Set("ETag", etag)
	h.Set("Accept-Ranges", "bytes")
	h.Set("Content-Length", strconv.FormatInt(d.Size-d.From, 10))
	if from >= 0 {
		h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", d.From, d.Size-1, d.Size))
		w.WriteHeader(http.StatusPartialContent)
	}
	return d.Copy(w)
}
