package company

import (
	"fmt"
	"html"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/intake"
	"digitalpost/internal/post"
)

// Names of the rights, in Danish and English.
var Names = map[access.Relation][2]string{
	access.EmployeeBasic:    {"Læseadgang", "Read access"},
	access.EmployeeAdvanced: {"Udvidet læseadgang", "Advanced read access"},
	access.EmployeeWrite:    {"Læse- og skriveadgang", "Read and write access"},
	access.Administrator:    {"Rettighedsadministrator", "Rights administrator"},
}

func (r Request) names(language int) string {
	var all []string
	for _, relation := range r.Relations {
		all = append(all, strings.ToLower(Names[relation][language]))
	}
	return html.EscapeString(strings.Join(all, ", "))
}

// announceRequest tells the unit that somebody asks.
func (s *side) announceRequest(r Request) error {
	until, untilEN := "", ""
	if day := r.LastDay(); !day.IsZero() {
		until, untilEN = " til og med den "+post.DateText(day, false), " until the end of "+post.DateText(day, true)
	}
	from := intake.Strong(r.Employee.Name) + " (" + html.EscapeString(r.Employer.Name) + ")"
	short := intake.Short(r.Employee.Name)
	return s.letters.Write(s.tx, intake.Bilingual{
		Title: short + " beder om adgang til virksomhedens post", Text: []string{
			fmt.Sprintf("%s beder om: %s%s.", from, r.names(0), until),
			"Der sker kun noget, hvis en rettighedsadministrator godkender. Det gøres i Rettighedsportalen under »Anmodninger«."},
		TitleEnglish: short + " asks for access to the company's mail", TextEnglish: []string{
			fmt.Sprintf("%s asks for: %s%s.", from, r.names(1), untilEN),
			"Nothing happens unless a rights administrator approves. That is done in the rights portal under “Requests”."}}, r.Unit.ID)
}

// announceAnswer tells the employee what came of it.
func (s *side) announceAnswer(r Request) error {
	unit, short := intake.Strong(r.Unit.Name), intake.Short(r.Unit.Name)
	l := intake.Bilingual{
		Title: "Din anmodning til " + short + " er godkendt", Text: []string{
			fmt.Sprintf("Din anmodning om adgang til posten hos %s er godkendt: %s. Log ind med MitID Erhverv for at læse den.", unit, r.names(0))},
		TitleEnglish: "Your request to " + short + " has been approved", TextEnglish: []string{
			fmt.Sprintf("Your request for access to the mail of %s has been approved: %s. Log in with MitID Erhverv to read it.", unit, r.names(1))}}
	if r.State == Rejected {
		l = intake.Bilingual{
			Title: "Din anmodning til " + short + " er afvist", Text: []string{
				fmt.Sprintf("Din anmodning om adgang til posten hos %s er afvist.", unit)},
			TitleEnglish: "Your request to " + short + " has been declined", TextEnglish: []string{
				fmt.Sprintf("Your request for access to the mail of %s has been declined.", unit)}}
	}
	if r.Reply != "" {
		l.Text = append(l.Text, "Begrundelse: "+html.EscapeString(r.Reply))
		l.TextEnglish = append(l.TextEnglish, "Reason: "+html.EscapeString(r.Reply))
	}
	return s.letters.Write(s.tx, l, r.Employee.Person)
}
