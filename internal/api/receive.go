package api

import (
	"encoding/json"
	"net/http"
	"slices"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
)

// listMemos lists the letters that wait for a system, oldest first; the API's
// parameter sort changes nothing about that.
func (c *call) listMemos() error {
	return c.listIDs(c.api.Outbound.Memos)
}

// pagingResultUUID is the API's PagingResultUUID.
type pagingResultUUID struct {
	Content       []post.UUID      `json:"content"`
	Number        int              `json:"number"`
	Size          int              `json:"size"`
	Previous      *pagingArguments `json:"previous,omitempty"`
	Next          *pagingArguments `json:"next,omitempty"`
	TotalElements int              `json:"totalElements"`
	TotalPages    int              `json:"totalPages"`
}

// pagingArguments is the API's PagingArguments.
type pagingArguments struct {
	Page int `json:"page"`
	Size int `json:"size"`
}

func (c *call) listIDs(list func(tx *db.Tx, system post.SystemID, number, size int) (outbound.Page[post.UUID], error)) error {
	number, size, err := c.paging()
	if err != nil {
		return err
	}
	var p outbound.Page[post.UUID]
	err = c.api.DB.Read(c.r.Context(), func(tx *db.Tx) (err error) {
		p, err = list(tx, c.system.ID, number, size)
		return err
	})
	if err != nil {
		return err
	}
	result := pagingResultUUID{Content: p.Content, Number: p.Number, Size: p.Size, TotalElements: p.Total, TotalPages: p.Pages()}
	if p.Content == nil {
		result.Content = []post.UUID{}
	}
	if p.Number > 0 {
		result.Previous = &pagingArguments{p.Number - 1, p.Size}
	}
	if p.HasNext() {
		result.Next = &pagingArguments{p.Number + 1, p.Size}
	}
	c.json(http.StatusOK, result)
	return nil
}

// fetchMemo writes a letter as MeMo, in the version that the system wants.
func (c *call) fetchMemo() error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", typeXML)
	if c.head() {
		return c.api.DB.Read(c.r.Context(), func(tx *db.Tx) error {
			_, err := c.api.Outbound.Memo(tx, c.system.ID, id)
			return err
		})
	}
	w := &begun{steady: newSteady(c.w)}
	err = c.api.Outbound.FetchMemo(c.r.Context(), w, c.system, id)
	if err != nil && w.bytes > 0 {
		c.api.log.Warn("a letter broke off on its way to a recipient system", "id", id, "error", err)
		panic(http.ErrAbortHandler) // the caller must not take a part for the whole
	}
	return err
}

// begun knows whether an answer has begun.
type begun struct {
	steady
	bytes int64
}

func (b *begun) Write(p []byte) (int, error) {
	n, err := b.steady.Write(p)
	b.bytes += int64(n)
	return n, err
}

// deleteMemo takes a letter off a recipient system's list, or recalls a letter of
// a sender's that still waits for its date (facts 2.8).
func (c *call) deleteMemo() error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	err = errs.NotFound(outbound.CodeMemoUnknown)
	if c.system.Receives {
		err = c.api.DB.Update(c.r.Context(), func(tx *db.Tx) error { return c.api.Outbound.DeleteMemo(tx, c.system, id) })
	}
	if c.system.Sends && errs.KindOf(err) == errs.KindNotFound {
		err = c.api.Intake.Recall(c.r.Context(), c.system, id)
	}
	return c.noContent(err)
}

func (c *call) noContent(err error) error {
	if err == nil {
		c.w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// createReceipt takes a recipient system's business receipt for a letter.
func (c *call) createReceipt() error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	var r outbound.Receipt
	if err := c.readJSON(&r); err != nil {
		return err
	}
	err = c.api.DB.Update(c.r.Context(), func(tx *db.Tx) error { return c.api.Outbound.BusinessReceipt(tx, c.system, id, r) })
	if err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusOK)
	return nil
}

// listReceipts lists the ids of the business receipts that wait for a system.
func (c *call) listReceipts() error {
	return c.listIDs(c.api.Outbound.Receipts)
}

// fetchReceipt shows a business receipt and deletes it, unless the caller says
// delete=false (facts 3.4). It is deleted after its text has left and before the
// answer is complete, so that neither a broken connection loses it nor a
// complete answer is followed by it again.
func (c *call) fetchReceipt() error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	remove, err := c.flag("delete", true)
	if err != nil {
		return err
	}
	var r outbound.Receipt
	err = c.api.DB.Read(c.r.Context(), func(tx *db.Tx) (err error) {
		r, err = c.api.Outbound.Receipt(tx, c.system.ID, id)
		return err
	})
	if err != nil {
		return err
	}
	if !remove || c.head() {
		c.json(http.StatusOK, r)
		return nil
	}
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "application/json")
	if _, err := c.w.Write(body); err != nil {
		panic(http.ErrAbortHandler) // the caller has left, and the receipt stays
	}
	if err := http.NewResponseController(c.w).Flush(); err != nil {
		panic(http.ErrAbortHandler)
	}
	err = c.api.DB.Update(c.r.Context(), func(tx *db.Tx) error { return c.api.Outbound.DeleteReceipt(tx, c.system.ID, id) })
	if err != nil && errs.KindOf(err) != errs.KindNotFound { // another call may have taken it
		c.api.log.Warn("a receipt could not be removed after it was shown", "id", id, "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

func (c *call) deleteReceipt() error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	return c.noContent(c.api.DB.Update(c.r.Context(), func(tx *db.Tx) error { return c.api.Outbound.DeleteReceipt(tx, c.system.ID, id) }))
}

// receiptSearchResult is the API's ReceiptSearchResult.
type receiptSearchResult struct {
	CurrentPage    int                    `json:"currentPage"`
	TotalPages     int                    `json:"totalPages"`
	ElementsOnPage int                    `json:"elementsOnPage"`
	TotalElements  int                    `json:"totalElements"`
	Receipts       []outbound.BulkReceipt `json:"receipts"`
}

// bulkReceipts shows many business receipts at once, oldest first. They stay
// until they are deleted one by one. The API lists no parameters here, so a page
// is as large as it can be; page and size are read where they are given.
func (c *call) bulkReceipts() error {
	number, size, err := c.paging()
	if err != nil {
		return err
	}
	var p outbound.Page[outbound.Receipt]
	err = c.api.DB.Read(c.r.Context(), func(tx *db.Tx) (err error) {
		p, err = c.api.Outbound.ReceiptsInBulk(tx, c.system.ID, number, size)
		return err
	})
	if err != nil {
		return err
	}
	result := receiptSearchResult{CurrentPage: p.Number, TotalPages: p.Pages(), ElementsOnPage: len(p.Content), TotalElements: p.Total,
		Receipts: slices.Grow([]outbound.BulkReceipt{}, len(p.Content))}
	for _, r := range p.Content {
		result.Receipts = append(result.Receipts, outbound.BulkReceipt(r))
	}
	c.json(http.StatusOK, result)
	return nil
}
