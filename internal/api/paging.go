package api

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

// cutPage is one page of a list that was read whole.
func cutPage[T any](all []T, page, size int) ([]T, searchResult) {
	from := min(page*size, len(all))
	part := all[from:min(from+size, len(all))]
	return part, searchResult{CurrentPage: page, TotalPages: pages(len(all), size), ElementsOnPage: len(part), TotalElements: len(all)}
}
