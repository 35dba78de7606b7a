package staff

import "digitalpost/internal/web"

// requestTexts are the words about all that the agency decides on.
var requestTexts = web.Texts{
	"request.views":       {"Vis", "Show"},
	"request.by":          {"%s, %s", "%s, %s"},
	"request.see":         {"Se", "View"},
	"request.applicant":   {"Ansøger", "Applicant"},
	"request.made":        {"Sendt", "Sent"},
	"request.text":        {"Bemærkning", "Comment"},
	"request.reason":      {"Begrundelse", "Reason"},
	"request.documents":   {"Dokumenter", "Documents"},
	"request.why":         {"Begrundelse", "Reason"},
	"request.why.hint":    {"Ansøgeren får begrundelsen at læse.", "The applicant reads the reason."},
	"request.why.missing": {"Skriv en begrundelse", "Write a reason"},
	"request.reject":      {"Afvis", "Decline"},
}

// appointTexts are the words about appointed access ("udpeget adgang", ORG-04, ORG-05).
var appointTexts = web.Texts{
	"appoint.lead":                            {"Likvidatorer, kuratorer, bobestyrere, arvinger og tidligere ejere søger om læseadgang. Se på dokumenterne, og afgør med en begrundelse.", "Liquidators, curators, estate administrators, heirs and former owners apply for read access. Look at the documents and decide with a reason."},
	"appoint.view.SUBMITTED":                  {"Mangler afgørelse", "Need a decision"},
	"appoint.view.APPROVED":                   {"Godkendte", "Approved"},
	"appoint.view.REJECTED":                   {"Afviste", "Declined"},
	"appoint.view.ENDED":                      {"Ophørte", "Ended"},
	"appoint.none":                            {"Der er ingen ansøgninger her.", "There are no applications here."},
	"appoint.until":                           {"Gælder til og med", "Holds until the end of"},
	"appoint.forever":                         {"Til den bliver fjernet", "Until it is removed"},
	"appoint.decide":                          {"Afgør ansøgningen", "Decide on the application"},
	"appoint.day":                             {"Sidste dag (valgfrit)", "Last day (optional)"},
	"appoint.day.hint":                        {"Uden en dato gælder adgangen, til den bliver fjernet.", "Without a date the access holds until it is removed."},
	"appoint.day.past":                        {"Vælg en dato, der ikke er gået", "Choose a date that has not passed"},
	"appoint.approve":                         {"Godkend og giv læseadgang", "Approve and give read access"},
	"appoint.end.h":                           {"Fjern adgangen", "Remove the access"},
	"appoint.end":                             {"Fjern adgangen nu", "Remove the access now"},
	"appoint.done.APPROVED":                   {"%s har nu adgang", "%s now has access"},
	"appoint.done.REJECTED":                   {"Ansøgningen fra %s er afvist", "The application from %s is declined"},
	"appoint.done.ENDED":                      {"%s har ikke længere adgang", "%s no longer has access"},
	"appoint.as.liquidator":                   {"Likvidator", "Liquidator"},
	"appoint.as.curator":                      {"Kurator", "Curator"},
	"appoint.as.owner.former":                 {"Tidligere ejer", "Former owner"},
	"appoint.as.estate.administrator":         {"Bobestyrer", "Estate administrator"},
	"appoint.as.heir":                         {"Arving med skiftefuldmagt", "Heir with powers from all heirs"},
	"appoint.state.SUBMITTED":                 {"Mangler afgørelse", "Needs a decision"},
	"appoint.state.APPROVED":                  {"Godkendt", "Approved"},
	"appoint.state.REJECTED":                  {"Afvist", "Declined"},
	"appoint.state.WITHDRAWN":                 {"Trukket tilbage", "Withdrawn"},
	"appoint.state.ENDED":                     {"Ophørt", "Ended"},
	"appoint.document.LIQUIDATOR_CERTIFICATE": {"Bevis for, at ansøgeren er likvidator", "Proof that the applicant is the liquidator"},
	"appoint.document.CURATOR_CERTIFICATE":    {"Kuratorbevis", "Curator's certificate"},
	"appoint.document.PROBATE_CERTIFICATE":    {"Skifteretsattest", "Probate certificate"},
	"appoint.document.POWER_OF_ATTORNEY":      {"Skiftefuldmagter fra alle arvinger", "Powers from all heirs"},
	"appoint.document.CVR_EXTRACT":            {"Udskrift fra CVR, der viser ejeren", "Extract from the CVR that shows the owner"},
	"appoint.document.OTHER":                  {"Andet dokument", "Another document"},
}
