package staff

import "digitalpost/internal/web"

// extractTexts are the words about data extracts (ORG-06).
var extractTexts = web.Texts{
	"extract.lead":            {"Virksomheder beder om al deres post i filer, for eksempel ved en fusion. Se på dokumenterne, og afgør med en begrundelse.", "Companies ask for all their mail in files, for example before a merger. Look at the documents and decide with a reason."},
	"extract.view.SUBMITTED":  {"Mangler afgørelse", "Need a decision"},
	"extract.view.APPROVED":   {"Godkendte", "Approved"},
	"extract.view.FETCHED":    {"Afsluttede", "Ended"},
	"extract.none":            {"Der er ingen anmodninger her.", "There are no requests here."},
	"extract.decide":          {"Afgør anmodningen", "Decide on the request"},
	"extract.decide.p":        {"Godkender du, kan den, der bad om det, hente al virksomhedens post én gang inden for syv dage.", "If you approve, the one who asked can fetch all of the company's mail once within seven days."},
	"extract.approve":         {"Godkend dataudtrækket", "Approve the data extract"},
	"extract.done.APPROVED":   {"Dataudtrækket for %s er godkendt", "The data extract for %s is approved"},
	"extract.done.REJECTED":   {"Dataudtrækket for %s er afvist", "The data extract for %s is declined"},
	"extract.state.SUBMITTED": {"Mangler afgørelse", "Needs a decision"},
	"extract.state.APPROVED":  {"Godkendt, bliver gjort klar", "Approved, being made"},
	"extract.state.READY":     {"Klar til at hente", "Ready to fetch"},
	"extract.state.FETCHED":   {"Hentet", "Fetched"},
	"extract.state.EXPIRED":   {"Udløbet", "Expired"},
	"extract.state.REJECTED":  {"Afvist", "Declined"},
	"extract.state.WITHDRAWN": {"Trukket tilbage", "Withdrawn"},
}
