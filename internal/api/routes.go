package api

// routes is the table of contents: every operation that is built, with who may
// call it.
func routes() []*route {
	return []*route{
		// Systems that send.
		{"SendMemo", "POST", "/memos/", sender, false, (*call).sendMemo},
		{"ListAvailableReceipts", "GET", "/receipts/", sender, false, (*call).listReceipts},
		{"FetchReceipt", "GET", "/receipts/{id}", sender, false, (*call).fetchReceipt},
		{"DeleteReceipt", "DELETE", "/receipts/{id}", sender, false, (*call).deleteReceipt},
		{"BulkFetchReceipts", "GET", "/receipts-bulk/", sender, false, (*call).bulkReceipts},
		{"QueryContacts", "GET", "/contacts/", sender, false, (*call).queryContacts},
		{"FetchContact", "GET", "/contacts/{id}", sender, false, (*call).fetchContact},
		{"Validate", "POST", "/validations/", anyone, false, (*call).validate},

		// Systems that receive; a sender recalls a letter that waits for its date.
		{"ListAvailableMemos", "GET", "/memos/", recipient, false, (*call).listMemos},
		{"FetchMemo", "GET", "/memos/{id}", recipient, false, (*call).fetchMemo},
		{"DeleteMemo", "DELETE", "/memos/{id}", sender | recipient, true, (*call).deleteMemo},
		{"CreateReceipt", "POST", "/memos/{id}/receipt", recipient, true, (*call).createReceipt},

		// View clients.
		{"QueryMailboxes", "GET", "/mailboxes/", viewer, false, (*call).queryMailboxes},
		{"ExistsUnread", "GET", "/mailboxes/messages/unread/exists/", viewer, false, (*call).existsUnread},
		{"FetchMailbox", "GET", "/mailboxes/{mailboxId}", viewer, false, (*call).fetchMailbox},
		{"QueryFolders", "GET", "/mailboxes/{mailboxId}/folders/", viewer, false, (*call).queryFolders},
		{"GetFolderMessageSummary", "GET", "/mailboxes/{mailboxId}/folders/summary/", viewer, false, (*call).folderSummary},
		{"FetchFolder", "GET", "/mailboxes/{mailboxId}/folders/{id}", viewer, false, (*call).fetchFolder},
		{"QueryMessages", "GET", "/mailboxes/{mailboxId}/messages/", viewer, false, (*call).queryMessages},
		{"FetchMessage", "GET", "/mailboxes/{mailboxId}/messages/{messageId}", viewer, false, (*call).fetchMessage},
		{"PatchMessage", "PATCH", "/mailboxes/{mailboxId}/messages/{messageId}", viewer, true, (*call).patchMessage},
		{"ListDocuments", "GET", "/mailboxes/{mailboxId}/messages/{messageId}/documents/", viewer, false, (*call).listDocuments},
		{"FetchDocument", "GET", "/mailboxes/{mailboxId}/messages/{messageId}/documents/{documentId}", viewer, false, (*call).fetchDocument},
		{"ListFiles", "GET", "/mailboxes/{mailboxId}/messages/{messageId}/documents/{documentId}/files/", viewer, false, (*call).listFiles},
		{"FetchFile", "GET", "/mailboxes/{mailboxId}/messages/{messageId}/documents/{documentId}/files/{fileId}", viewer, false, (*call).fetchFile},
		{"FetchFileContent", "GET", "/mailboxes/{mailboxId}/messages/{messageId}/documents/{documentId}/files/{fileId}/content", viewer, false, (*call).fileContent},
	}
}
