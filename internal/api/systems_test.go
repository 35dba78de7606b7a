package api_test

import (
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/testkit"
)

// Issue 3, section 2: a system that fails is shown to its owner, and to nobody
// else.
func TestSystemsAreShownToTheirOwner(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		court := s.Authority("Retten i Prøvekøbing")
		first, second := s.Recipient(court), s.Sender(court)
		path := "/organisations/" + court.UUID.String() + "/systems/"
		id, letter := s.Letter(s.town, court, nil)
		s.system(s.sender).send(id, letter).is(t, 201, "")
		for range 100 {
			s.Clock.Advance(15 * time.Minute)
			s.Work()
		}

		list := s.system(second).call("GET", path, nil)
		list.is(t, 200, "")
		all := list.list(t, "systems")
		if len(all) != 2 || all[0]["id"] != first.UUID.String() || all[1]["id"] != second.UUID.String() {
			t.Fatalf("%s", list.body)
		}
		health := func(system map[string]any, part string) map[string]any {
			return system["health"].(map[string]any)[part].(map[string]any)
		}
		failures := all[0]["health"].(map[string]any)["failures"].([]any)
		// The letter, and the message that it has waited for a day.
		if health(all[0], "letters")["waiting"] != 2.0 || len(failures) != 1 || failures[0].(map[string]any)["reason"] != "system.does.not.fetch" ||
			failures[0].(map[string]any)["told"] == nil {
			t.Errorf("%s", list.body)
		}
		if kinds := all[0]["systemTypes"].([]any); len(kinds) != 2 || kinds[1] != "RECIPIENT_DEFAULT" {
			t.Errorf("%v", kinds)
		}

		s.system(first).call("GET", "/memos/"+id.String(), nil).is(t, 200, "")
		one := s.system(first).call("GET", path+first.UUID.String(), nil)
		one.is(t, 200, "")
		if h := one.object(t)["health"].(map[string]any); len(h["failures"].([]any)) != 0 || h["unreceipted"] != 1.0 {
			t.Errorf("%s", one.body)
		}

		stranger := s.system(s.sender)
		stranger.call("GET", path, nil).is(t, 404, "not.found")
		stranger.call("GET", path+first.UUID.String(), nil).is(t, 404, "not.found")
		own := "/organisations/" + s.town.UUID.String() + "/systems/"
		stranger.call("GET", own+first.UUID.String(), nil).is(t, 404, "not.found")
		stranger.call("GET", own+s.sender.UUID.String(), nil).is(t, 200, "")
	})
}
