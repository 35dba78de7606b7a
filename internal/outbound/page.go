package outbound

import (
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Limits of paging.
const (
	DefaultPageSize = 20
	MaxPageSize     = 1000
	// maxOffset bounds how deep a page may lie: a system that has a million
	// receipts waiting empties its list from the front.
	maxOffset = 1_000_000
	// countedExactly bounds the counting of what waits.
	countedExactly = 10_000
)

// Page is one page of a list, in the order of arrival. It has what the API's
// PagingResultUUID and ReceiptSearchResult need.
type Page[T any] struct {
	Content []T
	Number  int // from 0
	Size    int // the size asked for; Content may be shorter
	// Total is the number of all elements. It is exact up to 10,000. Where more
	// wait it is at least 10,000 and at least enough to tell whether a next page
	// exists, so that nobody's million rows are counted at each call.
	Total int
}

// Pages is the number of pages of Total elements.
func (p Page[T]) Pages() int { return (p.Total + p.Size - 1) / p.Size }

// HasNext tells whether a further page exists.
func (p Page[T]) HasNext() bool { return (p.Number+1)*p.Size < p.Total }

func checkPage(number, size int) error {
	switch {
	case size < 1 || size > MaxPageSize:
		return errs.Invalid("page.size.not.valid", "size", "a page has 1 to %d elements", MaxPageSize)
	case number < 0 || number > maxOffset/size:
		return errs.Invalid("page.number.not.valid", "page", "pages start at 0 and end %d elements into the list", maxOffset)
	}
	return nil
}

// page reads one page of a system's list. columns are what scan reads, table has
// the key (system, id).
func page[T any](tx *db.Tx, table, columns string, system post.SystemID, number, size int, scan func(*db.Rows) (T, error)) (Page[T], error) {
	p := Page[T]{Number: number, Size: size}
	if err := checkPage(number, size); err != nil {
		return p, err
	}
	rows, err := tx.Query("SELECT "+columns+" FROM "+table+" WHERE system = $1 ORDER BY id LIMIT $2 OFFSET $3", system, size, number*size)
	if p.Content, err = db.Collect(rows, err, scan); err != nil {
		return p, err
	}
	// The page itself tells the total when it is the last one.
	if n := len(p.Content); n < size && (n > 0 || number == 0) {
		p.Total = number*size + n
		return p, nil
	}
	limit := max(countedExactly, (number+1)*size+1)
	// In the order of the key: PostgreSQL would else look at all rows first.
	err = tx.QueryRow("SELECT COUNT(*) FROM (SELECT 1 FROM "+table+" WHERE system = $1 ORDER BY id LIMIT $2) AS waiting", system, limit).Scan(&p.Total)
	return p, err
}

func scanUUID(rows *db.Rows) (post.UUID, error) {
	var id post.UUID
	err := rows.Scan(&id)
	return id, err
}
