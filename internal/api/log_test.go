package api_test

import (
	"fmt"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

// ACC-16, ACC-05: the log of a mailbox by the API: for the owner and who may read it, in
// pages, by person, kind, message and period; others are told nothing.
func TestEventsOfAMailbox(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		bent, carl := s.Person("Bent", 50, nil), s.Person("Carl", 50, nil)
		s.Clock.Advance(time.Hour)
		s.Give(rights.Right{Mailbox: s.anna.ID, Holder: bent.ID, Relation: access.Reader})
		s.delivered(func(m *memo.Message) { m.Header.Label = "Tilbud om plads" })
		anna, helper, stranger := s.person(s.anna), s.person(bent), s.person(carl)
		message := anna.messages("")[0]["id"].(string)
		helper.call("PATCH", anna.mailbox()+"/messages/"+message, []byte(`{"flag":true}`), jsonType, "If-Match: 1").is(t, 200, "")
		stranger.call("GET", anna.mailbox()+"/messages/"+message, nil).is(t, 404, "")
		annas := "ownerOrActor=" + s.anna.UUID.String()

		one := func(c caller, query string) map[string]any {
			t.Helper()
			all := c.call("GET", "/events/?"+query, nil).list(t, "events")
			if len(all) != 1 {
				t.Fatalf("%s: %d events: %v", query, len(all), all)
			}
			return all[0]
		}
		flag := one(anna, "eventTag=FLAG_CHANGED")
		meta, properties := flag["metaProperties"].(map[string]any), flag["eventProperties"].(map[string]any)
		if flag["actor"] != "Bent Prøvesen" || flag["actorType"] != "PERSON" || flag["actorIdentityId"] != bent.UUID.String() || flag["owner"] != s.anna.Name || flag["channel"] != "app" ||
			meta["label"] != "Tilbud om plads" || meta["messageId"] != message || properties["privilege"] != "reader" || properties["onBehalf"] != "true" {
			t.Error(flag)
		}
		if mine := one(helper, "eventTag=FLAG_CHANGED&"+annas); mine["actorType"] != "YOU" || mine["id"] != flag["id"] {
			t.Error(mine)
		}
		for query, want := range map[string]int{"eventTag=FLAG_CHANGED&messageId=" + message: 1, "actor=" + bent.UUID.String() + "&eventTag=FLAG_CHANGED": 1,
			"ownerOrActor=" + bent.UUID.String() + "&eventTag=FLAG_CHANGED": 1, "actor=" + carl.UUID.String(): 0, "channel=mit": 0, "dateTo=2020-01-01": 0,
			"dateFrom=" + s.Clock.Now().Format(time.DateOnly) + "&eventTag=FLAG_CHANGED": 1, "dateTo=" + s.Clock.Now().Format(time.DateOnly) + "&eventTag=FLAG_CHANGED": 1} {
			if got := anna.call("GET", "/events/?"+query, nil).list(t, "events"); len(got) != want {
				t.Errorf("%s: %v", query, got)
			}
		}
		// Who was refused is not named, and only the owner is told.
		if refused := one(anna, "eventTag=ACCESS_REFUSED"); refused["actor"] != nil || refused["actorIdentityId"] != nil || refused["actorType"] != "STRANGER" {
			t.Error(refused)
		}
		for _, hidden := range []string{"ACCESS_REFUSED", "LOG_IN", "TOKEN_ISSUED", "CPR_LOOKED_UP"} {
			if got := helper.call("GET", "/events/?"+annas+"&eventTag="+hidden, nil).list(t, "events"); len(got) != 0 {
				t.Errorf("a helper is told of %s: %v", hidden, got)
			}
		}
		// A stranger is told of their own mailbox, in which anna did nothing.
		stranger.mailbox()
		if got := stranger.call("GET", "/events/?"+annas, nil).list(t, "events"); len(got) != 0 {
			t.Error("a stranger is told of", got)
		}
		stranger.call("GET", "/events/?messageId="+message, nil).is(t, 404, "not.found")

		// Pages, by number and by next.
		whole := anna.call("GET", "/events/?size=500", nil).object(t)
		all := whole["events"].([]any)
		if len(all) < 4 || whole["totalElements"] != float64(len(all)) || whole["next"] != nil {
			t.Errorf("%d of %v", len(all), whole["totalElements"])
		}
		query := "size=2"
		for i := 0; i < len(all); i += 2 {
			byNumber := anna.call("GET", fmt.Sprintf("/events/?size=2&page=%d", i/2), nil).list(t, "events")
			page := anna.call("GET", "/events/?"+query, nil).object(t)
			shown := page["events"].([]any)
			if shown[0].(map[string]any)["id"] != all[i].(map[string]any)["id"] || byNumber[0]["id"] != all[i].(map[string]any)["id"] || page["currentPage"] != float64(i/2) {
				t.Fatalf("page %d: %v", i/2, page)
			}
			next, more := page["next"].(string)
			if more != (i+2 < len(all)) {
				t.Fatalf("page %d: next is %q", i/2, next)
			}
			query = "size=2&next=" + next
		}
		for _, wrong := range []string{"eventTag=NOTHING", "dateFrom=x", "ownerOrActor=1", "actor=1", "messageId=1", "channel=fax", "next=1", "next=x.y", "size=0", "page=-1", "page=100000&size=500"} {
			anna.call("GET", "/events/?"+wrong, nil).is(t, 400, "")
		}
	})
}
