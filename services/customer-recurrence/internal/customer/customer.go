// Package customer keeps the customers, who pay the invoices, with their Mexican invoicing profile
// (CFDI).
//
//   - A customer's id and its GUID are each unique within the tenant and never change. Its tax ids
//     are not unique: many customers share the generic RFCs XAXX010101000 and XEXX010101000.
//   - Profiles are stored in canonical form: GUIDs in lower case, timestamps without trailing
//     zeros.
//
// Text lengths are counted in UTF-16 units, as the framework behind the vendor contract counts
// them.
package customer

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/id"
)

// Customer is a company or a person that is billed.
type Customer struct {
	// ID is the vendor's client_id.
	ID ID `json:"id"`
	// UID is the customer's GUID: the vendor's CustomerId (CustomerUuid in XML).
	UID GUID `json:"uid"`
	// Profile holds what invoices and their delivery need.
	Profile Profile `json:"profile"`
	// Inactive means that the customer is retired: it can contract no other recurrence.
	Inactive bool `json:"inactive,omitempty"`
	Life
	// Version starts at 1 and rises with each change.
	Version int64 `json:"version"`
	// CreateTime and UpdateTime are in UTC, to the microsecond.
	CreateTime time.Time `json:"create_time"`
	UpdateTime time.Time `json:"update_time"`
}

// Etag returns the etag of the customer's present state.
func (c Customer) Etag() string { return id.Etag(c.Version) }

// TaxID is a Mexican RFC: 12 characters for a company, 13 for a person.
type TaxID string

// Profile is the CFDI profile of a customer: every field of the vendor's CustomerModelApi except
// the id. An empty text means that the field is not set.
type Profile struct {
	// GrantorTaxID is the RFC of the company that issues the invoices, CustomerTaxID the
	// customer's.
	GrantorTaxID  TaxID `json:"grantor_tax_id"`
	CustomerTaxID TaxID `json:"customer_tax_id"`
	// BusinessName is the registered name of a company. The other three are the name of a person.
	BusinessName  string `json:"business_name,omitempty"`
	GivenName     string `json:"given_name,omitempty"`
	FirstSurname  string `json:"first_surname,omitempty"`
	SecondSurname string `json:"second_surname,omitempty"`
	// CustomerTypeID and CitizenshipID are ids in the caller's catalogues, greater than zero.
	CustomerTypeID int32 `json:"customer_type_id"`
	CitizenshipID  int32 `json:"citizenship_id"`
	// Contact is the main contact, required. Contacts lists all contacts.
	Contact  *Contact  `json:"contact"`
	Contacts []Contact `json:"contacts,omitempty"`
	// Address is the customer's postal address.
	Address Address `json:"address"`
	// CustomerCode is the customer's code in the caller's CRM. Default: the id, if it is short
	// enough.
	CustomerCode string `json:"customer_code,omitempty"`
	// ForeignTaxRegistration is the tax id of a customer abroad, TaxResidence its country.
	ForeignTaxRegistration string `json:"foreign_tax_registration,omitempty"`
	TaxResidence           string `json:"tax_residence,omitempty"`
	// DeliveryPortal, Settings and Defaults are nil if not set.
	DeliveryPortal *DeliveryPortal  `json:"delivery_portal,omitempty"`
	Settings       *Settings        `json:"settings,omitempty"`
	Defaults       *InvoiceDefaults `json:"defaults,omitempty"`
}

// PortalPassword returns the password of the delivery portal, or an empty text.
func (p Profile) PortalPassword() string {
	if p.DeliveryPortal == nil {
		return ""
	}
	return p.DeliveryPortal.Password
}

// AllContacts returns the main contact, if there is one, and then all others.
func (p Profile) AllContacts() []Contact {
	if p.Contact == nil {
		return p.Contacts
	}
	return append([]Contact{*p.Contact}, p.Contacts...)
}

// Contact is a person or department that receives documents and notifications.
type Contact struct {
	ID              GUID   `json:"id,omitempty"`
	Email           string `json:"email,omitempty"`
	Phone           string `json:"phone,omitempty"`
	CellPhone       string `json:"cell_phone,omitempty"`
	PhonePrefix     string `json:"phone_prefix,omitempty"`
	CellPhonePrefix string `json:"cell_phone_prefix,omitempty"`
	ContactName     string `json:"contact_name,omitempty"`
	// PhoneActive, EmailActive and CellPhoneActive tell which channels are in use.
	PhoneActive     bool `json:"phone_active,omitempty"`
	EmailActive     bool `json:"email_active,omitempty"`
	CellPhoneActive bool `json:"cell_phone_active,omitempty"`
	// The notifications that the contact receives: payment receipts (Recibo Electrónico de Pago),
	// new documents, collection.
	PaymentReceiptNotification bool `json:"payment_receipt_notification,omitempty"`
	NewDocumentNotification    bool `json:"new_document_notification,omitempty"`
	CollectionNotification     bool `json:"collection_notification,omitempty"`
}

// Address is a Mexican postal address.
type Address struct {
	Street         string `json:"street,omitempty"`
	ExternalNumber string `json:"external_number,omitempty"`
	InternalNumber string `json:"internal_number,omitempty"`
	District       string `json:"district,omitempty"`
	ZipCode        string `json:"zip_code,omitempty"`
	Municipality   string `json:"municipality,omitempty"`
	State          string `json:"state,omitempty"`
	Country        string `json:"country,omitempty"`
}

// DeliveryPortal is the customer's portal to which documents are uploaded.
type DeliveryPortal struct {
	// Enabled is nil if not set.
	Enabled *bool  `json:"enabled,omitempty"`
	URL     string `json:"url,omitempty"`
	User    string `json:"user,omitempty"`
	// Password is excluded from JSON, because JSON goes to the change feed.
	Password string `json:"-"`
}

// Settings holds how the customer handles collection and payment.
type Settings struct {
	Collaborative     bool          `json:"collaborative,omitempty"`
	ReceivePayments   bool          `json:"receive_payments,omitempty"`
	CollectionAdvance bool          `json:"collection_advance,omitempty"`
	PaymentDates      []PaymentDate `json:"payment_dates,omitempty"`
}

// PaymentDate is a time of payment and the cut-off time before it.
type PaymentDate struct {
	CutOffTime  OffsetTime `json:"cut_off_time"`
	PaymentTime OffsetTime `json:"payment_time"`
}

// OffsetTime is a timestamp with the offset that it was given with: RFC 3339 with at most seven
// fraction digits (units of 100 ns) and no trailing zeros.
type OffsetTime string

// InvoiceDefaults holds default values for the customer's invoices. The codes are those of the
// SAT's catalogues for CFDI 3.3 and 4.0. A nil number is not set.
type InvoiceDefaults struct {
	SellerID           GUID             `json:"seller_id,omitempty"`
	PaymentCondition   *int32           `json:"payment_condition,omitempty"`
	ContactID          GUID             `json:"contact_id,omitempty"`
	PaymentWay         string           `json:"payment_way,omitempty"`
	PaymentMethod      string           `json:"payment_method,omitempty"`
	CFDIUse            string           `json:"cfdi_use,omitempty"`
	CFDIUseV40         string           `json:"cfdi_use_v40,omitempty"`
	FiscalRegime       string           `json:"fiscal_regime,omitempty"`
	FiscalRegimeV40    string           `json:"fiscal_regime_v40,omitempty"`
	CurrencyID         *int32           `json:"currency_id,omitempty"`
	ExchangeRateTypeID *int32           `json:"exchange_rate_type_id,omitempty"`
	ExchangeRate       *decimal.Decimal `json:"exchange_rate,omitempty"`
	Logo               string           `json:"logo,omitempty"`
}

// The bounds of a profile's lists and of its code. Text lengths are in UTF-16 units.
const (
	maxCustomerCode = 40
	maxContacts     = 100
	maxPaymentDates = 366
)

var (
	// taxID is the vendor's own pattern.
	taxID      = regexp.MustCompile(`^[A-Z&Ñ]{3,4}[0-9]{2}(0[1-9]|1[012])(0[1-9]|[12][0-9]|3[01])[A-Z0-9]{2}[0-9A]$`)
	offsetTime = regexp.MustCompile(`^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?(Z|[+-]\d\d:\d\d)$`)
)

// parseOffsetTime parses an OffsetTime.
func parseOffsetTime(text string) (OffsetTime, error) {
	parts := offsetTime.FindStringSubmatch(text)
	_, err := time.Parse(time.RFC3339Nano, text)
	if parts == nil || err != nil {
		return "", fmt.Errorf("%q is not a timestamp like 2025-11-13T08:51:00.2944363-06:00", text)
	}
	seconds, fraction, offset := parts[1], strings.TrimRight(parts[2], "0"), parts[3]
	if fraction != "" {
		fraction = "." + fraction
	}
	return OffsetTime(seconds + fraction + offset), nil
}
