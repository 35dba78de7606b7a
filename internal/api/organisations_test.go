package api_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"

	"digitalpost/internal/api"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/testkit"
)

// logo is a small one.
var logo = func() []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		panic(err)
	}
	return b.Bytes()
}()

// structure gives the town a group with two points, of which one is not shown, and
// returns the group and the one that is.
func (s *stack) structure() (group, point post.UUID) {
	s.T.Helper()
	group, point, hidden := post.NewUUID(), post.NewUUID(), post.NewUUID()
	lines := []string{
		fmt.Sprintf(`{"type":"contactGroup","id":%q,"organisation":%q,"name":"Borger","description":"For borgere","targets":["CITIZEN"]}`, group, s.Number(s.town)),
		fmt.Sprintf(`{"type":"contactPoint","id":%q,"organisation":%q,"group":%q,"name":"Byggesag","targets":["CITIZEN"],"memoSizeThresholdMB":60,`+
			`"contactPointCodes":[{"type":"KLE","code":"02.34.00"}],"recommendedAttributes":[{"name":"Adresse","required":true}],"searchTerms":[{"term":"carport"}]}`, point, s.Number(s.town), group),
		fmt.Sprintf(`{"type":"contactPoint","id":%q,"organisation":%q,"name":"Svar","visible":false}`, hidden, s.Number(s.town)),
	}
	if _, err := s.Registry.Import(s.T.Context(), post.NewUUID().String(), strings.NewReader(strings.Join(lines, "\n"))); err != nil {
		s.T.Fatal(err)
	}
	return group, point
}

// MBX-03: a client finds the authority, and what there is to choose in it.
func TestOrganisations(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		group, point := s.structure()
		company := s.Company("Holm ApS")
		anna := s.person(s.anna)
		count := func(path, list string, want int) []map[string]any {
			t.Helper()
			a := anna.call("GET", path, nil)
			a.is(t, 200, "")
			all := a.list(t, list)
			if len(all) != want || a.object(t)["totalElements"] != float64(want) {
				t.Errorf("%s: %s", path, a.body)
			}
			return all
		}
		town := "/organisations/" + s.town.UUID.String()
		for query, want := range map[string]int{
			"": 2, "?name=proevek": 1, "?name=KOMMUNE": 1, "?name=holm": 0, "?searchTerm=carp": 1, "?name=carp": 0, "?type=COMPANY": 0,
			"?cvrNumber=" + s.Number(s.town): 1, "?cvrNumber=" + s.Number(company): 1, "?type=AUTHORITY&cvrNumber=" + s.Number(company): 0,
		} {
			count("/organisations/"+query, "organisations", want)
		}
		anna.call("GET", "/organisations/?cvrNumber=1", nil).is(t, 400, api.CodeParameter)
		o := anna.call("GET", town, nil).object(t)
		if o["type"] != "AUTHORITY" || o["authorityType"] != "MUNICIPALITY" || o["logoAvailable"] != false || o["cvrNumber"] != s.Number(s.town) {
			t.Errorf("%v", o)
		}
		anna.call("GET", "/organisations/"+s.anna.UUID.String(), nil).is(t, 404, "party.unknown") // a person is none
		anna.call("GET", town+"/logo", nil).is(t, 404, "logo.not.found")
		s.Update(func(tx *db.Tx) error {
			if err := s.Registry.SetLogo(tx, s.town.ID, []byte("<svg>")); errs.CodeOf(err) != "logo.not.valid" {
				t.Error(err)
			}
			return s.Registry.SetLogo(tx, s.town.ID, logo)
		})
		if a := anna.call("GET", town+"/logo", nil); a.status != 200 || !bytes.Equal(a.body, logo) || a.header.Get("Content-Type") != "image/png" {
			t.Errorf("%d %v", a.status, a.header)
		}

		for _, path := range []string{town + "/contact-groups/", "/contact-groups/?name=bor"} {
			g := count(path, "contactGroups", 1)[0]
			if g["id"] != group.String() || g["organisation"].(map[string]any)["name"] != s.town.Name || fmt.Sprint(g["targets"]) != "[CITIZEN]" {
				t.Errorf("%v", g)
			}
		}
		count("/contact-groups/?name=virk", "contactGroups", 0)
		for _, path := range []string{town + "/contact-points/", "/contact-points/?searchTerm=carport", "/contact-points/?searchTermOrName=bygge", "/contact-points/?contactGroupId=" + group.String()} {
			p := count(path, "contactPoints", 1)[0]
			if p["id"] != point.String() || p["memoSizeThresholdMB"] != 60.0 || p["allowedNumberOfAttachments"] != 10.0 || p["organisationId"] != s.town.UUID.String() ||
				p["recommendedAttributes"].([]any)[0].(map[string]any)["required"] != true {
				t.Errorf("%v", p)
			}
		}
		for _, query := range []string{"?isRoot=true", "?searchTerm=bygge", "?searchTermOrName=svar", "?page=1"} {
			if all := anna.call("GET", town+"/contact-points/"+query, nil).list(t, "contactPoints"); len(all) != 0 {
				t.Errorf("%s: %v", query, all)
			}
		}
		operator := "/organisations/" + s.Operator.UUID.String()
		anna.call("GET", operator+"/contact-points/"+point.String(), nil).is(t, 404, "not.found")
		anna.call("GET", operator+"/contact-groups/"+group.String(), nil).is(t, 404, "not.found")
		count(operator+"/contact-points/", "contactPoints", 0)
	})
}
