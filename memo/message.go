package memo

import (
	"iter"
	"time"

	"github.com/google/uuid"
)

// The structs below are MeMo's classes, and their tags are its schema
// (MeMo_core.xsd 1.1 and what is known of 1.2). The order of the fields is the
// order of the elements. A tag holds the element's name, with a prefix from the
// table in schema.go where it is not in MeMo's own namespace, and then:
//
//	?            the element may be left out
//	max=N        at most N characters (256 where not said), N elements or the number N
//	since=1.2    the element exists from this version of MeMo
//	optional=1.2 the element may be left out from this version
//	was=name     the element's name in MeMo 1.0
//
// A pointer is an optional class, a slice a repeated one. An optional text that
// is empty and one that is left out are the same, so are false and left out,
// and a time is absent when it is zero. Fields without a tag are ours.

// Message is one letter (MeMo class Message).
type Message struct {
	// Version is what the letter said it was. It does not bind the writer.
	Version Version
	Header  Header `memo:"MessageHeader"`
	// Body is nil for a NemSMS, which has only a header.
	Body *Body `memo:"MessageBody"`

	// Digest tells whether two letters are the same: SHA-256 over the bytes of
	// the letter with the decoded content's SHA-256 in place of each content.
	// White space counts outside contents and does not inside. [Read] sets it; it
	// means something only when Read found no problems.
	Digest [32]byte
}

// Documents are the letter's documents in order: the main one, the additional
// ones, the technical ones.
func (m *Message) Documents() iter.Seq2[DocumentKind, *Document] {
	return func(yield func(DocumentKind, *Document) bool) {
		if m.Body == nil || !yield(MainDocument, &m.Body.MainDocument) {
			return
		}
		for i := range m.Body.AdditionalDocument {
			if !yield(AdditionalDocument, &m.Body.AdditionalDocument[i]) {
				return
			}
		}
		for i := range m.Body.TechnicalDocument {
			if !yield(TechnicalDocument, &m.Body.TechnicalDocument[i]) {
				return
			}
		}
	}
}

// MessageType tells a letter from a text message (dt:memoMessageType).
type MessageType string

// The message types.
const (
	DigitalPost MessageType = "DIGITALPOST"
	NemSMS      MessageType = "NEMSMS"
)

// IDType says what kind of number an id is. It is read in either letter case
// and kept in capitals.
type IDType string

// The id types in use. The schema has free text here.
const (
	CPR IDType = "CPR" // a person, ten digits
	CVR IDType = "CVR" // an organisation, eight digits
)

// Header is everything but the documents (MeMo class MessageHeader).
type Header struct {
	MessageType            MessageType `memo:"messageType"`
	MessageUUID            uuid.UUID   `memo:"messageUUID"`
	MessageID              string      `memo:"messageID?"`   // the sender's own id
	MessageCode            string      `memo:"messageCode?"` // the sender's own kind of letter
	Label                  string      `memo:"label"`        // the title
	Notification           string      `memo:"notification? max=150"`
	AdditionalNotification string      `memo:"additionalNotification?"`
	// Reply is true when the recipient may answer.
	Reply           bool      `memo:"reply?"`
	ReplyByDateTime time.Time `memo:"replyByDateTime?"`
	// DoNotDeliverUntilDate is a date, held as midnight UTC.
	DoNotDeliverUntilDate time.Time `memo:"doNotDeliverUntilDate? date"`
	Mandatory             bool      `memo:"mandatory optional=1.2"`
	LegalNotification     bool      `memo:"legalNotification optional=1.2"`
	// PostType is MYNDIGHEDSPOST or VIRKSOMHEDSPOST as far as is known.
	PostType    string       `memo:"postType?"`
	Sender      Sender       `memo:"Sender"`
	Recipient   Recipient    `memo:"Recipient"`
	ContentData *ContentData `memo:"ContentData"`
	ForwardData *ForwardData `memo:"ForwardData"`
	ReplyData   []ReplyData  `memo:"ReplyData?"`
}

// Sender is who sends (MeMo class Sender).
type Sender struct {
	SenderID       string          `memo:"senderID"`
	IDType         IDType          `memo:"idType"`
	IDTypeLabel    string          `memo:"idTypeLabel?"`
	Label          string          `memo:"label"` // the name that the recipient sees
	AttentionData  *AttentionData  `memo:"AttentionData"`
	ContactPoint   *ContactPoint   `memo:"ContactPoint"`
	Representative *Representative `memo:"Representative since=1.2"`
}

// Representative is who wrote on the sender's behalf (MeMo 1.2 class Representative).
type Representative struct {
	RepresentativeID string `memo:"representativeID"`
	IDType           IDType `memo:"idType"`
	Label            string `memo:"label"`
}

// Recipient is who receives (MeMo class Recipient).
type Recipient struct {
	RecipientID   string         `memo:"recipientID"`
	IDType        IDType         `memo:"idType"`
	IDTypeLabel   string         `memo:"idTypeLabel?"`
	Label         string         `memo:"label?"`
	AttentionData *AttentionData `memo:"AttentionData"`
	ContactPoint  *ContactPoint  `memo:"ContactPoint"`
}

// AttentionData says who in particular a letter is from or to (MeMo class AttentionData).
type AttentionData struct {
	AttentionPerson      *AttentionPerson      `memo:"AttentionPerson"`
	ProductionUnit       *ProductionUnit       `memo:"grd:ProductionUnit"`
	GlobalLocationNumber *GlobalLocationNumber `memo:"gln:GlobalLocationNumber"`
	EMail                *EMail                `memo:"EMail"`
	SEnumber             *SEnumber             `memo:"grd:SEnumber"`
	Telephone            *Telephone            `memo:"Telephone"`
	EID                  *EID                  `memo:"grd:EID"`
	ContentResponsible   *ContentResponsible   `memo:"ContentResponsible"`
	GeneratingSystem     *GeneratingSystem     `memo:"GeneratingSystem"`
	SORdata              *SORdata              `memo:"sor:SORdata"`
	Address              *Address              `memo:"grd:Address"`
	UnstructuredAddress  *UnstructuredAddress  `memo:"grd:UnstructuredAddress"`
}

// AttentionPerson is MeMo class AttentionPerson.
type AttentionPerson struct {
	PersonID string `memo:"personID?"`
	Label    string `memo:"label?"`
}

// ProductionUnit is class ProductionUnit of Grunddata: a P-number.
type ProductionUnit struct {
	ProductionUnitNumber int64  `memo:"grd:productionUnitNumber max=9999999999"`
	ProductionUnitName   string `memo:"grd:productionUnitName?"`
}

// GlobalLocationNumber is a GS1 location number (GLN).
type GlobalLocationNumber struct {
	GlobalLocationNumber int64  `memo:"gln:globalLocationNumber max=9999999999999"`
	Location             string `memo:"gln:location?"`
}

// EMail is MeMo class EMail.
type EMail struct {
	EmailAddress string `memo:"emailAddress"`
	RelatedAgent string `memo:"relatedAgent?"`
}

// SEnumber is class SEnumber of Grunddata: a tax number.
type SEnumber struct {
	SENumber    string `memo:"grd:seNumber"`
	CompanyName string `memo:"grd:companyName?"`
}

// Telephone is MeMo class Telephone.
type Telephone struct {
	TelephoneNumber string `memo:"telephoneNumber"`
	RelatedAgent    string `memo:"relatedAgent?"`
}

// EID is class EID of Grunddata: an electronic identity.
type EID struct {
	EID   string `memo:"grd:eID"`
	Label string `memo:"grd:label?"`
}

// ContentResponsible is MeMo class ContentResponsible.
type ContentResponsible struct {
	ContentResponsibleID string `memo:"contentResponsibleID?"`
	Label                string `memo:"label?"`
}

// GeneratingSystem is MeMo class GeneratingSystem.
type GeneratingSystem struct {
	GeneratingSystemID string `memo:"generatingSystemID"`
	Label              string `memo:"label?"`
}

// SORdata names a unit of the health service's register (SOR).
type SORdata struct {
	SORIdentifier string `memo:"sor:sorIdentifier"`
	EntryName     string `memo:"sor:entryName?"`
}

// Address is class Address of Grunddata.
type Address struct {
	ID           string        `memo:"grd:id?"`
	AddressLabel string        `memo:"grd:addressLabel?"`
	HouseNumber  string        `memo:"grd:houseNumber?"`
	Door         string        `memo:"grd:door?"`
	Floor        string        `memo:"grd:floor?"`
	CO           string        `memo:"grd:co?"`
	ZipCode      string        `memo:"grd:zipCode?"`
	City         string        `memo:"grd:city?"`
	Country      string        `memo:"grd:country?"`
	AddressPoint *AddressPoint `memo:"grd:AddressPoint"`
}

// AddressPoint is class AddressPoint of Grunddata; the measures are text.
type AddressPoint struct {
	GeographicEastingMeasure  string `memo:"grd:geographicEastingMeasure?"`
	GeographicNorthingMeasure string `memo:"grd:geographicNorthingMeasure?"`
	GeographicHeightMeasure   string `memo:"grd:geographicHeightMeasure?"`
}

// UnstructuredAddress is class UnstructuredAddress of Grunddata.
type UnstructuredAddress struct {
	Unstructured string `memo:"grd:unstructured"`
}

// ContactPoint is the part of an organisation that a letter is from or to
// (MeMo class ContactPoint).
type ContactPoint struct {
	ContactGroup   string        `memo:"contactGroup?"`
	ContactPointID string        `memo:"contactPointID"` // a UUID by the official service's rules
	Label          string        `memo:"label?"`
	ContactInfo    []ContactInfo `memo:"ContactInfo? max=2"`
}

// ContactInfo is what a contact point asks its correspondents for.
type ContactInfo struct {
	Label string `memo:"label"`
	Value string `memo:"value"`
}

// ContentData says what a letter is about, for the receiving program
// (MeMo class ContentData).
type ContentData struct {
	CPRdata               *CPRdata                `memo:"grd:CPRdata"`
	CVRdata               *CVRdata                `memo:"grd:CVRdata"`
	MotorVehicle          *MotorVehicle           `memo:"dmv:MotorVehicle"`
	PropertyNumber        *PropertyNumber         `memo:"grd:PropertyNumber"`
	CaseID                *CaseID                 `memo:"CaseID"`
	KLEdata               *KLEdata                `memo:"kle:KLEdata"`
	FORMdata              *FORMdata               `memo:"form:FORMdata"`
	ProductionUnit        *ProductionUnit         `memo:"grd:ProductionUnit"`
	Education             *Education              `memo:"udd:Education"`
	Address               *Address                `memo:"grd:Address"`
	UnstructuredAddress   *UnstructuredAddress    `memo:"grd:UnstructuredAddress"`
	AdditionalContentData []AdditionalContentData `memo:"AdditionalContentData? max=10"`
}

// CPRdata names a person. A leading zero that an old library lost is restored.
type CPRdata struct {
	CPRNumber string `memo:"grd:cprNumber"`
	Name      string `memo:"grd:name?"`
}

// CVRdata names an organisation. A leading zero that an old library lost is restored.
type CVRdata struct {
	CVRNumber   string `memo:"grd:cvrNumber"`
	CompanyName string `memo:"grd:companyName?"`
}

// MotorVehicle is class MotorVehicle of the vehicle register.
type MotorVehicle struct {
	LicenseNumber string `memo:"dmv:licenseNumber max=7"`
	ChassisNumber string `memo:"dmv:chassisNumber?"`
}

// PropertyNumber is class PropertyNumber of Grunddata.
type PropertyNumber struct {
	PropertyNumber string `memo:"grd:propertyNumber"`
}

// CaseID is MeMo class CaseID.
type CaseID struct {
	CaseID     string `memo:"caseID"`
	CaseSystem string `memo:"caseSystem"`
}

// KLEdata is a subject of the municipalities' common list (KLE).
type KLEdata struct {
	SubjectKey    string `memo:"kle:subjectKey"`
	Version       string `memo:"kle:version"`
	ActivityFacet string `memo:"kle:activityFacet?"`
	Label         string `memo:"kle:label"`
}

// FORMdata is a task of the public sector's common list (FORM).
type FORMdata struct {
	TaskKey       string `memo:"form:taskKey"`
	Version       string `memo:"form:version"`
	ActivityFacet string `memo:"form:activityFacet?"`
	Label         string `memo:"form:label"`
}

// Education is class Education of Statistics Denmark.
type Education struct {
	EducationCode string `memo:"udd:educationCode"`
	EducationName string `memo:"udd:educationName?"`
}

// AdditionalContentData is MeMo class AdditionalContentData.
type AdditionalContentData struct {
	ContentDataType  string `memo:"contentDataType?"`
	ContentDataName  string `memo:"contentDataName"`
	ContentDataValue string `memo:"contentDataValue"`
}

// ForwardData says what letter this one forwards (MeMo class ForwardData).
type ForwardData struct {
	MessageUUID                uuid.UUID `memo:"messageUUID"`
	OriginalMessageDateTime    time.Time `memo:"originalMessageDateTime since=1.1"`
	OriginalSender             string    `memo:"originalSender"`
	OriginalContentResponsible string    `memo:"originalContentResponsible?"`
	OriginalRepresentative     string    `memo:"originalRepresentative? since=1.2"`
	ContactPointID             string    `memo:"contactPointID?"`
	Comment                    string    `memo:"comment? max=512"`
}

// ReplyData is one letter of the thread that a letter belongs to (MeMo class
// ReplyData). One of them is the letter's own; older ones are kept.
type ReplyData struct {
	MessageID           string                `memo:"messageID?"`
	MessageUUID         uuid.UUID             `memo:"messageUUID"`
	ReplyUUID           uuid.UUID             `memo:"replyUUID?"` // the letter answered
	SenderID            string                `memo:"senderID?"`
	RecipientID         string                `memo:"recipientID?"`
	CaseID              string                `memo:"caseID?"`
	ContactPointID      string                `memo:"contactPointID?"`
	GeneratingSystemID  string                `memo:"generatingSystemID?"`
	Comment             string                `memo:"comment? max=512"`
	AdditionalReplyData []AdditionalReplyData `memo:"AdditionalReplyData? max=4"`
}

// AdditionalReplyData is MeMo class AdditionalReplyData.
type AdditionalReplyData struct {
	Label string `memo:"label"`
	Value string `memo:"value"`
}

// Body holds the documents (MeMo class MessageBody).
type Body struct {
	CreatedDateTime    time.Time  `memo:"createdDateTime"`
	MainDocument       Document   `memo:"MainDocument"`
	AdditionalDocument []Document `memo:"AdditionalDocument?"`
	// TechnicalDocument is for the receiving program only and is never shown.
	TechnicalDocument []Document `memo:"TechnicalDocument?"`
}

// DocumentKind is which of MeMo's three document classes a document is of.
type DocumentKind string

// The document kinds, by the names of MeMo's classes.
const (
	MainDocument       DocumentKind = "MainDocument"
	AdditionalDocument DocumentKind = "AdditionalDocument"
	TechnicalDocument  DocumentKind = "TechnicalDocument"
)

// Document is one document in one or more alternative formats (MeMo classes
// MainDocument, AdditionalDocument and TechnicalDocument).
type Document struct {
	ID    string  `memo:"*DocumentID? was=documentID"` // mainDocumentID and so on
	Label string  `memo:"label?"`
	Files []*File `memo:"File"`
	// Actions are none in a technical document.
	Actions []Action `memo:"Action?"`
}

// File is one format of a document (MeMo class File).
type File struct {
	EncodingFormat string `memo:"encodingFormat"` // the declared media type
	Filename       string `memo:"filename"`
	Language       string `memo:"language max=2"`
	// Content is where the caller put the content; this package never looks at
	// it. The sink of [ReadOptions] sets it, the opener of [Write] uses it.
	Content any `memo:"content" json:"-"`

	// What [Read] finds out while the content passes:
	Size   int64    // decoded bytes
	SHA256 [32]byte // of the decoded bytes
	Sniffed
}

// Action is something the recipient can do (MeMo class Action). It holds a
// Reservation or an EntryPoint, never both.
type Action struct {
	Label         string       `memo:"label"`
	ActionCode    ActionCode   `memo:"actionCode"`
	StartDateTime time.Time    `memo:"startDateTime?"`
	EndDateTime   time.Time    `memo:"endDateTime?"`
	Reservation   *Reservation `memo:"Reservation"`
	EntryPoint    *EntryPoint  `memo:"EntryPoint"`
}

// ActionCode is what an action is for. The schema has free text here; these
// are the codes of the official guide to actions.
type ActionCode string

// The action codes. Aftale carries a Reservation, the others an EntryPoint.
const (
	Aftale        ActionCode = "AFTALE"        // an appointment for the calendar
	Betaling      ActionCode = "BETALING"      // pay
	Selvbetjening ActionCode = "SELVBETJENING" // use a self-service
	Information   ActionCode = "INFORMATION"   // read more
	Underskriv    ActionCode = "UNDERSKRIV"    // sign
	Bekraeft      ActionCode = "BEKRAEFT"      // confirm
	Forberedelse  ActionCode = "FORBEREDELSE"  // prepare
	Tilmelding    ActionCode = "TILMELDING"    // enrol
)

// Reservation is an appointment (MeMo class Reservation).
type Reservation struct {
	Description     string    `memo:"description"`
	ReservationUUID uuid.UUID `memo:"reservationUUID"`
	Abstract        string    `memo:"abstract"`
	Location        string    `memo:"location"`
	StartDateTime   time.Time `memo:"startDateTime"`
	EndDateTime     time.Time `memo:"endDateTime"`
	OrganizerMail   string    `memo:"organizerMail?"`
	OrganizerName   string    `memo:"organizerName?"`
}

// EntryPoint is a link (MeMo class EntryPoint). It must be https; it may be an
// IRI, with letters such as ø in it.
type EntryPoint struct {
	URL string `memo:"url"`
}
