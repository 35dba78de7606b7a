// Package sample writes the letters that an inbox is shown with: invented, but
// such as public authorities write, with documents that are worth opening. The
// same day and recipient give the same bytes.
//
// The package is pure. It delivers nothing; who takes its letters sends them like
// anybody's. Its senders are authorities of the cast in package population.
package sample

import (
	"fmt"
	"time"

	"digitalpost/internal/post"
	"digitalpost/memo"
)

// Letter is a letter to one person or company.
type Letter struct {
	SenderName  string // the authority's name
	SenderLabel string // what the recipient sees; often the same
	Title       string
	Reply       bool
	ReplyBy     time.Time     // the zero time for no deadline
	DaysAgo     int           // how old it is to look
	Read        bool          // whether it is to look opened
	Summons     bool          // a court summons
	Actions     []memo.Action // of the main document
	Documents   []Document    // the main document first
}

// Kinds of Document.
const (
	Main       = "main"
	Additional = "additional"
)

// Document is one document of a letter.
type Document struct {
	Kind      string
	Label     string // "Takster 2027"
	Filename  string
	MediaType string // application/pdf, text/html, text/plain, image/png
	Content   []byte
}

// Recipient is whom the letters are to, as it stands in the address window.
type Recipient struct {
	Name   string
	Street string // with the house number
	Town   string // with the post code
}

// desk is where letters are written: on a day, to somebody.
type desk struct {
	today time.Time // midnight UTC of the Danish date
	to    Recipient
}

// Letters are all letters, newest first. They suit a parent of a small child who
// has moved into a house with a car.
func Letters(today time.Time, to Recipient) []Letter {
	d := desk{post.Today(today), to}
	return []Letter{
		d.nursery(), d.tax(), d.hospital(), d.passport(), d.agreement(), d.housing(), d.inspection(), d.summons(), d.transport(), d.library(), d.water(), d.confirmation(),
		d.carport(),
	}
}

// Everyday are those letters that any adult could have.
func Everyday(today time.Time, to Recipient) []Letter {
	d := desk{post.Today(today), to}
	return []Letter{d.tax(), d.passport(), d.library()}
}

// on is the day that lies so many days ahead, or the first working day after it.
func (d desk) on(days int) time.Time {
	day := d.today.AddDate(0, 0, days)
	for holiday(day) {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

// holiday tells whether offices are closed. Easter and what goes with it is not
// looked up.
func holiday(day time.Time) bool {
	_, month, date := day.Date()
	switch {
	case day.Weekday() == time.Saturday, day.Weekday() == time.Sunday:
		return true
	case month == time.December && (date >= 24 && date <= 26 || date == 31), month == time.January && date == 1:
		return true
	}
	return false
}

// ago is the date of a letter that is so many days old.
func (d desk) ago(days int) time.Time { return d.today.AddDate(0, 0, -days) }

// at is a moment of a day in Danish time.
func at(day time.Time, hour, minute int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, post.Denmark)
}

// file is the number of a case of this year.
func (d desk) file(number string) string { return fmt.Sprintf("%d-%s", d.today.Year(), number) }
