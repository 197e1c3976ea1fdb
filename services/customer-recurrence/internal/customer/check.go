package customer

import (
	"regexp"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/cfdi"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/field"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
)

// check converts GUIDs and timestamps to canonical form and collects the profile's violations. Names of a person that
// are not those of before are checked by the vendor's pattern; without before, none are.
func (p *Profile) check(v *fault.Violations, before *Profile) {
	checkTaxID(v, "grantor_tax_id", p.GrantorTaxID)
	checkTaxID(v, "customer_tax_id", p.CustomerTaxID)
	v.PlainText("business_name", p.BusinessName, 300)
	v.PlainText("given_name", p.GivenName, 250)
	v.PlainText("first_surname", p.FirstSurname, 50)
	v.PlainText("second_surname", p.SecondSurname, 50)
	if before != nil {
		checkPersonName(v, "given_name", before.GivenName, p.GivenName)
		checkPersonName(v, "first_surname", before.FirstSurname, p.FirstSurname)
		checkPersonName(v, "second_surname", before.SecondSurname, p.SecondSurname)
	}
	checkPositive(v, "customer_type_id", p.CustomerTypeID)
	checkPositive(v, "citizenship_id", p.CitizenshipID)
	if v.Require("contact", p.Contact != nil) {
		p.Contact.check(v.In("contact"))
	}
	if len(p.Contacts) > maxContacts {
		v.Add("contacts", reason.TooMany, "must be at most %d", maxContacts)
	} else {
		for i := range p.Contacts {
			p.Contacts[i].check(v.In("contacts[%d]", i))
		}
	}
	p.Address.check(v.In("address"))
	v.PlainText("customer_code", p.CustomerCode, maxCustomerCode)
	v.PlainText("foreign_tax_registration", p.ForeignTaxRegistration, 40)
	v.PlainText("tax_residence", p.TaxResidence, 100)
	if portal := p.DeliveryPortal; portal != nil {
		v := v.In("delivery_portal")
		v.PlainText("url", portal.URL, 2000)
		v.PlainText("user", portal.User, 250)
		v.PlainText("password", portal.Password, 250)
	}
	if p.Settings != nil {
		p.Settings.check(v.In("settings"))
	}
	if p.Defaults != nil {
		p.Defaults.check(v.In("defaults"))
	}
}

func (c *Contact) check(v *fault.Violations) {
	checkGUID(v, "contact_id", &c.ID)
	v.Email("email", c.Email)
	v.PlainText("phone", c.Phone, 40)
	v.PlainText("cell_phone", c.CellPhone, 40)
	v.PlainText("phone_prefix", c.PhonePrefix, 10)
	v.PlainText("cell_phone_prefix", c.CellPhonePrefix, 10)
	v.PlainText("contact_name", c.ContactName, 250)
}

func (a *Address) check(v *fault.Violations) {
	v.PlainText("street", a.Street, 150)
	v.PlainText("external_number", a.ExternalNumber, 100)
	v.PlainText("internal_number", a.InternalNumber, 100)
	v.PlainText("district", a.District, 150)
	v.PlainText("zip_code", a.ZipCode, 20)
	v.PlainText("municipality", a.Municipality, 150)
	v.PlainText("state", a.State, 100)
	v.PlainText("country", a.Country, 100)
}

func (s *Settings) check(v *fault.Violations) {
	if len(s.PaymentDates) > maxPaymentDates {
		v.Add("payment_dates", reason.TooMany, "must be at most %d", maxPaymentDates)
		return
	}
	for i := range s.PaymentDates {
		v := v.In("payment_dates[%d]", i)
		checkOffsetTime(v, "cut_off_time", &s.PaymentDates[i].CutOffTime)
		checkOffsetTime(v, "payment_time", &s.PaymentDates[i].PaymentTime)
	}
}

func (d *InvoiceDefaults) check(v *fault.Violations) {
	checkGUID(v, "seller_id", &d.SellerID)
	checkGUID(v, "contact_id", &d.ContactID)
	checkOptionalNotNegative(v, "payment_condition", d.PaymentCondition)
	v.PlainText("payment_way", d.PaymentWay, 50)
	v.PlainText("payment_method", d.PaymentMethod, 50)
	v.PlainText("cfdi_use", d.CFDIUse, 50)
	v.PlainText("cfdi_use_v40", d.CFDIUseV40, 50)
	v.PlainText("fiscal_regime", d.FiscalRegime, 50)
	v.PlainText("fiscal_regime_v40", d.FiscalRegimeV40, 50)
	checkOptionalNotNegative(v, "currency_id", d.CurrencyID)
	checkOptionalNotNegative(v, "exchange_rate_type_id", d.ExchangeRateTypeID)
	if d.ExchangeRate != nil {
		field.Digits(v, "exchange_rate", *d.ExchangeRate)
		if !d.ExchangeRate.IsPos() {
			v.Add("exchange_rate", reason.OutOfRange, "must be greater than zero")
		}
	}
	v.PlainText("logo", d.Logo, 2000)
}

// personName is the vendor's own pattern of the names of a person.
var personName = regexp.MustCompile(`^[a-zñüáéíóúA-ZÑÜÁÉÍÓÚ .,]*$`)

// checkPersonName checks a name of a person, accents composed, unless it is the one before.
func checkPersonName(v *fault.Violations, name, before, value string) {
	if value != before && !personName.MatchString(id.Normal(value)) {
		v.Add(name, reason.InvalidText, "must contain only the letters a to z, á, é, í, ó, ú, ü and ñ, spaces, '.' and ','")
	}
}

func checkTaxID(v *fault.Violations, name string, value TaxID) {
	if v.Require(name, value != "") && !taxID.MatchString(string(value)) {
		v.Add(name, reason.InvalidTaxID, "must be an RFC of 12 or 13 characters, such as XAXX010101000")
	}
}

// checkDates returns an Invalid fault if an RFC that is not the one before has a date that does not exist. The vendor's contract and imports
// are not checked by it: their pattern lets such dates through.
func checkDates(before, after Profile) error {
	v := (&fault.Violations{}).In("customer")
	for name, values := range map[string][2]TaxID{
		"grantor_tax_id": {before.GrantorTaxID, after.GrantorTaxID}, "customer_tax_id": {before.CustomerTaxID, after.CustomerTaxID},
	} {
		if values[0] != values[1] && !cfdi.Dated(string(values[1])) {
			v.Add(name, reason.InvalidTaxID, "must have a date that exists in its characters before the last three, as yymmdd")
		}
	}
	return v.Err()
}

// checkGUID converts a GUID to canonical form. It may be empty.
func checkGUID(v *fault.Violations, name string, value *GUID) {
	canonical, err := parseGUID(string(*value))
	if err != nil {
		v.Add(name, reason.InvalidGUID, "must be a GUID like 08de22c4-0f8b-cf6b-ba1f-9f7acc681e9b")
		return
	}
	*value = canonical
}

// checkOffsetTime converts a timestamp to canonical form.
func checkOffsetTime(v *fault.Violations, name string, value *OffsetTime) {
	canonical, err := parseOffsetTime(string(*value))
	if err != nil {
		v.Add(name, reason.InvalidTime, "must be a timestamp like 2025-11-13T08:51:00.2944363-06:00")
		return
	}
	*value = canonical
}

func checkPositive(v *fault.Violations, name string, value int32) {
	if value < 1 {
		v.Add(name, reason.Required, "must be greater than zero")
	}
}

func checkOptionalNotNegative(v *fault.Violations, name string, value *int32) {
	if value != nil {
		field.NotNegative(v, name, *value)
	}
}
