package api

import (
	"bytes"
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

// accessJSON is the API's Access: the caller's own, and for a person also others' to
// their mailbox.
type accessJSON struct {
	ID                    post.UUID   `json:"id"`
	Version               int64       `json:"version"`
	MailboxID             post.UUID   `json:"mailboxId"`
	AccessType            string      `json:"accessType" enum:"OWNER PARTY_REPRESENTATIVE"`
	IntroductionCompleted bool        `json:"introductionCompleted"`
	IdentityID            post.UUID   `json:"identityId,omitzero" doc:"Whose access it is; left out of the caller's own."`
	Privileges            []Privilege `json:"privileges,omitempty"`
}

func accessOf(m mailbox.Mailbox) accessJSON {
	a := accessJSON{ID: partID(m.UUID, "access"), Version: 1, MailboxID: m.UUID, AccessType: "PARTY_REPRESENTATIVE",
		IntroductionCompleted: true, Privileges: privilegesOf(m.Via)} // nobody is shown around in another's mailbox
	if m.Via == access.Owner {
		a.AccessType, a.IntroductionCompleted = "OWNER", !m.Introduced.IsZero()
	}
	return a
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
		Access: accessOf(m)}
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
		_, err := c.api.Registry.RecipientSystem(tx, m.ID, post.UUID{})
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
	// In an order in which the place where a page ended stays one: the caller's own,
	// then by id.
	slices.SortFunc(all, func(a, b mailbox.Mailbox) int {
		switch {
		case a.Via == access.Owner:
			return -1
		case b.Via == access.Owner:
			return 1
		}
		return bytes.Compare(a.UUID[:], b.UUID[:])
	})
	from := min(page*size, len(all))
	if next := c.query().Get("next"); next != "" {
		last, err := post.ParseUUID(next)
		if err != nil {
			return badRequest(CodeParameter, "next", "the parameter is next of an answer")
		}
		from = slices.IndexFunc(all, func(m mailbox.Mailbox) bool { return m.Via != access.Owner && bytes.Compare(m.UUID[:], last[:]) > 0 })
		switch {
		case len(all) > 0 && all[0].Via == access.Owner && all[0].UUID == last:
			from = 1
		case from < 0:
			from = len(all)
		}
		page = from / size
	}
	part := all[from:min(from+size, len(all))]
	result := mailboxSearchResult{searchResult{CurrentPage: page, TotalPages: pages(len(all), size), ElementsOnPage: len(part), TotalElements: len(all)}, make([]mailboxJSON, len(part))}
	if from+len(part) < len(all) {
		result.Next = part[len(part)-1].UUID.String()
	}
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
	companies := c.actor.Organisation != 0 || c.actor.Platform == post.PlatformVirk || c.actor.Platform == post.PlatformRights // nobody's own is there
	if err != nil || companies || len(all) > 0 && all[0].Via == access.Owner {
		return all, err
	}
	box, err := c.api.Mailboxes.Enter(c.r.Context(), c.actor)
	switch errs.KindOf(err) {
	case errs.KindForbidden, errs.KindNotFound: // a child, or somebody who is dead
		return all, nil
	}
	return append([]mailbox.Mailbox{box}, all...), err
}

// oneMailbox is one mailbox as the caller may see it.
func (c *call) oneMailbox(id post.UUID) (mailboxJSON, error) {
	m, err := c.api.Mailboxes.Get(c.r.Context(), c.actor, id)
	if err != nil {
		return mailboxJSON{}, err
	}
	return c.mailbox(m)
}

func (c *call) fetchMailbox() error {
	id, err := c.id("mailboxId")
	if err != nil {
		return err
	}
	out, err := c.oneMailbox(id)
	if err != nil {
		return err
	}
	c.one(out.Version, out)
	return nil
}

// mailboxCommand is the API's Mailbox, as far as a caller can say what one is.
type mailboxCommand struct {
	OwnerName  *string        `json:"ownerName"`
	StatusType *string        `json:"statusType"`
	Exempt     *bool          `json:"exempt"`
	Access     *accessCommand `json:"access"`
}

type accessCommand struct {
	IntroductionCompleted *bool `json:"introductionCompleted" doc:"true notes that the person was shown around."`
}

// undoes tells that somebody is to be shown around again, which nobody can say.
func (w accessCommand) undoes(a accessJSON) bool {
	return w.IntroductionCompleted != nil && !*w.IntroductionCompleted && a.IntroductionCompleted
}

// updateMailbox notes that a person was shown around in their mailbox. All else
// of a mailbox comes from elsewhere, such as the civil register, and must be as
// it is.
func (c *call) updateMailbox() error {
	id, err := c.id("mailboxId")
	if err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	var wanted mailboxCommand
	if err := c.readJSON(&wanted); err != nil {
		return err
	}
	out, err := c.oneMailbox(id)
	if err != nil {
		return err
	}
	if version != out.Version {
		return errs.New(errs.KindConflict, CodeVersion, "somebody changed this meanwhile")
	}
	if field := wanted.changed(out); field != "" {
		return errs.Invalid(CodeFieldFixed, field, "this of a mailbox comes from elsewhere and cannot be changed here")
	}
	if wanted.Access != nil {
		if err := c.introduce(*wanted.Access, &out.Access); err != nil {
			return err
		}
	}
	c.one(out.Version, out)
	return nil
}

// introduce notes that the caller was shown around, where a command says so.
func (c *call) introduce(wanted accessCommand, own *accessJSON) error {
	if wanted.IntroductionCompleted == nil || own.IntroductionCompleted {
		return nil
	}
	if *wanted.IntroductionCompleted {
		if err := c.api.Mailboxes.Introduced(c.r.Context(), c.actor); err != nil {
			return err
		}
		own.IntroductionCompleted = true
	}
	return nil
}

// changed is the first field that is to be what it cannot become, "" for none.
func (w mailboxCommand) changed(m mailboxJSON) string {
	switch {
	case w.OwnerName != nil && *w.OwnerName != m.OwnerName:
		return "ownerName"
	case w.StatusType != nil && *w.StatusType != m.StatusType:
		return "statusType"
	case w.Exempt != nil && *w.Exempt != m.Exempt:
		return "exempt"
	case w.Access != nil && w.Access.undoes(m.Access):
		return "access.introductionCompleted"
	}
	return ""
}

// accessSearchResult is the API's AccessSearchResult.
type accessSearchResult struct {
	searchResult
	Accesses []accessJSON `json:"accesses"`
}

// accesses are those to the mailbox in the path that the caller may know of: the one
// by which they see it, and of their own mailbox also those of others.
func (c *call) accesses() ([]accessJSON, error) {
	id, err := c.id("mailboxId")
	if err != nil {
		return nil, err
	}
	m, err := c.api.Mailboxes.Get(c.r.Context(), c.actor, id)
	if err != nil {
		return nil, err
	}
	all := []accessJSON{accessOf(m)}
	if m.Via != access.Owner {
		return all, nil
	}
	held, err := c.api.Accesses.InForce(c.r.Context(), c.actor, id)
	for _, a := range held {
		if !a.Mine() {
			all = append(all, accessJSON{ID: a.ID, Version: a.Version, MailboxID: id, AccessType: "PARTY_REPRESENTATIVE", IdentityID: a.Party.UUID, Privileges: privilegesOf(a.Relation)})
		}
	}
	return all, err
}

func (c *call) queryAccess() error {
	page, err := c.wholePage()
	if err != nil {
		return err
	}
	all, err := c.accesses()
	if err != nil {
		return err
	}
	part, counts := cutPage(all, page, func(one accessJSON) string { return one.ID.String() })
	c.json(http.StatusOK, accessSearchResult{counts, append([]accessJSON{}, part...)})
	return nil
}

// theAccess is the one in the path, and whether it is the caller's own.
func (c *call) theAccess() (one accessJSON, own bool, err error) {
	id, err := c.id("id")
	if err != nil {
		return one, false, err
	}
	all, err := c.accesses()
	if err != nil {
		return one, false, err
	}
	i := slices.IndexFunc(all, func(a accessJSON) bool { return a.ID == id })
	if i < 0 {
		return one, false, errs.NotFound(access.CodeNotFound)
	}
	return all[i], i == 0, nil
}

func (c *call) fetchAccess() error {
	one, _, err := c.theAccess()
	if err == nil {
		c.one(one.Version, one)
	}
	return err
}

// updateAccess notes that the caller was shown around. What somebody may is changed
// where it was given: as a privilege, or by its request.
func (c *call) updateAccess() error {
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	var wanted accessCommand
	if err := c.readJSON(&wanted); err != nil {
		return err
	}
	one, own, err := c.theAccess()
	switch {
	case err != nil:
		return err
	case version != one.Version:
		return errs.ErrStale
	case wanted.undoes(one) || !own && wanted.IntroductionCompleted != nil && *wanted.IntroductionCompleted != one.IntroductionCompleted:
		return errs.Invalid(CodeFieldFixed, "introductionCompleted", "only the one whose access it is says that they were shown around, and nobody takes it back")
	}
	if err := c.introduce(wanted, &one); err != nil {
		return err
	}
	c.one(one.Version, one)
	return nil
}

// senderInformationResult is the API's SenderInformationResult.
type senderInformationResult struct {
	List []senderInformation `json:"senderInformationList"`
}

// senderInformation is the API's SenderInformation.
type senderInformation struct {
	SenderID       string         `json:"senderId"`
	SenderIDType   string         `json:"senderIdType" enum:"CPR CVR"`
	MessageCounts  []messageCount `json:"messageCountList"`
	OrganisationID post.UUID      `json:"organisationId,omitzero"`
}

// senderInformation tells who has written, and how much.
func (c *call) senderInformation() error {
	id, err := c.id("mailboxId")
	if err != nil {
		return err
	}
	all, err := c.api.Mailboxes.Senders(c.r.Context(), c.actor, id)
	if err != nil {
		return err
	}
	result := senderInformationResult{make([]senderInformation, len(all))}
	for i, s := range all {
		one := senderInformation{SenderIDType: "CVR", OrganisationID: s.Sender.UUID,
			MessageCounts: []messageCount{{s.Sender.Name, s.Unread, s.Total, momentOf(s.Latest)}}}
		if s.Sender.Kind == post.Person {
			cpr, err := c.api.Registry.CPR(s.Sender)
			if err != nil {
				return err
			}
			one.SenderID, one.SenderIDType, one.OrganisationID = cpr.Reveal(), "CPR", post.UUID{}
		} else {
			cvr, err := c.api.Registry.CVR(s.Sender)
			if err != nil {
				return err
			}
			one.SenderID = cvr.Reveal()
		}
		result.List[i] = one
	}
	c.json(http.StatusOK, result)
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
