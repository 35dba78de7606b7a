package memo

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestReadFullExample(t *testing.T) { // SND-01
	m, err := Read(bytes.NewReader(example(t, "MeMo_Full_Example.xml")), ReadOptions{Sink: toContent})
	if err != nil {
		t.Fatal(err)
	}
	h := &m.Header
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"version", m.Version, V12},
		{"type", h.MessageType, DigitalPost},
		{"upper-case UUID", h.MessageUUID.String(), "8c2ea15d-61fb-4ba9-9366-42f8b194c114"},
		{"label with æ", h.Label, "Besked fra Børneforvaltningen"},
		{"reply by", h.ReplyByDateTime, time.Date(2025, 9, 30, 12, 0, 0, 0, time.UTC)},
		{"deliver on", h.DoNotDeliverUntilDate, time.Date(2025, 9, 15, 0, 0, 0, 0, time.UTC)},
		{"mandatory", h.Mandatory, true},
		{"GLN", h.Sender.AttentionData.GlobalLocationNumber.GlobalLocationNumber, int64(5798000012345)},
		{"address point", h.Sender.AttentionData.Address.AddressPoint.GeographicHeightMeasure, "0.0"},
		{"representative", h.Sender.Representative.RepresentativeID, "87654321"},
		{"contact info", h.Recipient.ContactPoint.ContactInfo[1].Value, "Emilie Hansen"},
		{"vehicle", h.ContentData.MotorVehicle.ChassisNumber, "WFR18ZZ67W094959"},
		{"KLE", h.ContentData.KLEdata.SubjectKey, "00.00.00"},
		{"additional content data", len(h.ContentData.AdditionalContentData), 2},
		{"forward", h.ForwardData.OriginalRepresentative, "Repræsentant Kommune"},
		{"replies", len(h.ReplyData), 2},
		{"reply data", h.ReplyData[1].AdditionalReplyData[3].Label, "Att"},
		{"main document id", m.Body.MainDocument.ID, "456"},
		{"additional document id", m.Body.AdditionalDocument[1].ID, "678"},
		{"technical document id", m.Body.TechnicalDocument[0].ID, "222555"},
		{"entry point", m.Body.MainDocument.Actions[0].EntryPoint.URL, "https://www.tusindfryd.dk/spørgeskema.html"},
		{"escaped entry point", m.Body.AdditionalDocument[1].Actions[0].EntryPoint.URL, "https://registration.nemhandel.dk/NemHandelRegisterWeb/public/participant/info?key=5798009811578&keytype=GLN"},
		{"reservation", m.Body.MainDocument.Actions[1].Reservation.Location, "Gl. Landevej 61, 9000 aalborg, Rød stue"},
		{"file name", m.Body.AdditionalDocument[0].Files[1].Filename, "Praktiske oplysninger.doc"},
		{"content", m.Body.MainDocument.Files[0].Content, any("This is a test")},
		{"size", m.Body.MainDocument.Files[0].Size, int64(14)},
		{"hash", m.Body.MainDocument.Files[0].SHA256, sha256.Sum256([]byte("This is a test"))},
		{"detected", m.Body.MainDocument.Files[0].Detected, "text/plain"},
		{"a text called PDF", m.Body.MainDocument.Files[0].Matches, false},
		{"a text called TXT", m.Body.MainDocument.Files[1].Matches, true},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
}

// The official examples pass, except where their data is outside a rule. Their
// placeholder 12345678 is no CVR number.
func TestExamplesByTheRules(t *testing.T) {
	const (
		sender    = "/Message/MessageHeader/Sender/senderID sender.id.format.not.allowed"
		recipient = "/Message/MessageHeader/Recipient/recipientID recipient.id.format.not.allowed"
		link      = "/EntryPoint/url entry.point.url.not.https" // https came in 2025; these are older
	)
	want := map[string][]string{
		"MeMo_Full_Example.xml":    {sender},
		"MeMo_Minimum_Example.xml": {sender},
		"MeMo_NemSMS.xml":          {sender, recipient}, // "Sender ID", "Recipient ID"
		"MeMo_with_attachment.xml": {sender, recipient}, // the same
		"itk-testMeMoScenarie1Eksempel.xml": {sender, recipient,
			"/Message/MessageBody/MainDocument/Action[1]" + link},
		"v1.1/MeMo_Full_Example.xml": {sender,
			"/Message/MessageBody/MainDocument/Action[1]" + link,
			"/Message/MessageBody/AdditionalDocument[1]/Action[1]" + link,
			"/Message/MessageBody/AdditionalDocument[2]/Action[1]" + link},
		"v1.1/MeMo_Minimum_Example.xml": {sender},
	}
	for _, name := range examples {
		t.Run(name, func(t *testing.T) {
			m, err := Read(bytes.NewReader(example(t, name)), ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			wantProblems(t, Validate(m, Rules{}), want[name]...)
			_, err = Read(bytes.NewReader(example(t, name)), ReadOptions{Rules: &Rules{}})
			wantProblems(t, err, want[name]...)
		})
	}
}

// What real producers write is read as it was meant.
func TestQuirks(t *testing.T) {
	plain := minimal(v12, "", "")
	for _, c := range []struct {
		name, xml string
		check     func(*Message) bool
	}{
		{"byte order mark", "\uFEFF" + plain, nil},
		{"byte order mark and declaration", "\uFEFF<?xml version='1.0' encoding=\"utf-8\" standalone='yes' ?>\r\n" + plain, nil},
		{"default namespace on the root, prefixes below", strings.NewReplacer(
			"<memo:Message xmlns:memo=", "<Message xmlns=", "</memo:Message>", "</Message>",
			"<memo:MessageHeader>", `<memo:MessageHeader xmlns:memo="https://DigitalPost.dk/MeMo-1">`,
			"<memo:MessageBody>", `<memo:MessageBody xmlns:memo="https://DigitalPost.dk/MeMo-1">`).Replace(plain), nil},
		{"default namespace throughout", strings.ReplaceAll(strings.ReplaceAll(plain, "memo:", ""), "xmlns:memo", "xmlns"), nil},
		{"another prefix", strings.ReplaceAll(strings.ReplaceAll(plain, "memo:", "m-1.x:"), "xmlns:memo", "xmlns:m-1.x"), nil},
		{"lower-case idType", strings.Replace(plain, ">CVR<", "> cvr <", 1), func(m *Message) bool { return m.Header.Sender.IDType == CVR }},
		{"fractional seconds", strings.Replace(plain, "12:00:00Z", "12:00:00.1234567Z", 1), func(m *Message) bool {
			return m.Body.CreatedDateTime.Equal(time.Date(2024, 5, 3, 12, 0, 0, 123456700, time.UTC))
		}},
		{"version 1.1 without memoSchVersion", minimal(`memoVersion="1.1"`, "<memo:mandatory>0</memo:mandatory><memo:legalNotification>1</memo:legalNotification>", ""),
			func(m *Message) bool { return m.Header.LegalNotification && !m.Header.Mandatory }},
		{"schema location", minimal(v12+` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b"`, "", ""), nil},
		{"comments and instructions", strings.Replace("<?x y?><!-- > -->"+plain+"<!-- end -->\n", ">Brev<", "><!-- a -->Br<?p q?>ev<!---->< ", 1), nil},
		{"CDATA", strings.Replace(plain, ">Brev<", "><![CDATA[Brev]]><", 1), nil},
		{"references", strings.Replace(plain, ">Brev<", ">&#66;r&#x65;v<", 1), nil},
		{"base64 in lines", strings.Replace(plain, "S8OmcmUgTWV0dGU=", "\r\n S8Om&#13;\ncmUg\t<!-- x -->TW&#xA;V0<![CDATA[dGU=]]>\n", 1), nil},
		{"date with zone", minimal(v12, "<memo:doNotDeliverUntilDate>2026-12-01+01:00</memo:doNotDeliverUntilDate>", ""), func(m *Message) bool {
			return m.Header.DoNotDeliverUntilDate.Equal(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			xml := strings.Replace(c.xml, "< /memo:label>", "</memo:label>", 1)
			for _, r := range []io.Reader{strings.NewReader(xml), iotest.OneByteReader(strings.NewReader(xml))} {
				m, err := Read(r, ReadOptions{Sink: toContent, Rules: &Rules{}})
				if err != nil {
					t.Fatal(err)
				}
				if m.Header.Label != "Brev" || m.Body.MainDocument.Files[0].Content != "Kære Mette" {
					t.Errorf("label %q, content %q", m.Header.Label, m.Body.MainDocument.Files[0].Content)
				}
				if c.check != nil && !c.check(m) {
					t.Error("not read as it was meant")
				}
			}
		})
	}
}

func TestLostZerosAreRestored(t *testing.T) {
	xml := strings.Replace(minimal(v12, "", ""), "</memo:Recipient>", `</memo:Recipient><memo:ContentData>
		<grd:CPRdata><grd:cprNumber>101010001</grd:cprNumber></grd:CPRdata>
		<grd:CVRdata><grd:cvrNumber>1234567</grd:cvrNumber></grd:CVRdata></memo:ContentData>`, 1)
	m, err := readString(xml)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Header.ContentData.CPRdata.CPRNumber; got != "0101010001" {
		t.Errorf("CPR number %q", got)
	}
	if got := m.Header.ContentData.CVRdata.CVRNumber; got != "01234567" {
		t.Errorf("CVR number %q", got)
	}
}

// SND-01: all problems at once, each with its place.
func TestSchemaProblems(t *testing.T) {
	const header = "/Message/MessageHeader"
	plain := minimal(v12, "", "")
	for _, c := range []struct {
		name, xml string
		want      []string
	}{
		{"unknown element", minimal(v12, "<memo:foo><memo:bar/>text</memo:foo>", ""), []string{header + "/foo memo.invalid"}},
		{"element in another namespace", minimal(v12, `<label xmlns="urn:x"/>`, ""), []string{header + "/label memo.invalid"}},
		{"element in no namespace", minimal(v12, `<messageID/>`, ""), []string{header + "/messageID memo.invalid"}},
		{"element in a text", strings.Replace(plain, ">Brev<", "><b>x</b>Brev<", 1), []string{header + "/label/b memo.invalid"}},
		{"element in a content", strings.Replace(plain, "S8OmcmUgTWV0dGU=", "S8Om<memo:b>AAAA</memo:b>cmUgTWV0dGU=", 1),
			[]string{"/Message/MessageBody/MainDocument/File[1]/content/b memo.invalid"}},
		{"text between elements", minimal(v12, "text", ""), []string{header + " memo.invalid"}},
		{"wrong order", minimal(v12, "<memo:messageID>x</memo:messageID>", ""), []string{header + "/messageID memo.invalid"}},
		{"twice", minimal(v12, "<memo:label>x</memo:label>", ""), []string{header + "/label memo.invalid"}},
		{"missing", strings.Replace(plain, "<memo:label>Brev</memo:label>", "", 1), []string{header + "/label memo.invalid"}},
		{"missing in 1.1 alone", minimal(`memoVersion="1.1"`, "", ""), []string{header + "/mandatory memo.invalid", header + "/legalNotification memo.invalid"}},
		{"only from 1.2", strings.Replace(minimal(`memoVersion="1.1"`, "<memo:mandatory>false</memo:mandatory><memo:legalNotification>false</memo:legalNotification>", ""),
			"</memo:Sender>", "<memo:Representative/></memo:Sender>", 1), []string{header + "/Sender/Representative memo.invalid"}},
		{"only in 1.0", strings.Replace(plain, "<memo:File>", "<memo:documentID>1</memo:documentID><memo:File>", 1),
			[]string{"/Message/MessageBody/MainDocument/documentID memo.invalid"}},
		{"no version", minimal("", "", ""), []string{"/Message/@memoVersion memo.invalid"}},
		{"version unknown", minimal(`memoVersion="2.0"`, "", ""), []string{"/Message/@memoVersion memo.invalid"}},
		{"unknown attribute", minimal(v12+` foo="1"`, `<memo:messageCode bar="2">x</memo:messageCode>`, ""),
			[]string{"/Message/@foo memo.invalid", header + "/messageCode memo.invalid", header + "/messageCode/@bar memo.invalid"}},
		{"bad UUID", strings.Replace(plain, "8C2EA15D-", "{C2EA15D-", 1), []string{header + "/messageUUID memo.invalid"}},
		{"UUID of another version", strings.Replace(plain, "-4BA9-", "-1BA9-", 1), []string{header + "/messageUUID memo.invalid"}},
		{"bad boolean", minimal(v12, "<memo:reply>yes</memo:reply>", ""), []string{header + "/reply memo.invalid"}},
		{"time without Z", strings.Replace(plain, "12:00:00Z", "12:00:00+01:00", 1), []string{"/Message/MessageBody/createdDateTime memo.invalid"}},
		{"time with one digit", strings.Replace(plain, "12:00:00Z", "1:00:00Z", 1), []string{"/Message/MessageBody/createdDateTime memo.invalid"}},
		{"time with comma", strings.Replace(plain, "12:00:00Z", "12:00:00,5Z", 1), []string{"/Message/MessageBody/createdDateTime memo.invalid"}},
		{"bad date", minimal(v12, "<memo:doNotDeliverUntilDate>2026-02-30</memo:doNotDeliverUntilDate>", ""), []string{header + "/doNotDeliverUntilDate memo.invalid"}},
		{"bad number", strings.Replace(plain, "</memo:Recipient>", `<memo:AttentionData><grd:ProductionUnit>
			<grd:productionUnitNumber>12345678901</grd:productionUnitNumber></grd:ProductionUnit></memo:AttentionData></memo:Recipient>`, 1),
			[]string{header + "/Recipient/AttentionData/ProductionUnit/productionUnitNumber memo.invalid"}},
		{"bad base64", strings.Replace(plain, "S8OmcmUg", "S8Om*mUg", 1), []string{"/Message/MessageBody/MainDocument/File[1]/content memo.invalid"}},
		{"base64 cut short", strings.Replace(plain, "TWV0dGU=", "TWV0dGU", 1), []string{"/Message/MessageBody/MainDocument/File[1]/content memo.invalid"}},
		{"base64 after its end", strings.Replace(plain, "TWV0dGU=", "TWV0dGU=AAAA", 1), []string{"/Message/MessageBody/MainDocument/File[1]/content memo.invalid"}},
		{"type unknown", strings.Replace(plain, "DIGITALPOST", "TELEGRAM", 1), []string{header + "/messageType memo.invalid"}},
		{"everything missing", `<m:Message xmlns:m="https://DigitalPost.dk/MeMo-1"/>`, []string{"/Message/@memoVersion memo.invalid", "/Message/MessageHeader memo.invalid"}},
		{"action in a technical document", strings.Replace(plain, "</memo:MainDocument>", `</memo:MainDocument><memo:TechnicalDocument><memo:File>
			<memo:encodingFormat>x/y</memo:encodingFormat><memo:filename>x.y</memo:filename><memo:language>da</memo:language><memo:content>AAAA</memo:content></memo:File>
			<memo:Action/></memo:TechnicalDocument>`, 1), []string{"/Message/MessageBody/TechnicalDocument[1]/Action memo.invalid"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Read(strings.NewReader(c.xml), ReadOptions{Rules: &Rules{}})
			wantProblems(t, err, c.want...)
			if p, _ := errors.AsType[*Problems](err); p.Malformed {
				t.Error("well-formed XML is called malformed")
			}
			if !strings.Contains(c.xml, "{") && c.name != "everything missing" && m.Header.Recipient.RecipientID != "2211771212" {
				t.Error("the rest of the letter has not been read")
			}
		})
	}
}

func TestMalformed(t *testing.T) {
	plain := minimal(v12, "", "")
	for _, c := range []struct{ name, xml, want string }{
		{"nothing", "", "no element"},
		{"white space", " \n ", "no element"},
		{"no XML", "Kære Mette", "outside the root"},
		{"JSON", `{"a":1}`, "outside the root"},
		{"another root", "<a/>", "root element is not Message"},
		{"another namespace", strings.Replace(plain, "DigitalPost.dk/MeMo-1", "DigitalPost.dk/MeMo-2", 1), "root element is not Message"},
		{"prefix not declared", minimal(v12, "<x:foo/>", ""), "line 3, byte 291: the prefix x is not declared"},
		{"prefix of an element that has ended", minimal(v12, `<memo:messageID xmlns:x="urn:x"/><x:foo/>`, ""), "the prefix x is not declared"},
		{"attribute prefix not declared", minimal(v12, `<memo:messageID x:y=""/>`, ""), "the prefix x is not declared"},
		{"second root", plain + "<a/>", "second root"},
		{"text after the root", plain + "x", "outside the root"},
		{"CDATA after the root", plain + "<![CDATA[]]>", "outside the root"},
		{"cut in a tag", plain[:len(plain)-5], "ends in the middle of a tag"},
		{"cut in an element", strings.TrimSuffix(plain, "</memo:Message>"), "ends inside the element memo:Message"},
		{"cut in a content", plain[:strings.Index(plain, "8Om")], "ends inside a content"},
		{"cut in a comment", plain + "<!-- ", "middle of a comment"},
		{"another end tag", strings.Replace(plain, "</memo:label>", "</memo:lable>", 1), "closed by another end tag"},
		{"end tag too many", plain + "</memo:Message>", "end tag outside"},
		{"tag in a tag", minimal(v12, "<memo:a <memo:b>>", ""), "< inside a tag"},
		{"attribute without quotes", minimal(v12, "<memo:a b=c/>", ""), "not in quotes"},
		{"attribute without value", minimal(v12, "<memo:a b/>", ""), "no value"},
		{"attribute twice", minimal(v12+" "+v12, "", ""), "twice"},
		{"bad name", minimal(v12, "<memo:1/>", ""), "no proper name"},
		{"two colons", minimal(v12, "<memo:a:b/>", ""), "no proper name"},
		{"bare ampersand", strings.Replace(plain, ">Brev<", ">R & D<", 1), "starts no reference"},
		{"unknown reference", strings.Replace(plain, ">Brev<", ">&aring;<", 1), "not known"},
		{"reference to no character", strings.Replace(plain, ">Brev<", ">&#0;<", 1), "not known"},
		{"control character", strings.Replace(plain, ">Brev<", ">\x01<", 1), "control character"},
		{"no UTF-8", strings.Replace(plain, ">Brev<", ">\xE6<", 1), "not UTF-8"},
		{"U+FFFE", strings.Replace(plain, ">Brev<", ">\uFFFE<", 1), "does not allow"},
		{"]]> in a text", strings.Replace(plain, ">Brev<", ">]]><", 1), "outside a CDATA"},
		{"-- in a comment", plain + "<!-- -- -->", "inside a comment"},
		{"declaration too late", " <?xml version='1.0'?>" + plain, "not at the start"},
		{"other encoding", "<?xml version='1.0' encoding='ISO-8859-1'?>" + plain, "UTF-8"},
		{"UTF-16", "\xFF\xFE<\x00", "UTF-16"},
		{"XML 1.1", "<?xml version='1.1'?>" + plain, "another version"},
		{"document type", "<!DOCTYPE a>" + plain, "document types"},
		{"billion laughs", `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol1 "&lol;&lol;">]>` + plain, "document types"},
		{"external entity", `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + plain, "document types"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readString(c.xml)
			wantProblems(t, err, "/ memo.invalid")
			p, ok := errors.AsType[*Problems](err)
			if !ok {
				return
			}
			if !p.Malformed || !strings.Contains(p.List[0].Detail, c.want) || !strings.HasPrefix(p.List[0].Detail, "line ") {
				t.Errorf("%q, want a place and %q", p.List[0].Detail, c.want)
			}
		})
	}
}

// A receipt can name a letter that is wrong further on.
func TestPartOfAWrongLetter(t *testing.T) {
	for _, xml := range []string{
		minimal(v12, "<memo:foo/>", ""),
		minimal(v12, "", "<"),
		minimal(v12, "", "<memo:Action><memo:label>x"),
	} {
		m, err := readString(xml)
		if err == nil || m.Header.MessageUUID.String() != "8c2ea15d-61fb-4ba9-9366-42f8b194c114" ||
			m.Header.Sender.SenderID != "10000009" || m.Header.Recipient.RecipientID != "2211771212" {
			t.Errorf("%v: %v", err, m.Header)
		}
	}
}

// Pieces of the input make no difference, and the digest changes with the letter.
func TestDigest(t *testing.T) {
	big := letterOf(t, 200_000)
	digest := func(r io.Reader) [32]byte {
		t.Helper()
		m, err := Read(r, ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return m.Digest
	}
	want := digest(bytes.NewReader(big))
	for name, r := range map[string]io.Reader{
		"one byte at a time": iotest.OneByteReader(bytes.NewReader(big)),
		"halves":             iotest.HalfReader(bytes.NewReader(big)),
		"end with the data":  iotest.DataErrReader(bytes.NewReader(big)),
		"a prime at a time":  &pieces{bytes.NewReader(big), 7919},
		"lines in base64":    bytes.NewReader(bytes.Replace(big, []byte("JVBERi0x"), []byte("JVBE\r\nRi0x\n"), 1)),
	} {
		if digest(r) != want {
			t.Errorf("%s: another digest", name)
		}
	}
	seen := map[[32]byte]string{want: "the letter"}
	for name, xml := range map[string][]byte{
		"content":            bytes.Replace(big, []byte("JVBERi0x"), []byte("JVBERi0y"), 1),
		"file name":          bytes.Replace(big, []byte("Pladsanvisning.pdf"), []byte("pladsanvisning.pdf"), 1),
		"recipient":          bytes.Replace(big, []byte("2211771212"), []byte("2211771213"), 1),
		"after the content":  bytes.Replace(big, []byte("</memo:MainDocument>"), []byte("<!-- --></memo:MainDocument>"), 1),
		"after the root":     append(bytes.Clone(big), '\n'),
		"content as outside": bytes.Replace(big, []byte("</memo:content>"), []byte("</memo:content >"), 1),
	} {
		d := digest(bytes.NewReader(xml))
		if other, ok := seen[d]; ok {
			t.Errorf("%s: the same digest as %s", name, other)
		}
		seen[d] = name
	}
}

// pieces reads n bytes at a time.
type pieces struct {
	r io.Reader
	n int
}

func (p *pieces) Read(b []byte) (int, error) { return p.r.Read(b[:min(p.n, len(b))]) }

// The content arrives whole at the sink, which knows the file by then.
func TestSink(t *testing.T) {
	m := letter()
	content := strings.Repeat("0123456789", 50_000)
	m.Body.MainDocument.Files[0] = file("stor.txt", "text/plain", content)
	m.Body.AdditionalDocument = []Document{{Files: []*File{file("a.pdf", "application/pdf", "%PDF-1.4"), file("b.txt", "text/plain", "b")}}}
	m.Body.TechnicalDocument = []Document{{Files: []*File{file("c.xml", "text/xml", "<c/>")}}}
	var order []string
	got, err := Read(strings.NewReader(xmlOf(t, m)), ReadOptions{Sink: func(kind DocumentKind, f *File) (io.WriteCloser, error) {
		order = append(order, string(kind)+" "+f.Filename+" "+f.EncodingFormat)
		if f.Filename == "b.txt" {
			return nil, nil // not wanted
		}
		return toContent(kind, f)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if want := "MainDocument stor.txt text/plain,AdditionalDocument a.pdf application/pdf,AdditionalDocument b.txt text/plain,TechnicalDocument c.xml text/xml"; strings.Join(order, ",") != want {
		t.Errorf("files: %s", order)
	}
	if got.Body.MainDocument.Files[0].Content != content || got.Body.TechnicalDocument[0].Files[0].Content != "<c/>" {
		t.Error("the content is another")
	}
	if f := got.Body.AdditionalDocument[0].Files[1]; f.Content != nil || f.Size != 1 {
		t.Errorf("discarded file: %v", f)
	}
}

// A failing sink or input is no fault of the letter's, and the sink is closed.
func TestFailures(t *testing.T) {
	xml := string(letterOf(t, 200_000))
	full, broken := errors.New("disk full"), errors.New("connection reset")
	for _, c := range []struct {
		name string
		r    io.Reader
		sink failingSink
		want error
	}{
		{"sink does not open", strings.NewReader(xml), failingSink{open: full}, full},
		{"sink does not write", strings.NewReader(xml), failingSink{write: full}, full},
		{"sink does not close", strings.NewReader(xml), failingSink{close: full}, full},
		{"input breaks", io.MultiReader(strings.NewReader(xml[:100_000]), iotest.ErrReader(broken)), failingSink{}, broken},
		{"input breaks at once", iotest.ErrReader(broken), failingSink{}, broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(c.r, ReadOptions{Sink: func(DocumentKind, *File) (io.WriteCloser, error) {
				if c.sink.open != nil {
					return nil, c.sink.open
				}
				c.sink.opened++
				return &c.sink, nil
			}})
			if _, ok := errors.AsType[*Problems](err); ok || !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if c.sink.opened != c.sink.closed {
				t.Errorf("opened %d times, closed %d times", c.sink.opened, c.sink.closed)
			}
		})
	}
}

type failingSink struct {
	open, write, close error
	opened, closed     int
}

func (s *failingSink) Write(p []byte) (int, error) { return len(p), s.write }
func (s *failingSink) Close() error                { s.closed++; return s.close }

// Readers are used again: a letter must find nothing of the one before it.
func TestReadersForget(t *testing.T) {
	for range 3 {
		if _, err := readString(minimal(v12, "<memo:foo x='1'>", "")); err == nil {
			t.Fatal("no error")
		}
		m, err := Read(strings.NewReader(minimal(v12, "", "")), ReadOptions{Sink: toContent, Rules: &Rules{}})
		if err != nil || m.Body.MainDocument.Files[0].Content != "Kære Mette" {
			t.Fatal(err)
		}
	}
}
