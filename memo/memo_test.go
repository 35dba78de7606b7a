package memo

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// shared is the folder with the official schemas and examples, beside the
// repository.
const shared = "../../shared/ngdp"

// example reads an official example, or skips the test where there are none.
func example(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(shared, "memo-examples", name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("the official examples are not here: " + shared)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// examples are all letters among the official examples that are whole.
var examples = []string{
	"MeMo_Full_Example.xml",
	"MeMo_Minimum_Example.xml",
	"MeMo_NemSMS.xml",
	"MeMo_with_attachment.xml",
	"itk-testMeMoScenarie1Eksempel.xml",
	"v1.1/MeMo_Full_Example.xml",
	"v1.1/MeMo_Minimum_Example.xml",
}

// letter is a good letter with one file, to be changed by a test.
func letter() *Message {
	return &Message{
		Version: V12,
		Header: Header{
			MessageType: DigitalPost,
			MessageUUID: uuid.MustParse("8c2ea15d-61fb-4ba9-9366-42f8b194c114"),
			Label:       "Pladsanvisning",
			Sender:      Sender{SenderID: "10000009", IDType: CVR, Label: "Kommunen"},
			Recipient:   Recipient{RecipientID: "2211771212", IDType: CPR},
		},
		Body: &Body{
			CreatedDateTime: time.Date(2024, 5, 3, 12, 0, 0, 0, time.UTC),
			MainDocument:    Document{Files: []*File{file("brev.txt", "text/plain", "Kære Mette")}},
		},
	}
}

func file(name, encodingFormat, content string) *File {
	return &File{EncodingFormat: encodingFormat, Filename: name, Language: "da", Content: content, Size: int64(len(content))}
}

// sms is a good text message.
func sms() *Message {
	m := letter()
	m.Header.MessageType, m.Header.Notification, m.Body = NemSMS, "Husk din tid hos tandlægen", nil
	return m
}

// fromContent opens a file whose Content is the text itself.
func fromContent(f *File) (io.ReadCloser, error) {
	s, _ := f.Content.(string)
	return io.NopCloser(strings.NewReader(s)), nil
}

// toContent is a sink that puts the text itself into Content.
func toContent(_ DocumentKind, f *File) (io.WriteCloser, error) { return &textSink{file: f}, nil }

type textSink struct {
	bytes.Buffer
	file *File
}

func (s *textSink) Close() error {
	s.file.Content = s.String()
	return nil
}

// xmlOf is a letter as XML.
func xmlOf(t testing.TB, m *Message) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, m, V12, fromContent); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func readString(s string) (*Message, error) {
	return Read(strings.NewReader(s), ReadOptions{Sink: toContent})
}

// found is the problems of an error as "path code" each, and no other error.
func found(t testing.TB, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	problems, ok := errors.AsType[*Problems](err)
	if !ok {
		t.Fatalf("an error other than problems: %v", err)
	}
	var list []string
	for _, p := range problems.List {
		if p.Detail == "" {
			t.Errorf("%s has no sentence", p)
		}
		list = append(list, p.Path+" "+p.Code)
	}
	return list
}

func wantProblems(t testing.TB, err error, want ...string) {
	t.Helper()
	got := found(t, err)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("problems:\n  %s\nwant:\n  %s\n(%v)", strings.Join(got, "\n  "), strings.Join(want, "\n  "), err)
	}
}

// minimal is a small letter written by hand: head goes into the header after
// the label, body into the main document after its file.
func minimal(attributes, head, body string) string {
	return fmt.Sprintf(`<memo:Message xmlns:memo="https://DigitalPost.dk/MeMo-1" xmlns:grd="https://data.gov.dk/model/core/" %s>
<memo:MessageHeader><memo:messageType>DIGITALPOST</memo:messageType>
<memo:messageUUID>8C2EA15D-61FB-4BA9-9366-42F8B194C114</memo:messageUUID><memo:label>Brev</memo:label>%s
<memo:Sender><memo:senderID>10000009</memo:senderID><memo:idType>CVR</memo:idType><memo:label>Kommunen</memo:label></memo:Sender>
<memo:Recipient><memo:recipientID>2211771212</memo:recipientID><memo:idType>CPR</memo:idType></memo:Recipient></memo:MessageHeader>
<memo:MessageBody><memo:createdDateTime>2024-05-03T12:00:00Z</memo:createdDateTime><memo:MainDocument>
<memo:File><memo:encodingFormat>text/plain</memo:encodingFormat><memo:filename>brev.txt</memo:filename><memo:language>da</memo:language>
<memo:content>%s</memo:content></memo:File>%s</memo:MainDocument></memo:MessageBody></memo:Message>`,
		attributes, head, base64.StdEncoding.EncodeToString([]byte("Kære Mette")), body)
}

const v12 = `memoVersion="1.2"`
