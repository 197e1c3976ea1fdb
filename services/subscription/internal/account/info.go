package account

import (
	"strings"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// ContactType distinguishes persons and companies, in CRM.COM's spelling.
type ContactType string

// The values of ContactType.
const (
	Person  ContactType = "PERSON"
	Company ContactType = "COMPANY"
)

// ContactState is the life cycle state of contact information, in CRM.COM's spelling.
type ContactState string

// The values of ContactState.
const (
	Marketing ContactState = "MARKETING"
	Financial ContactState = "FINANCIAL"
)

// ContactInfo is the contact information of a person or a company. Here and in the types below, an
// empty text is not set.
type ContactInfo struct {
	ID          string       `json:"id"`
	Type        ContactType  `json:"type"`
	State       ContactState `json:"state"`
	Name        string       `json:"name"`
	FirstName   string       `json:"first_name,omitempty"`
	MiddleName  string       `json:"middle_name,omitempty"`
	LastName    string       `json:"last_name,omitempty"`
	Title       string       `json:"title,omitempty"`
	CompanyName string       `json:"company_name,omitempty"`
	// Demographics and Profile are nil if unknown.
	Demographics *Demographics   `json:"demographics,omitempty"`
	Profile      *CompanyProfile `json:"profile,omitempty"`
}

// madeName returns the name that a contact without one gets.
func (c *ContactInfo) madeName() string {
	if c.Type == Company {
		return c.CompanyName
	}
	return strings.TrimSpace(c.LastName + " " + c.FirstName)
}

// Gender is a person's gender in CRM.COM's spelling, empty if unknown.
type Gender string

// The values of Gender.
const (
	Male   Gender = "MALE"
	Female Gender = "FEMALE"
)

// Demographics describes a person.
type Demographics struct {
	Gender                  Gender          `json:"gender,omitempty"`
	IDNumber                string          `json:"id_number,omitempty"`
	IDExpires               date.Date       `json:"id_expires"`
	PassportNumber          string          `json:"passport_number,omitempty"`
	PassportExpires         date.Date       `json:"passport_expires"`
	SocialSecurityNumber    string          `json:"social_security_number,omitempty"`
	Birth                   PartialDate     `json:"birth"`
	NameDay                 PartialDate     `json:"name_day"`
	CountryOfResidence      *Country        `json:"country_of_residence,omitempty"`
	IDIssuedByCountry       *Country        `json:"id_issued_by_country,omitempty"`
	PassportIssuedByCountry *Country        `json:"passport_issued_by_country,omitempty"`
	Industry                *Industry       `json:"industry,omitempty"`
	Sector                  *IndustrySector `json:"sector,omitempty"`
}

// PartialDate is a date whose unknown parts are 0.
type PartialDate struct {
	Year  int32 `json:"year,omitempty"`
	Month int32 `json:"month,omitempty"`
	Day   int32 `json:"day,omitempty"`
}

// Country is a country.
type Country struct {
	ID              string `json:"id,omitempty"`
	Name            string `json:"name,omitempty"`
	AlternativeCode string `json:"alternative_code,omitempty"`
	DialingCode     string `json:"dialing_code,omitempty"`
	// ISO 3166 codes.
	TwoCharacterCode   string `json:"two_character_code,omitempty"`
	ThreeCharacterCode string `json:"three_character_code,omitempty"`
	Flag               *Flag  `json:"flag,omitempty"`
}

// Flag is the picture of a country's flag.
type Flag struct {
	ID       string `json:"id,omitempty"`
	FileName string `json:"file_name,omitempty"`
	URL      string `json:"url,omitempty"`
	MIMEType string `json:"mime_type,omitempty"`
}

// Industry is a branch of business.
type Industry struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
	Code string `json:"code,omitempty"`
}

// IndustrySector is a part of an industry.
type IndustrySector struct {
	ID              string `json:"id,omitempty"`
	Name            string `json:"name,omitempty"`
	AlternativeCode string `json:"alternative_code,omitempty"`
}

// CompanyProfile describes a company. Nil numbers are unknown.
type CompanyProfile struct {
	Year               *int32           `json:"year,omitempty"`
	AnnualTurnover     *decimal.Decimal `json:"annual_turnover,omitempty"`
	Established        date.Date        `json:"established"`
	Employees          *int32           `json:"employees,omitempty"`
	RegistrationNumber string           `json:"registration_number,omitempty"`
	VATNumber          string           `json:"vat_number,omitempty"`
	VATRegisteredBy    string           `json:"vat_registered_by,omitempty"`
	VATRegistered      date.Date        `json:"vat_registered"`
	TaxReference       string           `json:"tax_reference,omitempty"`
	Country            *Country         `json:"country,omitempty"`
	Industry           *Industry        `json:"industry,omitempty"`
	Sector             *IndustrySector  `json:"sector,omitempty"`
}
