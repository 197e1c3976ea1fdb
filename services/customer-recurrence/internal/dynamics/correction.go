package dynamics

import (
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
)

// set sets a text of another type if it was sent.
func set[T any](sent *string, into *T, convert func(string) T) {
	if sent != nil {
		*into = convert(*sent)
	}
}

// keep sets a value of a text's or a number's own type if it was sent.
func keep[T any](sent *T, into *T) {
	if sent != nil {
		*into = *sent
	}
}

// pointer sets an optional value if it was sent.
func pointer[T any](sent *T, into **T) {
	if sent != nil {
		value := *sent
		*into = &value
	}
}

// correction returns the function that applies the vendor's model to a profile. Members that the model
// leaves out stay as they are.
func correction(m *dynamicsv1.CustomerEdit) (func(*customer.Profile), error) {
	if rate := m.GetDefaults().GetExchangeRate(); rate != nil {
		if _, err := gtype.FromDecimal(rate); err != nil {
			return nil, fault.InvalidField("customer.defaults.exchange_rate", reason.InvalidDecimal, "must be a decimal number of at most 19 digits")
		}
	}
	return func(p *customer.Profile) {
		set(m.GrantorTaxId, &p.GrantorTaxID, toTaxID)
		set(m.CustomerTaxId, &p.CustomerTaxID, toTaxID)
		keep(m.BusinessName, &p.BusinessName)
		keep(m.Name, &p.GivenName)
		keep(m.Surname1, &p.FirstSurname)
		keep(m.Surname2, &p.SecondSurname)
		keep(m.CustomerTypeId, &p.CustomerTypeID)
		keep(m.CitizenshipId, &p.CitizenshipID)
		if m.GetContactInfo() != nil {
			p.Contact = correctContact(p.Contact, m.GetContactInfo())
		}
		if m.GetCustomerContactInfoes() != nil {
			p.Contacts = nil
			for _, contact := range m.GetCustomerContactInfoes().GetItems() {
				p.Contacts = append(p.Contacts, *correctContact(nil, contact))
			}
		}
		correctAddress(&p.Address, m)
		keep(m.CustomerCode, &p.CustomerCode)
		keep(m.NumRegIdTrib, &p.ForeignTaxRegistration)
		keep(m.ResidenceTax, &p.TaxResidence)
		p.DeliveryPortal = correctPortal(p.DeliveryPortal, m.GetDeliveryPortal())
		p.Settings = correctSettings(p.Settings, m.GetSettings())
		p.Defaults = correctDefaults(p.Defaults, m.GetDefaults())
	}, nil
}

func toTaxID(text string) customer.TaxID { return customer.TaxID(text) }

func correctAddress(a *customer.Address, m *dynamicsv1.CustomerEdit) {
	keep(m.Street, &a.Street)
	keep(m.ExternalNumber, &a.ExternalNumber)
	keep(m.InternalNumber, &a.InternalNumber)
	keep(m.District, &a.District)
	keep(m.ZipCode, &a.ZipCode)
	keep(m.Municipality, &a.Municipality)
	keep(m.State, &a.State)
	keep(m.Country, &a.Country)
}

// correctContact returns a contact with the members that were sent. The profile's own contact is not
// written into.
func correctContact(present *customer.Contact, m *dynamicsv1.ContactInfo) *customer.Contact {
	var c customer.Contact
	if present != nil {
		c = *present
	}
	set(m.CustomerContactInfoesId, &c.ID, givenGUID)
	keep(m.Email, &c.Email)
	keep(m.Phone, &c.Phone)
	keep(m.CellPhone, &c.CellPhone)
	keep(m.PrefixPhone, &c.PhonePrefix)
	keep(m.PrefixCellphone, &c.CellPhonePrefix)
	keep(m.ContactName, &c.ContactName)
	keep(m.PhoneActive, &c.PhoneActive)
	keep(m.EmailActive, &c.EmailActive)
	keep(m.CellphoneActive, &c.CellPhoneActive)
	keep(m.RepNotification, &c.PaymentReceiptNotification)
	keep(m.NewDocumentNotification, &c.NewDocumentNotification)
	keep(m.CollectionNotification, &c.CollectionNotification)
	return &c
}

func correctPortal(present *customer.DeliveryPortal, m *dynamicsv1.DeliveryPortal) *customer.DeliveryPortal {
	if m == nil {
		return present
	}
	var p customer.DeliveryPortal
	if present != nil {
		p = *present
	}
	pointer(m.DeliveryPortal, &p.Enabled)
	keep(m.UrlDeliveryPortal, &p.URL)
	keep(m.UserDeliveryPortal, &p.User)
	keep(m.PassDeliveryPortal, &p.Password)
	return &p
}

func correctSettings(present *customer.Settings, m *dynamicsv1.CustomerSettings) *customer.Settings {
	if m == nil {
		return present
	}
	var s customer.Settings
	if present != nil {
		s = *present
	}
	keep(m.Collaborative, &s.Collaborative)
	keep(m.ReceivePayments, &s.ReceivePayments)
	keep(m.CollectionAdvance, &s.CollectionAdvance)
	if m.GetPaymentDates() != nil {
		s.PaymentDates = nil
		for _, date := range m.GetPaymentDates().GetItems() {
			s.PaymentDates = append(s.PaymentDates, customer.PaymentDate{
				CutOffTime: customer.OffsetTime(date.GetCutOffDate()), PaymentTime: customer.OffsetTime(date.GetPaymentDate()),
			})
		}
	}
	return &s
}

func correctDefaults(present *customer.InvoiceDefaults, m *dynamicsv1.CustomerDefaults) *customer.InvoiceDefaults {
	if m == nil {
		return present
	}
	var d customer.InvoiceDefaults
	if present != nil {
		d = *present
	}
	set(m.SellerId, &d.SellerID, givenGUID)
	pointer(m.PaymentCondition, &d.PaymentCondition)
	set(m.ContactId, &d.ContactID, givenGUID)
	keep(m.PaymentWay, &d.PaymentWay)
	keep(m.PaymentMethod, &d.PaymentMethod)
	keep(m.UseCfdi, &d.CFDIUse)
	keep(m.UseCfdiv40, &d.CFDIUseV40)
	keep(m.FiscalRegime, &d.FiscalRegime)
	keep(m.FiscalRegimeV40, &d.FiscalRegimeV40)
	pointer(m.CurrencyId, &d.CurrencyID)
	pointer(m.ExchangeRateTypeId, &d.ExchangeRateTypeID)
	if read, err := gtype.FromDecimal(m.GetExchangeRate()); m.GetExchangeRate() != nil && err == nil {
		d.ExchangeRate = &read
	}
	keep(m.Logo, &d.Logo)
	return &d
}
