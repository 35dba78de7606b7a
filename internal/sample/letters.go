package sample

import (
	"time"

	"github.com/google/uuid"

	"digitalpost/memo"
)

// The authorities that write. Colours are dark enough to be read on white.
var (
	alhavn = sender{"Ålhavn Kommune", "ÅK", [3]int{15, 92, 96}, "Strandvænget 4", "9999 Ålhavn", "aalhavn.example.dk",
		"Åbent mandag-onsdag kl. 9-15, torsdag kl. 9-17 og fredag kl. 9-13"}
	skat = sender{"Skattestyrelsen", "SK", [3]int{26, 61, 110}, "Skattegade 5", "9999 Ålhavn", "skat.example.dk",
		"Åbent mandag-torsdag kl. 9-16 og fredag kl. 9-14"}
	hospital = sender{"Fjordbyens Hospital", "FH", [3]int{0, 98, 139}, "Hospitalsvej 1", "9999 Ålhavn", "fjordbyens-hospital.example.dk",
		"En del af Region Østkyst"}
	region = sender{"Region Østkyst", "RØ", [3]int{0, 98, 139}, "Regionsgården 1", "9999 Ålhavn", "ostkyst.example.dk",
		"Åbent mandag-fredag kl. 9-14"}
	udbetaling = sender{"Udbetaling Danmark", "UD", [3]int{122, 45, 82}, "Pensionsgade 8", "9999 Ålhavn", "udbetaling.example.dk",
		"Åbent mandag-torsdag kl. 8-16 og fredag kl. 8-15"}
	faerdsel = sender{"Færdselsstyrelsen", "FS", [3]int{138, 74, 16}, "Synsvej 2", "9999 Ålhavn", "faerdsel.example.dk",
		"Åbent mandag-torsdag kl. 9-15 og fredag kl. 9-14"}
	court = sender{"Retten i Ålhavn", "RÅ", [3]int{78, 56, 96}, "Tinghusvej 1", "9999 Ålhavn", "domstol.example.dk",
		"Åbent mandag-fredag kl. 8.30-15"}
	vand = sender{"Ålhavn Vand og Forsyning", "ÅV", [3]int{20, 96, 150}, "Vandværksvej 20", "9999 Ålhavn", "aalhavn-vand.example.dk",
		"Åbent mandag-torsdag kl. 9-14. Driftsvagten er åben hele døgnet"}
)

// enclose makes a PDF document of a sheet. The label names the file.
func enclose(kind, label string, s sheet) Document {
	return Document{Kind: kind, Label: label, Filename: filename(label, "pdf"), MediaType: "application/pdf", Content: s.pdf()}
}

// idSpace is the name space of reservation ids.
var idSpace = uuid.MustParse("6b1f7c52-1b0a-4d1e-8f0e-9d0a6a0e5c77")

// reservationID is an id made of a name, in the form of a random one, the only
// form that MeMo allows.
func reservationID(name string) uuid.UUID {
	id := uuid.NewSHA1(idSpace, []byte(name))
	id[6] = id[6]&0x0f | 0x40
	return id
}

func appointment(label, description, abstract, location, organizer string, start time.Time, length time.Duration) memo.Action {
	return memo.Action{Label: label, ActionCode: memo.Aftale, StartDateTime: start, EndDateTime: start.Add(length), Reservation: &memo.Reservation{
		Description: description, Abstract: abstract, Location: location, StartDateTime: start, EndDateTime: start.Add(length), OrganizerName: organizer,
		ReservationUUID: reservationID(organizer + start.Format(time.RFC3339)),
	}}
}

// link is an action that leads to a page, until the end of a day or for good.
func link(code memo.ActionCode, label, url string, until time.Time) memo.Action {
	a := memo.Action{Label: label, ActionCode: code, EntryPoint: &memo.EntryPoint{URL: url}}
	if !until.IsZero() {
		a.EndDateTime = at(until, 23, 59)
	}
	return a
}
