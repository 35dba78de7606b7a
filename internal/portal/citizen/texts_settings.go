package citizen

import "digitalpost/internal/web"

// settingsTexts are the words of the settings and of the list of keys.
var settingsTexts = web.Texts{
	"settings.lead":        {"Valgene gælder i denne browser.", "The choices apply in this browser."},
	"settings.kept":        {"Dine valg er gemt.", "Your choices are saved."},
	"settings.theme":       {"Farver", "Colours"},
	"settings.theme.auto":  {"Som enheden", "As on the device"},
	"settings.theme.light": {"Lyse", "Light"},
	"settings.theme.dark":  {"Mørke", "Dark"},
	"settings.text":        {"Tekst", "Text"},
	"settings.text.normal": {"Almindelig", "Normal"},
	"settings.text.large":  {"Stor", "Large"},
	"settings.text.larger": {"Meget stor", "Very large"},
	"settings.language":    {"Sprog", "Language"},
	"settings.pane":        {"Vis brev ved siden af listen", "Show the letter beside the list"},
	"settings.pane.about":  {"På en bred skærm. Ellers åbner brevet på en side for sig.", "On a wide screen. Otherwise the letter opens on a page of its own."},
	"settings.keys":        {"Brug enkelte taster", "Use single keys"},
	"settings.keys.about":  {"Fx j for næste besked og r for Besvar. Lad være, hvis du styrer computeren med stemmen.", "For example j for the next message and r for Reply. Leave it off if you control the computer by voice."},

	"keys.h":         {"Taster", "Keys"},
	"keys.on":        {"Tasterne virker, når du ikke skriver i et felt.", "The keys work when you are not typing in a field."},
	"keys.off":       {"Tasterne er slået fra. Slå dem til under Indstillinger.", "The keys are off. Switch them on under Settings."},
	"keys.key":       {"Tast", "Key"},
	"keys.does":      {"Det sker", "What happens"},
	"keys.or":        {"eller", "or"},
	"keys.move":      {"Næste eller forrige besked i listen", "Next or previous message in the list"},
	"keys.open":      {"Åbn beskeden", "Open the message"},
	"keys.tick":      {"Vælg beskeden, eller alle til og med den", "Select the message, or all up to it"},
	"keys.file":      {"Flyt til en mappe", "Move to a folder"},
	"keys.inbox":     {"Gå til Indbakke", "Go to the inbox"},
	"keys.deadlines": {"Gå til Frister", "Go to deadlines"},
	"keys.important": {"Gå til Vigtige", "Go to important messages"},
	"keys.close":     {"Luk det, der er åbent, eller fravælg alle", "Close what is open, or clear the selection"},
	"keys.list":      {"Vis denne liste", "Show this list"},
}
