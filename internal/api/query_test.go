package api

import (
	"errors"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"digitalpost/internal/errs"
)

// Whatever stands in an address, a list is asked for within its bounds or refused
// as malformed.
func FuzzMessageQuery(f *testing.F) {
	for _, query := range []string{"", "size=10&page=2", "sortFields=label:asc,receivedDateTime:desc", "next=3.01a202e9-b380-7005-9189-894fef1fb0fd.true&sortFields=read", "any=breve%26a*",
		"searchParameters=read:false,dateFrom:2026-11-22,label:a:b", "dateTo=2026-11-22T12:00:00+01:00", "folderId=x", "next=.", "next=-1", "sortFields=,,:", "assignee=me&assignmentStatus=NEW&opened=false", "assignee=x", "searchParameters=assignee:none,opened:true", "read=true&read=false"} {
		f.Add(query)
	}
	var list *route
	for _, r := range routes() {
		if r.name == "QueryMessages" {
			list = r
		}
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL = &url.URL{Path: "/", RawQuery: query}
		c := &call{r: r, route: list}
		q, page, err := c.messageQuery()
		if err != nil {
			if _, form := errors.AsType[malformed](err); !form || errs.KindOf(err) != errs.KindInvalid {
				t.Errorf("%q: %v", query, err)
			}
			return
		}
		if q.Limit < 1 || q.Limit > 1000 || page < 0 || q.Offset < 0 || q.Offset > deepest || len(q.Words) > 10_000 {
			t.Errorf("%q: %+v, page %d", query, q, page)
		}
	})
}

func FuzzTimes(f *testing.F) {
	for _, text := range []string{"", "2026-11-22", "2026-11-22T12:00:00Z", "2026-11-22T12:00:00 01:00", "2026-11-22T12:00:00", "x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := timeOf("dateFrom", text)
		if err == nil && text != "" && at.Year() < 0 {
			t.Errorf("%q is %s", text, at.Format(time.RFC3339))
		}
	})
}

// RFC 9110, 13.1.2
func TestIfNoneMatch(t *testing.T) {
	tag := tagOf(3, []byte("x"))
	for header, want := range map[string]bool{tag: true, "W/" + tag: true, `"a", ` + tag: true, "*": true, `"3"`: false, "": false, `"a"`: false} {
		if matches([]string{header}, tag) != want {
			t.Errorf("%s against %s", header, tag)
		}
	}
	if matches(nil, tag) {
		t.Error("no header matches")
	}
	if tagOf(3, []byte("y")) == tag || tagOf(0, []byte("x")) == tag {
		t.Error("different answers have one tag")
	}
}
