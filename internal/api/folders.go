package api

import (
	"net/http"
	"slices"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
)

// folderJSON is the API's Folder.
type folderJSON struct {
	ID              post.UUID          `json:"id"`
	Version         int64              `json:"version"`
	CreatedDateTime moment             `json:"createdDateTime"`
	LastUpdated     moment             `json:"lastUpdated"`
	MailboxID       post.UUID          `json:"mailboxId"`
	ParentFolderID  post.UUID          `json:"parentFolderId,omitzero"`
	FolderType      mailbox.FolderType `json:"folderType"`
	Name            string             `json:"name"`
}

// folderNames are the names of the folders that every mailbox has. The API has
// one name for all languages; clients that speak others go by the type.
var folderNames = map[mailbox.FolderID]string{mailbox.Inbox: "Indbakke", mailbox.Drafts: "Kladder", mailbox.SentBox: "Sendt post", mailbox.Deleted: "Slettet post"}

func folderOf(box post.UUID, f mailbox.Folder) folderJSON {
	name := f.Name
	if name == "" {
		name = folderNames[f.ID]
	}
	return folderJSON{ID: f.UUID, Version: f.Version, CreatedDateTime: momentOf(f.Created), LastUpdated: momentOf(f.Updated),
		MailboxID: box, ParentFolderID: f.Parent, FolderType: f.Type, Name: name}
}

// folders are those of the mailbox in the path.
func (c *call) folders() (post.UUID, []mailbox.Folder, error) {
	box, err := c.id("mailboxId")
	if err != nil {
		return box, nil, err
	}
	all, err := c.api.Mailboxes.Folders(c.r.Context(), c.actor, box)
	return box, all, err
}

type folderSearchResult struct {
	searchResult
	Folders []folderJSON `json:"folders"`
}

// queryFolders lists folders, the four of every mailbox first. It sorts where
// asked; other parameters of searching are passed over.
func (c *call) queryFolders() error {
	page, err := c.wholePage()
	if err != nil {
		return err
	}
	box, all, err := c.folders()
	if err != nil {
		return err
	}
	shown := make([]folderJSON, len(all))
	for i, f := range all {
		shown[i] = folderOf(box, f)
	}
	if err := c.sortFolders(shown); err != nil {
		return err
	}
	part, counts := cutPage(shown, page, func(one folderJSON) string { return one.ID.String() })
	c.json(http.StatusOK, folderSearchResult{counts, part})
	return nil
}

func (c *call) sortFolders(all []folderJSON) error {
	orders, err := c.sortings()
	slices.SortStableFunc(all, func(a, b folderJSON) int {
		for _, o := range orders {
			var n int
			switch o.field {
			case "name":
				n = strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
			case "folderType":
				n = strings.Compare(string(a.FolderType), string(b.FolderType))
			default: // createdDateTime, lastUpdated
				n = strings.Compare(string(a.time(o.field)), string(b.time(o.field)))
			}
			if o.down {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
	return err
}

func (f folderJSON) time(field string) moment {
	if field == "lastUpdated" {
		return f.LastUpdated
	}
	return f.CreatedDateTime
}

func (c *call) fetchFolder() error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	box, all, err := c.folders()
	if err != nil {
		return err
	}
	for _, f := range all {
		if f.UUID == id {
			c.one(f.Version, folderOf(box, f))
			return nil
		}
	}
	return errs.NotFound(access.CodeNotFound)
}

type folderMessageSummaryResult struct {
	List []folderMessageSummary `json:"folderMessageSummaryList"`
}

type folderMessageSummary struct {
	Folder       folderJSON   `json:"folder"`
	MessageCount messageCount `json:"messageCount"`
}

// messageCount is the API's MessageCount.
type messageCount struct {
	Label  string `json:"label"`
	Unread int64  `json:"unreadMessages"`
	Total  int64  `json:"totalMessages"`
	Latest moment `json:"latestMessageFrom,omitempty"`
}

func (c *call) folderSummary() error {
	box, all, err := c.folders()
	if err != nil {
		return err
	}
	result := folderMessageSummaryResult{make([]folderMessageSummary, len(all))}
	for i, f := range all {
		shown := folderOf(box, f)
		result.List[i] = folderMessageSummary{shown, messageCount{Label: shown.Name, Unread: f.Unread, Total: f.Total}}
	}
	c.json(http.StatusOK, result)
	return nil
}

// folderCommand is the API's Folder, as far as a caller can say what one is.
type folderCommand struct {
	Name           string    `json:"name" required:"" doc:"At most 100 characters; two folders beside each other have different names."`
	ParentFolderID post.UUID `json:"parentFolderId" doc:"The folder that it lies in; none is the top."`
	FolderType     string    `json:"folderType" enum:"USER_DEFINED"`
}

// readFolder reads a folder that is to be as the caller says.
func (c *call) readFolder() (folderCommand, error) {
	var f folderCommand
	if err := c.readJSON(&f); err != nil {
		return f, err
	}
	if f.FolderType != "" && f.FolderType != "USER_DEFINED" {
		return f, errs.Invalid(CodeFieldFixed, "folderType", "a folder of one's own is USER_DEFINED")
	}
	return f, nil
}

func (c *call) createFolder() error {
	box, err := c.id("mailboxId")
	if err != nil {
		return err
	}
	f, err := c.readFolder()
	if err != nil {
		return err
	}
	made, err := c.api.Mailboxes.CreateFolder(c.r.Context(), c.actor, box, f.Name, f.ParentFolderID)
	if err != nil {
		return err
	}
	c.one(made.Version, folderOf(box, made))
	return nil
}

func (c *call) updateFolder() error {
	box, id, version, err := c.changing("id")
	if err != nil {
		return err
	}
	f, err := c.readFolder()
	if err != nil {
		return err
	}
	changed, err := c.api.Mailboxes.UpdateFolder(c.r.Context(), c.actor, box, id, version, mailbox.FolderChange{Name: &f.Name, Parent: &f.ParentFolderID})
	if err != nil {
		return err
	}
	c.one(changed.Version, folderOf(box, changed))
	return nil
}

// deleteFolder names the operation by which the folder's content goes to the
// trash, since the API's answer has no body.
func (c *call) deleteFolder() error {
	box, id, version, err := c.changing("id")
	if err != nil {
		return err
	}
	op, err := c.api.Mailboxes.DeleteFolder(c.r.Context(), c.actor, box, id, version)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", operationPath(box, op.ID))
	return c.noContent(nil)
}

// changing reads what a change of something in a mailbox begins with: its ids and
// the version that it is based on.
func (c *call) changing(name string) (box, id post.UUID, version int64, err error) {
	if box, err = c.id("mailboxId"); err != nil {
		return box, id, 0, err
	}
	if id, err = c.id(name); err != nil {
		return box, id, 0, err
	}
	version, err = c.ifMatch()
	return box, id, version, err
}
