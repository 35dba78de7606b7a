package api

import (
	"net/http"
	"slices"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
)

// mailboxJSON is the API's Mailbox.
type mailboxJSON struct {
	ID              post.UUID  `json:"id"`
	Version         int64      `json:"version"`
	CreatedDateTime moment     `json:"createdDateTime"`
	LastAccessed    moment     `json:"lastAccessedDate,omitempty"`
	OwnerType       string     `json:"ownerType" enum:"CITIZEN ORGANISATION"`
	OwnerIdentityID post.UUID  `json:"ownerIdentityId"`
	OwnerName       string     `json:"ownerName"`
	OwnerExternalID string     `json:"ownerExternalId,omitempty" doc:"The CVR number; a person's CPR number only with the scope cpr_number."`
	StatusType      string     `json:"statusType" enum:"ACTIVE INACTIVE CLOSED"`
	StatusDate      moment     `json:"statusDate,omitempty"`
	RecipientSystem bool       `json:"recipientSystemAvailable"`
	Exempt          bool       `json:"exempt"`
	Access          accessJSON `json:"access"`
}

// accessJSON is the API's Access, as far as a mailbox shows it.
type accessJSON struct {
	ID         post.UUID `json:"id"`
	MailboxID  post.UUID `json:"mailboxId"`
	AccessType string    `json:"accessType" enum:"OWNER PARTY_REPRESENTATIVE"`
}

type mailboxSearchResult struct {
	searchResult
	Mailboxes []mailboxJSON `json:"mailboxes"`
}

// mailbox shows a mailbox. A CPR number is told only to a client with the scope
// for it.
func (c *call) mailbox(m mailbox.Mailbox) (mailboxJSON, error) {
	out := mailboxJSON{ID: m.UUID, Version: m.Modseq, CreatedDateTime: momentOf(m.Created), LastAccessed: momentOf(m.Accessed),
		OwnerType: "CITIZEN", OwnerIdentityID: m.Owner.UUID, OwnerName: m.Owner.Name, StatusType: "ACTIVE", StatusDate: momentOf(m.Owner.StatusSince),
		Access: accessJSON{ID: partID(m.UUID, "access"), MailboxID: m.UUID, AccessType: "PARTY_REPRESENTATIVE"}}
	if m.Via == access.Owner {
		out.Access.AccessType = "OWNER"
	}
	switch m.Owner.PublicRegistration(c.api.DB.Now()) {
	case registry.Exempt:
		out.Exempt = true
	case registry.ClosedParty:
		out.StatusType = "CLOSED"
	}
	if m.Owner.Kind == post.Person {
		if !slices.Contains(c.scopes, session.ScopeCPR) {
			return out, nil
		}
		cpr, err := c.api.Registry.CPR(m.Owner)
		out.OwnerExternalID = cpr.Reveal()
		return out, err
	}
	out.OwnerType = "ORGANISATION"
	cvr, err := c.api.Registry.CVR(m.Owner)
	if err != nil {
		return out, err
	}
	out.OwnerExternalID = cvr.Reveal()
	err = c.api.DB.Read(c.r.Context(), func(tx *db.Tx) error {
		_, err := c.api.Registry.RecipientSystem(tx, m.ID)
		return err
	})
	out.RecipientSystem = err == nil
	if errs.KindOf(err) == errs.KindNotFound {
		err = nil
	}
	return out, err
}

func (c *call) queryMailboxes() error {
	page, size, err := c.paging()
	if err != nil {
		return err
	}
	all, err := c.ownMailboxes()
	if err != nil {
		return err
	}
	part, counts := cutPage(all, page, size)
	result := mailboxSearchResult{counts, make([]mailboxJSON, len(part))}
	for i, m := range part {
		if result.Mailboxes[i], err = c.mailbox(m); err != nil {
			return err
		}
	}
	c.json(http.StatusOK, result)
	return nil
}

// ownMailboxes lists what the caller may see. Somebody who logs in before any
// letter has come gets their mailbox now.
func (c *call) ownMailboxes() ([]mailbox.Mailbox, error) {
	all, err := c.api.Mailboxes.List(c.r.Context(), c.actor)
	if err != nil || len(all) > 0 {
		return all, err
	}
	box, err := c.api.Mailboxes.Enter(c.r.Context(), c.actor)
	switch errs.KindOf(err) {
	case errs.KindForbidden, errs.KindNotFound: // a child, or somebody who is dead
		return nil, nil
	}
	return []mailbox.Mailbox{box}, err
}

func (c *call) fetchMailbox() error {
	id, err := c.id("mailboxId")
	if err != nil {
		return err
	}
	m, err := c.api.Mailboxes.Get(c.r.Context(), c.actor, id)
	if err != nil {
		return err
	}
	out, err := c.mailbox(m)
	if err != nil {
		return err
	}
	c.one(out.Version, out)
	return nil
}

// unread is the API's Unread.
type unread struct {
	MailboxID post.UUID `json:"mailboxId"`
	Exists    bool      `json:"unreadRegularMessagesExist"`
}

// existsUnread tells whether a mailbox holds unread post, in the inbox or in
// folders of the owner's own. Without ownerId it is the caller's own mailbox.
func (c *call) existsUnread() error {
	all, err := c.ownMailboxes()
	if err != nil {
		return err
	}
	for _, m := range all {
		if owner, err := c.owns(m); err != nil || !owner {
			if err != nil {
				return err
			}
			continue
		}
		folders, err := c.api.Mailboxes.Folders(c.r.Context(), c.actor, m.UUID)
		if err != nil {
			return err
		}
		answer := unread{MailboxID: m.UUID}
		for _, f := range folders {
			if f.ID != mailbox.Drafts && f.ID != mailbox.SentBox && f.ID != mailbox.Deleted && f.Unread > 0 {
				answer.Exists = true
			}
		}
		c.json(http.StatusOK, answer)
		return nil
	}
	return errs.NotFound(access.CodeNotFound)
}

// owns tells whether a mailbox is that of the parameters ownerId and
// ownerIdType.
func (c *call) owns(m mailbox.Mailbox) (bool, error) {
	id := c.query().Get("ownerId")
	if id == "" {
		return m.ID == c.actor.Party, nil
	}
	if kind := c.query().Get("ownerIdType"); kind != "" && (kind == "CPR") != (m.Owner.Kind == post.Person) {
		return false, nil
	}
	if m.Owner.Kind == post.Person {
		cpr, err := c.api.Registry.CPR(m.Owner)
		return cpr.Reveal() == id, err
	}
	cvr, err := c.api.Registry.CVR(m.Owner)
	return cvr.Reveal() == id, err
}
