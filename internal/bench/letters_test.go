package bench

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"testing"

	"digitalpost/internal/app"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

var testTarget = &Target{Local: app.Local{API: "https://localhost:8443/apis/v1"}}

var testSystem = app.LocalSystem{ID: "id", APIKey: "key", CVR: "12345678", Name: "Vej & Park"}

func TestEachLetterIsWholeAndItsOwn(t *testing.T) {
	request, err := testTarget.prepare(testSystem, 20<<10)
	if err != nil {
		t.Fatal(err)
	}
	mine := request.clone()
	for _, cpr := range []string{"0203041234", "0506071234"} {
		a := Accepted{post.NewUUID(), &Person{CPR: cpr}}
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(mine.with(a))))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.URL.Query().Get("memo-message-uuid"); got != a.ID.String() {
			t.Errorf("the call is about %s, want %s", got, a.ID)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || int64(len(body)) != r.ContentLength {
			t.Fatal(len(body), err)
		}
		m, err := memo.Read(bytes.NewReader(body), memo.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if m.Header.MessageUUID != a.ID || m.Header.Label != title+a.ID.String() || m.Header.Recipient.RecipientID != cpr {
			t.Errorf("the letter is %s %q to %s", m.Header.MessageUUID, m.Header.Label, m.Header.Recipient.RecipientID)
		}
		if n := m.Body.MainDocument.Files[0].Size; n != 20<<10 {
			t.Errorf("the document has %d bytes", n)
		}
	}
}

func TestLargeLetterIsAsLargeAsMayBe(t *testing.T) {
	var n counter
	if err := writeLetter(&n, newLetter(testSystem, post.NewUUID(), "0203041234", largeSizes()...)); err != nil {
		t.Fatal(err)
	}
	if n > largest || n < largest-16<<10 {
		t.Errorf("%d bytes, want just below %d", n, largest)
	}
}

func TestPostgresPort(t *testing.T) {
	for database, want := range map[string]string{
		"/var/post.db":                                "",
		"postgres://localhost/post":                   "5432",
		"postgres://u@127.0.0.1:5433/post":            "5433",
		"postgresql:///post?host=/var/run&port=54321": "54321",
	} {
		if got := postgresPort(database); got != want {
			t.Errorf("%s: %q, want %q", database, got, want)
		}
	}
}
