package citizen

import "digitalpost/internal/web"

// foldersTexts are the words of folders (ux guide, section 10).
var foldersTexts = web.Texts{
	"folders.nav":              {"Faste mapper", "Fixed folders"},
	"folders.own":              {"Dine egne mapper", "Your own folders"},
	"folders.none":             {"Du har ingen mapper endnu", "You have no folders yet"},
	"folders.none.p":           {"Opret en mappe, når du vil samle post om det samme, for eksempel Bolig eller Børn.", "Create a folder when you want to keep mail about the same thing together, such as Home or Children."},
	"folder.new":               {"Ny mappe", "New folder"},
	"folder.sub":               {"Ny undermappe", "New subfolder"},
	"folder.create":            {"Opret mappe", "Create folder"},
	"folder.created":           {"Mappen %s er oprettet.", "The folder %s was created."},
	"folder.name":              {"Navn på mappen", "Name of the folder"},
	"folder.place":             {"Ligger i", "Lies in"},
	"folder.top":               {"Ingen anden mappe", "No other folder"},
	"folder.rename.ask":        {"Omdøb mappen %s", "Rename the folder %s"},
	"folder.renamed":           {"Mappen hedder nu %s.", "The folder is now called %s."},
	"folder.move.ask":          {"Flyt mappen %s", "Move the folder %s"},
	"folder.moved":             {"Mappen %s er flyttet.", "The folder %s was moved."},
	"folder.delete.ask":        {"Vil du slette mappen %s?", "Delete the folder %s?"},
	"folder.delete.text.one":   {"Dens %s besked flyttes til Slettet post, og du kan flytte den tilbage.", "Its %s message moves to Deleted, and you can move it back."},
	"folder.delete.text.many":  {"Dens %s beskeder flyttes til Slettet post, og du kan flytte dem tilbage.", "Its %s messages move to Deleted, and you can move them back."},
	"folder.delete.empty":      {"Mappen er tom.", "The folder is empty."},
	"folder.delete.inner.one":  {"Den har %s undermappe, som også bliver slettet.", "It has %s subfolder, which is deleted too."},
	"folder.delete.inner.many": {"Den har %s undermapper, som også bliver slettet.", "It has %s subfolders, which are deleted too."},
	"folder.delete":            {"Slet mappe", "Delete folder"},
	"folder.keep":              {"Behold mappen", "Keep folder"},
	"folder.deleted.said":      {"Mappen %s er slettet. Dens beskeder ligger i Slettet post.", "The folder %s was deleted. Its messages are in Deleted."},
	"folder.drafts.count":      {"i alt", "in all"},
	"folder.ahead":             {"forude", "ahead"},
	"folder.problem.name":      {"Skriv et navn på højst %d tegn", "Write a name of at most %d characters"},
	"folder.problem.taken":     {"Du har allerede en mappe med det navn her. Vælg et andet navn.", "You already have a folder of that name here. Choose another name."},
	"folder.problem.place":     {"Mappen kan ikke ligge der. En mappe kan ikke ligge i sig selv, og mapper kan ligge højst %d lag dybt.", "The folder cannot lie there. A folder cannot lie in itself, and folders can lie at most %d levels deep."},
	"folder.problem.many":      {"Du har %d mapper, og der er ikke plads til flere. Slet en, du ikke bruger.", "You have %d folders, and there is no room for more. Delete one you do not use."},
	"rename":                   {"Omdøb", "Rename"},
	"back.plain":               {"Tilbage", "Back"},
}
