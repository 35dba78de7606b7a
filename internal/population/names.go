package population

import (
	"math/rand/v2"
	"strings"
)

// pool holds names, the most frequent first; how often one is drawn falls with
// its place.
type pool []string

// cohort are the given names of those born from a year on.
type cohort struct {
	from   int
	female pool
	male   pool
}

var cohorts = [...]cohort{
	{from: 1900,
		female: words("Kirsten Inger Karen Birthe Else Ruth Grethe Ellen Jytte Lis Gerda Aase Bodil Edith Ingrid Tove"),
		male:   words("Jørgen Poul Svend Knud Børge Aage Kaj Erik Ejner Viggo Arne Holger Gunnar Egon Hans Villy")},
	{from: 1945,
		female: words("Anne Hanne Lene Susanne Marianne Birgitte Lone Bente Pia Charlotte Annette Helle Dorthe Jette Tina Ulla"),
		male:   words("Peter Jens Lars Michael Henrik Søren Niels Jan Per Torben Bent Ole Finn Flemming Steen Carsten")},
	{from: 1970,
		female: words("Mette Louise Maria Camilla Heidi Rikke Trine Stine Line Maja Signe Pernille Sanne Julie Gitte Åse"),
		male:   words("Thomas Martin Jesper Anders Rasmus Kasper Morten Christian Mads Jakob Mikkel Simon Allan René Claus Bjørn")},
	{from: 1995,
		female: words("Emma Ida Freja Alma Ella Sofie Clara Laura Nora Agnes Asta Karla Mathilde Anna Ellie Astrid"),
		male:   words("William Noah Oscar Lucas Malthe Emil Victor August Carl Alfred Oliver Aksel Magnus Frederik Elias Valdemar")},
}

// Families from elsewhere, who mostly came or were born after 1970.
var (
	newcomerFemale = words("Fatima Amina Aisha Zahra Leyla Maryam Olena Agnieszka Linh Samira Elif Monika Nadia Priya")
	newcomerMale   = words("Mohammad Ali Ahmed Hassan Omar Yusuf Ibrahim Piotr Andrei Mehmet Duc Samir Oleksandr Arjun")
	newcomerLast   = words("Nguyen Ahmed Hussain Yılmaz Kowalski Hassan Khan Ali Petrenko Öztürk Tran Popescu Jensen Abdi Sharma Kaya")
)

var (
	// patronymics are what most Danes are called, commonPatronymics of them often.
	patronymics = words(`Nielsen Jensen Hansen Andersen Pedersen Christensen Larsen Sørensen Rasmussen Jørgensen Petersen Madsen
		Kristensen Olsen Thomsen Christiansen Poulsen Johansen Knudsen Mortensen Jakobsen Jacobsen Mikkelsen Olesen Frederiksen
		Laursen Henriksen Eriksen Clausen Simonsen Svendsen Andreasen Iversen Jeppesen Mogensen Nissen Bertelsen Lauridsen
		Gregersen Steffensen`)
	otherLast = words(`Møller Lund Holm Schmidt Schultz Koch Bach Lind Kjær Friis Juhl Dam Vestergaard Nørgaard Kjeldsen Winther
		Østergaard Toft Bech Bruun Søndergaard Dahl Krogh Bang Skov Ravn Thorsen Hald Ørsted Brandt Bjerre Fisker Damgaard
		Overgaard Kirkegaard Højgaard Åkjær Ørbæk Bak Storm`)
)

func words(text string) pool { return strings.Fields(text) }

// pick draws a name: the first is drawn about five times as often as the last.
func (p pool) pick(r *rand.Rand) string {
	n := float64(len(p))
	u := r.Float64()
	return p[int(n*u*(0.35+0.65*u))]
}

func cohortOf(year int) cohort {
	found := cohorts[0]
	for _, c := range cohorts[1:] {
		if year >= c.from {
			found = c
		}
	}
	return found
}

// name draws a first name, with a second one for every fourth, and a last name,
// double for every fifth.
func name(r *rand.Rand, year int, s sex) (first, last string) {
	c := cohortOf(year)
	given := c.female
	if s == male {
		given = c.male
	}
	newcomer := r.Float64() < share(year >= 1970, 0.12, 0.03)
	if newcomer {
		given = newcomerFemale
		if s == male {
			given = newcomerMale
		}
		return given.pick(r), newcomerLast.pick(r)
	}
	first = given.pick(r)
	if second := given.pick(r); r.Float64() < 0.25 && second != first {
		first += " " + second
	}
	last = patronymics.pick(r)
	if r.Float64() < 0.35 {
		last = otherLast.pick(r)
	}
	if middle := otherLast.pick(r); r.Float64() < 0.2 && middle != last {
		last = middle + " " + last
	}
	return first, last
}

func share(condition bool, yes, no float64) float64 {
	if condition {
		return yes
	}
	return no
}
