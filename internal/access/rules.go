package access

// extent is the post that a relation reaches, before any rule is asked.
type extent uint8

const (
	noPost      extent = iota
	publicPost         // post from authorities
	privatePost        // private senders' post of the one platform that the grant names
	sendersPost        // public post from the senders that the grant names
	everyPost          // public post, and private post, each platform's on that platform
)

type relationEntry struct {
	name  string
	means string
	post  extent
	while []Status // the mailboxes it works in
	basis string
}

var (
	living    = []Status{StatusActive, StatusExempt}
	windingUp = []Status{StatusActive, StatusExempt, StatusCeased}
	estate    = []Status{StatusDead, StatusCeased}
	ceased    = []Status{StatusCeased}
	always    = []Status{StatusActive, StatusExempt, StatusDead, StatusCeased}
)

// relations says what each relation is, in the order of the constants.
var relations = [...]relationEntry{
	{"owner", "the person whose mailbox it is", everyPost, living, "SYS-01 REG-04"},

	{"signatory", "signs for the company or association alone (tegningsberettiget)", everyPost, living, "ORG-02 ORG-03 ORG-08"},
	{"employee.write", "employee with read and write access", everyPost, living, "ORG-01"},
	{"employee.advanced", "employee with advanced read access", everyPost, living, "ORG-01 ORG-02"},
	{"employee.basic", "employee with basic read access", everyPost, living, "ORG-01"},
	{"administrator", "rights administrator; reads only by an employee's right beside it", noPost, living, "ORG-01 SYS-10"},

	{"owner.former", "owner of a company until it ceased; on application, read access", everyPost, ceased, "ORG-04"},
	{"liquidator", "winds up a company; read access", everyPost, windingUp, "ORG-04"},
	{"curator", "appointed to a bankrupt company or citizen; read access", everyPost, windingUp, "ORG-04"},
	{"estate.administrator", "appointed by the probate court (bobestyrer); read access", everyPost, estate, "ORG-05"},
	{"heir", "heir with powers from all heirs; read access", everyPost, []Status{StatusDead}, "ORG-05"},

	{"writer", "read and write access (læse- og skriveadgang)", publicPost, living, "ACC-01 ACC-07 ACC-08"},
	{"reader", "read access (læseadgang)", publicPost, living, "ACC-01 ACC-05 ACC-06"},
	{"reader.private", "read access to private post of one platform", privatePost, living, "ACC-09"},
	{"reader.sender", "read access to chosen senders' post", sendersPost, living, "ACC-15"},

	{"staff.citizen.service", "citizen service employee of a municipality (Borgerservice)", noPost, always, "SYS-11 ACC-11"},
	{"staff.system.manager", "employee of the agency that runs Digital Post", noPost, always, "SYS-10 ORG-04 ORG-05"},
	{"staff.support", "employee of the support", noPost, always, "MBX-20"},
}

// The relations that the rules name together.
const (
	helpers   = Writer | Reader | PrivateReader | SenderReader
	employees = EmployeeWrite | EmployeeAdvanced | EmployeeBasic
	company   = Signatory | employees
	appointed = FormerOwner | Liquidator | Curator | EstateAdministrator | Heir
	staff     = CitizenService | SystemManager | Support

	// readAccess is everybody with at least what a read access gives (ACC-05).
	// The appointed get a read access to public and private post (ORG-04, ORG-05).
	readAccess = Owner | company | appointed | Writer | Reader
	// writeAccess is everybody with at least what a read and write access gives (ACC-07).
	writeAccess = Owner | Signatory | EmployeeWrite | Writer
	// fullAccess is everybody to whom the mailbox belongs. A company's letters
	// would otherwise never be cleared out where nobody signs alone.
	fullAccess = Owner | Signatory | EmployeeAdvanced
)

// subject is what an action touches.
type subject uint8

const (
	message subject = iota // post: the resource must say whose
	mailbox                // the mailbox itself
)

// effect is what an action leaves behind.
type effect uint8

const (
	reads  effect = 0
	writes effect = 1 << iota // a change: refused to a token without the WRITE scope
	serves                    // a court summons not served before is served by it (SND-08)
)

type rule struct {
	name   string
	means  string
	about  subject
	effect effect
	who    Relation
	basis  string // requirements; after a semicolon what the house decided where they are silent
}

// rules says which relations each action is open to.
var rules = [...]rule{
	MailboxSee: {"mailbox.see", "know that the mailbox exists, and switch to it", mailbox, reads,
		readAccess | PrivateReader | SenderReader | Administrator, "ACC-12"},

	MessageList: {"message.list", "list, search and count messages", message, reads,
		readAccess | PrivateReader | SenderReader, "ACC-04 ACC-05"},
	MessageRead: {"message.read", "open, download and print a message, old ones too", message, reads | serves,
		readAccess | PrivateReader | SenderReader, "ACC-04 ACC-05 ACC-09 ACC-15"},
	MessageMark: {"message.mark", "mark read, unread, done", message, writes,
		readAccess | PrivateReader, "ACC-05 MBX-11"},
	MessageFlag: {"message.flag", "mark as important", message, writes,
		readAccess | PrivateReader, "ACC-05 MBX-12"},
	MessageMove: {"message.move", "move to another folder, and back", message, writes | serves,
		readAccess | PrivateReader, "ACC-05 ACC-09 MBX-08"},
	MessageDelete: {"message.delete", "move to the trash", message, writes | serves,
		readAccess | PrivateReader, "ACC-05 MBX-06; the trash is a folder: who may move may delete, and moving back undoes it"},
	MessageDestroy: {"message.destroy", "delete for good", message, writes | serves,
		fullAccess, "ACC-06 ACC-08 MBX-06; in a company also advanced read access, which administers the post"},
	MessageServe: {"message.serve", "be served a court summons for the owner (forkyndelse)", message, writes,
		readAccess, "ACC-05 SND-08; the read access of the appointed is taken whole"},
	MessageHide: {"message.hide", "hide a letter or a sender from helpers", message, writes,
		Owner, "ACC-04; an exception that only the owner makes"},
	NoteWrite: {"note.write", "keep notes of one's own on a message", message, writes,
		readAccess | PrivateReader | SenderReader, "MBX-10; nobody else sees the note, so whoever reads may write one"},

	MessageWrite: {"message.write", "draft, answer and send", message, writes,
		writeAccess, "ACC-06 ACC-07 MBX-03 MBX-04"},
	MessageForwardAuthority: {"message.forward.authority", "forward to an authority", message, writes,
		writeAccess, "ACC-07 MBX-05"},
	MessageForwardRecipient: {"message.forward.recipient", "forward to a Digital Post recipient", message, writes,
		readAccess, "ACC-05 MBX-05"},
	MessageForwardEmail: {"message.forward.email", "forward to an e-mail address", message, writes,
		readAccess, "ACC-05 MBX-05"},

	FolderManage: {"folder.manage", "create, rename and move folders", mailbox, writes,
		readAccess | PrivateReader, "ACC-05 ACC-09 MBX-07"},
	FolderDelete: {"folder.delete", "delete a folder", mailbox, writes,
		fullAccess, "ACC-06 ACC-08 MBX-07"},
	TrusteeSee: {"trustee.see", "see the Digital Post recipients", mailbox, reads,
		readAccess, "ACC-05 RCP-03; whoever may forward to them chooses among them"},
	TrusteeManage: {"trustee.manage", "set up and remove Digital Post recipients", mailbox, writes,
		fullAccess, "ACC-08 RCP-01 RCP-05"},
	ContactEdit: {"contact.edit", "edit the mailbox's contact details for NemSMS and notices", mailbox, writes,
		Owner | Signatory | Writer, "ACC-06 ACC-07 ORG-02"},
	NoticeOwn: {"notice.own", "get and set one's own notices of new post here", mailbox, writes,
		readAccess | PrivateReader | SenderReader, "ACC-13 NTF-06"},
	CalendarManage: {"calendar.manage", "make, see and end links by which one's own calendar reads the dates of one's letters", mailbox, writes,
		Owner, "SND-03; a link is read without a log-in, so only the owner makes one, and for nobody else"},
	LogRead: {"log.read", "see the activity log", mailbox, reads,
		Owner | Signatory | EmployeeAdvanced | Administrator | appointed | Writer | Reader,
		"ACC-05 ACC-16; in a company those who administer its post or its rights"},
	AccessSee: {"access.see", "see who has access to one's own post and to whose one has it, and what is asked", mailbox, reads,
		Owner, "ACC-02 ACC-03; helpers are not told of each other"},
	AccessManage: {"access.manage", "give, change and end access to one's own post, and ask for and answer access to others'", mailbox, writes,
		Owner, "ACC-02 ACC-03 ACC-06 ACC-08 ACC-10"},
	AccessLeave: {"access.leave", "give up the access that one has", mailbox, writes,
		helpers, "ACC-10"},
	PlatformJoin: {"platform.join", "have the post shown on a commercial platform", mailbox, writes,
		fullAccess, "PLT-01 ORG-02"},
	PlatformLeave: {"platform.leave", "end that, and delete the profile there", mailbox, writes,
		Owner | Signatory, "PLT-01 PLT-03"},

	MessageAssign: {"message.assign", "assign a letter to a colleague and set its status", message, writes,
		company, "ORG-01; shared work is open to all who read the company's post"},
	CommentSee: {"comment.see", "see how the company works with a letter: assignee, status, comments, who has opened it", message, reads,
		company, "ORG-01; as above"},
	CommentWrite: {"comment.write", "write a comment on a letter to colleagues, and remove it", message, writes,
		company, "ORG-01; as above"},
	FilingSee: {"filing.see", "see the rules that file new letters", mailbox, reads,
		Signatory | EmployeeAdvanced, "ORG-01; who sets them"},
	FilingManage: {"filing.manage", "set rules that file new letters", mailbox, writes,
		Signatory | EmployeeAdvanced, "ORG-01; as other administration of the post"},
	RightsSee: {"rights.see", "see employees' rights, groups and requests", mailbox, reads,
		Signatory | Administrator, "ORG-01; who manages them"},
	RightsManage: {"rights.manage", "give and remove employees' rights", mailbox, writes,
		Signatory | Administrator, "ORG-01; the signatory until an administrator is named"},
	ExtractRequest: {"extract.request", "ask for a data extract of the company's post", mailbox, writes,
		company | Administrator | FormerOwner | Liquidator | Curator, "ORG-06; staff decide on the documents"},

	MailboxLookup: {"mailbox.lookup", "find a party and its registration, never its post", mailbox, reads,
		CitizenService | SystemManager, "SYS-11 REG-02"},
	AccessManageOnBehalf: {"access.manage.on_behalf", "create and remove an access for a citizen", mailbox, writes,
		CitizenService, "ACC-10 ACC-11"},
	ContactEditOnBehalf: {"contact.edit.on_behalf", "edit a citizen's NemSMS number", mailbox, writes,
		CitizenService, "SYS-11 SYS-12"},
	ExemptionManage: {"exemption.manage", "approve and withdraw an exemption", mailbox, writes,
		CitizenService, "REG-02"},
	RegistrationManage: {"registration.manage", "register who may register without having to", mailbox, writes,
		CitizenService, "REG-01 SYS-11"},
	AppointmentDecide: {"appointment.decide", "decide on liquidators, curators, estates, former owners, and a new administrator where there is none", mailbox, writes,
		SystemManager, "ORG-01 ORG-04 ORG-05 SYS-10"},
	ExtractDecide: {"extract.decide", "decide on a data extract", mailbox, writes,
		SystemManager, "ORG-06"},
	SupportAnswer: {"support.answer", "answer the contact form", mailbox, writes,
		Support, "MBX-20"},
}
