package demo

import (
	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
)

// Ids from the examples on the vendor's page.
const (
	documentedCustomer customer.GUID = "08de22c4-0f8b-cf6b-ba1f-9f7acc681e9b"
	documentedContact  customer.GUID = "08de22c4-0f8b-cf6b-ba1f-9f7acc681e9c"
	documentedSeller   customer.GUID = "08de22c4-0f8b-cf6b-ba1f-9f7acc681e9d"
)

// Customer types in the caller's catalogue.
const (
	company = 1
	person  = 2
)

func customers() []customer.Customer {
	return []customer.Customer{
		{ID: "C-1001", UID: documentedCustomer, Profile: documentedProfile()},
		{ID: "C-1002", UID: "08de22c4-0f8b-cf6b-ba1f-9f7acc681ea0", Profile: personProfile()},
	}
}

// documentedProfile sets every field of the vendor's model except the names of a person.
func documentedProfile() customer.Profile {
	yes := true
	contact := customer.Contact{
		ID: documentedContact, Email: "facturas@aurora.example", Phone: "5550001001", CellPhone: "5550001002",
		PhonePrefix: "+52", CellPhonePrefix: "+52", ContactName: "Marina Robles",
		PhoneActive: true, EmailActive: true, CellPhoneActive: true,
		PaymentReceiptNotification: true, NewDocumentNotification: true, CollectionNotification: true,
	}
	return customer.Profile{
		GrantorTaxID: "CON150401AB1", CustomerTaxID: "AUR120315XY4",
		BusinessName:   "Comercializadora Aurora, S.A. de C.V.",
		CustomerTypeID: company, CitizenshipID: 1,
		Contact: &contact,
		Contacts: []customer.Contact{contact, {
			ID: "08de22c4-0f8b-cf6b-ba1f-9f7acc681e9f", Email: "pagos@aurora.example", ContactName: "Tomás Ibarra",
			EmailActive: true, PaymentReceiptNotification: true,
		}},
		Address: customer.Address{
			Street: "Avenida de los Insurgentes", ExternalNumber: "1001", InternalNumber: "4B", District: "Del Valle",
			ZipCode: "03100", Municipality: "Benito Juárez", State: "Ciudad de México", Country: "México",
		},
		CustomerCode:   "C-1001",
		DeliveryPortal: &customer.DeliveryPortal{Enabled: &yes, URL: "https://portal.aurora.example", User: "continuo", Password: "demo"},
		Settings: &customer.Settings{
			Collaborative: true, ReceivePayments: true,
			PaymentDates: []customer.PaymentDate{
				{CutOffTime: "2025-11-13T08:51:00.2944363-06:00", PaymentTime: "2025-11-28T12:00:00-06:00"},
				{CutOffTime: "2025-12-12T08:51:00-06:00", PaymentTime: "2025-12-29T12:00:00-06:00"},
			},
		},
		Defaults: &customer.InvoiceDefaults{
			SellerID: documentedSeller, PaymentCondition: number(30), ContactID: documentedContact,
			PaymentWay: "03", PaymentMethod: "PPD", CFDIUse: "G03", CFDIUseV40: "G03",
			FiscalRegime: "601", FiscalRegimeV40: "601",
			CurrencyID: number(1), ExchangeRateTypeID: number(1), ExchangeRate: rate(), Logo: "aurora.png",
		},
	}
}

// personProfile sets only the required fields and a few more.
func personProfile() customer.Profile {
	return customer.Profile{
		GrantorTaxID: "CON150401AB1", CustomerTaxID: "LOMJ850723QR8",
		GivenName: "José Ángel", FirstSurname: "López", SecondSurname: "Muñoz",
		CustomerTypeID: person, CitizenshipID: 1,
		Contact: &customer.Contact{
			Email: "jose.lopez@correo.example", CellPhone: "5550002001", CellPhonePrefix: "+52",
			ContactName: "José Ángel López Muñoz", EmailActive: true, CellPhoneActive: true, NewDocumentNotification: true,
		},
		Address: customer.Address{
			Street: "Calle Hidalgo", ExternalNumber: "27", District: "Centro", ZipCode: "44100",
			Municipality: "Guadalajara", State: "Jalisco", Country: "México",
		},
	}
}

func number(value int32) *int32 { return &value }

func rate() *decimal.Decimal {
	value := decimal.MustNew(1, 0)
	return &value
}
