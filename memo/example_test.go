package memo_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"digitalpost/memo"
)

// A letter is read from a stream; its files go to where the caller wants them.
func ExampleRead() {
	in := strings.NewReader(`<?xml version="1.0" encoding="UTF-8"?>
<memo:Message xmlns:memo="https://DigitalPost.dk/MeMo-1" memoVersion="1.2">
	<memo:MessageHeader>
		<memo:messageType>DIGITALPOST</memo:messageType>
		<memo:messageUUID>8C2EA15D-61FB-4BA9-9366-42F8B194C114</memo:messageUUID>
		<memo:label>Din plads i børnehaven</memo:label>
		<memo:Sender><memo:senderID>10000009</memo:senderID><memo:idType>cvr</memo:idType><memo:label>Kommunen</memo:label></memo:Sender>
		<memo:Recipient><memo:recipientID>2211771212</memo:recipientID><memo:idType>CPR</memo:idType></memo:Recipient>
	</memo:MessageHeader>
	<memo:MessageBody>
		<memo:createdDateTime>2026-11-22T12:00:00Z</memo:createdDateTime>
		<memo:MainDocument>
			<memo:File>
				<memo:encodingFormat>text/plain</memo:encodingFormat>
				<memo:filename>plads.exe</memo:filename>
				<memo:language>da</memo:language>
				<memo:content>S8OmcmUgTWV0dGU=</memo:content>
			</memo:File>
		</memo:MainDocument>
	</memo:MessageBody>
</memo:Message>`)
	m, err := memo.Read(in, memo.ReadOptions{
		Rules: &memo.Rules{},
		Sink: func(kind memo.DocumentKind, f *memo.File) (io.WriteCloser, error) {
			return printer{os.Stdout, f.Filename}, nil
		},
	})
	problems, ok := errors.AsType[*memo.Problems](err)
	if err != nil && !ok {
		log.Fatal(err) // the stream or the sink has failed
	}
	fmt.Println(m.Header.Label, m.Header.MessageUUID)
	for _, p := range problems.List {
		fmt.Println(p)
	}
	// Output:
	// plads.exe: Kære Mette
	// Din plads i børnehaven 8c2ea15d-61fb-4ba9-9366-42f8b194c114
	// /Message/MessageBody/MainDocument/File[1]/content: file.content.not.allowed: the file is a program or a script
	// /Message/MessageBody/MainDocument/File[1]/filename: file.extension.not.allowed: files with this extension are not allowed
}

type printer struct {
	w    io.Writer
	name string
}

func (p printer) Write(b []byte) (int, error) {
	fmt.Fprintf(p.w, "%s: %s\n", p.name, b)
	return len(b), nil
}
func (p printer) Close() error { return nil }
