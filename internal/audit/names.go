package audit

// Name says what happened. The list is closed.
type Name string

// Names of EventLogEventTag in the public interface, version 1.68.
const (
	AccessRequestApproved                           Name = "ACCESS_REQUEST_APPROVED"
	AccessRequestRejected                           Name = "ACCESS_REQUEST_REJECTED"
	AccessRequestRevoked                            Name = "ACCESS_REQUEST_REVOKED"
	AccessRequestSubmitted                          Name = "ACCESS_REQUEST_SUBMITTED"
	AccessRequestWithdrawn                          Name = "ACCESS_REQUEST_WITHDRAWN"
	AppAccessCreated                                Name = "APP_ACCESS_CREATED"
	AppAccessRemoved                                Name = "APP_ACCESS_REMOVED"
	BusinessReceiptCreated                          Name = "BUSINESS_RECEIPT_CREATED"
	BusinessReceiptReceived                         Name = "BUSINESS_RECEIPT_RECEIVED"
	BusinessReceiptReceivedByRecipientSystem        Name = "BUSINESS_RECEIPT_RECEIVED_BY_RECIPIENT_SYSTEM"
	BusinessReceiptSendToSenderSystem               Name = "BUSINESS_RECEIPT_SEND_TO_SENDER_SYSTEM"
	BusinessReceiptSendToSenderSystemFailed         Name = "BUSINESS_RECEIPT_SEND_TO_SENDER_SYSTEM_FAILED"
	BusinessReceiptSent                             Name = "BUSINESS_RECEIPT_SENT"
	ConsentRevoked                                  Name = "CONSENT_REVOKED"
	ContactCPRUpdated                               Name = "CONTACT_CPR_UPDATED"
	ContactCVRUpdated                               Name = "CONTACT_CVR_UPDATED"
	ContactGroupChanged                             Name = "CONTACT_GROUP_CHANGED"
	ContactPointChanged                             Name = "CONTACT_POINT_CHANGED"
	ContactRegistryAccessedCitizen                  Name = "CONTACT_REGISTRY_ACCESSED_CITIZEN"
	ContactSearches                                 Name = "CONTACT_SEARCHES"
	CPRLookedUp                                     Name = "CPR_LOOKED_UP"
	CVRLookedUp                                     Name = "CVR_LOOKED_UP"
	DelayedMemoMessageRecalled                      Name = "DELAYED_MEMO_MESSAGE_RECALLED"
	DelayedMemoSendSent                             Name = "DELAYED_MEMO_SEND_SENT"
	DelayedMemoSendValidatedAwaitingDelay           Name = "DELAYED_MEMO_SEND_VALIDATED_AWAITING_DELAY"
	DelegatedSupportAdminPrivilegeGranted           Name = "DELEGATED_SUPPORT_ADMIN_PRIVILEGE_GRANTED"
	DelegatedSupportAdminPrivilegeGrantedOnBehalfOf Name = "DELEGATED_SUPPORT_ADMIN_PRIVILEGE_GRANTED_ON_BEHALF_OF"
	DelegatedSupportAdminPrivilegeRevoked           Name = "DELEGATED_SUPPORT_ADMIN_PRIVILEGE_REVOKED"
	DelegatedSupportAdminPrivilegeRevokedOnBehalfOf Name = "DELEGATED_SUPPORT_ADMIN_PRIVILEGE_REVOKED_ON_BEHALF_OF"
	DigitalPostExempted                             Name = "DIGITAL_POST_EXEMPTED"
	DigitalPostRegistered                           Name = "DIGITAL_POST_REGISTERED"
	DirectPrivilegeRead                             Name = "DIRECT_PRIVILEGE_READ"
	DirectPrivilegeSearches                         Name = "DIRECT_PRIVILEGE_SEARCHES"
	DraftDeleted                                    Name = "DRAFT_DELETED"
	DraftSaved                                      Name = "DRAFT_SAVED"
	EmailNotificationSubscriptionCreated            Name = "EMAIL_NOTIFICATION_SUBSCRIPTION_CREATED"
	EmailNotificationSubscriptionDeleted            Name = "EMAIL_NOTIFICATION_SUBSCRIPTION_DELETED"
	EmailNotificationSubscriptionUpdated            Name = "EMAIL_NOTIFICATION_SUBSCRIPTION_UPDATED"
	EmailNotificationSubscriptionVerified           Name = "EMAIL_NOTIFICATION_SUBSCRIPTION_VERIFIED"
	EventLogSearches                                Name = "EVENT_LOG_SEARCHES"
	FlagChanged                                     Name = "FLAG_CHANGED"
	FolderCreated                                   Name = "FOLDER_CREATED"
	FolderDeleted                                   Name = "FOLDER_DELETED"
	FolderMoved                                     Name = "FOLDER_MOVED"
	FolderUpdated                                   Name = "FOLDER_UPDATED"
	IdentityDeactivated                             Name = "IDENTITY_DEACTIVATED"
	IdentityReactivated                             Name = "IDENTITY_REACTIVATED"
	IdentityRead                                    Name = "IDENTITY_READ"
	IdentitySearches                                Name = "IDENTITY_SEARCHES"
	IntroductionCompleted                           Name = "INTRODUCTION_COMPLETED"
	MailboxRead                                     Name = "MAILBOX_READ"
	MailboxReadByPartyRepresentative                Name = "MAILBOX_READ_BY_PARTY_REPRESENTATIVE"
	MemoArchiveRejected                             Name = "MEMO_ARCHIVE_REJECTED"
	MemoAvailableToRecipient                        Name = "MEMO_AVAILABLE_TO_RECIPIENT"
	MemoExtracted                                   Name = "MEMO_EXTRACTED"
	MemoMassSendReceived                            Name = "MEMO_MASS_SEND_RECEIVED"
	MemoMessageRecalled                             Name = "MEMO_MESSAGE_RECALLED"
	MemoSendFailed                                  Name = "MEMO_SEND_FAILED"
	MemoSendFetchedByRecipientSystem                Name = "MEMO_SEND_FETCHED_BY_RECIPIENT_SYSTEM"
	MemoSendReadyForFetch                           Name = "MEMO_SEND_READY_FOR_FETCH"
	MemoSendRecalled                                Name = "MEMO_SEND_RECALLED"
	MemoSendReceived                                Name = "MEMO_SEND_RECEIVED"
	MemoSendSentToRecipientSystem                   Name = "MEMO_SEND_SENT_TO_RECIPIENT_SYSTEM"
	MemoSendSentToRecipientSystemFailed             Name = "MEMO_SEND_SENT_TO_RECIPIENT_SYSTEM_FAILED"
	MemoSendValidated                               Name = "MEMO_SEND_VALIDATED"
	MemoSendValidationFailed                        Name = "MEMO_SEND_VALIDATION_FAILED"
	MemoTransformationFailed                        Name = "MEMO_TRANSFORMATION_FAILED"
	MessageCreated                                  Name = "MESSAGE_CREATED"
	MessageDeleted                                  Name = "MESSAGE_DELETED"
	MessageForwardedToAuthority                     Name = "MESSAGE_FORWARDED_TO_AUTHORITY"
	MessageForwardedToEmail                         Name = "MESSAGE_FORWARDED_TO_EMAIL"
	MessageForwardedToTrusted                       Name = "MESSAGE_FORWARDED_TO_TRUSTED"
	MessageLegallyNotified                          Name = "MESSAGE_LEGALLY_NOTIFIED"
	MessageMoved                                    Name = "MESSAGE_MOVED"
	MessageRead                                     Name = "MESSAGE_READ"
	MessageRecalledByAdministrator                  Name = "MESSAGE_RECALLED_BY_ADMINISTRATOR"
	MessageReceived                                 Name = "MESSAGE_RECEIVED"
	MessageSent                                     Name = "MESSAGE_SENT"
	MessageSentMailbox                              Name = "MESSAGE_SENT_MAILBOX"
	MessageUpdated                                  Name = "MESSAGE_UPDATED"
	NemSMSActivated                                 Name = "NEM_SMS_ACTIVATED"
	NemSMSCreated                                   Name = "NEM_SMS_CREATED"
	NemSMSDeleted                                   Name = "NEM_SMS_DELETED"
	NemSMSSendFailed                                Name = "NEM_SMS_SEND_FAILED"
	NemSMSSentAndRejected                           Name = "NEM_SMS_SENT_AND_REJECTED"
	NemSMSSentSuccessfully                          Name = "NEM_SMS_SENT_SUCCESSFULLY"
	NemSMSUpdated                                   Name = "NEM_SMS_UPDATED"
	NotificationDeviceTokenStaleFailed              Name = "NOTIFICATION_DEVICE_TOKEN_STALE_FAILED"
	NotificationFailed                              Name = "NOTIFICATION_FAILED"
	NotificationPushCompleted                       Name = "NOTIFICATION_PUSH_COMPLETED"
	NotificationSent                                Name = "NOTIFICATION_SENT"
	PersonSearches                                  Name = "PERSON_SEARCHES"
	PhysicalLetterSent                              Name = "PHYSICAL_LETTER_SENT"
	PincodeSentToMobileNemSMS                       Name = "PINCODE_SENT_TO_MOBILE_NEM_SMS"
	PrivilegesGranted                               Name = "PRIVILEGES_GRANTED"
	PrivilegesGrantedOnBehalfOf                     Name = "PRIVILEGES_GRANTED_ON_BEHALF_OF"
	PrivilegesRevoked                               Name = "PRIVILEGES_REVOKED"
	PrivilegesRevokedOnBehalfOf                     Name = "PRIVILEGES_REVOKED_ON_BEHALF_OF"
	PrivilegeGroupRead                              Name = "PRIVILEGE_GROUP_READ"
	PrivilegeGroupSearches                          Name = "PRIVILEGE_GROUP_SEARCHES"
	PushNotificationSubscriptionCreated             Name = "PUSH_NOTIFICATION_SUBSCRIPTION_CREATED"
	PushNotificationSubscriptionDeleted             Name = "PUSH_NOTIFICATION_SUBSCRIPTION_DELETED"
	PushNotificationSubscriptionUpdated             Name = "PUSH_NOTIFICATION_SUBSCRIPTION_UPDATED"
	ReadAccessCreated                               Name = "READ_ACCESS_CREATED"
	ReadAccessDeleted                               Name = "READ_ACCESS_DELETED"
	SMSNotificationSubscriptionCreated              Name = "SMS_NOTIFICATION_SUBSCRIPTION_CREATED"
	SMSNotificationSubscriptionDeleted              Name = "SMS_NOTIFICATION_SUBSCRIPTION_DELETED"
	SMSNotificationSubscriptionUpdated              Name = "SMS_NOTIFICATION_SUBSCRIPTION_UPDATED"
	SMSNotificationSubscriptionVerified             Name = "SMS_NOTIFICATION_SUBSCRIPTION_VERIFIED"
	StatisticalReportCreated                        Name = "STATISTICAL_REPORT_CREATED"
	StatisticalReportDeleted                        Name = "STATISTICAL_REPORT_DELETED"
	StatisticalReportDownloaded                     Name = "STATISTICAL_REPORT_DOWNLOADED"
	StatisticalReportSubscriptionCreated            Name = "STATISTICAL_REPORT_SUBSCRIPTION_CREATED"
	StatisticalReportSubscriptionDeleted            Name = "STATISTICAL_REPORT_SUBSCRIPTION_DELETED"
	StatisticalReportSubscriptionRead               Name = "STATISTICAL_REPORT_SUBSCRIPTION_READ"
	StatisticalReportSubscriptionSearch             Name = "STATISTICAL_REPORT_SUBSCRIPTION_SEARCH"
	StatisticalReportSubscriptionUpdated            Name = "STATISTICAL_REPORT_SUBSCRIPTION_UPDATED"
	StatisticsRead                                  Name = "STATISTICS_READ"
	SystemChanged                                   Name = "SYSTEM_CHANGED"
	SystemFetchFinished                             Name = "SYSTEM_FETCH_FINISHED"
	SystemFetchStarted                              Name = "SYSTEM_FETCH_STARTED"
	SystemFetchStopped                              Name = "SYSTEM_FETCH_STOPPED"
	MemoSystemFetched                               Name = "MEMO_SYSTEM_FETCHED"
	TechnicalReceiptSent                            Name = "TECHNICAL_RECEIPT_SENT"
	TechnicalReceiptSentToSenderSystem              Name = "TECHNICAL_RECEIPT_SENT_TO_SENDER_SYSTEM"
	UnopenedMailAsPhysicalPost                      Name = "UNOPENED_MAIL_AS_PHYSICAL_POST"
	UnopenedMailNotAsPhysicalPost                   Name = "UNOPENED_MAIL_NOT_AS_PHYSICAL_POST"
	UnopenedMailSentAsPhysicalPost                  Name = "UNOPENED_MAIL_SENT_AS_PHYSICAL_POST"
)

// Names of our own, for what that list has no word for.
const (
	AccessRefused      Name = "ACCESS_REFUSED"      // somebody asked for what they have no right to; also where the answer was that it does not exist
	DocumentDownloaded Name = "DOCUMENT_DOWNLOADED" // a file of a message was fetched
	ExemptionRejected  Name = "EXEMPTION_REJECTED"  // the municipality declined to exempt somebody
	ExemptionRequested Name = "EXEMPTION_REQUESTED" // somebody applied for an exemption at the counter
	EMailFailed        Name = "EMAIL_FAILED"        // a letter that was forwarded by e-mail could not be sent
	EMailReturned      Name = "EMAIL_RETURNED"      // it was sent and came back
	EMailSent          Name = "EMAIL_SENT"          // the mail relay took it
	InquiryAnswered    Name = "INQUIRY_ANSWERED"    // support answered what somebody wrote by the contact form
	InquiryTaken       Name = "INQUIRY_TAKEN"       // an employee of support reads an inquiry and will answer it
	GroupCreated       Name = "GROUP_CREATED"       // a company made a group of employees
	GroupChanged       Name = "GROUP_CHANGED"       // it got another name, or somebody came or went
	GroupDeleted       Name = "GROUP_DELETED"       // it ended, with its rights
	KeysRotated        Name = "KEYS_ROTATED"        // the master key was exchanged
	LogExported        Name = "LOG_EXPORTED"        // somebody took the log of a mailbox with them
	LogIn              Name = "LOG_IN"              // a person logged in
	LogInRefused       Name = "LOG_IN_REFUSED"      // a log-in came back from the identity provider and was not good enough
	LogOut             Name = "LOG_OUT"             // a person logged out
	MessageAnswered    Name = "MESSAGE_ANSWERED"    // somebody sent an answer to a message
	MessageDestroyed   Name = "MESSAGE_DESTROYED"   // a message was deleted for good
	MessageHidden      Name = "MESSAGE_HIDDEN"      // the owner hid a message from helpers, or showed it again
	SenderHidden       Name = "SENDER_HIDDEN"       // the same, for all post of a sender
	PrivilegesChanged  Name = "PRIVILEGES_CHANGED"  // a right got another last day, or became another kind
	CommentWritten     Name = "COMMENT_WRITTEN"     // somebody of a company said something of a letter to colleagues
	CommentRemoved     Name = "COMMENT_REMOVED"     // and took it back
	MessageAssigned    Name = "MESSAGE_ASSIGNED"    // a letter was given to a colleague
	MessageUnassigned  Name = "MESSAGE_UNASSIGNED"  // it is nobody's any more, or the colleague has lost the right to read it
	MessageStatusSet   Name = "MESSAGE_STATUS_SET"  // how far a company is with a letter
	MessageDueSet      Name = "MESSAGE_DUE_SET"     // a company has set or removed a date of its own
	MessageFiled       Name = "MESSAGE_FILED"       // a rule has filed a letter
	FilingRuleChanged  Name = "FILING_RULE_CHANGED" // a rule was made, changed, moved, removed or used on what was there
	NoteChanged        Name = "NOTE_CHANGED"        // a note on a message was written, changed or removed
	RegisterImported   Name = "REGISTER_IMPORTED"   // persons or organisations were read from a file
	SessionEnded       Name = "SESSION_ENDED"       // a session ended by itself or was ended by another
	SystemRefused      Name = "SYSTEM_REFUSED"      // a sender or recipient system did not prove who it is
	TrusteeApproved    Name = "TRUSTEE_APPROVED"    // a Digital Post recipient approved
	TrusteeDeclined    Name = "TRUSTEE_DECLINED"    // a Digital Post recipient declined
	TrusteeRemoved     Name = "TRUSTEE_REMOVED"     // either side ended it
	TrusteeRequested   Name = "TRUSTEE_REQUESTED"   // somebody was asked to become a Digital Post recipient
	TokenIssued        Name = "TOKEN_ISSUED"        // a view client got a token for a person
	TokenReused        Name = "TOKEN_REUSED"        // a refresh token came twice: all of its line are void
	TokenRevoked       Name = "TOKEN_REVOKED"       // a view client's token was made void
)

// Names about data extracts of a company's post.
const (
	ExtractRequested Name = "EXTRACT_REQUESTED" // somebody asked for one
	ExtractWithdrawn Name = "EXTRACT_WITHDRAWN" // and took that back
	ExtractApproved  Name = "EXTRACT_APPROVED"  // a system manager approved
	ExtractRejected  Name = "EXTRACT_REJECTED"  // or did not
	ExtractReady     Name = "EXTRACT_READY"     // it lies ready to be fetched
	ExtractFetched   Name = "EXTRACT_FETCHED"   // a part of it was fetched
	ExtractDestroyed Name = "EXTRACT_DESTROYED" // its bytes are gone
)

// Names about links for calendar programs.
const (
	CalendarFetched     Name = "CALENDAR_FETCHED"      // a program read the dates of a mailbox by a link, the first time on a day
	CalendarLinkCreated Name = "CALENDAR_LINK_CREATED" // a person made a link
	CalendarLinkEnded   Name = "CALENDAR_LINK_ENDED"   // and ended it
)
