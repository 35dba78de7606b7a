package citizen_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/appointment"
	"digitalpost/internal/post"
	"digitalpost/internal/rights"
)

// apply sends the form of appointed access: fields, and files by their kind.
func (s *stack) apply(who *http.Cookie, fields, files map[string]string) answer {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			s.t.Fatal(err)
		}
	}
	for kind, content := range files {
		part, err := form.CreateFormFile("fil-"+kind, "bevis.pdf")
		if err != nil {
			s.t.Fatal(err)
		}
		if _, err := part.Write([]byte(content)); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		s.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, base+"/udpeget/ny", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.AddCookie(who)
	w := httptest.NewRecorder()
	s.pages.ServeHTTP(w, r)
	return answer{w.Code, w.Result().Header, w.Body.String()}
}

// Who is appointed applies with documents, sees how it stands, and switches to the
// mailbox when it is approved (ORG-04, ORG-05). Mistakes come back with what was
// typed, never with a CPR number.
func TestAppointedPages(t *testing.T) {
	s := newStack(t)
	lawyer, firm := s.Person("Lone", 50, nil), s.Company("Bageriet ApS")
	s.Deliver(s.authority, firm, nil)
	who := s.login(lawyer)
	s.get(who, "/adgang").has(t, "/udpeget")
	s.get(who, "/udpeget").has(t, "Du har ingen ansøgninger", "/udpeget/ny")
	s.get(who, "/udpeget/ny").has(t, "Likvidator", "Kurator", "Bobestyrer", "Arving med skiftefuldmagt", "Tidligere ejer")
	s.get(who, "/udpeget/ny?videre=1").has(t, "Vælg, hvad du er udpeget som") // went on without a choice
	s.get(who, "/udpeget/ny?som=arving").has(t, "Skifteretsattest", "Skiftefuldmagter fra alle arvinger", `name="cpr"`)

	bad := s.apply(who, map[string]string{"som": "bobestyrer", "fornavn": "Aksel", "cpr": "0101304321"}, map[string]string{"PROBATE_CERTIFICATE": "MZ"})
	if bad.status != http.StatusUnprocessableEntity {
		t.Error(bad.status)
	}
	bad.has(t, `value="Aksel"`, "Filen kan ikke bruges")
	bad.lacks(t, "0101304321")
	pdf := "%PDF-1.7\n%%EOF\n"
	made := s.apply(who, map[string]string{"som": "likvidator", "cvr": s.Number(firm), "begrundelse": "Udpeget"}, map[string]string{"LIQUIDATOR_CERTIFICATE": pdf})
	if made.status != http.StatusSeeOther {
		t.Fatal(made.status, made.text)
	}
	s.get(who, "/udpeget").has(t, "Bageriet ApS", "Mangler afgørelse", "Træk ansøgningen tilbage")

	clerk := s.Person("Sara", 40, nil)
	s.Member(s.Operator, clerk, nil)
	s.Give(rights.Right{Holder: clerk.ID, Organisation: s.Operator.ID, Relation: access.SystemManager})
	manager := post.Actor{Party: clerk.ID, Organisation: s.Operator.ID, Platform: post.PlatformStaff, Assurance: post.AssuranceSubstantial}
	open, err := s.Appointments.All(t.Context(), manager, appointment.Submitted)
	if err != nil || len(open) != 1 {
		t.Fatal(open, err)
	}
	file := "/udpeget/" + open[0].ID.String() + "/dokument/0"
	if got := s.get(who, file); got.text != pdf || got.header.Get("Content-Disposition") == "" {
		t.Error(got.status, got.header)
	}
	stranger := s.login(s.Person("Gry", 30, nil))
	if got := s.get(stranger, file); got.status != http.StatusNotFound && got.status != http.StatusForbidden {
		t.Error("a stranger reads a document", got.status)
	}
	if got := s.post(stranger, "/udpeget/"+open[0].ID.String()+"/fortryd", url.Values{"version": {"1"}}); got.status != http.StatusNotFound {
		t.Error("a stranger takes it back", got.status)
	}
	if _, err := s.Appointments.Decide(t.Context(), manager, open[0].ID, 0, appointment.Decision{Approve: true, Reason: "Beviset er i orden"}); err != nil {
		t.Fatal(err)
	}
	s.get(who, "/udpeget").has(t, "Godkendt", "Beviset er i orden")
	s.get(who, "/post").has(t, "Bageriet ApS") // to switch to
	// What another program has begun is seen too, and can be taken back.
	number, _ := post.ParseCVR(s.Number(firm)) //nolint:errcheck // the world's
	begun, err := s.Appointments.Begin(t.Context(), post.Actor{Party: lawyer.ID, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial},
		appointment.Wanted{Relation: access.Curator, CVR: number}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.get(who, "/udpeget").has(t, "Ikke sendt", "i et andet program")
	s.post(who, "/udpeget/"+begun.ID.String()+"/fortryd", url.Values{"version": {"1"}})
	s.get(who, "/udpeget").lacks(t, "Ikke sendt")
}
