package citizen

import "digitalpost/internal/web"

// extractTexts are the words about data extracts (ORG-06).
var extractTexts = web.Texts{
	"extract.lead":         {"Få al virksomhedens post i filer, for eksempel ved en fusion. Du sender dokumenter med, og Digital Post afgør, om du kan få udtrækket.", "Get all of the company's mail in files, for example before a merger. You send documents, and Digital Post decides whether you can have the extract."},
	"extract.what":         {"Kladder og privat post er ikke med. Det, der ligger i Slettet post, er med.", "Drafts and private mail are not included. What is in Deleted is included."},
	"extract.new":          {"Bed om et dataudtræk", "Ask for a data extract"},
	"extract.none":         {"Der er ikke bedt om noget dataudtræk.", "No data extract has been asked for."},
	"extract.by":           {"Bedt om af %s", "Asked for by %s"},
	"extract.sent":         {"Sendt %s", "Sent %s"},
	"extract.reason":       {"Begrundelse: %s", "Reason: %s"},
	"extract.until":        {"Hver del kan hentes én gang. Det, der ikke er hentet, bliver slettet %s.", "Each part can be fetched once. What is not fetched is deleted %s."},
	"extract.another":      {"Kun den, der bad om det, kan hente det.", "Only the one who asked can fetch it."},
	"extract.part":         {"Del %s af %s", "Part %s of %s"},
	"extract.letters.one":  {"%s brev", "%s letter"},
	"extract.letters.many": {"%s breve", "%s letters"},
	"extract.part.gone":    {"Hentet, og slettet her", "Fetched, and deleted here"},
	"extract.part.begun":   {"Hentningen er begyndt. Blev den afbrudt, så fortsæt i browserens liste over hentede filer, eller hent filen igen her. Det kan gøres i en time efter afbrydelsen.", "The download has begun. If it broke off, go on in the browser's list of downloads, or fetch the file again here. That can be done for an hour after it broke off."},
	"extract.fetch":        {"Hent", "Fetch"},
	"extract.withdraw":     {"Træk anmodningen tilbage", "Withdraw the request"},
	"extract.withdrawn":    {"Anmodningen er trukket tilbage", "The request is withdrawn"},
	"extract.made":         {"Din anmodning om et dataudtræk er sendt", "Your request for a data extract is sent"},
	"extract.about":        {"Udtrækket er af post for %s.", "The extract is of mail for %s."},
	"extract.why":          {"Hvad skal udtrækket bruges til?", "What is the extract for?"},
	"extract.why.missing":  {"Skriv, hvad udtrækket skal bruges til", "Write what the extract is for"},
	"extract.there":        {"Der er allerede en åben anmodning for virksomheden. Den skal afsluttes eller trækkes tilbage først.", "There is already an open request for the company. It must be ended or withdrawn first."},
	"extract.file":         {"Dokumenter", "Documents"},
	"extract.file.hint":    {"For eksempel fusionsplanen. PDF, JPG eller PNG på højst 10 MB hver, op til 10.", "For example the merger plan. PDF, JPG or PNG of at most 10 MB each, up to 10."},
	"extract.file.missing": {"Vedhæft mindst ét dokument", "Attach at least one document"},
	"extract.send":         {"Send anmodningen", "Send the request"},

	"extract.state.SUBMITTED": {"Mangler afgørelse", "Needs a decision"},
	"extract.state.APPROVED":  {"Godkendt, bliver gjort klar", "Approved, being made"},
	"extract.state.READY":     {"Klar til at hente", "Ready to fetch"},
	"extract.state.FETCHED":   {"Hentet", "Fetched"},
	"extract.state.EXPIRED":   {"Udløbet", "Expired"},
	"extract.state.REJECTED":  {"Afvist", "Declined"},
	"extract.state.WITHDRAWN": {"Trukket tilbage", "Withdrawn"},
}
