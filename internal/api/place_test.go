package api_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit/world"
	"digitalpost/internal/trustee"
	"digitalpost/memo"
)

// theWord is in the letter that lists show, and in no other.
const theWord = "førstebrev"

// matrix is what a world of the matrix has besides.
type matrix struct {
	other, employer, rival registry.Party // another authority; companies
	unknown                registry.Party
	adults                 int
	stranger               caller
	absent                 map[string]string // answers about a mailbox that does not exist, by row
	clients                map[string]bool   // programs that are registered
	seen                   post.UUID         // the newest event that was looked at
	every                  int               // of so many calls one is made
	turn                   *rand.Rand        // which
}

// everyone makes what all places share.
func (s *stack) everyone() {
	s.other, s.employer, s.rival = s.Authority("Andenby Kommune"), s.Company("Arbejde ApS"), s.Company("Konkurrent ApS")
	s.absent, s.clients, s.seen, s.every, s.turn = map[string]string{}, map[string]bool{}, post.UUID{15: 1}, 1, rand.New(rand.NewPCG(1, 2))
	s.stranger = s.person(s.adult("Sten"))
}

// place is a mailbox in a setting, with somebody of each relation to it.
type place struct {
	setting
	s        *stack
	company  bool
	owner    registry.Party
	number   string // the owner's
	box      post.UUID
	first    post.UUID // the letter that lists show
	maker    post.Actor
	by       registry.Party // the maker
	holders  []*holder
	settled  bool
	asleep   bool // the owner is as the setting says
	folders  map[mailbox.FolderID]post.UUID
	things   map[string]map[string]string // by row
	names    int
	town     string // number of an authority that one can write to
	sender   post.PartyID
	from     registry.Party
	approved registry.Party

	senderNumber string
	administered bool
}

// holder is somebody with a relation to a mailbox, 0 for a stranger.
type holder struct {
	p        *place
	relation access.Relation
	party    registry.Party
	// organisation is in whose name they hold it, and elsewhere another that they
	// work for too.
	organisation, elsewhere post.PartyID
	grants                  []access.Grant
	right                   rights.Right
	actor                   post.Actor
	caller                  caller
}

func (h *holder) relationName() string {
	if h.relation == 0 {
		return "stranger"
	}
	return h.relation.String()
}

const (
	ofPersons   = access.Owner | access.Curator | access.EstateAdministrator | access.Heir | access.Writer | access.Reader | access.PrivateReader | access.SenderReader | ofStaff
	ofCompanies = access.Signatory | ofEmployees | access.Administrator | access.FormerOwner | access.Liquidator | access.Curator
	ofEmployees = access.EmployeeWrite | access.EmployeeAdvanced | access.EmployeeBasic
	ofAppointed = access.FormerOwner | access.Liquidator | access.Curator | access.EstateAdministrator | access.Heir
	ofStaff     = access.CitizenService | access.SystemManager | access.Support
)

// adult is a new person. There are no more than a thousand numbers for a birthday.
func (s *stack) adult(name string) registry.Party {
	s.adults++
	return s.Person(name, 20+s.adults/500, nil)
}

// place makes a mailbox in a setting. Its owner is as the setting says once settle
// was called.
func (s *stack) place(set setting, company bool) *place {
	s.T.Helper()
	s.reachable()
	p := &place{setting: set, s: s, company: company, town: s.Number(s.town), from: s.town, things: map[string]map[string]string{}, folders: map[mailbox.FolderID]post.UUID{}}
	if set.letter == "other sender" {
		p.from = s.other
	}
	p.sender, p.senderNumber = p.from.ID, s.Number(p.from)
	if company {
		p.owner, p.by = s.Company("Firma ApS"), s.adult("Bodil")
		s.Member(p.owner, p.by, func(r *registry.Record) { r.Employed, r.Number, r.Signs = false, "", true })
	} else {
		p.owner = s.adult("Birthe")
		p.by = p.owner
	}
	p.maker, p.number = world.Actor(p.by), s.Number(p.owner)
	p.first, p.box = s.letterTo(p, func(m *memo.Message) { m.Header.Label = "Et " + theWord })
	if company { // who signs for it has a mailbox of their own too
		_, err := s.Mailboxes.Enter(s.T.Context(), p.maker)
		s.must(err)
	}
	all, err := s.Mailboxes.Folders(s.T.Context(), p.maker, p.box)
	s.must(err)
	for _, f := range all {
		p.folders[f.ID] = f.UUID
	}
	own, err := s.Mailboxes.CreateFolder(s.T.Context(), p.maker, p.box, "Gemt", post.UUID{})
	s.must(err)
	p.folders[5] = own.UUID
	for _, relation := range relationsInOrder {
		if relation == 0 || !company && relation&ofPersons != 0 || company && relation&ofCompanies != 0 {
			p.holders = append(p.holders, p.holder(relation))
		}
	}
	return p
}

func (s *stack) must(err error) {
	s.T.Helper()
	if err != nil {
		s.T.Fatal(err)
	}
}

// nobody is a person without a mailbox.
func (s *stack) nobody() registry.Party {
	if s.unknown.ID == 0 {
		s.unknown = s.adult("Ingen")
	}
	return s.unknown
}

// holder makes somebody and gives them the right.
func (p *place) holder(relation access.Relation) *holder {
	h := &holder{p: p, relation: relation, party: p.owner, elsewhere: p.s.employer.ID}
	if relation != access.Owner {
		h.party = p.s.adult("Hjælper")
	}
	p.s.Member(p.s.employer, h.party, nil)
	now := p.s.Clock.Now()
	one := rights.Right{Mailbox: p.owner.ID, Holder: h.party.ID, Relation: relation}
	switch {
	case relation == access.Owner, relation == 0 && !p.company:
		return h
	case relation == 0:
		h.organisation = p.s.rival.ID
		p.s.Member(p.s.rival, h.party, nil)
		return h
	case relation == access.Signatory:
		if p.right != "tomorrow" {
			p.s.Member(p.owner, h.party, func(r *registry.Record) { r.Employed, r.Number, r.Signs = false, "", true })
			h.grants = []access.Grant{{Relation: relation, Holder: h.party.ID, Approved: true}}
		}
		return h
	case relation&(ofEmployees|access.Administrator) != 0:
		h.organisation = p.owner.ID
		p.s.Member(p.owner, h.party, nil)
	case relation&ofStaff != 0:
		one.Mailbox, h.organisation = 0, p.s.town.ID
		p.s.Member(p.s.town, h.party, nil)
	case relation == access.PrivateReader:
		one.Source = post.SourceMit
	case relation == access.SenderReader:
		one.Senders = []post.PartyID{p.s.town.ID}
	}
	one.Organisation = h.organisation
	if relation&ofAppointed != 0 {
		one.Origin = rights.Appointed // and so it outlives the company
	}
	switch p.right {
	case "tomorrow":
		one.From = now.Add(aDay)
	case "ended":
		one.To = now.Add(untilEnd)
	}
	if p.right == "" || p.right == "elsewhere" {
		p.administered = p.administered || relation == access.Administrator
	}
	h.right = p.s.Give(one)
	h.grants = []access.Grant{{Key: h.right.ID, Relation: relation, Holder: h.party.ID, Organisation: h.organisation, Approved: true,
		From: one.From, To: one.To, Source: one.Source, Senders: one.Senders}}
	return h
}

// untilEnd is how long a right holds that ends, less than a token lasts.
const untilEnd = 10 * time.Minute

// enter gives them a token.
func (h *holder) enter(l login) {
	s := h.p.s
	home := post.PlatformApp
	switch {
	case h.relation&ofStaff != 0:
		home = post.PlatformStaff
	case h.relation == access.PrivateReader:
		home = post.PlatformMit
	}
	scopes := session.Scopes
	if l.readOnly {
		scopes = []string{session.ScopeRead}
	}
	h.actor = post.Actor{Party: h.party.ID, Organisation: h.organisation, Platform: cmp.Or(l.at, home), Assurance: post.AssuranceSubstantial, ReadOnly: l.readOnly}
	if h.p.right == "elsewhere" {
		h.actor.Organisation = h.elsewhere
	}
	if l.weak {
		h.actor.Assurance = post.AssuranceLow
	}
	h.caller = s.caller(nil, "Bearer "+s.tokenOf(h.actor, scopes))
}

// tokenOf is a token for an actor.
func (s *stack) tokenOf(a post.Actor, scopes []string) string {
	s.T.Helper()
	client, secret := string(a.Platform), session.NewSecret()
	s.Update(func(tx *db.Tx) error {
		if !s.clients[client] {
			s.clients[client] = true
			err := s.Sessions.SaveClient(tx, session.Client{ID: client, Name: "Program", Platform: a.Platform, RedirectURIs: []string{"http://127.0.0.1/back"}, Scopes: session.Scopes})
			if err != nil {
				return err
			}
		}
		code := session.NewSecret()
		_, err := s.Sessions.Allow(tx, session.Grant{Party: a.Party, Organisation: a.Organisation, Client: client, Platform: a.Platform, Assurance: a.Assurance, Scopes: scopes, LoggedIn: tx.Now}, code, "")
		if err != nil {
			return err
		}
		used, err := s.Sessions.Token(tx, session.Code, code)
		if err != nil {
			return err
		}
		return s.Sessions.Exchange(tx, used, code, secret, session.NewSecret())
	})
	return secret
}

// settle ends what ends, after the tokens were issued, and has the owner be as the
// setting says.
func (p *place) settle() {
	p.s.T.Helper()
	if !p.settled {
		p.settled = true
		for _, h := range p.holders {
			switch {
			case p.right == "ended" && h.relation == access.Signatory, p.right == "removed" && h.relation == access.Signatory:
				p.s.Member(p.owner, h.party, func(r *registry.Record) { r.Employed, r.Number, r.Signs = false, "", false })
				h.grants = nil
			case p.right == "removed" && h.right.ID != (post.UUID{}):
				p.s.Update(func(tx *db.Tx) error {
					_, err := p.s.Rights.End(tx, post.Program, access.Owner, h.right.ID, 0)
					return err
				})
				h.grants = nil
			}
		}
		if p.right == "ended" {
			p.s.Clock.Advance(untilEnd)
		}
	}
	p.sleep()
	for _, h := range p.holders { // a death ends what it ends for good (REG-04)
		if h.right.ID == (post.UUID{}) {
			continue
		}
		p.s.must(p.s.DB.Read(p.s.T.Context(), func(tx *db.Tx) error {
			_, err := p.s.Rights.Get(tx, h.right.ID)
			if errs.KindOf(err) == errs.KindNotFound && err != nil {
				h.grants, err = nil, nil
			}
			return err
		}))
	}
}

// sleep has the owner be as the setting says, and wake as one who can act and be
// written to.
func (p *place) sleep() { p.become(true) }

func (p *place) wake() { p.become(false) }

func (p *place) become(asleep bool) {
	p.s.T.Helper()
	if p.status == access.StatusActive || p.asleep == asleep {
		return
	}
	p.asleep = asleep
	rec := registry.Record{Type: "person", CPR: p.number, FirstName: "Birthe", LastName: "Prøvesen", BirthDate: p.owner.Born.Format(time.DateOnly), Status: registry.Alive, RegistrationStatus: registry.Automatic}
	if p.company {
		rec = registry.Record{Type: "organisation", CVR: p.number, Name: p.owner.Name, Kind: "ApS", Status: registry.Active, RegistrationStatus: registry.Automatic}
	}
	switch {
	case !asleep:
	case p.status == access.StatusExempt:
		rec.RegistrationStatus = registry.ExemptOther
	case p.company:
		rec.Status = registry.Closed
	default:
		rec.Status = registry.Dead
	}
	p.s.Update(func(tx *db.Tx) error { return p.s.Registry.Save(tx, []registry.Record{rec}) })
}

// statusNow is the status as access knows it.
func (p *place) statusNow() access.Status {
	if p.status == closed && p.company {
		return access.StatusCeased
	}
	return p.status
}

func (p *place) source() post.Source {
	switch p.letter {
	case "mit":
		return post.SourceMit
	case "eboks":
		return post.SourceEboks
	}
	return post.SourcePublic
}

// watched is what a call must leave alone, and what it must write down.
type watched struct {
	modseq         int64
	refusals       int
	action, reason string
	mailbox, party post.PartyID
}

// watch tells how the mailbox is, and of the refusals since it was called before.
func (p *place) watch() watched {
	p.s.T.Helper()
	var w watched
	since := p.s.seen // a query may look at its arguments until it is done
	p.s.must(p.s.DB.Read(p.s.T.Context(), func(tx *db.Tx) error {
		if err := tx.QueryRow("SELECT modseq FROM mailbox WHERE id = $1", p.owner.ID).Scan(&w.modseq); err != nil {
			return err
		}
		rows, err := tx.Query("SELECT id, name, mailbox, party, props FROM event WHERE id > $1 ORDER BY id", since)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name audit.Name
			var props string
			var box, party post.PartyID
			if err := rows.Scan(&p.s.seen, &name, &box, &party, &props); err != nil {
				return err
			}
			if name != audit.AccessRefused {
				continue
			}
			w.refusals, w.mailbox, w.party = w.refusals+1, box, party
			for pair := range strings.FieldsSeq(props) {
				switch key, value, _ := strings.Cut(pair, "="); audit.Key(key) {
				case audit.Action:
					w.action = value
				case audit.Reason:
					w.reason = value
				}
			}
		}
		return rows.Err()
	}))
	return w
}

// personal are the operations about what everybody has of their own.
var personal = map[string]bool{"FetchOperation": true, "UndoOperation": true}

// key is where a row's thing is kept.
func (p *place) key(row matrixRow, h *holder) string {
	if personal[row.operation] {
		return row.String() + strconv.Itoa(int(h.party.ID))
	}
	return row.String()
}

// thing is what a row is about, made when it is asked for.
func (p *place) thing(row matrixRow, h *holder) map[string]string {
	p.s.T.Helper()
	if row.thing == nil {
		return nil
	}
	key := p.key(row, h)
	if p.things[key] == nil {
		asleep := p.asleep
		p.wake()
		p.things[key] = row.thing(p)
		if personal[row.operation] {
			p.belongs(p.things[key]["operationId"], h.party.ID)
		}
		if asleep {
			p.sleep()
		}
	}
	if row.operation == "UpdateMailbox" {
		return p.state()
	}
	return p.things[key]
}

// letterTo delivers a letter of the setting's kind and returns its id and its mailbox.
func (s *stack) letterTo(p *place, change func(*memo.Message)) (message, box post.UUID) {
	s.T.Helper()
	uuid := s.Deliver(p.from, p.owner, func(m *memo.Message) {
		m.Header.Reply = true
		m.Body.MainDocument.Actions = []memo.Action{{Label: "Svar", ActionCode: memo.Bekraeft, EndDateTime: m.Body.CreatedDateTime.AddDate(0, 1, 0), EntryPoint: &memo.EntryPoint{URL: "https://svar.example.dk"}}}
		m.Header.LegalNotification = p.letter == "summons"
		if change != nil {
			change(m)
		}
	})
	s.Update(func(tx *db.Tx) error {
		if err := tx.QueryRow("SELECT m.id, b.uuid FROM message m JOIN mailbox b ON b.id = m.mailbox WHERE m.mailbox = $1 AND m.memo = $2", p.owner.ID, uuid).Scan(&message, &box); err != nil {
			return err
		}
		set := ""
		switch p.letter {
		case "mit", "eboks":
			set = "source = '" + string(p.source()) + "'"
		case "hidden":
			set = "hidden = 1"
		default:
			return nil
		}
		if _, err := tx.Exec("UPDATE message SET "+set+" WHERE mailbox = $1 AND id = $2", p.owner.ID, message); err != nil {
			return err
		}
		return recount(tx, p.owner.ID)
	})
	return message, box
}

// recount counts a mailbox anew.
func recount(tx *db.Tx, box post.PartyID) error {
	if _, err := tx.Exec("DELETE FROM folder_count WHERE mailbox = $1", box); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO folder_count (mailbox, folder, source, total, unread, hidden, hidden_unread)
		SELECT mailbox, folder, source, COUNT(*), SUM(CASE WHEN read THEN 0 ELSE 1 END), SUM(CASE WHEN hidden = 0 THEN 0 ELSE 1 END),
		SUM(CASE WHEN read OR hidden = 0 THEN 0 ELSE 1 END) FROM message WHERE mailbox = $1 GROUP BY mailbox, folder, source`, box)
	return err
}

// The things that calls are about.

func (p *place) letterThing() map[string]string {
	message, _ := p.s.letterTo(p, nil)
	part := func(place string) string { return uuid.NewSHA1(message, []byte(place)).String() }
	return map[string]string{"messageId": message.String(), "documentId": part("document/0"), "fileId": part("document/0/file/0"), "actionId": part("document/0/action/0"),
		"folder": p.folders[5].String(), "trash": p.folders[mailbox.Deleted].String()}
}

// trashed is a letter in the trash: not put there by anybody, which would serve it.
func (p *place) trashed() map[string]string {
	thing := p.letterThing()
	p.s.Update(func(tx *db.Tx) error {
		if _, err := tx.Exec("UPDATE message SET folder = $1, origin = $2 WHERE mailbox = $3 AND id = $4", mailbox.Deleted, mailbox.Inbox, p.owner.ID, post.UUID(uuid.MustParse(thing["messageId"]))); err != nil {
			return err
		}
		return recount(tx, p.owner.ID)
	})
	return thing
}

// letterFor is a letter, and a recipient to forward it to.
func (p *place) letterFor() map[string]string {
	thing := p.letterThing()
	if p.approved.ID == 0 {
		p.approved = p.s.adult("Eva")
		eva, err := p.s.Mailboxes.Enter(p.s.T.Context(), world.Actor(p.approved))
		p.s.must(err)
		asked := p.ask2(p.maker, p.box, p.approved)
		_, err = p.s.Trustees.Answer(p.s.T.Context(), world.Actor(p.approved), eva.UUID, asked.ID, 0, true)
		p.s.must(err)
	}
	thing["recipient"] = p.s.Number(p.approved)
	return thing
}

func (p *place) ask2(by post.Actor, box post.UUID, whom registry.Party) trustee.Trustee {
	p.s.T.Helper()
	r := trustee.Request{Email: "post@firma.dk"}
	if whom.Kind == post.Person {
		first, last, _ := strings.Cut(whom.Name, " ")
		cpr, err := post.ParseCPR(p.s.Number(whom))
		p.s.must(err)
		r = trustee.Request{FirstName: first, LastName: last, CPR: cpr}
	} else {
		cvr, err := post.ParseCVR(p.s.Number(whom))
		p.s.must(err)
		r.CVR = cvr
	}
	asked, err := p.s.Trustees.Ask(p.s.T.Context(), by, box, r)
	p.s.must(err)
	return asked
}

// recipient is somebody who was asked to be a recipient.
func (p *place) recipient() map[string]string {
	return map[string]string{"id": p.ask2(p.maker, p.box, p.s.adult("Eva")).ID.String()}
}

// asked is somebody who asks the owner to be theirs.
func (p *place) asked() map[string]string {
	dan := p.s.adult("Dan")
	box, err := p.s.Mailboxes.Enter(p.s.T.Context(), world.Actor(dan))
	p.s.must(err)
	return map[string]string{"id": p.ask2(world.Actor(dan), box.UUID, p.owner).ID.String()}
}

// somebody is a person to ask.
func (p *place) somebody() map[string]string {
	who := p.s.adult("Carl")
	first, last, _ := strings.Cut(who.Name, " ")
	return map[string]string{"first": first, "last": last, "cpr": p.s.Number(who)}
}

func (p *place) name() map[string]string {
	p.names++
	return map[string]string{"name": fmt.Sprintf("Mappe %d", p.names)}
}

func (p *place) trash() map[string]string {
	return map[string]string{"id": p.folders[mailbox.Deleted].String()}
}

func (p *place) folder() map[string]string {
	thing := p.name()
	f, err := p.s.Mailboxes.CreateFolder(p.s.T.Context(), p.maker, p.box, thing["name"], post.UUID{})
	p.s.must(err)
	thing["id"], thing["name"] = f.UUID.String(), thing["name"]+" igen"
	return thing
}

// state is the version of the mailbox.
func (p *place) state() map[string]string {
	return map[string]string{"If-Match": strconv.FormatInt(max(1, p.watch().modseq), 10)}
}

func (p *place) access() map[string]string {
	return map[string]string{"id": uuid.NewSHA1(p.box, []byte("access")).String()}
}

// done is an operation on a letter.
func (p *place) done() map[string]string {
	thing := p.letterThing()
	maker := p.maker
	switch p.letter {
	case "mit":
		maker.Platform = post.PlatformMit
	case "eboks":
		maker.Platform = post.PlatformEboks
	}
	op, err := p.s.Mailboxes.Apply(p.s.T.Context(), maker, p.box, mailbox.Selection{Messages: []mailbox.Picked{{ID: uuid.MustParse(thing["messageId"])}}}, mailbox.Task{Flag: new(true)})
	p.s.must(err)
	return map[string]string{"operationId": op.ID.String()}
}

// belongs makes an operation somebody else's, as if they had begun it.
func (p *place) belongs(operation string, to post.PartyID) {
	p.s.Update(func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE operation SET task = REPLACE(task, $1, $2) WHERE mailbox = $3 AND id = $4",
			fmt.Sprintf(`"Party":%d,`, p.maker.Party), fmt.Sprintf(`"Party":%d,`, to), p.owner.ID, post.UUID(uuid.MustParse(operation)))
		return err
	})
}

// draft is a letter to the town with a text and an attachment that has not come: what
// calls about a part of it are about.
func (p *place) draft() map[string]string { return p.drafted(true) }

// whole is one without the attachment, which can be sent: for calls about all of it,
// whose version counts.
func (p *place) whole() map[string]string { return p.drafted(false) }

func (p *place) drafted(attached bool) map[string]string {
	s := p.s
	s.T.Helper()
	c := s.caller(nil, "Bearer "+s.tokenOf(post.Actor{Party: p.by.ID, Platform: post.PlatformApp, Assurance: post.AssuranceSubstantial}, session.Scopes))
	base := "/mailboxes/" + p.box.String() + "/messages/"
	made := func(path, body string) string {
		s.T.Helper()
		a := c.call("POST", base+path, []byte(body), jsonType)
		a.is(s.T, 201, "")
		return a.object(s.T)["id"].(string)
	}
	message := made("", fmt.Sprintf(`{"label":"Cykelsti","recipient":%s}`, s.toTown()))
	main := made(message+"/documents/", `{"documentType":"MAIN"}`)
	text := made(message+"/documents/"+main+"/files/", `{"encodingFormat":"text/html","filename":"brev.html"}`)
	c.call("PUT", base+message+"/documents/"+main+"/files/"+text+"/content", []byte("<p>Kære kommune</p>"), "Content-Type: application/octet-stream", "If-Match: 1").is(s.T, 200, "")
	thing := map[string]string{"messageId": message}
	defer func() { // of the message, once all is there
		if !attached {
			thing["If-Match"] = c.call("GET", base+message, nil).header.Get("ETag")
		}
	}()
	if attached {
		thing["documentId"] = made(message+"/documents/", `{"documentType":"ADDITIONAL","label":"Kort"}`)
		thing["fileId"] = made(message+"/documents/"+thing["documentId"]+"/files/", `{"encodingFormat":"text/plain","filename":"kort.txt"}`)
	}
	return thing
}

func errCode(err error) string { return errs.CodeOf(err) }

// codeOf is the code of an error's body.
func codeOf(body string) string {
	_, rest, _ := strings.Cut(body, `"code":"`)
	code, _, _ := strings.Cut(rest, `"`)
	return code
}
