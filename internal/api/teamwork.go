package api

import (
	"net/http"
	"strings"
	"time"

	"digitalpost/internal/post"
	"digitalpost/internal/rights"
	"digitalpost/internal/teamwork"
)

// How the employees of a company work with its letters together is ours: the API 1.68
// has nothing of it. The operations here are in its manner.

// colleagueJSON is somebody to whom letters can be assigned.
type colleagueJSON struct {
	ID         post.UUID `json:"id"`
	Name       string    `json:"name"`
	Number     string    `json:"employeeNumber,omitempty"`
	Department string    `json:"department,omitempty"`
}

type colleagueResult struct {
	Colleagues []colleagueJSON `json:"colleagues"`
}

// assignmentJSON is how a company works with a letter.
type assignmentJSON struct {
	Version          int64           `json:"version"`
	AssigneeID       post.UUID       `json:"assigneeId,omitzero"`
	Assignee         string          `json:"assigneeName,omitempty"`
	AccessLost       bool            `json:"accessLost" doc:"The one it was assigned to may not read it any more: it is assigned to nobody."`
	AssignedBy       string          `json:"assignedByName,omitempty" doc:"Left out where a rule did it."`
	AssignedDateTime *moment         `json:"assignedDateTime,omitempty"`
	Status           teamwork.Status `json:"status"`
	DueDate          string          `json:"dueDate,omitempty" format:"date" doc:"The company's own; it is among the mailbox's deadlines too."`
	Comments         int64           `json:"commentCount"`
	Opened           bool            `json:"opened" doc:"The caller has opened the letter."`
}

func assignmentOf(w teamwork.Work) assignmentJSON {
	out := assignmentJSON{Version: max(w.Version, 1), AssigneeID: w.Who, Assignee: w.Name, AccessLost: w.Lost, AssignedBy: w.AssignedBy, Status: w.Status, Comments: w.Comments, Opened: w.Opened}
	if w.Assignee.Person != 0 {
		at := momentOf(w.Assigned)
		out.AssignedDateTime = &at
	}
	if !w.Due.IsZero() {
		out.DueDate = post.Today(w.Due).Format(time.DateOnly)
	}
	return out
}

func (c *call) fetchAssignment() error {
	box, message, err := c.boxAnd("messageId")
	if err != nil {
		return err
	}
	l, err := c.api.Team.Letter(c.r.Context(), c.actor, box, message)
	if err != nil {
		return err
	}
	c.one(max(l.Version, 1), assignmentOf(l.Work))
	return nil
}

type assignmentCommand struct {
	AssigneeID *string          `json:"assigneeId" doc:"A colleague's id; an empty text is nobody."`
	Status     *teamwork.Status `json:"status"`
	DueDate    *string          `json:"dueDate" doc:"A date; an empty text removes it."`
}

func (c *call) updateAssignment() error {
	box, message, err := c.boxAnd("messageId")
	if err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	var command assignmentCommand
	if err := c.readJSON(&command); err != nil {
		return err
	}
	change := teamwork.Change{Status: command.Status}
	if command.DueDate != nil {
		change.Due = new(time.Time)
		if *command.DueDate != "" {
			if *change.Due, err = time.Parse(time.DateOnly, *command.DueDate); err != nil {
				return badRequest(CodeJSON, "dueDate", "the field is not a date")
			}
		}
	}
	if command.AssigneeID != nil {
		change.Assignee = new(rights.Holder)
		if *command.AssigneeID != "" {
			id, err := post.ParseUUID(*command.AssigneeID)
			if err != nil {
				return badRequest(CodeJSON, "assigneeId", "the field is not an id")
			}
			colleague, err := c.api.Team.ByUUID(c.r.Context(), c.actor, box, message, id)
			if err != nil {
				return err
			}
			change.Assignee = &colleague.Holder
		}
	}
	w, err := c.api.Team.Change(c.r.Context(), c.actor, box, message, version, change)
	if err != nil {
		return err
	}
	c.one(max(w.Version, 1), assignmentOf(w))
	return nil
}

func (c *call) listColleagues() error {
	box, message, err := c.boxAnd("messageId")
	if err != nil {
		return err
	}
	all, err := c.api.Team.Colleagues(c.r.Context(), c.actor, box, message, c.query().Get("name"))
	if err != nil {
		return err
	}
	result := colleagueResult{[]colleagueJSON{}}
	for _, one := range all {
		result.Colleagues = append(result.Colleagues, colleagueJSON{one.UUID, one.Name, one.Number, one.Department})
	}
	c.json(http.StatusOK, result)
	return nil
}

type readerJSON struct {
	Name           string `json:"name"`
	OpenedDateTime moment `json:"openedDateTime" doc:"For the first time."`
}

type readerResult struct {
	Readers []readerJSON `json:"readers"`
}

func (c *call) listReaders() error {
	box, message, err := c.boxAnd("messageId")
	if err != nil {
		return err
	}
	l, err := c.api.Team.Letter(c.r.Context(), c.actor, box, message)
	if err != nil {
		return err
	}
	result := readerResult{[]readerJSON{}}
	for _, r := range l.Readers {
		result.Readers = append(result.Readers, readerJSON{r.Name, momentOf(r.Opened)})
	}
	c.json(http.StatusOK, result)
	return nil
}

type commentJSON struct {
	ID              post.UUID `json:"id"`
	Name            string    `json:"writerName"`
	Own             bool      `json:"own" doc:"The caller wrote it, and may remove it."`
	Text            string    `json:"text"`
	CreatedDateTime moment    `json:"createdDateTime"`
}

type commentResult struct {
	Comments []commentJSON `json:"comments"`
}

func commentOf(one teamwork.Comment) commentJSON {
	return commentJSON{one.ID, one.Name, one.Mine, one.Text, momentOf(one.Created)}
}

func (c *call) listComments() error {
	box, message, err := c.boxAnd("messageId")
	if err != nil {
		return err
	}
	l, err := c.api.Team.Letter(c.r.Context(), c.actor, box, message)
	if err != nil {
		return err
	}
	result := commentResult{[]commentJSON{}}
	for _, one := range l.Said {
		result.Comments = append(result.Comments, commentOf(one))
	}
	c.json(http.StatusOK, result)
	return nil
}

type commentCommand struct {
	Text string `json:"text" required:""`
}

func (c *call) createComment() error {
	box, message, err := c.boxAnd("messageId")
	if err != nil {
		return err
	}
	var command commentCommand
	if err := c.readJSON(&command); err != nil {
		return err
	}
	one, err := c.api.Team.Comment(c.r.Context(), c.actor, box, message, command.Text)
	if err != nil {
		return err
	}
	c.one(1, commentOf(one))
	return nil
}

func (c *call) deleteComment() error {
	box, message, err := c.boxAnd("messageId")
	if err != nil {
		return err
	}
	id, err := c.id("id")
	if err != nil {
		return err
	}
	if _, err := c.ifMatch(); err != nil {
		return err
	}
	return c.noContent(c.api.Team.Uncomment(c.r.Context(), c.actor, box, message, id))
}

// ruleJSON is a rule that files new letters.
type ruleJSON struct {
	ID           post.UUID       `json:"id"`
	Version      int64           `json:"version"`
	SenderID     string          `json:"senderId,omitempty" doc:"The contact id of whose letters; left out: anybody's."`
	SenderName   string          `json:"senderName,omitempty"`
	ContactPoint string          `json:"contactPointId,omitempty" doc:"That the letter is from or to; left out: any."`
	FolderID     string          `json:"folderId,omitempty"`
	AssigneeID   string          `json:"assigneeId,omitempty"`
	Assignee     string          `json:"assigneeName,omitempty"`
	Status       teamwork.Status `json:"status,omitempty"`
	Problems     []string        `json:"problems,omitempty" doc:"What of it is not done any more: folder.gone, assignee.may.not.read."`
	Looked       int64           `json:"lookedAt" doc:"How many of the letters that were there its last application has looked at."`
	Filed        int64           `json:"filed"`
	Finished     *moment         `json:"finishedDateTime,omitempty"`
}

type ruleResult struct {
	Rules []ruleJSON `json:"rules"`
}

func ruleOf(r teamwork.Rule) ruleJSON {
	text := func(id post.UUID) string {
		if id == (post.UUID{}) {
			return ""
		}
		return id.String()
	}
	out := ruleJSON{ID: r.ID, Version: r.Version, SenderID: text(r.Sender.UUID), SenderName: r.Sender.Name, ContactPoint: text(r.Point), FolderID: text(r.Folder),
		AssigneeID: text(r.Who), Assignee: r.Name, Status: r.Status, Looked: r.Run.Looked, Filed: r.Run.Filed}
	if r.NoFolder {
		out.Problems = append(out.Problems, "folder.gone")
	}
	if r.Lost {
		out.Problems = append(out.Problems, teamwork.CodeColleague)
	}
	if !r.Run.Finished.IsZero() {
		at := momentOf(r.Run.Finished)
		out.Finished = &at
	}
	return out
}

func (c *call) listRules() error {
	box, err := c.id("mailboxId")
	if err != nil {
		return err
	}
	all, err := c.api.Team.Rules(c.r.Context(), c.actor, box)
	if err != nil {
		return err
	}
	result := ruleResult{[]ruleJSON{}}
	for _, r := range all {
		result.Rules = append(result.Rules, ruleOf(r))
	}
	c.json(http.StatusOK, result)
	return nil
}

type ruleCommand struct {
	SenderID       string          `json:"senderId"`
	ContactPointID string          `json:"contactPointId"`
	FolderID       string          `json:"folderId"`
	AssigneeID     string          `json:"assigneeId"`
	Status         teamwork.Status `json:"status"`
}

func (c *call) wantedRule() (teamwork.Wanted, error) {
	var command ruleCommand
	if err := c.readJSON(&command); err != nil {
		return teamwork.Wanted{}, err
	}
	w := teamwork.Wanted{Status: command.Status}
	for _, f := range []struct {
		name, text string
		to         *post.UUID
	}{{"senderId", command.SenderID, &w.Sender}, {"contactPointId", command.ContactPointID, &w.Point}, {"folderId", command.FolderID, &w.Folder}, {"assigneeId", command.AssigneeID, &w.Who}} {
		if strings.TrimSpace(f.text) == "" {
			continue
		}
		var err error
		if *f.to, err = post.ParseUUID(f.text); err != nil {
			return w, badRequest(CodeJSON, f.name, "the field is not an id")
		}
	}
	return w, nil
}

func (c *call) createRule() error {
	box, err := c.id("mailboxId")
	if err != nil {
		return err
	}
	w, err := c.wantedRule()
	if err != nil {
		return err
	}
	r, err := c.api.Team.AddRule(c.r.Context(), c.actor, box, w)
	if err != nil {
		return err
	}
	c.one(r.Version, ruleOf(r))
	return nil
}

func (c *call) fetchRule() error {
	box, id, err := c.boxAnd("id")
	if err != nil {
		return err
	}
	r, err := c.api.Team.Rule(c.r.Context(), c.actor, box, id)
	if err != nil {
		return err
	}
	c.one(r.Version, ruleOf(r))
	return nil
}

func (c *call) updateRule() error {
	box, id, err := c.boxAnd("id")
	if err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	w, err := c.wantedRule()
	if err != nil {
		return err
	}
	r, err := c.api.Team.ChangeRule(c.r.Context(), c.actor, box, id, version, w)
	if err != nil {
		return err
	}
	c.one(r.Version, ruleOf(r))
	return nil
}

func (c *call) deleteRule() error {
	box, id, err := c.boxAnd("id")
	if err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	return c.noContent(c.api.Team.RemoveRule(c.r.Context(), c.actor, box, id, version))
}

func (c *call) applyRule() error {
	box, id, err := c.boxAnd("id")
	if err != nil {
		return err
	}
	return c.noContent(c.api.Team.Apply(c.r.Context(), c.actor, box, id))
}
