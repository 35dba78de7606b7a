package api

import "digitalpost/memo"

// attentionDataJSON is the API's AttentionData: MeMo's classes laid flat.
type attentionDataJSON struct {
	PersonID                string       `json:"personId,omitempty"`
	PersonLabel             string       `json:"personLabel,omitempty"`
	ProductionUnitNumber    string       `json:"productionUnitNumber,omitempty"`
	ProductionUnitName      string       `json:"productionUnitName,omitempty"`
	GlobalLocationNumber    string       `json:"globalLocationNumber,omitempty"`
	Location                string       `json:"location,omitempty"`
	EmailAddress            string       `json:"emailAddress,omitempty"`
	RelatedEmailAgent       string       `json:"relatedEmailAgent,omitempty"`
	SENumber                string       `json:"seNumber,omitempty"`
	SECompanyName           string       `json:"seCompanyName,omitempty"`
	TelephoneNumber         string       `json:"telephoneNumber,omitempty"`
	RelatedTelephoneAgent   string       `json:"relatedTelephoneAgent,omitempty"`
	ContentResponsibleID    string       `json:"contentResponsibleId,omitempty"`
	ContentResponsibleLabel string       `json:"contentResponsibleLabel,omitempty"`
	GeneratingSystemID      string       `json:"generatingSystemId,omitempty"`
	GeneratingSystemLabel   string       `json:"generatingSystemLabel,omitempty"`
	UnstructuredAddress     string       `json:"unstructuredAddress,omitempty"`
	Address                 *addressJSON `json:"address,omitempty"`
	SORIdentifier           string       `json:"sorDataSorIdentifier,omitempty"`
	SOREntryName            string       `json:"sorDataEntryName,omitempty"`
	EID                     string       `json:"eid,omitempty"`
	EIDLabel                string       `json:"eidLabel,omitempty"`
}

func attentionOf(a *memo.AttentionData) *attentionDataJSON {
	if a == nil {
		return nil
	}
	out := &attentionDataJSON{Address: addressOf(a.Address)}
	if p := a.AttentionPerson; p != nil {
		out.PersonID, out.PersonLabel = p.PersonID, p.Label
	}
	if p := a.ProductionUnit; p != nil {
		out.ProductionUnitNumber, out.ProductionUnitName = digits(p.ProductionUnitNumber), p.ProductionUnitName
	}
	if g := a.GlobalLocationNumber; g != nil {
		out.GlobalLocationNumber, out.Location = digits(g.GlobalLocationNumber), g.Location
	}
	if e := a.EMail; e != nil {
		out.EmailAddress, out.RelatedEmailAgent = e.EmailAddress, e.RelatedAgent
	}
	if s := a.SEnumber; s != nil {
		out.SENumber, out.SECompanyName = s.SENumber, s.CompanyName
	}
	if t := a.Telephone; t != nil {
		out.TelephoneNumber, out.RelatedTelephoneAgent = t.TelephoneNumber, t.RelatedAgent
	}
	if c := a.ContentResponsible; c != nil {
		out.ContentResponsibleID, out.ContentResponsibleLabel = c.ContentResponsibleID, c.Label
	}
	if g := a.GeneratingSystem; g != nil {
		out.GeneratingSystemID, out.GeneratingSystemLabel = g.GeneratingSystemID, g.Label
	}
	if u := a.UnstructuredAddress; u != nil {
		out.UnstructuredAddress = u.Unstructured
	}
	if s := a.SORdata; s != nil {
		out.SORIdentifier, out.SOREntryName = s.SORIdentifier, s.EntryName
	}
	if e := a.EID; e != nil {
		out.EID, out.EIDLabel = e.EID, e.Label
	}
	return out
}

// addressJSON is the API's Address.
type addressJSON struct {
	AddressID    string `json:"addressId,omitempty"`
	AddressLabel string `json:"addressLabel,omitempty"`
	HouseNumber  string `json:"houseNumber,omitempty"`
	Door         string `json:"door,omitempty"`
	Floor        string `json:"floor,omitempty"`
	CO           string `json:"co,omitempty"`
	ZipCode      string `json:"zipCode,omitempty"`
	City         string `json:"city,omitempty"`
	Country      string `json:"country,omitempty"`
	Easting      string `json:"geographicEastingMeasure,omitempty"`
	Northing     string `json:"geographicNorthingMeasure,omitempty"`
	Height       string `json:"geographicHeightMeasure,omitempty"`
}

func addressOf(a *memo.Address) *addressJSON {
	if a == nil {
		return nil
	}
	out := &addressJSON{AddressID: a.ID, AddressLabel: a.AddressLabel, HouseNumber: a.HouseNumber, Door: a.Door, Floor: a.Floor, CO: a.CO,
		ZipCode: a.ZipCode, City: a.City, Country: a.Country}
	if p := a.AddressPoint; p != nil {
		out.Easting, out.Northing, out.Height = p.GeographicEastingMeasure, p.GeographicNorthingMeasure, p.GeographicHeightMeasure
	}
	return out
}

// contentDataJSON is the API's ContentData: MeMo's classes laid flat.
type contentDataJSON struct {
	CPRNumber             string                  `json:"cprDataCprNumber,omitempty"`
	CPRName               string                  `json:"cprDataName,omitempty"`
	CVRNumber             string                  `json:"cvrDataCvrNumber,omitempty"`
	CVRCompanyName        string                  `json:"cvrDataCompanyName,omitempty"`
	VehicleLicenseNumber  string                  `json:"motorVehicleLicenseNumber,omitempty"`
	VehicleChassisNumber  string                  `json:"motorVehicleChassisNumber,omitempty"`
	PropertyNumber        string                  `json:"propertyNumber,omitempty"`
	CaseID                string                  `json:"caseId,omitempty"`
	CaseSystem            string                  `json:"caseSystem,omitempty"`
	KLESubjectKey         string                  `json:"kleDataSubjectKey,omitempty"`
	KLEVersion            string                  `json:"kleDataVersion,omitempty"`
	KLEActivityFacet      string                  `json:"kleDataActivityFacet,omitempty"`
	KLELabel              string                  `json:"kleDataLabel,omitempty"`
	FORMTaskKey           string                  `json:"formDataTaskKey,omitempty"`
	FORMVersion           string                  `json:"formDataVersion,omitempty"`
	FORMActivityFacet     string                  `json:"formDataActivityFacet,omitempty"`
	FORMLabel             string                  `json:"formDataLabel,omitempty"`
	ProductionUnitNumber  int64                   `json:"productionUnitNumber,omitempty"`
	ProductionUnitName    string                  `json:"productionUnitName,omitempty"`
	EducationCode         string                  `json:"educationCode,omitempty"`
	EducationName         string                  `json:"educationName,omitempty"`
	UnstructuredAddress   string                  `json:"unstructuredAddress,omitempty"`
	Address               *addressJSON            `json:"address,omitempty"`
	AdditionalContentData []additionalContentJSON `json:"additionalContentData,omitempty"`
}

// additionalContentJSON is the API's AdditionalContentData.
type additionalContentJSON struct {
	ContentDataType  string `json:"contentDataType,omitempty"`
	ContentDataName  string `json:"contentDataName"`
	ContentDataValue string `json:"contentDataValue"`
}

func contentDataOf(d *memo.ContentData) *contentDataJSON {
	if d == nil {
		return nil
	}
	out := &contentDataJSON{Address: addressOf(d.Address)}
	if c := d.CPRdata; c != nil {
		out.CPRNumber, out.CPRName = c.CPRNumber, c.Name
	}
	if c := d.CVRdata; c != nil {
		out.CVRNumber, out.CVRCompanyName = c.CVRNumber, c.CompanyName
	}
	if v := d.MotorVehicle; v != nil {
		out.VehicleLicenseNumber, out.VehicleChassisNumber = v.LicenseNumber, v.ChassisNumber
	}
	if p := d.PropertyNumber; p != nil {
		out.PropertyNumber = p.PropertyNumber
	}
	if c := d.CaseID; c != nil {
		out.CaseID, out.CaseSystem = c.CaseID, c.CaseSystem
	}
	if k := d.KLEdata; k != nil {
		out.KLESubjectKey, out.KLEVersion, out.KLEActivityFacet, out.KLELabel = k.SubjectKey, k.Version, k.ActivityFacet, k.Label
	}
	if f := d.FORMdata; f != nil {
		out.FORMTaskKey, out.FORMVersion, out.FORMActivityFacet, out.FORMLabel = f.TaskKey, f.Version, f.ActivityFacet, f.Label
	}
	if p := d.ProductionUnit; p != nil {
		out.ProductionUnitNumber, out.ProductionUnitName = p.ProductionUnitNumber, p.ProductionUnitName
	}
	if e := d.Education; e != nil {
		out.EducationCode, out.EducationName = e.EducationCode, e.EducationName
	}
	if u := d.UnstructuredAddress; u != nil {
		out.UnstructuredAddress = u.Unstructured
	}
	for _, a := range d.AdditionalContentData {
		out.AdditionalContentData = append(out.AdditionalContentData, additionalContentJSON(a))
	}
	return out
}
