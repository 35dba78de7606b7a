package login

import (
	"embed"
	"html/template"
	"log/slog"
	"net/http"

	"digitalpost/internal/errs"
)

//go:embed *.html
var files embed.FS

var (
	loggedOut = template.Must(template.ParseFS(files, "loggedout.html"))
	failed    = template.Must(template.ParseFS(files, "failed.html"))
)

// failure is what a person reads who was not let in.
type failure struct {
	Status         int
	Title, Text    string
	Titled, InText string // the same in English
}

// failures has a page for each code a log-in fails with.
var failures = map[string]failure{
	ErrStale.Code: {http.StatusBadRequest,
		"Log ind igen", "Dit log-in blev ikke gjort færdigt i tide, eller det begyndte i et andet vindue. Prøv igen.",
		"Log in again", "Your log-in was not completed in time, or it began in another window. Try again."},
	ErrDeclined.Code: {http.StatusForbidden,
		"Du er ikke logget ind", "Du afbrød log-in. Du kan prøve igen, når du vil.",
		"You are not logged in", "You cancelled the log-in. You can try again whenever you like."},
	ErrRefused.Code: {http.StatusForbidden,
		"Vi kunne ikke logge dig ind", "Vi kunne ikke bruge svaret fra MitID. Dine breve er i god behold. Prøv igen.",
		"We could not log you in", "We could not use the answer from MitID. Your letters are safe. Try again."},
	ErrLevel.Code: {http.StatusForbidden,
		"Dit log-in er ikke sikkert nok", "Digital Post kræver sikkerhedsniveau Betydelig. Log ind med MitID-app, kodeviser eller chip.",
		"Your log-in is not secure enough", "Digital Post requires the assurance level Substantial. Log in with the MitID app, code display or chip."},
	ErrUnknown.Code: {http.StatusForbidden,
		"Vi kan ikke finde dig", "Dit CPR-nummer står ikke i vores register. Er du lige flyttet til Danmark, kan der gå nogle dage. Borgerservice i din kommune kan hjælpe dig.",
		"We cannot find you", "Your CPR number is not in our register. If you have just moved to Denmark it may take some days. Citizen Service in your municipality can help you."},
	ErrPrivate.Code: {http.StatusForbidden,
		"Log ind med dit private MitID", "Her læser du din egen post, og du loggede ind som medarbejder. Prøv igen, og vælg dit private MitID. Virksomheders post læser du på Virk.",
		"Log in with your private MitID", "This is where you read your own mail, and you logged in as an employee. Try again and choose your private MitID. Companies' mail is read at Virk."},
	ErrProfessional.Code: {http.StatusForbidden,
		"Log ind med MitID Erhverv", "Her arbejder medarbejdere i kommuner og styrelser, og du loggede ind som privatperson. Prøv igen, og vælg din identitet som medarbejder.",
		"Log in with MitID Erhverv", "This is for employees of municipalities and agencies, and you logged in as a private person. Try again and choose your identity as an employee."},
	ErrCompany.Code: {http.StatusForbidden,
		"Vi kan ikke finde virksomheden", "Virksomhedens CVR-nummer står ikke i vores register. Er den lige oprettet, kan der gå nogle dage.",
		"We cannot find the company", "The company's CVR number is not in our register. If it has just been set up, it may take some days."},
	ErrClosed.Code: {http.StatusForbidden,
		"Virksomheden er ophørt", "Alle adgange sluttede, da virksomheden ophørte. Posten bliver gemt i 10 år. Kurator, likvidator, bobestyrer og den tidligere ejer kan søge om læseadgang. Log ind med dit private MitID for at søge.",
		"The company has ceased", "All access ended when the company ceased. Its mail is kept for 10 years. A trustee in bankruptcy, a liquidator, an estate administrator and the former owner can apply for read access. Log in with your private MitID to apply."},
	ErrEmployee.Code: {http.StatusForbidden,
		"Du står ikke som medarbejder", "Virksomheden har ikke registreret dig som medarbejder, eller din ansættelse er slut. Spørg virksomhedens administrator af MitID Erhverv. Er det din egen virksomhed, så prøv med dit private MitID.",
		"You are not registered as an employee", "The company has not registered you as an employee, or your employment has ended. Ask the company's administrator of MitID Erhverv. If the company is your own, try your private MitID."},
	ErrProvider.Code: {http.StatusServiceUnavailable,
		"MitID svarer ikke lige nu", "Dine breve er i god behold. Prøv igen om lidt.",
		"MitID does not answer right now", "Your letters are safe. Try again in a moment."},
}

// failedPage is a failure at a portal.
type failedPage struct {
	failure
	AtWork bool // only employees log in here
}

func (p *Portal) atWork() bool { return p.Takes == Professional }

func (p *Portal) loggedOut(pages Pages, w http.ResponseWriter, r *http.Request) error {
	return pages.Show(w, r, http.StatusOK, "Du er logget ud", loggedOut, struct{ AtWork bool }{p.atWork()})
}

// Pages is the site around what a person sees (package web).
type Pages interface {
	// Handle serves a handler; its error becomes a page.
	Handle(fn func(http.ResponseWriter, *http.Request) error) http.Handler
	// Show writes a page.
	Show(w http.ResponseWriter, r *http.Request, status int, title string, content *template.Template, data any) error
}

// Routes adds log-in and log-out to a portal's routes, which must stand inside
// its Browser.Load.
func (l *Login) Routes(mux *http.ServeMux, p *Portal, pages Pages) {
	handle := func(pattern string, fn func(*Portal, http.ResponseWriter, *http.Request) error) {
		mux.Handle(pattern, pages.Handle(func(w http.ResponseWriter, r *http.Request) error { return fn(p, w, r) }))
	}
	friendly := func(fn func(*Portal, http.ResponseWriter, *http.Request) error) func(*Portal, http.ResponseWriter, *http.Request) error {
		return func(p *Portal, w http.ResponseWriter, r *http.Request) error {
			err := fn(p, w, r)
			page, ok := failures[errs.CodeOf(err)]
			if !ok {
				return err
			}
			slog.InfoContext(r.Context(), "log-in failed", "error", err)
			return pages.Show(w, r, page.Status, page.Title, failed, failedPage{page, p.atWork()})
		}
	}
	handle("GET /log-ind", friendly(l.start))
	handle("GET /log-ind/svar", friendly(l.answer))
	handle("POST "+loggedOutPath, func(p *Portal, w http.ResponseWriter, r *http.Request) error { return l.end(p, pages, w, r) })
	handle("GET "+loggedOutPath, func(p *Portal, w http.ResponseWriter, r *http.Request) error { return p.loggedOut(pages, w, r) })
}
