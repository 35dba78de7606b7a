package memo

// The codes a [Problem] and, the last two, a [ContainerError] can carry. Those marked official are known from the
// real service; it has no public list, so the others are ours, in its style.
const (
	CodeInvalid            = "memo.invalid" // official
	CodeTooLarge           = "message.too.large"
	CodeBodyMissing        = "message.body.missing"
	CodeBodyNotAllowed     = "message.body.not.allowed"
	CodeLabelEmpty         = "empty.label.not.allowed"
	CodeNotificationEmpty  = "empty.notification.not.allowed" // official
	CodeIDType             = "id.type.not.allowed"
	CodeSenderID           = "sender.id.format.not.allowed"
	CodeRecipientID        = "recipient.id.format.not.allowed"
	CodeContactPointID     = "contact.point.id.format.not.allowed" // official
	CodeDeliverTooEarly    = "do.not.deliver.until.date.too.early" // official
	CodeDeliverTooLate     = "do.not.deliver.until.date.too.late"  // official
	CodeReplyData          = "reply.data.message.uuid.missing"
	CodeTooManyAttachments = "too.many.attachments"
	CodeFileEmpty          = "file.empty.not.allowed"     // official
	CodeFileExtension      = "file.extension.not.allowed" // official
	CodeFileName           = "file.name.not.allowed"
	CodeFileContent        = "file.content.not.allowed"
	CodeActionCode         = "action.code.not.allowed"
	CodeActionReservation  = "action.reservation.missing"
	CodeActionEntryPoint   = "action.entry.point.missing"
	CodeEntryPointURL      = "entry.point.url.not.https"
	CodeContainerInvalid   = "container.invalid"
	CodeContainerTooLarge  = "container.too.large"
)

// Codes is every code of this package with what it means.
var Codes = []struct{ Code, Meaning string }{
	{CodeInvalid, "The letter is not well-formed XML or does not follow the MeMo schema."},
	{CodeTooLarge, "The letter's XML has more bytes than are allowed."},
	{CodeBodyMissing, "A letter of type DIGITALPOST has no MessageBody."},
	{CodeBodyNotAllowed, "A letter of type NEMSMS has a MessageBody."},
	{CodeLabelEmpty, "The letter's label, its title, is empty."},
	{CodeNotificationEmpty, "A letter of type NEMSMS has no text in notification."},
	{CodeIDType, "An idType is neither CPR nor CVR."},
	{CodeSenderID, "The sender's id is not a number of the kind its idType says."},
	{CodeRecipientID, "The recipient's id is not a number of the kind its idType says."},
	{CodeContactPointID, "A contact point's id is not a UUID."},
	{CodeDeliverTooEarly, "The date to deliver on has passed."},
	{CodeDeliverTooLate, "The date to deliver on is too far in the future."},
	{CodeReplyData, "The letter has ReplyData, but none with the letter's own messageUUID."},
	{CodeTooManyAttachments, "There are more additional documents than are allowed."},
	{CodeFileEmpty, "A file has no content."},
	{CodeFileExtension, "A file's extension is not allowed, or its encodingFormat is that of another type."},
	{CodeFileName, "A file's name is empty or has a character that is not allowed."},
	{CodeFileContent, "A file is a program or a script, whatever it is called."},
	{CodeActionCode, "An action's code is not one of the known codes."},
	{CodeActionReservation, "An action with code AFTALE has no Reservation."},
	{CodeActionEntryPoint, "An action that leads somewhere has no EntryPoint."},
	{CodeEntryPointURL, "An entry point's address is not an https address."},
	{CodeContainerInvalid, "A container is not a tar archive of letters in an LZMA stream, or is not whole."},
	{CodeContainerTooLarge, "A container has more or larger letters than are allowed, or expands too much."},
}
