package dynamics

import (
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/platform/gtype"
)

// customerModel converts a customer to the vendor's form. Fields that are not set are null.
func customerModel(customer customer.Customer) *dynamicsv1.Customer {
	profile := customer.Profile
	model := &dynamicsv1.Customer{
		CustomerId:            text(string(customer.UID)),
		GrantorTaxId:          text(string(profile.GrantorTaxID)),
		CustomerTaxId:         text(string(profile.CustomerTaxID)),
		BusinessName:          text(profile.BusinessName),
		Name:                  text(profile.GivenName),
		Surname1:              text(profile.FirstSurname),
		Surname2:              text(profile.SecondSurname),
		CustomerTypeId:        &profile.CustomerTypeID,
		CitizenshipId:         &profile.CitizenshipID,
		CustomerContactInfoes: &dynamicsv1.ContactInfoList{},
		Street:                text(profile.Address.Street),
		ExternalNumber:        text(profile.Address.ExternalNumber),
		InternalNumber:        text(profile.Address.InternalNumber),
		District:              text(profile.Address.District),
		ZipCode:               text(profile.Address.ZipCode),
		Municipality:          text(profile.Address.Municipality),
		State:                 text(profile.Address.State),
		Country:               text(profile.Address.Country),
		CustomerCode:          text(profile.CustomerCode),
		NumRegIdTrib:          text(profile.ForeignTaxRegistration),
		ResidenceTax:          text(profile.TaxResidence),
		DeliveryPortal:        portalModel(profile.DeliveryPortal),
		Settings:              settingsModel(profile.Settings),
		Defaults:              defaultsModel(profile.Defaults),
	}
	if profile.Contact != nil {
		model.ContactInfo = contactModel(*profile.Contact)
	}
	for _, contact := range profile.Contacts {
		model.CustomerContactInfoes.Items = append(model.CustomerContactInfoes.Items, contactModel(contact))
	}
	return model
}

// text converts an empty text to null.
func text(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}

func contactModel(contact customer.Contact) *dynamicsv1.ContactInfo {
	return &dynamicsv1.ContactInfo{
		CustomerContactInfoesId: text(string(contact.ID)),
		Email:                   text(contact.Email),
		Phone:                   text(contact.Phone),
		CellPhone:               text(contact.CellPhone),
		PrefixPhone:             text(contact.PhonePrefix),
		PrefixCellphone:         text(contact.CellPhonePrefix),
		ContactName:             text(contact.ContactName),
		PhoneActive:             &contact.PhoneActive,
		EmailActive:             &contact.EmailActive,
		CellphoneActive:         &contact.CellPhoneActive,
		RepNotification:         &contact.PaymentReceiptNotification,
		NewDocumentNotification: &contact.NewDocumentNotification,
		CollectionNotification:  &contact.CollectionNotification,
	}
}

func portalModel(portal *customer.DeliveryPortal) *dynamicsv1.DeliveryPortal {
	if portal == nil {
		return nil
	}
	return &dynamicsv1.DeliveryPortal{
		DeliveryPortal:     portal.Enabled,
		UrlDeliveryPortal:  text(portal.URL),
		UserDeliveryPortal: text(portal.User),
		PassDeliveryPortal: text(portal.Password),
	}
}

func settingsModel(settings *customer.Settings) *dynamicsv1.CustomerSettings {
	if settings == nil {
		return nil
	}
	model := &dynamicsv1.CustomerSettings{
		Collaborative:     &settings.Collaborative,
		ReceivePayments:   &settings.ReceivePayments,
		CollectionAdvance: &settings.CollectionAdvance,
		PaymentDates:      &dynamicsv1.PaymentDatesList{},
	}
	for _, date := range settings.PaymentDates {
		model.PaymentDates.Items = append(model.PaymentDates.Items, &dynamicsv1.PaymentDates{
			CutOffDate: text(string(date.CutOffTime)), PaymentDate: text(string(date.PaymentTime)),
		})
	}
	return model
}

func defaultsModel(defaults *customer.InvoiceDefaults) *dynamicsv1.CustomerDefaults {
	if defaults == nil {
		return nil
	}
	model := &dynamicsv1.CustomerDefaults{
		SellerId:           text(string(defaults.SellerID)),
		PaymentCondition:   defaults.PaymentCondition,
		ContactId:          text(string(defaults.ContactID)),
		PaymentWay:         text(defaults.PaymentWay),
		PaymentMethod:      text(defaults.PaymentMethod),
		UseCfdi:            text(defaults.CFDIUse),
		UseCfdiv40:         text(defaults.CFDIUseV40),
		FiscalRegime:       text(defaults.FiscalRegime),
		FiscalRegimeV40:    text(defaults.FiscalRegimeV40),
		CurrencyId:         defaults.CurrencyID,
		ExchangeRateTypeId: defaults.ExchangeRateTypeID,
		Logo:               text(defaults.Logo),
	}
	if defaults.ExchangeRate != nil {
		model.ExchangeRate = gtype.Decimal(*defaults.ExchangeRate)
	}
	return model
}
