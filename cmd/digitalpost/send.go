package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"digitalpost/internal/app"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// sendCmd is a friendly sender system, for trying things out.
type sendCmd struct {
	Localserve string   `help:"Folder of the localserve." required:"" type:"path"`
	To         string   `help:"CPR or CVR number of the recipient." required:""`
	Subject    string   `help:"Title of the letter." default:"Et brev til dig"`
	File       []string `help:"Documents, the first of them the main one. Default: a short text." type:"existingfile"`
	Reply      bool     `help:"Let the recipient answer."`
	Until      string   `help:"Deliver on this date (2006-01-02)."`
	Mandatory  bool     `help:"Reach exempt recipients too."`
	Other      bool     `help:"Send as the other authority."`
}

func (c *sendCmd) Run(ctx context.Context, out io.Writer) error {
	local, err := app.ReadLocal(c.Localserve)
	if err != nil {
		return err
	}
	system := local.SenderSystem
	if c.Other {
		system = local.OtherSenderSystem
	}
	letter, err := c.letter(system)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	err = memo.Write(&body, letter, memo.V12, func(f *memo.File) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(f.Content.([]byte))), nil
	})
	if err != nil {
		return err
	}
	client, err := local.HTTPClient(&system)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, local.API+"/memos/?memo-message-uuid="+letter.Header.MessageUUID.String(), &body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/xml")
	request.SetBasicAuth(system.ID, system.APIKey)
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusCreated {
		return fmt.Errorf("the letter was refused: %s: %s", response.Status, answer)
	}
	var pretty bytes.Buffer
	if json.Indent(&pretty, answer, "", "  ") == nil {
		answer = pretty.Bytes()
	}
	fmt.Fprintf(out, "%s\n", answer)
	return nil
}

func (c *sendCmd) letter(system app.LocalSystem) (*memo.Message, error) {
	m := &memo.Message{Header: memo.Header{
		MessageType: memo.DigitalPost, MessageUUID: post.NewUUID(), Label: c.Subject, Reply: c.Reply, Mandatory: c.Mandatory,
		Sender:    memo.Sender{SenderID: system.CVR, IDType: memo.CVR, Label: system.Name},
		Recipient: memo.Recipient{RecipientID: strings.ReplaceAll(c.To, "-", ""), IDType: memo.CPR},
	}, Body: &memo.Body{CreatedDateTime: time.Now().UTC().Truncate(time.Second)}}
	if len(m.Header.Recipient.RecipientID) == 8 {
		m.Header.Recipient.IDType = memo.CVR
	}
	if c.Until != "" {
		day, err := time.Parse(time.DateOnly, c.Until)
		if err != nil {
			return nil, fmt.Errorf("--until is not a date such as 2026-12-24")
		}
		m.Header.DoNotDeliverUntilDate = day
	}
	m.Body.MainDocument = document("brev.txt", []byte("Kære modtager\n\nDette er et prøvebrev.\n\nVenlig hilsen\n"+system.Name+"\n"))
	for i, path := range c.File {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			m.Body.MainDocument = document(filepath.Base(path), content)
		} else {
			m.Body.AdditionalDocument = append(m.Body.AdditionalDocument, document(filepath.Base(path), content))
		}
	}
	return m, nil
}

func document(name string, content []byte) memo.Document {
	kind, _, _ := mime.ParseMediaType(mime.TypeByExtension(filepath.Ext(name)))
	for _, t := range memo.DefaultFileTypes {
		if strings.EqualFold("."+t.Extension, filepath.Ext(name)) {
			kind = t.MediaTypes[0]
		}
	}
	return memo.Document{Files: []*memo.File{{EncodingFormat: kind, Filename: name, Language: "da", Content: content, Size: int64(len(content))}}}
}
