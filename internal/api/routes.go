package api

import (
	"encoding/json"
	"slices"

	"digitalpost/internal/activity"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/registry"
)

// routes is the table of contents: every operation that is built. A group has a
// title in the documents.
func routes() []*route {
	return slices.Concat(sending(), receiving(), mailboxes(), messages(), writing(), many(), following(), directory(), trustees(), together(), accessRequests(), privileges(), identityGroups(), exemptions(), events(), systems())
}

func sending() []*route {
	return []*route{
		{name: "SendMemo", method: "POST", path: "/memos/", who: sender, handle: (*call).sendMemo,
			says: "Sends a letter (MeMo as XML), or a container of letters (tar.lzma, as the body or as the part `file` of a form). The answer is the technical receipt; " +
				"the business receipt tells later whether the letter was delivered. The same messageUUID is delivered once.",
			takes: []parameter{text("memo-message-uuid", "The letter's messageUUID; required for a letter, not used for a container.")},
			body:  raw(typeXML, typeTextXML, typeContainer, typeForm), gives: created[outbound.Receipt](), refuses: []int{411, 415}},
		{name: "ListAvailableReceipts", method: "GET", path: "/receipts/", who: sender, handle: (*call).listReceipts,
			says:  "Lists the ids of the business receipts that wait, oldest first.",
			takes: paged(outbound.DefaultPageSize, outbound.MaxPageSize), gives: ok[pagingResultUUID]()},
		{name: "FetchReceipt", method: "GET", path: "/receipts/{id}", who: sender, handle: (*call).fetchReceipt,
			says:  "Shows a business receipt and deletes it.",
			takes: []parameter{yes("delete", "`false` leaves the receipt where it is.")}, gives: ok[outbound.Receipt]()},
		{name: "DeleteReceipt", method: "DELETE", path: "/receipts/{id}", who: sender, handle: (*call).deleteReceipt,
			says: "Deletes a business receipt that was read.", gives: empty(204)},
		{name: "BulkFetchReceipts", method: "GET", path: "/receipts-bulk/", who: sender, handle: (*call).bulkReceipts,
			says:  "Shows many business receipts at once, oldest first. They stay until they are deleted.",
			takes: paged(outbound.MaxPageSize, outbound.MaxPageSize), gives: ok[receiptSearchResult]()},
		{name: "QueryContacts", method: "GET", path: "/contacts/", who: sender, handle: (*call).queryContacts,
			says: "Looks up who can receive: one of `id`, `cprNumber`, `cvrNumber`, `lastUpdated` and `isBulkLookup` is required.",
			takes: slices.Concat([]parameter{identity("id", "The contact's id."), text("cprNumber", "Ten digits."), text("cvrNumber", "Eight digits."),
				instant("lastUpdated", "Those that changed since, in the order of their changes."),
				yes("isBulkLookup", "Many at once: the body is `{\"cprNumber\":[…],\"cvrNumber\":[…],\"id\":[…]}`, or a list of such.")},
				paged(20, registry.MaxContacts), []parameter{next}),
			body: of[json.RawMessage](), gives: ok[contactSearchResult]()},
		{name: "FetchContact", method: "GET", path: "/contacts/{id}", who: sender, handle: (*call).fetchContact,
			says: "Looks up one party by its id.", gives: ok[contact]()},
		{name: "Validate", method: "POST", path: "/validations/", who: anyone, handle: (*call).validate,
			says:  "Tells whether an HTML document would be shown as it is. The answer has the shape of an error and the status 201 either way.",
			takes: []parameter{choice("policy", "LENIENT, where nothing is said, is what mailboxes hold to.", "STRICT", "LENIENT")},
			body:  raw(typeHTML), gives: created[errorMessage](), refuses: []int{411, 415}},
	}
}

func receiving() []*route {
	return []*route{
		{name: "ListAvailableMemos", method: "GET", path: "/memos/", who: recipient, handle: (*call).listMemos,
			says:  "Lists the ids of the letters that wait, oldest first.",
			takes: paged(outbound.DefaultPageSize, outbound.MaxPageSize), gives: ok[pagingResultUUID]()},
		{name: "FetchMemo", method: "GET", path: "/memos/{id}", who: recipient, handle: (*call).fetchMemo,
			says: "Shows a letter as MeMo, in the version that the system wants.", gives: bytesOf(typeXML)},
		{name: "DeleteMemo", method: "DELETE", path: "/memos/{id}", who: sender | recipient, handle: (*call).deleteMemo,
			says:  "Takes a letter off a recipient system's list. A sender system recalls by it a letter of its own that waits for its date.",
			gives: empty(204), refuses: []int{409, 422}},
		{name: "CreateReceipt", method: "POST", path: "/memos/{id}/receipt", who: recipient, handle: (*call).createReceipt,
			says: "Tells that a letter was taken (COMPLETED), or why it was not.",
			body: of[outbound.Receipt](), gives: empty(200), refuses: []int{409, 422}},
	}
}

func mailboxes() []*route {
	return []*route{
		{name: "QueryMailboxes", method: "GET", path: "/mailboxes/", who: viewer, handle: (*call).queryMailboxes,
			says:  "Lists every mailbox that the person may see, their own first, each with the access by which they do.",
			takes: append(paged(20, mailbox.MaxPage), next), gives: ok[mailboxSearchResult]()},
		{name: "ExistsUnread", method: "GET", path: "/mailboxes/messages/unread/exists/", who: viewer, handle: (*call).existsUnread,
			says: "Tells whether a mailbox holds unread post, in the inbox or in folders of the owner's own. Without `ownerId` it is the person's own.",
			takes: []parameter{text("ownerId", "The owner's CPR or CVR number. A client that knows the mailbox leaves it out: numbers do not belong in addresses."),
				choice("ownerIdType", "Which number it is.", "CPR", "CVR")},
			gives: ok[unread](), refuses: []int{404}},
		{name: "FetchMailbox", method: "GET", path: "/mailboxes/{mailboxId}", who: viewer, handle: (*call).fetchMailbox,
			says: "One mailbox.", gives: ok[mailboxJSON]()},
		{name: "UpdateMailbox", method: "PUT", path: "/mailboxes/{mailboxId}", who: viewer, handle: (*call).updateMailbox,
			says:  "Notes that the person was shown around (`access.introductionCompleted`). All else of a mailbox comes from elsewhere, such as the civil register, and must be as it is.",
			takes: []parameter{ifMatch}, body: of[mailboxCommand](), gives: ok[mailboxJSON](), refuses: []int{422}},
		{name: "GetSenderInformation", method: "GET", path: "/mailboxes/{mailboxId}/sender-information/", who: viewer, handle: (*call).senderInformation,
			says: "Tells who has sent the mailbox's post and how much, those with the most first.", gives: ok[senderInformationResult]()},
		{name: "QueryAccess", method: "GET", path: "/mailboxes/{mailboxId}/accesses/", who: viewer, handle: (*call).queryAccess,
			says: "Lists the accesses to a mailbox that the person may know of.", takes: whole(20, mailbox.MaxPage), gives: ok[accessSearchResult]()},
		{name: "FetchAccess", method: "GET", path: "/mailboxes/{mailboxId}/accesses/{id}", who: viewer, handle: (*call).fetchAccess,
			says: "One access.", gives: ok[accessJSON]()},
		{name: "UpdateAccess", method: "PUT", path: "/mailboxes/{mailboxId}/accesses/{id}", who: viewer, handle: (*call).updateAccess,
			says:  "Notes that the person was shown around in their mailbox. What somebody may is changed by privileges and access requests.",
			takes: []parameter{ifMatch}, body: of[accessCommand](), gives: ok[accessJSON](), refuses: []int{422}},
		{name: "QueryFolders", method: "GET", path: "/mailboxes/{mailboxId}/folders/", who: viewer, handle: (*call).queryFolders,
			says:  "Lists folders, the four of every mailbox first.",
			takes: append(whole(100, mailbox.MaxPage), sorted("name", "folderType", "createdDateTime", "lastUpdated")), gives: ok[folderSearchResult]()},
		{name: "GetFolderMessageSummary", method: "GET", path: "/mailboxes/{mailboxId}/folders/summary/", who: viewer, handle: (*call).folderSummary,
			says: "Lists folders with how many messages, and unread ones, are in each.", gives: ok[folderMessageSummaryResult]()},
		{name: "FetchFolder", method: "GET", path: "/mailboxes/{mailboxId}/folders/{id}", who: viewer, handle: (*call).fetchFolder,
			says: "One folder.", gives: ok[folderJSON]()},
		{name: "CreateFolder", method: "POST", path: "/mailboxes/{mailboxId}/folders/", who: viewer, handle: (*call).createFolder,
			says: "Makes a folder.", body: of[folderCommand](), gives: created[folderJSON](), refuses: []int{409, 422}},
		{name: "UpdateFolder", method: "PUT", path: "/mailboxes/{mailboxId}/folders/{id}", who: viewer, handle: (*call).updateFolder,
			says: "Renames a folder, or has it lie in another. The four folders of every mailbox stay as they are.", takes: []parameter{ifMatch},
			body: of[folderCommand](), gives: ok[folderJSON](), refuses: []int{422}},
		{name: "DeleteFolder", method: "DELETE", path: "/mailboxes/{mailboxId}/folders/{id}", who: viewer, handle: (*call).deleteFolder,
			says:  "Deletes a folder with those in it. All that lies in them goes to the trash. The header Location names the operation by which it goes there, which can be undone.",
			takes: []parameter{ifMatch}, gives: empty(204)},
	}
}

// many are operations on many messages at once.
func many() []*route {
	return []*route{
		{name: "CreateOperation", method: "POST", path: "/mailboxes/{mailboxId}/operations/", who: viewer, handle: (*call).createOperation,
			says: "Does something to many messages, or to all of a folder. The answer is 202 where it goes on in the background.",
			body: of[operationCommand](), gives: ok[operationJSON](), also: []int{202}, refuses: []int{409, 422}},
		{name: "FetchOperation", method: "GET", path: "/mailboxes/{mailboxId}/operations/{operationId}", who: viewer, handle: (*call).fetchOperation,
			says: "Tells how far an operation is.", gives: ok[operationJSON]()},
		{name: "UndoOperation", method: "POST", path: "/mailboxes/{mailboxId}/operations/{operationId}/undo", who: viewer, handle: (*call).undoOperation,
			says:  "Takes an operation back: messages lie where they lay and are marked as they were, but for those that were changed since. It is an operation too.",
			gives: ok[operationJSON](), also: []int{202}, refuses: []int{409}},
		{name: "Bulk", method: "POST", path: "/bulk", who: viewer, handle: (*call).bulk,
			says: "Makes several calls in one: the same operations about mailboxes, with the same rights, answers and versions, one after the other. Each has an answer of its own; " +
				"one that is refused holds up none of the others.",
			body: of[bulkCommand](), gives: ok[bulkResult]()},
	}
}

// following is how a client learns of what happens in a mailbox.
func following() []*route {
	return []*route{
		{name: "QueryChanges", method: "GET", path: "/mailboxes/{mailboxId}/changes", who: viewer, handle: (*call).queryChanges,
			says:  "Tells what happened in a mailbox after a modseq, so that a client need not read whole lists again. Begin at 0, or at the `version` of the mailbox as it was when the lists were read.",
			takes: []parameter{number("since", "The modseq that the client has come to.", 0, 0, 1<<53), number("limit", "About how many messages are told of.", mailbox.MaxChanges, 1, mailbox.MaxChanges)},
			gives: ok[changesJSON]()},
		{name: "FollowMailbox", method: "GET", path: "/mailboxes/{mailboxId}/events", who: viewer, handle: (*call).events,
			says: "Tells of every change as it happens, as server-sent events named `change`: the id is the modseq, the data a JSON object with `modseq`, and `unreadMessages` and `totalMessages` of the inbox. " +
				"The first comes at once, unless Last-Event-ID is where the mailbox is. The stream ends when the token or the right does.",
			takes: []parameter{{name: "Last-Event-ID", in: "header", says: "The id of the last event that the client has seen.", schema: schema{Type: "string"}}},
			gives: bytesOf(typeEvents)},
	}
}

func messages() []*route {
	return []*route{
		{name: "QueryMessages", method: "GET", path: "/mailboxes/{mailboxId}/messages/", who: viewer, handle: (*call).queryMessages,
			says:  "Lists messages, newest first where nothing else is said. Each has all that a single one has but its note, what has become of its actions, and a draft's documents.",
			takes: messageParameters, gives: ok[messageSearchResult]()},
		{name: "FetchMessage", method: "GET", path: "/mailboxes/{mailboxId}/messages/{messageId}", who: viewer, handle: (*call).fetchMessage,
			says: "One message, without opening it: a client marks it read by itself.", gives: ok[messageJSON]()},
		{name: "FetchThread", method: "GET", path: "/mailboxes/{mailboxId}/messages/{messageId}/thread", who: viewer, handle: (*call).fetchThread,
			says: "Lists a message with all that belong to it, oldest first: a letter, the answer, the answer to that. Each has what a list has by itself.", gives: ok[threadResult]()},
		{name: "QueryDeadlines", method: "GET", path: "/mailboxes/{mailboxId}/deadlines", who: viewer, handle: (*call).queryDeadlines,
			says: "Lists the dates by which letters want something done, soonest first; not those of letters in the trash.",
			takes: []parameter{instant("dateFrom", "At that time or later."), instant("dateTo", "Before that time."),
				yes("done", "`true` gives those that are done, instead of the open ones."), number("size", "How many at most.", 50, 1, mailbox.MaxPage)},
			gives: ok[deadlineResult]()},
		{name: "PatchMessage", method: "PATCH", path: "/mailboxes/{mailboxId}/messages/{messageId}", who: viewer, handle: (*call).patchMessage,
			says:  "Changes of a message what the body names; the rest stays as it is.",
			takes: []parameter{ifMatch}, body: of[messagePatchCommand](), gives: ok[messageJSON](), refuses: []int{422}},
		{name: "UpdateMessage", method: "PUT", path: "/mailboxes/{mailboxId}/messages/{messageId}", who: viewer, handle: (*call).updateMessage,
			says:  "Takes a message as it was read, with what is to be different. What is left out stays as it is; what cannot be changed must be as it is.",
			takes: []parameter{ifMatch}, body: of[messageCommand](), gives: ok[messageJSON](), refuses: []int{422}},
		{name: "DeleteMessage", method: "DELETE", path: "/mailboxes/{mailboxId}/messages/{messageId}", who: viewer, handle: (*call).deleteMessage,
			says:  "Moves a message to the trash. One that lies there is deleted for good: nobody can read it any more.",
			takes: []parameter{ifMatch}, gives: empty(204)},
		{name: "ListDocuments", method: "GET", path: "/mailboxes/{mailboxId}/messages/{messageId}/documents/", who: viewer, handle: (*call).listDocuments,
			says: "Lists a message's documents: the main one, then the others. Technical ones are for the programs of the two sides and are not shown.", gives: ok[documentListResult]()},
		{name: "FetchDocument", method: "GET", path: "/mailboxes/{mailboxId}/messages/{messageId}/documents/{documentId}", who: viewer, handle: (*call).fetchDocument,
			says: "One document.", gives: ok[documentJSON]()},
		{name: "UpdateDocument", method: "PUT", path: "/mailboxes/{mailboxId}/messages/{messageId}/documents/{documentId}", who: viewer, handle: (*call).updateDocument,
			says:  "Records what has become of a document's actions; of a draft, the title of a document. What is left out stays as it is.",
			takes: []parameter{ifMatch}, body: of[documentCommand](), gives: ok[documentJSON](), refuses: []int{422}},
		{name: "FetchActionStatus", method: "GET", path: "/mailboxes/{mailboxId}/messages/{messageId}/documents/{documentId}/actions/{actionId}/status", who: viewer, handle: (*call).fetchActionStatus,
			says: "Tells what has become of an action.", gives: ok[actionStatusJSON]()},
		{name: "UpdateActionStatus", method: "PUT", path: "/mailboxes/{mailboxId}/messages/{messageId}/documents/{documentId}/actions/{actionId}/status", who: viewer, handle: (*call).updateActionStatus,
			says:  "Records what has become of an action, such as that it was done.",
			takes: []parameter{ifMatch}, body: of[actionStatusCommand](), gives: ok[actionStatusJSON](), refuses: []int{422}},
		{name: "ListFiles", method: "GET", path: "/mailboxes/{mailboxId}/messages/{messageId}/documents/{documentId}/files/", who: viewer, handle: (*call).listFiles,
			says: "Lists a document's files: the same text in several formats or languages.", gives: ok[fileListResult]()},
		{name: "FetchFile", method: "GET", path: "/mailboxes/{mailboxId}/messages/{messageId}/documents/{documentId}/files/{fileId}", who: viewer, handle: (*call).fetchFile,
			says: "What a file is called and is.", gives: ok[fileJSON]()},
		{name: "FetchFileContent", method: "GET", path: "/mailboxes/{mailboxId}/messages/{messageId}/documents/{documentId}/files/{fileId}/content", who: viewer, handle: (*call).fileContent,
			says: "A file's bytes, whole or in ranges (`Range`). It serves a court summons that was not served. What a file is called and claims to be comes from its sender: the answer " +
				"is a download with a type of its own only where its bytes fit.",
			gives: bytesOf(anyType), also: []int{206}},
	}
}

// writing is what people write.
func writing() []*route {
	const message, document = "/mailboxes/{mailboxId}/messages/{messageId}", "/mailboxes/{mailboxId}/messages/{messageId}/documents/{documentId}"
	return []*route{
		{name: "CreateMessage", method: "POST", path: "/mailboxes/{mailboxId}/messages/", who: viewer, handle: (*call).createMessage,
			says: "Begins a letter to an authority. It is a draft until it is sent: `problems` says what it lacks.",
			body: of[draftCommand](), gives: created[messageJSON](), refuses: []int{409, 422}},
		{name: "ReplyToMessage", method: "POST", path: message + "/reply", who: viewer, handle: (*call).replyToMessage,
			says:  "Begins the answer to a letter whose sender takes one (`reply`), in time (`replyByDateTime`). The draft has its recipient, thread and what the case is known by; what is missing is the text.",
			gives: ok[messageJSON](), refuses: []int{400, 409, 422}},
		{name: "ForwardMessage", method: "POST", path: message + "/forward", who: viewer, handle: (*call).forwardMessage,
			says: "Forwards a letter at once: to an authority, to a Digital Post recipient of the mailbox who has approved, or to an e-mail address. E-mail is not encrypted: tell the person before. " +
				"The answer is the sent message. Its documents go along, its actions do not.",
			body: of[forwardCommand](), gives: ok[messageJSON](), refuses: []int{409, 422}},
		{name: "SendMessage", method: "POST", path: message + "/send", who: viewer, handle: (*call).sendMessage,
			says: "Sends a draft. The answer is the sent message, which has an id of its own; the draft's id leads to it from then on. " +
				"It is sent once: a call that is made again because the answer was lost has the same answer.",
			gives: ok[messageJSON](), refuses: []int{400, 409, 422}},
		{name: "SendMessageWithVersionCheck", method: "PUT", path: message + "/send", who: viewer, handle: (*call).sendMessageChecked,
			says:  "Sends a draft as SendMessage does, where nobody has changed it meanwhile.",
			takes: []parameter{ifMatch}, gives: ok[messageJSON](), refuses: []int{422}},
		{name: "CreateDocument", method: "POST", path: message + "/documents/", who: viewer, handle: (*call).createDocument,
			says: "Adds a document to a draft: an attachment (ADDITIONAL), or what is the text (MAIN). Its files come after it.",
			body: of[documentCommand](), gives: created[documentJSON](), refuses: []int{409, 422}},
		{name: "DeleteDocument", method: "DELETE", path: document, who: viewer, handle: (*call).deleteDocument,
			says:  "Removes an attachment from a draft, with its files.",
			takes: []parameter{ifMatch}, gives: empty(204), refuses: []int{422}},
		{name: "CreateFile", method: "POST", path: document + "/files/", who: viewer, handle: (*call).createFile,
			says: "Announces a file of a draft's document. What its name and size forbid is refused here, before any bytes are sent. The main document is `text/html` or `text/plain`, and of the one the other is made: " +
				"paragraphs, lists, bold, italic and links are kept of it.",
			body: of[fileCommand](), gives: created[fileJSON](), refuses: []int{409, 422}},
		{name: "UpdateFile", method: "PUT", path: document + "/files/{fileId}", who: viewer, handle: (*call).updateFile,
			says:  "Gives a draft's file another name, with the same extension, or another language.",
			takes: []parameter{ifMatch}, body: of[fileCommand](), gives: ok[fileJSON](), refuses: []int{422}},
		{name: "DeleteFile", method: "DELETE", path: document + "/files/{fileId}", who: viewer, handle: (*call).deleteFile,
			says:  "Removes a file from a draft; a document without files goes too.",
			takes: []parameter{ifMatch}, gives: empty(204), refuses: []int{422}},
		{name: "UpdateFileContent", method: "PUT", path: document + "/files/{fileId}/content", who: viewer, handle: (*call).updateFileContent,
			says: "Takes a file's bytes: as the file of a form, or bare as `application/octet-stream`. Bare bytes may come in pieces, each with its `Content-Range`; what has come is kept when a connection breaks. " +
				"A piece that belongs elsewhere is refused with 409: FetchFile tells in `receivedSize` where to go on. The version in `If-Match` is the file's, and stays until the file is whole.",
			takes: []parameter{ifMatch, {name: "Content-Range", in: "header", says: "Such as `bytes 0-999/5000`; `bytes */5000` with no bytes makes sure that all have come.", schema: schema{Type: "string"}}},
			body:  raw(typeForm, typeBytes), gives: ok[fileContentResult](), refuses: []int{415, 422}},
	}
}

func directory() []*route {
	const everybody = sender | viewer
	root := yes("isRoot", "`true` is those that are in no group.")
	page := whole(100, maxDirectory)
	points := slices.Concat([]parameter{text("searchTerm", "The beginning of a word of a search term."), text("searchTermOrName", "The same, or of the name."),
		identity("contactGroupId", "The group it is in."), root}, page)
	groups := slices.Concat([]parameter{root}, page)
	return []*route{
		{name: "QueryOrganisations", method: "GET", path: "/organisations/", who: everybody, handle: (*call).queryOrganisations,
			says: "Lists the authorities that one can write to, in Danish alphabetical order. A company is had by its number only.",
			takes: slices.Concat([]parameter{text("name", "The beginning of a word of a name or of another name. Small and capital letters, and å and aa, are alike."),
				choice("type", "What it is.", "AUTHORITY", "COMPANY"), text("cvrNumber", "Eight digits."),
				text("searchTerm", "The beginning of a word of a name, of a contact point or of a search term.")}, page),
			gives: ok[organisationSearchResult]()},
		{name: "FetchOrganisation", method: "GET", path: "/organisations/{id}", who: everybody, handle: (*call).fetchOrganisation,
			says: "One organisation.", gives: ok[organisationJSON]()},
		{name: "FetchLogo", method: "GET", path: "/organisations/{id}/logo", who: everybody, handle: (*call).fetchLogo,
			says: "The organisation's logo, where it has one.", gives: bytesOf(typePNG)},
		{name: "QueryContactGroups", method: "GET", path: "/organisations/{organisationId}/contact-groups/", who: everybody, handle: (*call).queryContactGroups,
			says: "Lists the groups of an authority's contact points.", takes: groups, gives: ok[contactGroupSearchResult]()},
		{name: "FetchContactGroup", method: "GET", path: "/organisations/{organisationId}/contact-groups/{id}", who: everybody, handle: (*call).fetchContactGroup,
			says: "One group.", gives: ok[contactGroupJSON]()},
		{name: "QueryContactPoints", method: "GET", path: "/organisations/{organisationId}/contact-points/", who: everybody, handle: (*call).queryContactPoints,
			says: "Lists the contact points of an authority that one may choose to write to.", takes: points, gives: ok[contactPointSearchResult]()},
		{name: "FetchContactPoint", method: "GET", path: "/organisations/{organisationId}/contact-points/{id}", who: everybody, handle: (*call).fetchContactPoint,
			says: "One contact point, also one that is not listed.", gives: ok[contactPointJSON]()},
		{name: "QueryAllContactGroups", method: "GET", path: "/contact-groups/", who: everybody, handle: (*call).queryContactGroups,
			says: "Lists the groups of all authorities.", takes: append([]parameter{text("name", "The beginning of a word of the name.")}, groups...),
			gives: ok[contactGroupSearchResult]()},
		{name: "QueryAllContactPoints", method: "GET", path: "/contact-points/", who: everybody, handle: (*call).queryContactPoints,
			says: "Lists the contact points of all authorities.", takes: points, gives: ok[contactPointSearchResult]()},
	}
}

// events is the log of mailboxes.
func events() []*route {
	return []*route{
		{name: "QueryEvents", method: "GET", path: "/events/", who: viewer, handle: (*call).queryEvents,
			says: "Reads the log of a mailbox, newest first: who did what, when, on which platform, on whose behalf and by which right, as far as the caller may know. " +
				"An event about a message is told to who may see the message; log-ins, look-ups and refusals to the owner.",
			takes: slices.Concat(eventParameters, paged(50, activity.MaxPage), []parameter{next}), gives: ok[eventLogSearchResult](), refuses: []int{404}},
	}
}

func trustees() []*route {
	const all, one = "/mailboxes/{mailboxId}/trustees/", "/mailboxes/{mailboxId}/trustees/{id}"
	return []*route{
		{name: "QueryTrustees", method: "GET", path: "/mailboxes/trustees", who: viewer, handle: (*call).queryTrustees,
			says:  "Lists the Digital Post recipients to whom the person can forward from their own mailbox now: who have approved and whose time is not out.",
			takes: []parameter{choice("sortField", "What the list is sorted by.", "name"), choice("sortOrder", "Which way.", "ASC", "DESC")},
			gives: ok[trusteeSearchResult](), refuses: []int{404}},
		{name: "ListTrustees", method: "GET", path: all, who: viewer, handle: (*call).listTrustees,
			says:  "Lists a mailbox's Digital Post recipients, and those whose recipient it is, with how each stands. What awaits an answer is first.",
			gives: ok[trusteeRequestResult]()},
		{name: "CreateTrustee", method: "POST", path: all, who: viewer, handle: (*call).createTrustee,
			says: "Asks a person (first name, last name, CPR number) or an organisation (CVR number, e-mail address) to become a Digital Post recipient. Both sides get a message. " +
				"Whatever is wrong about a person is one answer, `name.number.mismatch`; after some such tries, and after 20 requests in 24 hours, one waits for the seconds in Retry-After (429).",
			body: of[trusteeCreateCommand](), gives: created[trusteeRequestJSON](), refuses: []int{409, 422}},
		{name: "FetchTrustee", method: "GET", path: one, who: viewer, handle: (*call).fetchTrustee,
			says: "One recipient, from either side.", gives: ok[trusteeRequestJSON]()},
		{name: "AnswerTrustee", method: "PUT", path: one, who: viewer, handle: (*call).answerTrustee,
			says:  "The recipient's answer. On approval both sides get a receipt.",
			takes: []parameter{ifMatch}, body: of[trusteeAnswerCommand](), gives: ok[trusteeRequestJSON]()},
		{name: "DeleteTrustee", method: "DELETE", path: one, who: viewer, handle: (*call).deleteTrustee,
			says:  "Either side ends it, at any time. It can be set up again.",
			takes: []parameter{ifMatch}, gives: empty(204)},
	}
}

// accessRequests are what people offer each other and ask each other for.
func accessRequests() []*route {
	const all, one = "/access-requests/", "/access-requests/{id}"
	const documentation = "/access-requests/{accessRequestId}/documentations/{id}/content"
	return []*route{
		{name: "QueryAccessRequests", method: "GET", path: all, who: viewer, handle: (*call).queryAccessRequests,
			says:  "Lists the requests that the person has sent and was sent, the newest first, also those that were dealt with in the last year. An employee's token lists what they have asked; a rights administrator's those of their organisations too, a system manager's the applications that were put in.",
			takes: append([]parameter{choice("requestState", "Those that stand so.", "DRAFT", "SUBMITTED", "APPROVED", "REJECTED", "REVOKED", "EXPIRED")}, whole(20, mailbox.MaxPage)...),
			gives: ok[accessRequestSearchResult](), refuses: []int{404}},
		{name: "CreateAccessRequest", method: "POST", path: all, who: viewer, handle: (*call).createAccessRequest,
			says: "Offers a person (`target`) access to one's own post, or asks a person (`accessTo`) for access to theirs. Both sides get a message; it works when the other has approved. " +
				"A PRIVILEGE_REQUEST is an employee's, who asks for rights to the post of their organisation or of one that somebody of it administers. " +
				"A liquidator, curator, estate administrator or heir applies, with documents, with a SPECIAL_PRIVILEGE_REQUEST, in the name of their employer with an APPOINTED_DELEGATION_REQUEST, the former owner of a company that has ceased with a " +
				"LEGAL_OWNER_OF_INACTIVE_OR_CLOSED_COMPANY_PRIVILEGE_REQUEST, an employee of an organisation without anybody who gives rights with a USER_ADMIN_LOST_PRIVILEGE_REQUEST: it begins as a DRAFT; one that is not put in for 30 days is removed. " +
				"Whatever is wrong about a person is one answer, `name.number.mismatch`; after some such tries, and after 20 requests in 24 hours, one waits for the seconds in Retry-After (429).",
			body: of[accessRequestCommand](), gives: created[accessRequest](), refuses: []int{404, 409, 422}},
		{name: "ActivateAccessRequest", method: "POST", path: "/access-requests/target/activate", who: viewer, handle: (*call).activateAccessRequest,
			says: "Takes up an offer of chosen senders' post with the code that its owner has told.",
			body: of[targetActivation](), gives: ok[accessRequest](), refuses: []int{404, 422}},
		{name: "FetchAccessRequest", method: "GET", path: one, who: viewer, handle: (*call).fetchAccessRequest,
			says: "One request, from either side.", gives: ok[accessRequest]()},
		{name: "UpdateAccessRequest", method: "PUT", path: one, who: viewer, handle: (*call).updateAccessRequest,
			says: "The answer of the one who was asked, of a PRIVILEGE_REQUEST a rights administrator: `requestState` becomes APPROVED or REJECTED. " +
				"An application is changed while it is a DRAFT, put in (SUBMITTED) when its documents have come, taken back (REVOKED) by its applicant; " +
				"a system manager, with a reason, approves or rejects it, or ends (REVOKED) what it gave.",
			takes: []parameter{ifMatch}, body: of[accessRequestCommand](), gives: ok[accessRequest](), refuses: []int{422}},
		{name: "FetchAccessRequestDocumentationContent", method: "GET", path: documentation, who: viewer, handle: (*call).documentationContent,
			says: "A document of an application, for its applicant and for a system manager.", gives: bytesOf(anyType)},
		{name: "UpdateAccessRequestDocumentationContent", method: "PUT", path: documentation, who: viewer, handle: (*call).updateDocumentationContent,
			says: "Takes the bytes of a document of a DRAFT: as the file of a form, or bare as `application/octet-stream`. It is a PDF, JPEG or PNG file of at most 10 MiB, as its name says. " +
				"The version in `If-Match` is the document's.",
			takes: []parameter{ifMatch}, body: raw(typeForm, typeBytes), gives: ok[accessRequest](), refuses: []int{415, 422}},
		{name: "DeleteAccessRequest", method: "DELETE", path: one, who: viewer, handle: (*call).deleteAccessRequest,
			says:  "Takes back a request that nobody has answered (REVOKED), or takes one that was rejected or is over off the list. A privilege is ended by itself.",
			takes: []parameter{ifMatch}, gives: empty(204)},
		{name: "LookupCitizen", method: "GET", path: "/citizen-lookup/", who: viewer, handle: (*call).lookupCitizen,
			says: "Tells whether there is a person with this number and name who could give or get access. They see in their log that they were looked up. " +
				"Whatever is wrong is one answer, `name.number.mismatch`; after some such tries one waits for the seconds in Retry-After (429).",
			takes: []parameter{text("cprNumber", "Ten digits."), text("firstNameProvided", "The first name."), text("lastNameProvided", "The last name.")},
			gives: ok[citizenLookupResult](), refuses: []int{404, 422}},
		{name: "OrganisationLookup", method: "GET", path: "/organisation-lookup/{cvrNumber}", who: viewer, handle: (*call).lookUpOrganisation,
			says:  "Tells whether there is an organisation with this number, whether it has ceased, and whether somebody is appointed: what one needs to know before one asks for rights to its post.",
			gives: ok[organisationLookup](), refuses: []int{400}},
	}
}

// exemptions are for a municipality's own program, by which its employees of citizen
// service work.
func exemptions() []*route {
	const one = "/exemptions/{id}"
	return []*route{
		{name: "CreateExemption", method: "POST", path: "/exemptions/", who: viewer, handle: (*call).createExemption,
			says: "Exempts a person who lives in the municipality, or of whom the register does not tell where. The caller is an employee of its citizen service, with a token of a program of the counter; " +
				"the program keeps the signed form. With `exemptByProxy` another employee has to approve at the counter. The person sees it in their log.",
			body: of[exemptionCommand](), gives: created[exemptionJSON](), refuses: []int{404, 409, 422}},
		{name: "FetchExemption", method: "GET", path: one, who: viewer, handle: (*call).fetchExemption,
			says: "One exemption of the caller's municipality. Each look is in the person's log.", gives: ok[exemptionJSON]()},
		{name: "UpdateExemption", method: "PUT", path: one, who: viewer, handle: (*call).updateExemption,
			says:  "Changes where paper goes, and whether unread letters do, before the exemption is in force.",
			takes: []parameter{ifMatch}, body: of[exemptionCommand](), gives: ok[exemptionJSON](), refuses: []int{422}},
		{name: "DeleteExemption", method: "DELETE", path: one, who: viewer, handle: (*call).deleteExemption,
			says: "Ends an exemption: the person gets Digital Post again. One that waits is taken back.", takes: []parameter{ifMatch}, gives: empty(204), refuses: []int{422}},
	}
}

// privileges are rights in force.
func privileges() []*route {
	return []*route{
		{name: "QueryDirectPrivileges", method: "GET", path: "/privileges/direct/grantee/{identityId}", who: viewer, handle: (*call).queryDirectPrivileges,
			says:  "Lists a person's privileges: the caller's own to others' post, or another's to the caller's post. Of employees, those to organisations whose rights the caller administers. LEGAL_OWNER, who signs for an organisation alone, is as the business register says: it cannot be given or ended. Those with the source APPOINTED, of the caller or for a system manager of anybody, are ended by their access request, with a reason.",
			takes: append([]parameter{identity("scope", "To this one's mailbox."), identity("issuer", "That this one gave."), text("type", "Of this type.")}, whole(20, mailbox.MaxPage)...),
			gives: ok[directPrivilegeSearchResult]()},
		{name: "DeleteDirectPrivilege", method: "DELETE", path: "/privileges/direct/{id}", who: viewer, handle: (*call).deleteDirectPrivilege,
			says:  "Ends a privilege at once. Who gave it may do so, and who has it.",
			takes: []parameter{ifMatch}, gives: empty(204)},
		{name: "CreateDirectPrivilege", method: "POST", path: "/privileges/direct/", who: viewer, handle: (*call).createDirectPrivilege,
			says: "A rights administrator gives an employee a privilege to an organisation's post. A new administrator also gets MESSAGE_BASIC and ORGANISATION_ADMINISTRATOR.",
			body: of[directPrivilegeCommand](), gives: created[directPrivilege](), refuses: []int{404, 409}},
		{name: "CreateAndRevokeDirectPrivilegesInBulk", method: "POST", path: "/privileges/direct/bulk", who: viewer, handle: (*call).bulkDirectPrivileges,
			says: "Gives at most 100 employees' privileges and ends at most 100, all or none. It answers with those that were given.",
			body: of[bulkDirectPrivileges](), gives: ok[[]directPrivilege](), refuses: []int{404, 409}},
		{name: "ListPrivilegeTypes", method: "GET", path: "/privilege-types/", who: viewer, handle: (*call).listPrivilegeTypes,
			says:  "Lists the privileges that the caller can give to a mailbox: their own, or that of an organisation whose rights they administer.",
			takes: []parameter{identity("scopeIdentityId", "Whose mailbox; the caller's own where nothing is said.")}, gives: ok[[]Privilege](), refuses: []int{404}},
	}
}

// together is how the employees of a company work with its letters. People's mailboxes
// have nothing of it: there it is refused.
func together() []*route {
	const letter, rules, rule = "/mailboxes/{mailboxId}/messages/{messageId}", "/mailboxes/{mailboxId}/filing-rules/", "/mailboxes/{mailboxId}/filing-rules/{id}"
	return []*route{
		{name: "FetchAssignment", method: "GET", path: letter + "/assignment", who: viewer, handle: (*call).fetchAssignment,
			says: "How the employees of a company work with a letter: to whom it is assigned, how far it is, and the company's own date for it.", gives: ok[assignmentJSON]()},
		{name: "UpdateAssignment", method: "PUT", path: letter + "/assignment", who: viewer, handle: (*call).updateAssignment,
			says:  "Changes what the body names: assigns the letter to a colleague who may read it, or to nobody; sets the status; sets or removes the date.",
			takes: []parameter{ifMatch}, body: of[assignmentCommand](), gives: ok[assignmentJSON](), refuses: []int{422}},
		{name: "ListColleagues", method: "GET", path: letter + "/colleagues/", who: viewer, handle: (*call).listColleagues,
			says:  "Lists those who may read a letter of a company, at most 50, in Danish order.",
			takes: []parameter{text("name", "A part of the name, or the employee number.")}, gives: ok[colleagueResult]()},
		{name: "ListReaders", method: "GET", path: letter + "/readers/", who: viewer, handle: (*call).listReaders,
			says: "Lists who of a company has opened a letter, the first first.", gives: ok[readerResult]()},
		{name: "ListComments", method: "GET", path: letter + "/comments/", who: viewer, handle: (*call).listComments,
			says: "Lists what employees of a company say of a letter to each other, the oldest first. It never leaves the company.", gives: ok[commentResult]()},
		{name: "CreateComment", method: "POST", path: letter + "/comments/", who: viewer, handle: (*call).createComment,
			says: "Says something of a letter to colleagues, at most 4,000 characters.", body: of[commentCommand](), gives: created[commentJSON](), refuses: []int{409, 422}},
		{name: "DeleteComment", method: "DELETE", path: letter + "/comments/{id}", who: viewer, handle: (*call).deleteComment,
			says: "Removes a comment of the caller's own.", takes: []parameter{ifMatch}, gives: empty(204)},
		{name: "ListFilingRules", method: "GET", path: rules, who: viewer, handle: (*call).listRules,
			says: "Lists the rules that file a company's new letters, in the order in which they are tried: the first that fits decides.", gives: ok[ruleResult]()},
		{name: "CreateFilingRule", method: "POST", path: rules, who: viewer, handle: (*call).createRule,
			says: "Makes a rule, the last in order. It names a sender, a contact point or both, and at least one of folder, assignee and status.",
			body: of[ruleCommand](), gives: created[ruleJSON](), refuses: []int{409, 422}},
		{name: "FetchFilingRule", method: "GET", path: rule, who: viewer, handle: (*call).fetchRule, says: "One rule, and how its last application went.", gives: ok[ruleJSON]()},
		{name: "UpdateFilingRule", method: "PUT", path: rule, who: viewer, handle: (*call).updateRule,
			says: "Replaces a rule; its place in the order stays.", takes: []parameter{ifMatch}, body: of[ruleCommand](), gives: ok[ruleJSON](), refuses: []int{422}},
		{name: "DeleteFilingRule", method: "DELETE", path: rule, who: viewer, handle: (*call).deleteRule,
			says: "Ends a rule. What it has filed stays where it is.", takes: []parameter{ifMatch}, gives: empty(204)},
		{name: "ApplyFilingRule", method: "POST", path: rule + "/applications/", who: viewer, handle: (*call).applyRule,
			says: "Uses a rule on the letters that lie in the inbox, which goes on after the answer. What somebody has assigned or set a status of stays so.", gives: empty(204)},
	}
}

// systems are an organisation's own, as its other systems see them.
func systems() []*route {
	return []*route{
		{name: "QuerySystems", method: "GET", path: "/organisations/{organisationId}/systems/", who: sender | recipient, handle: (*call).querySystems,
			says:  "Lists the systems of the caller's own organisation, the oldest first, and how it goes with each.",
			takes: whole(100, maxDirectory), gives: ok[systemSearchResult]()},
		{name: "FetchMailSystem", method: "GET", path: "/organisations/{organisationId}/systems/{id}", who: sender | recipient, handle: (*call).fetchMailSystem,
			says: "One system of the caller's own organisation.", gives: ok[mailSystem]()},
	}
}

// identityGroups are organisations' groups of employees.
func identityGroups() []*route {
	const all, one = "/identity-groups/", "/identity-groups/{id}"
	const grantees, privileges = "/identity-groups/{identityGroupId}/grantees/", "/identity-groups/{identityGroupId}/privileges/"
	return []*route{
		{name: "QueryIdentityGroups", method: "GET", path: all, who: viewer, handle: (*call).queryIdentityGroups,
			says: "Lists the groups of the organisation that the caller works for, or signs for alone, and whose rights they administer.", takes: whole(20, mailbox.MaxPage), gives: ok[identityGroupSearchResult]()},
		{name: "CreateIdentityGroup", method: "POST", path: all, who: viewer, handle: (*call).createIdentityGroup,
			says: "Makes a group that has nobody and nothing.", body: of[identityGroupCommand](), gives: created[identityGroup](), refuses: []int{404, 409}},
		{name: "FetchIdentityGroup", method: "GET", path: one, who: viewer, handle: (*call).fetchIdentityGroup, says: "One group with its grantees and privileges.", gives: ok[identityGroup]()},
		{name: "UpdateIdentityGroup", method: "PUT", path: one, who: viewer, handle: (*call).updateIdentityGroup, says: "Gives a group another name.",
			takes: []parameter{ifMatch}, body: of[identityGroupCommand](), gives: ok[identityGroup]()},
		{name: "DeleteIdentityGroup", method: "DELETE", path: one, who: viewer, handle: (*call).deleteIdentityGroup,
			says: "Ends a group: its grantees lose what they had by it, at once.", takes: []parameter{ifMatch}, gives: empty(204)},
		{name: "CreateGrantee", method: "POST", path: grantees, who: viewer, handle: (*call).createGrantee,
			says: "Puts an employee into a group. The caller must administer each organisation that the group reaches.", body: of[granteeCommand](), gives: created[grantee](), refuses: []int{404, 409}},
		{name: "UpdateGrantee", method: "PUT", path: grantees + "{id}", who: viewer, handle: (*call).updateGrantee,
			says: "Answers with a grantee where it is as the caller knows it. Nothing of a grantee changes: another employee is another grantee.", takes: []parameter{ifMatch}, body: of[granteeCommand](), gives: ok[grantee]()},
		{name: "DeleteGrantee", method: "DELETE", path: grantees + "{id}", who: viewer, handle: (*call).deleteGrantee,
			says: "Takes an employee out of a group, at once.", takes: []parameter{ifMatch}, gives: empty(204)},
		{name: "CreateIdentityPrivilege", method: "POST", path: privileges, who: viewer, handle: (*call).createIdentityPrivilege,
			says: "Gives a group a privilege.", body: of[identityPrivilegeCommand](), gives: created[identityPrivilege](), refuses: []int{404, 409}},
		{name: "UpdateIdentityPrivilege", method: "PUT", path: privileges + "{id}", who: viewer, handle: (*call).updateIdentityPrivilege,
			says: "Gives a group's privilege another last day.", takes: []parameter{ifMatch}, body: of[identityPrivilegeCommand](), gives: ok[identityPrivilege]()},
		{name: "DeleteIdentityPrivilege", method: "DELETE", path: privileges + "{id}", who: viewer, handle: (*call).deleteIdentityPrivilege,
			says: "Ends a group's privilege at once.", takes: []parameter{ifMatch}, gives: empty(204)},
	}
}
