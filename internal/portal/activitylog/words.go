// Package activitylog draws the log of a mailbox for the portals: in words, as a page
// with its filters, and as a file to take away. What a reader may know is decided
// below (internal/activity); nothing is decided here.
package activitylog

import (
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/activity"
	"digitalpost/internal/audit"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/web"
)

// speaker says what happened in a mailbox.
type speaker struct {
	words *web.Words
	owner registry.Party
	// own tells that the mailbox is the reader's own.
	own bool
}

func speak(words *web.Words, box mailbox.Mailbox) speaker {
	return speaker{words, box.Owner, box.Via == access.Owner}
}

// has tells that there are words for a key.
func has(key string) bool { _, ok := Texts[key]; return ok }

// first is the words of the first key that has some.
func (s speaker) first(keys ...string) string {
	for _, key := range keys {
		if has(key) {
			return s.words.T(key)
		}
	}
	return ""
}

// who is who did it.
func (s speaker) who(e activity.Entry) string {
	switch e.Who.Kind {
	case activity.Stranger:
		if e.Attempt != "" {
			return s.words.T("log.helper")
		}
		return s.words.T("log.stranger")
	case activity.Staff:
		return s.staff(e.Who, e.Via)
	}
	return s.name(e.Who)
}

func (s speaker) staff(w activity.Who, via access.Relation) string {
	if via == access.SystemManager || via == access.Support {
		return w.Name
	}
	return s.words.T("log.staff", w.Name)
}

// name is somebody's name as one of several.
func (s speaker) name(w activity.Who) string {
	switch {
	case w.Kind == activity.You:
		return s.words.T("log.you")
	case w.Kind == activity.Program:
		return s.words.T("site")
	case w.Kind == activity.Staff:
		return s.words.T("log.staff", w.Name)
	case w.Name == "":
		return s.words.T("log.sender")
	}
	return w.Name
}

// onBehalf says for whom it was done, "" where it was for nobody else.
func (s speaker) onBehalf(e activity.Entry) string {
	switch {
	case !e.OnBehalf:
		return ""
	case s.own:
		return s.words.T("log.for")
	}
	return s.words.T("log.for.owner", s.owner.Name)
}

// right is by which right it was done, "" where one did it with one's own.
func (s speaker) right(e activity.Entry) string {
	if e.Via == 0 || e.Via == access.Owner || e.Who.Kind == activity.Staff {
		return ""
	}
	return s.relation(e.Via.String())
}

func (s speaker) relation(name string) string { return s.first("log.right."+name, "log.right") }

// what is what was done, with {l} where the letters stand.
func (s speaker) what(e activity.Entry) string {
	text := s.first(s.keys(e)...)
	if text == "" {
		text = s.words.T("log.kind." + kindKey(e.Name.Kind()))
	}
	if e.Folder != nil {
		text = strings.ReplaceAll(text, "{f}", s.folder(*e.Folder))
	}
	text = strings.ReplaceAll(text, "{s} {r}", "{s} "+s.first("log.right."+e.Change+".whose", "log.right."+e.Change, "log.right")) // somebody's »udvidede«
	text = strings.ReplaceAll(text, "{p}", s.other(e, "log.you.object", "log.self.object", "log.somebody", false))
	text = strings.ReplaceAll(text, "{s}", s.other(e, "log.you.whose", "log.self.whose", "log.somebody.whose", true))
	if e.Group != nil {
		group := *e.Group
		if group == "" {
			group = s.words.T("log.group.gone")
		}
		text = strings.ReplaceAll(text, "{g}", group)
	}
	return strings.ReplaceAll(text, "{r}", s.relation(e.Change))
}

// appointed are the rights that somebody asks the agency for.
const appointed = access.Liquidator | access.Curator | access.FormerOwner | access.EstateAdministrator | access.Heir

// applied tells that a request is one to a company, or to the agency: then the other
// person is who asked, and elsewhere whose post it is.
func (s speaker) applied(e activity.Entry) bool {
	r, err := access.ParseRelation(e.Change)
	return s.owner.Kind == post.Organisation || err == nil && r&appointed != 0
}

// keys are where the words of an event may be, the most fitting first.
func (s speaker) keys(e activity.Entry) []string {
	key := "log." + string(e.Name)
	if e.Group != nil {
		return []string{key + s.grouped(e), key}
	}
	switch e.Name {
	case audit.AccessRefused:
		if e.Who.Kind == activity.Staff {
			return []string{key + ".staff"}
		}
		if e.Who.Kind == activity.You {
			key += ".you"
		} else if e.Attempt != "" {
			key += ".right"
		}
		if e.Count == 0 {
			key += ".box"
		}
	case audit.MessageHidden, audit.SenderHidden:
		if e.Change == "false" {
			key += ".not"
		}
	case audit.MessageMoved, audit.FolderCreated, audit.FolderMoved, audit.FolderUpdated, audit.FolderDeleted:
		if e.Folder == nil || s.folder(*e.Folder) == "" {
			key += ".gone"
		}
	case audit.AccessRequestApproved, audit.AccessRequestRejected, audit.AccessRequestRevoked, audit.AccessRequestWithdrawn:
		if s.applied(e) {
			key += ".right"
		}
	case audit.AccessRequestSubmitted:
		switch {
		case s.applied(e):
			key += ".right"
		case e.Other.Party.ID == 0 || e.Other.Party.ID != e.Who.Party.ID:
		case e.Other.Party.ID == s.owner.ID:
			key += ".offer"
		default:
			key += ".offered"
		}
	case audit.PrivilegesGranted:
		if e.Other.Party.ID != 0 && e.Other.Party.ID == e.Who.Party.ID { // who approves what was offered gets it
			key += ".self"
		}
	case audit.TrusteeRequested:
		if e.Who.Party.ID == s.owner.ID {
			key += ".own"
		}
	}
	return []string{key, "log." + string(e.Name)}
}

// grouped is how an event about a group is said: somebody comes into it, and so gets a
// right or not, or the group itself gets one.
func (s speaker) grouped(e activity.Entry) string {
	switch {
	case e.Change != "" && e.Other.Party.ID != 0:
		return ".member"
	case e.Other.Party.ID != 0:
		return ".person"
	}
	return ".group"
}

// other is the other person that it is about.
func (s speaker) other(e activity.Entry, you, self, nobody string, whose bool) string {
	switch {
	case e.Other.Kind == activity.You:
		return s.words.T(you)
	case e.Other.Party.ID != 0 && e.Other.Party.ID == e.Who.Party.ID:
		return s.words.T(self)
	case e.Other.Name == "":
		return s.words.T(nobody)
	case whose:
		return s.words.Genitive(e.Other.Name)
	}
	return e.Other.Name
}

// folder is what a folder is called, "" where that is not known.
func (s speaker) folder(f activity.Folder) string {
	if f.Name != "" {
		return f.Name
	}
	return s.first("log.folder." + string(f.Type))
}

// letter is what a letter is called.
func (s speaker) letter(l activity.Letter) string {
	switch {
	case l.Gone:
		return s.words.T("log.message.gone")
	case l.Subject == "":
		return s.words.T("log.untitled")
	}
	return l.Subject
}

// sentence is what was done in one line.
func (s speaker) sentence(e activity.Entry) string {
	letters := s.words.T("log.message")
	switch {
	case e.Count == 1:
		letters = s.letter(e.Letters[0])
	case e.Count > 1:
		letters = s.words.N("log.messages", int64(e.Count))
	}
	return strings.ReplaceAll(s.what(e), "{l}", letters)
}

// reason is why it was done or refused, "" where nothing is said of that.
func (s speaker) reason(e activity.Entry) string {
	if text := s.first("log.reason." + e.Reason); e.Reason != "" && text != "" {
		return s.words.T("log.reason", text)
	}
	return ""
}

// place is on which platform it was done.
func (s speaker) place(p post.Platform) string {
	if p == "" {
		return s.words.T("log.at")
	}
	return s.first("log.at."+string(p), "log.at")
}

// device is with what kind of device, "" where that is not known.
func (s speaker) device(d post.Device) string { return s.first("log.device." + string(d)) }

// kinds are the kinds that one can ask for, as addresses call them.
var kinds = []struct {
	key  string
	kind audit.Kind
}{
	{"modtaget", audit.KindArrived}, {"laest", audit.KindRead}, {"sendt", audit.KindSent}, {"ordnet", audit.KindSorted}, {"slettet", audit.KindDeleted},
	{"adgange", audit.KindRights}, {"log-ind", audit.KindLogIns}, {"opslag", audit.KindLookUps}, {"tilmelding", audit.KindSettings}, {"afvist", audit.KindRefused},
}

func kindKey(k audit.Kind) string {
	for _, one := range kinds {
		if one.kind == k {
			return one.key
		}
	}
	return ""
}
