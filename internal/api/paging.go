package api

import (
	"slices"
	"strconv"
	"strings"
)

// searchResult is what the API's search results have in common.
type searchResult struct {
	CurrentPage    int `json:"currentPage"` // from 0
	TotalPages     int `json:"totalPages"`
	ElementsOnPage int `json:"elementsOnPage"`
	TotalElements  int `json:"totalElements" doc:"Of a search that finds more than 1000, as far as it was counted."`
	// Next is the parameter next of the following page. It reads on where this
	// page ended, also when something has come or gone meanwhile.
	Next string `json:"next,omitempty"`
}

func pages(total, size int) int { return (total + size - 1) / size }

// wholePage is a page of a list that is read whole: its number, and the id of what it
// begins with where the page before has told it.
type wholePage struct {
	number, size int
	begins       string
}

// whole are the parameters of a list that is read whole.
func whole(standard, most int) []parameter { return append(paged(standard, most), next) }

// wholePage reads the parameters of whole.
func (c *call) wholePage() (p wholePage, err error) {
	if p.number, p.size, err = c.paging(); err != nil {
		return p, err
	}
	if text := c.query().Get("next"); text != "" {
		number, begins, _ := strings.Cut(text, ".")
		if p.number, err = strconv.Atoi(number); err != nil || p.number < 0 || p.number > 1<<30 {
			return p, badRequest(CodeParameter, "next", "the parameter is next of an answer")
		}
		p.begins = begins
	}
	return p, nil
}

// cutPage is one page of a list that was read whole. It begins with what the page before
// named, wherever that has come to lie; by its number where that is gone.
func cutPage[T any](all []T, p wholePage, id func(T) string) ([]T, searchResult) {
	from := -1
	if p.begins != "" {
		from = slices.IndexFunc(all, func(one T) bool { return id(one) == p.begins })
	}
	if from < 0 {
		from = min(p.number*p.size, len(all))
	}
	to := min(from+p.size, len(all))
	result := searchResult{CurrentPage: p.number, TotalPages: pages(len(all), p.size), ElementsOnPage: to - from, TotalElements: len(all)}
	if to < len(all) {
		result.Next = strconv.Itoa(p.number+1) + "." + id(all[to])
	}
	return all[from:to], result
}
