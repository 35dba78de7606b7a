package memo

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestGoodLetters(t *testing.T) {
	wantProblems(t, Validate(letter(), Rules{}))
	wantProblems(t, Validate(sms(), Rules{}))
}

// SND-01, SND-04: each rule of facts 2.1 to 2.7, broken alone.
func TestRules(t *testing.T) {
	const (
		header = "/Message/MessageHeader"
		body   = "/Message/MessageBody"
		first  = body + "/MainDocument/File[1]"
		action = body + "/MainDocument/Action[1]"
	)
	today := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	link := &EntryPoint{URL: "https://www.tusindfryd.dk/spørgeskema.html"}
	appointment := &Reservation{ReservationUUID: uuid.New(), StartDateTime: today, EndDateTime: today}
	named := func(name, encodingFormat string) func(*Message) {
		return func(m *Message) { m.Body.MainDocument.Files[0] = file(name, encodingFormat, "x") }
	}
	acting := func(a Action) func(*Message) {
		return func(m *Message) { m.Body.MainDocument.Actions = []Action{a} }
	}
	technical := func(f *File) func(*Message) {
		return func(m *Message) { m.Body.TechnicalDocument = []Document{{Files: []*File{f}}} }
	}
	deliver := func(days int) func(*Message) {
		return func(m *Message) { m.Header.DoNotDeliverUntilDate = today.AddDate(0, 0, days) }
	}
	for _, c := range []struct {
		name   string
		change func(*Message)
		want   []string
	}{
		// 1.2: types and lengths
		{"label of 256", func(m *Message) { m.Header.Label = strings.Repeat("ø", 256) }, nil},
		{"label of 257", func(m *Message) { m.Header.Label = strings.Repeat("ø", 257) }, []string{header + "/label memo.invalid"}},
		{"label empty", func(m *Message) { m.Header.Label = " " }, []string{header + "/label empty.label.not.allowed"}},
		{"comment of 512", func(m *Message) {
			m.Header.ForwardData = &ForwardData{MessageUUID: uuid.New(), OriginalMessageDateTime: today, Comment: strings.Repeat("x", 512)}
		}, nil},
		{"comment of 513", func(m *Message) {
			m.Header.ForwardData = &ForwardData{MessageUUID: uuid.New(), OriginalMessageDateTime: today, Comment: strings.Repeat("x", 513)}
		}, []string{header + "/ForwardData/comment memo.invalid"}},
		{"licence of 8", func(m *Message) {
			m.Header.ContentData = &ContentData{MotorVehicle: &MotorVehicle{LicenseNumber: "AB 12345"}}
		}, []string{header + "/ContentData/MotorVehicle/licenseNumber memo.invalid"}},
		{"GLN of 14 digits", func(m *Message) {
			m.Header.Recipient.AttentionData = &AttentionData{GlobalLocationNumber: &GlobalLocationNumber{GlobalLocationNumber: 10000000000000}}
		}, []string{header + "/Recipient/AttentionData/GlobalLocationNumber/globalLocationNumber memo.invalid"}},
		{"language of three", func(m *Message) { m.Body.MainDocument.Files[0].Language = "dan" }, []string{first + "/language memo.invalid"}},
		{"language missing", func(m *Message) { m.Body.MainDocument.Files[0].Language = "" }, []string{first + "/language memo.invalid"}},
		{"UUID of version 1", func(m *Message) { m.Header.MessageUUID[6] = 0x1B }, []string{header + "/messageUUID memo.invalid"}},
		{"UUID missing", func(m *Message) { m.Header.MessageUUID = uuid.Nil }, []string{header + "/messageUUID memo.invalid"}},
		{"created when", func(m *Message) { m.Body.CreatedDateTime = time.Time{} }, []string{body + "/createdDateTime memo.invalid"}},
		{"type", func(m *Message) { m.Header.MessageType = "" }, []string{header + "/messageType memo.invalid"}},

		// 1.3: how many
		{"three contact infos", func(m *Message) {
			m.Header.Sender.ContactPoint = &ContactPoint{ContactPointID: uuid.NewString(), ContactInfo: make([]ContactInfo, 3)}
		}, []string{header + "/Sender/ContactPoint/ContactInfo memo.invalid"}},
		{"ten additional content data", func(m *Message) {
			m.Header.ContentData = &ContentData{AdditionalContentData: make([]AdditionalContentData, 10)}
		}, nil},
		{"eleven additional content data", func(m *Message) {
			m.Header.ContentData = &ContentData{AdditionalContentData: make([]AdditionalContentData, 11)}
		}, []string{header + "/ContentData/AdditionalContentData memo.invalid"}},
		{"five additional reply data", func(m *Message) {
			m.Header.ReplyData = []ReplyData{{MessageUUID: m.Header.MessageUUID, AdditionalReplyData: make([]AdditionalReplyData, 5)}}
		}, []string{header + "/ReplyData[1]/AdditionalReplyData memo.invalid"}},
		{"document without file", func(m *Message) { m.Body.MainDocument.Files = nil }, []string{body + "/MainDocument/File memo.invalid"}},

		// 1.6: NemSMS, and the letter's body
		{"letter without body", func(m *Message) { m.Body = nil }, []string{"/Message/MessageBody message.body.missing"}},
		{"NemSMS with body", func(m *Message) { m.Header.MessageType, m.Header.Notification = NemSMS, "x" }, []string{"/Message/MessageBody message.body.not.allowed"}},
		{"NemSMS without text", func(m *Message) { *m = *sms(); m.Header.Notification = "\n" }, []string{header + "/notification empty.notification.not.allowed"}},
		{"NemSMS of 150", func(m *Message) { *m = *sms(); m.Header.Notification = strings.Repeat("å", 150) }, nil},
		{"NemSMS of 151", func(m *Message) { *m = *sms(); m.Header.Notification = strings.Repeat("å", 151) }, []string{header + "/notification memo.invalid"}},
		{"NemSMS to a company", func(m *Message) {
			*m = *sms()
			m.Header.Recipient = Recipient{RecipientID: "10000009", IDType: CVR}
		}, nil},

		// who
		{"CPR of nine digits", func(m *Message) { m.Header.Recipient.RecipientID = "221177121" }, []string{header + "/Recipient/recipientID recipient.id.format.not.allowed"}},
		{"CPR with hyphen", func(m *Message) { m.Header.Recipient.RecipientID = "221177-1212" }, []string{header + "/Recipient/recipientID recipient.id.format.not.allowed"}},
		{"CPR that fails modulus 11", func(m *Message) { m.Header.Recipient.RecipientID = "2211771213" }, nil},
		{"CVR that fails modulus 11", func(m *Message) { m.Header.Sender.SenderID = "10000008" }, []string{header + "/Sender/senderID sender.id.format.not.allowed"}},
		{"citizen as sender", func(m *Message) { m.Header.Sender.SenderID, m.Header.Sender.IDType = "2211771212", CPR }, nil},
		{"id type of old", func(m *Message) { m.Header.Sender.IDType = "MYNDIGHEDSID" }, []string{header + "/Sender/idType id.type.not.allowed"}},
		{"contact point", func(m *Message) { m.Header.Recipient.ContactPoint = &ContactPoint{ContactPointID: "22.33.44"} },
			[]string{header + "/Recipient/ContactPoint/contactPointID contact.point.id.format.not.allowed"}},

		// 2.1 and 2.2: attachments and file types
		{"ten attachments", func(m *Message) { m.Body.AdditionalDocument = slices.Repeat([]Document{m.Body.MainDocument}, 10) }, nil},
		{"eleven attachments", func(m *Message) { m.Body.AdditionalDocument = slices.Repeat([]Document{m.Body.MainDocument}, 11) },
			[]string{body + "/AdditionalDocument too.many.attachments"}},
		{"eleven technical documents", func(m *Message) { m.Body.TechnicalDocument = slices.Repeat([]Document{m.Body.MainDocument}, 11) }, nil},
		{"empty file", func(m *Message) { m.Body.MainDocument.Files[0].Size = 0 }, []string{first + "/content file.empty.not.allowed"}},
		{"upper-case extension", named("BREV.PDF", "application/pdf"), nil},
		{"charset", named("brev.html", `Text/HTML; charset="utf-8"`), nil},
		{"rtf as Word", named("brev.rtf", "application/msword"), nil},
		{"jpeg", named("foto.jpeg", "image/jpeg"), nil},
		{"two extensions", named("brev.2026.pdf", "application/pdf"), nil},
		{"zip", named("alt.zip", "application/zip"), []string{first + "/filename file.extension.not.allowed"}},
		{"xml for people", named("data.xml", "text/xml"), []string{first + "/filename file.extension.not.allowed"}},
		{"no extension", named("brev", "application/pdf"), []string{first + "/filename file.extension.not.allowed"}},
		{"another type", named("brev.pdf", "text/plain"), []string{first + "/encodingFormat file.extension.not.allowed"}},
		{"program", named("spil.exe", "application/pdf"), []string{first + "/content file.content.not.allowed", first + "/filename file.extension.not.allowed"}},
		{"program with a dot after", named("spil.exe. ", "application/pdf"), []string{first + "/content file.content.not.allowed", first + "/filename file.extension.not.allowed"}},
		{"Word with macros", named("brev.docm", "application/msword"), []string{first + "/content file.content.not.allowed", first + "/filename file.extension.not.allowed"}},
		{"technical xml", technical(file("data.xml", "text/xml", "x")), nil},
		{"technical anything", technical(file("data.bin", "application/x-anything", "x")), nil},
		{"technical program", technical(file("x.js", "text/javascript", "x")), []string{body + "/TechnicalDocument[1]/File[1]/content file.content.not.allowed"}},

		// 2.3: file names
		{"Danish file name", named("Ærø, Ålborg & omegn (1).pdf", "application/pdf"), nil},
		{"no file name", named(" ", "application/pdf"), []string{first + "/filename file.name.not.allowed"}},
		{"colon", named("a:b.pdf", "application/pdf"), []string{first + "/filename file.name.not.allowed"}},
		{"path", named("../a.pdf", "application/pdf"), []string{first + "/filename file.name.not.allowed"}},
		{"line feed", named("a\nb.pdf", "application/pdf"), []string{first + "/filename file.name.not.allowed"}},
		{"no-break space", named("a\u00A0b.pdf", "application/pdf"), []string{first + "/filename file.name.not.allowed"}},
		{"thin space", named("a\u2009b.pdf", "application/pdf"), []string{first + "/filename file.name.not.allowed"}},
		{"from right to left", named("a\u202Efdp.pdf", "application/pdf"), []string{first + "/filename file.name.not.allowed"}},

		// 2.3 and 1.5: actions
		{"link", acting(Action{ActionCode: Information, EntryPoint: link}), nil},
		{"link and an end before its start", acting(Action{ActionCode: Betaling, EntryPoint: link, StartDateTime: today, EndDateTime: today.AddDate(0, 0, -1)}), nil},
		{"appointment", acting(Action{ActionCode: Aftale, Reservation: appointment}), nil},
		{"appointment without", acting(Action{ActionCode: Aftale}), []string{action + "/Reservation action.reservation.missing"}},
		{"link without", acting(Action{ActionCode: Underskriv}), []string{action + "/EntryPoint action.entry.point.missing"}},
		{"both", acting(Action{ActionCode: Aftale, Reservation: appointment, EntryPoint: link}), []string{action + "/EntryPoint memo.invalid"}},
		{"code unknown", acting(Action{ActionCode: "DANS", EntryPoint: link}), []string{action + "/actionCode action.code.not.allowed"}},
		{"http", acting(Action{ActionCode: Tilmelding, EntryPoint: &EntryPoint{URL: "http://a.dk"}}), []string{action + "/EntryPoint/url entry.point.url.not.https"}},
		{"script", acting(Action{ActionCode: Tilmelding, EntryPoint: &EntryPoint{URL: "javascript:alert(1)"}}), []string{action + "/EntryPoint/url entry.point.url.not.https"}},
		{"no host", acting(Action{ActionCode: Tilmelding, EntryPoint: &EntryPoint{URL: "https:///a"}}), []string{action + "/EntryPoint/url entry.point.url.not.https"}},
		{"link too long", acting(Action{ActionCode: Tilmelding, EntryPoint: &EntryPoint{URL: "https://a.dk/" + strings.Repeat("a", 250)}}), []string{action + "/EntryPoint/url memo.invalid"}},

		// 2.8: dates
		{"today", deliver(0), nil},
		{"yesterday", deliver(-1), []string{header + "/doNotDeliverUntilDate do.not.deliver.until.date.too.early"}},
		{"in a year", deliver(365), nil},
		{"in a year and a day", deliver(366), []string{header + "/doNotDeliverUntilDate do.not.deliver.until.date.too.late"}},

		// 2.7: replies
		{"reply", func(m *Message) {
			m.Header.ReplyData = []ReplyData{{MessageUUID: uuid.New()}, {MessageUUID: m.Header.MessageUUID, ReplyUUID: uuid.New()}}
		}, nil},
		{"reply that does not name itself", func(m *Message) { m.Header.ReplyData = []ReplyData{{MessageUUID: uuid.New()}} },
			[]string{header + "/ReplyData[1]/messageUUID reply.data.message.uuid.missing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := letter()
			c.change(m)
			wantProblems(t, Validate(m, Rules{Today: today}), c.want...)
		})
	}
}

func TestRulesCanBeSet(t *testing.T) {
	m := letter()
	m.Body.MainDocument.Files[0] = file("aftale.ics", "text/calendar", "BEGIN:VCALENDAR")
	m.Body.AdditionalDocument = slices.Repeat([]Document{m.Body.MainDocument}, 2)
	m.Header.DoNotDeliverUntilDate = time.Date(2026, 12, 24, 0, 0, 0, 0, time.UTC)
	rules := Rules{
		Today:                  time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
		MaxDaysAhead:           31,
		MaxAdditionalDocuments: 1,
		FileTypes:              []FileType{{"ics", []string{"text/calendar"}}},
	}
	wantProblems(t, Validate(m, rules),
		"/Message/MessageHeader/doNotDeliverUntilDate do.not.deliver.until.date.too.late",
		"/Message/MessageBody/AdditionalDocument too.many.attachments")
}

// A letter that is wrong everywhere is not answered with a book.
func TestProblemsAreBounded(t *testing.T) {
	m := letter()
	m.Header.ReplyData = make([]ReplyData, 10_000)
	if n := len(found(t, Validate(m, Rules{}))); n != maxProblems {
		t.Errorf("%d problems", n)
	}
}

// Problems name no person: nothing of the letter's own text is in them.
func TestProblemsHoldNoPersonalData(t *testing.T) {
	m := letter()
	const secret = "0101019999"
	m.Header.Recipient.RecipientID = secret + "0"
	m.Header.Sender.IDType = IDType(secret)
	m.Header.Label = strings.Repeat(secret, 30)
	m.Body.MainDocument.Files[0] = file(secret+".zip", secret, "x")
	m.Body.MainDocument.Actions = []Action{{ActionCode: secret, EntryPoint: &EntryPoint{URL: "http://" + secret}}}
	err := Validate(m, Rules{})
	if len(found(t, err)) != 6 {
		t.Errorf("problems: %v", err.(*Problems).List)
	}
	for _, p := range err.(*Problems).List {
		if strings.Contains(p.String(), secret) {
			t.Errorf("%s", p)
		}
	}
}

// Every code that is used is in the list, once, with a sentence.
func TestCodes(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Codes {
		if seen[c.Code] || !strings.HasSuffix(c.Meaning, ".") {
			t.Errorf("%s: twice, or no sentence", c.Code)
		}
		seen[c.Code] = true
	}
	for _, code := range []string{CodeInvalid, CodeTooLarge, CodeReplyData, CodeFileContent, CodeEntryPointURL, CodeContainerInvalid, CodeContainerTooLarge} {
		if !seen[code] {
			t.Errorf("%s is not in the list", code)
		}
	}
}
