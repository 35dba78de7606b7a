// Package population makes a synthetic nation: persons, organisations and
// authorities with their contact structure, one registry.Record in a line. The
// same options give the same bytes.
//
// No number in it is anybody's. A CPR number has a valid date other than 1
// January and a serial that fails modulus 11, and no such number was ever given
// to a person; a CVR number fits modulus 11 and lies above all that have been
// given out. Names of municipalities, regions and agencies are the real ones,
// names and homes of persons are put together by chance.
//
// The package is pure: it reads no clock and no file.
package population

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"time"

	"digitalpost/internal/registry"
)

// Options choose a nation.
type Options struct {
	Persons       int
	Organisations int // companies and associations, beside the authorities
	Seed          uint64
	// Employees is how many work in the one large company, and Units how many
	// companies the one concern has; 0 is none of them. Their people are the nation's
	// first adults.
	Employees, Units int
}

// Reference is the day on which the nation is seen: ages are of this day, and
// nobody is born or has died after it. It is a constant so that a nation stays
// the same whenever it is made.
var Reference = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// The parts of a nation draw from streams of their own, so that the persons are
// the same however many organisations there are.
const (
	organisationStream = 1
	personStream       = 2
	memberStream       = 3
)

func (o Options) stream(part uint64) *rand.Rand { return rand.New(rand.NewPCG(o.Seed, part)) }

// Generate writes a nation to w as the lines that registry.Import reads:
// authorities, each with its contact groups and points, then organisations, then
// persons, each with what they are in organisations. The cast is not among them;
// WriteCast writes it.
func Generate(w io.Writer, o Options) error {
	out := newWriter(w)
	for _, a := range nationalAuthorities() {
		a.write(out)
	}
	work := newLabour(o)
	for record := range organisations(o) {
		out.line(record)
		work.open(record)
	}
	for _, record := range append(concern(o.Units), largeCompany(o.Employees)...) {
		out.line(record)
	}
	for person := range persons(o) {
		out.line(person)
		for _, member := range work.of(person) {
			out.line(member)
		}
	}
	if err := out.flush(); err != nil {
		return fmt.Errorf("write population: %w", err)
	}
	return nil
}

// CPRs yields the CPR numbers of those persons of a nation who can receive
// letters: alive, old enough and registered.
func CPRs(o Options) iter.Seq[string] {
	return func(yield func(string) bool) {
		for p := range persons(o) {
			if receives(p) && !yield(p.CPR) {
				return
			}
		}
	}
}

func receives(p registry.Record) bool {
	alive := p.Status == registry.Alive || p.Status == registry.Emigrated
	return alive && (p.RegistrationStatus == registry.Automatic || p.RegistrationStatus == registry.Voluntary)
}

// writer writes lines and keeps the first error for the end.
type writer struct {
	buffer *bufio.Writer
	json   *json.Encoder
	err    error
}

func newWriter(w io.Writer) *writer {
	buffer := bufio.NewWriterSize(w, 64<<10)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	return &writer{buffer: buffer, json: encoder}
}

func (w *writer) line(record any) {
	if w.err == nil {
		w.err = w.json.Encode(record)
	}
}

func (w *writer) flush() error {
	if w.err != nil {
		return w.err
	}
	return w.buffer.Flush()
}
