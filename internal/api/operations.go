package api

import (
	"context"
	"net/http"

	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
)

// operationCommand is something to do to many messages at once. The API has no
// such thing; names are as in MessagePatchCommand.
type operationCommand struct {
	Messages []pickedCommand `json:"messages" doc:"Up to 1000 messages, which are dealt with before the answer. Either this or inFolderId."`
	// InFolderID is not called folderId, which is where to move to.
	InFolderID     post.UUID `json:"inFolderId" doc:"All messages of this folder. Where that is much it goes on after the answer: fetch the operation to see how far it is."`
	UntilMessageID post.UUID `json:"untilMessageId" doc:"With inFolderId: the newest message that the person had seen; later ones are left alone."`

	Read     *bool      `json:"read"`
	Flag     *bool      `json:"flag"`
	FolderID *post.UUID `json:"folderId" doc:"Move there."`
	Delete   bool       `json:"delete" doc:"Move to the trash."`
	Restore  bool       `json:"restore" doc:"Out of the trash, to where it came from."`
	Destroy  bool       `json:"destroy" doc:"Out of the trash, for good. It cannot be undone."`
}

type pickedCommand struct {
	ID      post.UUID `json:"id" required:""`
	Version int64     `json:"version" doc:"The version that was read; one that is not the newest is left alone. Without it any does."`
}

// operationJSON is an operation on many messages.
type operationJSON struct {
	ID               post.UUID    `json:"id"`
	Total            int64        `json:"total" doc:"How many messages it is about."`
	Done             int64        `json:"done"`
	Skipped          int64        `json:"skipped" doc:"Of those done, the ones that were gone or changed, or may not be changed so."`
	FinishedDateTime moment       `json:"finishedDateTime,omitempty" doc:"Left out while it goes on."`
	Undoable         bool         `json:"undoable" doc:"It can be undone, for a day."`
	Messages         []resultJSON `json:"messages,omitempty" doc:"What became of each message that was named, in order; only in the answer to the request itself."`
}

type resultJSON struct {
	ID      post.UUID     `json:"id"`
	Version int64         `json:"version,omitempty" doc:"The new version, where it was done."`
	Error   *errorMessage `json:"error,omitempty"`
}

func operationPath(box, id post.UUID) string {
	return Base + "/mailboxes/" + box.String() + "/operations/" + id.String()
}

// showOperation writes an operation: 202 while it goes on.
func (c *call) showOperation(box post.UUID, op mailbox.Operation) {
	out := operationJSON{ID: op.ID, Total: op.Total, Done: op.Done, Skipped: op.Skipped, FinishedDateTime: momentOf(op.Finished), Undoable: op.Undoable}
	for _, r := range op.Results {
		one := resultJSON{ID: r.Message, Version: r.Version}
		if r.Err != nil {
			code := errs.CodeOf(r.Err)
			one = resultJSON{ID: r.Message, Error: &errorMessage{Code: code, Message: http.StatusText(statuses[errs.KindOf(r.Err)]), FieldErrors: []fieldErrorResource{}}}
		}
		out.Messages = append(out.Messages, one)
	}
	status := http.StatusOK
	if op.Finished.IsZero() && c.route.changes() {
		status = http.StatusAccepted
	}
	if c.route.changes() {
		c.w.Header().Set("Location", operationPath(box, op.ID))
	}
	c.json(status, out)
}

func (c *call) createOperation() error {
	box, err := c.id("mailboxId")
	if err != nil {
		return err
	}
	var o operationCommand
	if err := c.readJSON(&o); err != nil {
		return err
	}
	s, t, err := o.read()
	if err != nil {
		return err
	}
	op, err := c.api.Mailboxes.Apply(c.r.Context(), c.actor, box, s, t)
	if err != nil {
		return err
	}
	c.showOperation(box, op)
	return nil
}

// read tells what an operation is about and what it does.
func (o operationCommand) read() (mailbox.Selection, mailbox.Task, error) {
	s := mailbox.Selection{Folder: o.InFolderID, Until: o.UntilMessageID}
	t := mailbox.Task{Read: o.Read, Flag: o.Flag, Folder: o.FolderID, Delete: o.Delete, Restore: o.Restore, Destroy: o.Destroy}
	for _, m := range o.Messages {
		s.Messages = append(s.Messages, mailbox.Picked(m))
	}
	places := 0
	for _, given := range []bool{o.FolderID != nil, o.Delete, o.Restore, o.Destroy} {
		if given {
			places++
		}
	}
	switch {
	case (len(o.Messages) > 0) == (o.InFolderID != post.UUID{}):
		return s, t, errs.Invalid(CodeOperation, "messages", "an operation is about messages or about what is in a folder: one of the two")
	case places > 1:
		return s, t, errs.Invalid(CodeOperation, "folderId", "a message goes to one place: folderId, delete, restore or destroy")
	case places == 0 && o.Read == nil && o.Flag == nil:
		return s, t, errs.Invalid(CodeOperation, "", "nothing is to be done")
	}
	return s, t, nil
}

func (c *call) fetchOperation() error { return c.anOperation(c.api.Mailboxes.Operation) }

func (c *call) undoOperation() error { return c.anOperation(c.api.Mailboxes.Undo) }

func (c *call) anOperation(do func(ctx context.Context, actor post.Actor, mailbox, id post.UUID) (mailbox.Operation, error)) error {
	box, err := c.id("mailboxId")
	if err != nil {
		return err
	}
	id, err := c.id("operationId")
	if err != nil {
		return err
	}
	op, err := do(c.r.Context(), c.actor, box, id)
	if err != nil {
		return err
	}
	c.showOperation(box, op)
	return nil
}
