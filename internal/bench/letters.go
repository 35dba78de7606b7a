package bench

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"digitalpost/internal/app"
	"digitalpost/internal/post"
)

// Target is the server under measurement, with what is needed to use it.
type Target struct {
	Local  app.Local
	Server *Process
	// Recipients are CPR numbers of registered people of the target.
	Recipients []string
}

// label begins the title of every letter of a bench, so that they can be found.
const label = "Måling "

// letterTemplate is a letter in pieces: what comes before its id, between that
// and the title's number, and so on.
type letterTemplate struct {
	header []byte // HTTP, without the id in the query and the length
	pieces [5][]byte
}

const letterXML = `<?xml version="1.0" encoding="UTF-8"?>
<memo:Message xmlns:memo="https://DigitalPost.dk/MeMo-1" memoVersion="1.2"><memo:MessageHeader><memo:messageType>DIGITALPOST</memo:messageType><memo:messageUUID>|</memo:messageUUID><memo:messageID>bench</memo:messageID><memo:label>` + label + `|</memo:label><memo:reply>true</memo:reply><memo:Sender><memo:senderID>%s</memo:senderID><memo:idType>CVR</memo:idType><memo:label>%s</memo:label></memo:Sender><memo:Recipient><memo:recipientID>|</memo:recipientID><memo:idType>CPR</memo:idType></memo:Recipient></memo:MessageHeader><memo:MessageBody><memo:createdDateTime>2026-11-22T12:00:00Z</memo:createdDateTime><memo:MainDocument><memo:File><memo:encodingFormat>application/pdf</memo:encodingFormat><memo:filename>brev.pdf</memo:filename><memo:language>da</memo:language><memo:content>|</memo:content></memo:File></memo:MainDocument></memo:MessageBody></memo:Message>`

func newTemplate(system app.LocalSystem, api *url.URL, size int) letterTemplate {
	var t letterTemplate
	t.header = fmt.Appendf(nil, " HTTP/1.1\r\nHost: %s\r\nAuthorization: Basic %s\r\nContent-Type: application/xml\r\nContent-Length: ",
		api.Host, base64.StdEncoding.EncodeToString([]byte(system.ID+":"+system.APIKey)))
	content := make([]byte, size)
	copy(content, "%PDF-1.4\n")
	for i := 9; i < size; i++ {
		content[i] = byte(rand.Uint32())
	}
	text := bytes.Split(fmt.Appendf(nil, letterXML, system.CVR, system.Name), []byte("|"))
	for i := range text {
		t.pieces[i] = text[i]
	}
	t.pieces[3] = append(t.pieces[3], base64.StdEncoding.EncodeToString(content)...)
	return t
}

// sent is a letter that was accepted.
type sent struct {
	uuid      post.UUID
	recipient string
}

// Letters measures the intake of single letters with a document of size bytes.
func (t *Target) Letters(ctx context.Context, load Load, size int) (Result, []sent, error) {
	api, err := url.Parse(t.Local.API)
	if err != nil {
		return Result{}, nil, err
	}
	config, err := t.tls(t.Local.SenderSystem)
	if err != nil {
		return Result{}, nil, err
	}
	template := newTemplate(t.Local.SenderSystem, api, size)
	accepted := make([][]sent, load.Connections)
	calls := make([]Call, load.Connections)
	for i := range calls {
		w, err := dial(t.Local.API, config)
		if err != nil {
			return Result{}, nil, err
		}
		defer w.close()
		calls[i] = func(context.Context, int) error {
			s := sent{post.NewUUID(), t.Recipients[rand.IntN(len(t.Recipients))]}
			if err := template.send(w, api.Path, s); err != nil {
				return err
			}
			accepted[i] = append(accepted[i], s)
			return nil
		}
	}
	result := Run(ctx, fmt.Sprintf("letters of %d KB", size>>10), load, calls, t.Server)
	return result, slices.Concat(accepted...), nil
}

func (t letterTemplate) send(w *wire, path string, s sent) error {
	id := []byte(s.uuid.String())
	body := [][]byte{t.pieces[0], id, t.pieces[1], id, t.pieces[2], []byte(s.recipient), t.pieces[3], t.pieces[4]}
	length := 0
	for _, b := range body {
		length += len(b)
	}
	head := make([]byte, 0, 512)
	head = append(head, "POST "+path+"/memos/?memo-message-uuid="...)
	head = append(head, id...)
	head = append(head, t.header...)
	head = strconv.AppendInt(head, int64(length), 10)
	head = append(head, "\r\n\r\n"...)
	status, answer, err := w.do(true, append([][]byte{head}, body...)...)
	if err != nil {
		return err
	}
	return expect(status, http.StatusCreated, answer)
}

func (t *Target) tls(system app.LocalSystem) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(system.Cert, system.Key)
	if err != nil {
		return nil, err
	}
	config, err := t.roots()
	if err != nil {
		return nil, err
	}
	config.Certificates = []tls.Certificate{pair}
	return config, nil
}

func (t *Target) roots() (*tls.Config, error) {
	root, err := os.ReadFile(t.Local.CA)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(root) {
		return nil, fmt.Errorf("%s holds no certificate", t.Local.CA)
	}
	return &tls.Config{RootCAs: pool}, nil
}

// receiptPage is a page of the bulk list of receipts.
type receiptPage struct {
	Receipts []struct {
		ID          post.UUID `json:"id"`
		MessageUUID post.UUID `json:"messageUUID"`
		ErrorCode   *string   `json:"errorCode"`
		Status      string    `json:"receiptStatus"`
	} `json:"receipts"`
}

// Receipts collects every waiting receipt and takes it away. It returns how many
// positive receipts each letter got.
func (t *Target) Receipts(ctx context.Context) (map[post.UUID]int, error) {
	client, err := t.Local.HTTPClient(&t.Local.SenderSystem)
	if err != nil {
		return nil, err
	}
	found := map[post.UUID]int{}
	for {
		var page receiptPage
		if err := t.call(ctx, client, http.MethodGet, "/receipts-bulk/?size=1000", &page); err != nil {
			return nil, err
		}
		if len(page.Receipts) == 0 {
			return found, nil
		}
		var away errgroup.Group
		away.SetLimit(32)
		for _, r := range page.Receipts {
			if r.Status == "COMPLETED" && r.ErrorCode == nil {
				found[r.MessageUUID]++
			}
			away.Go(func() error { return t.call(ctx, client, http.MethodDelete, "/receipts/"+r.ID.String(), nil) })
		}
		if err := away.Wait(); err != nil {
			return nil, err
		}
	}
}

// call asks the API as the sender system.
func (t *Target) call(ctx context.Context, client *http.Client, method, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, t.Local.API+path, nil)
	if err != nil {
		return err
	}
	request.SetBasicAuth(t.Local.SenderSystem.ID, t.Local.SenderSystem.APIKey)
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", method, path, response.Status)
	}
	if into == nil {
		_, err = io.Copy(io.Discard, response.Body)
		return err
	}
	return json.NewDecoder(response.Body).Decode(into)
}
