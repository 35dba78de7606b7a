package citizen

import "digitalpost/internal/web"

// virkTexts are the words of the companies' portal where they are others than the
// citizens'.
var virkTexts = web.Texts{
	"virk.start.h":    {"Post til virksomheder og foreninger", "Mail for companies and associations"},
	"virk.start.lead": {"Læs breve fra kommunen, regionen og staten til din virksomhed eller forening. De ligger samlet ét sted.", "Read letters from municipalities, regions and the state to your company or association. They are all in one place."},
	"virk.start.who":  {"Brug MitID Erhverv. Tegner du virksomheden eller foreningen alene, kan du også bruge dit private MitID.", "Use MitID Erhverv. If you sign for the company or association alone, you can also use your private MitID."},
	"virk.staff.h":    {"Er du medarbejder?", "Are you an employee?"},
	"virk.staff.p":    {"Virksomhedens rettighedsadministrator giver dig adgang til posten. Den virker med det samme.", "The company's rights administrator gives you access to the mail. It works at once."},
	"virk.new.h":      {"Ny virksomhed?", "A new company?"},
	"virk.new.p":      {"Myndigheder kan skrive til jer, 12 dage efter at virksomheden blev registreret, eller når I har logget ind første gang.", "Authorities can write to you 12 days after the company was registered, or once you have logged in for the first time."},

	"virk.none.h":             {"Du har ikke adgang til nogen postkasse", "You do not have access to any mailbox"},
	"virk.none.employee":      {"Du er logget ind for %s. Bed virksomhedens rettighedsadministrator om adgang til posten. Det kan du gøre i Rettighedsportalen. Adgangen virker, så snart den er givet.", "You are logged in for %s. Ask the company's rights administrator for access to the mail. You can do that in the rights portal. The access works as soon as it is given."},
	"virk.none.private":       {"Du er logget ind med dit private MitID, og du tegner ikke nogen virksomhed eller forening alene. Er du medarbejder, så log ud, og log ind med MitID Erhverv.", "You are logged in with your private MitID, and you do not sign for any company or association alone. If you are an employee, log out and log in with MitID Erhverv."},
	"virk.none.administrator": {"Du er rettighedsadministrator. Vil du selv læse posten, så giv dig selv læseadgang i Rettighedsportalen. Den virker med det samme.", "You are rights administrator. If you want to read the mail yourself, give yourself read access in the rights portal. It works at once."},
	"virk.rights":             {"Rettighedsportalen", "The rights portal"},
	"virk.rights.go":          {"Gå til Rettighedsportalen", "Go to the rights portal"},
	"virk.rights.ask":         {"Bed om adgang i Rettighedsportalen", "Ask for access in the rights portal"},
	"virk.none.again":         {"Prøv igen", "Try again"},
}
