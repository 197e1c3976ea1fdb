package api

import (
	"context"
	"slices"

	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/closing"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/platform/fieldmask"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
)

type customers struct {
	customerrecurrencev1.UnimplementedCustomerServiceServer
	service *customer.Service
	closing *closing.Service
	sealer  aip.Sealer
}

// CreateCustomer adds a customer.
func (h *customers) CreateCustomer(ctx context.Context, request *customerrecurrencev1.CreateCustomerRequest) (*customerrecurrencev1.Customer, error) {
	wanted, err := newCustomer(request)
	if err != nil {
		return nil, err
	}
	created, err := h.service.Create(ctx, wanted)
	return respond(created, err, writtenMessage)
}

func newCustomer(request *customerrecurrencev1.CreateCustomerRequest) (customer.Customer, error) {
	id, err := chosenID[customer.ID]("customer_id", request.GetCustomerId())
	if err != nil {
		return customer.Customer{}, err
	}
	profile, err := profileOf(request.GetCustomer())
	return customer.Customer{
		ID: id, UID: customer.GUID(request.GetCustomer().GetGuid()), Profile: profile, Inactive: request.GetCustomer().GetInactive(),
	}, err
}

// GetCustomer returns one customer.
func (h *customers) GetCustomer(ctx context.Context, request *customerrecurrencev1.GetCustomerRequest) (*customerrecurrencev1.Customer, error) {
	id, err := resourcename.ID[customer.ID](customerNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	found, err := h.service.Get(ctx, id)
	return respond(found, err, customerMessage)
}

// BatchGetCustomers returns customers in the order of their names.
func (h *customers) BatchGetCustomers(ctx context.Context, request *customerrecurrencev1.BatchGetCustomersRequest) (*customerrecurrencev1.BatchGetCustomersResponse, error) {
	found, err := aip.BatchGet(ctx, customerList.ByName, request.GetNames(), h.service.List, infallible(customerMessage))
	return &customerrecurrencev1.BatchGetCustomersResponse{Customers: found}, err
}

// ListCustomers returns a page of customers.
func (h *customers) ListCustomers(ctx context.Context, request *customerrecurrencev1.ListCustomersRequest) (*customerrecurrencev1.ListCustomersResponse, error) {
	found, next, err := aip.List(ctx, h.sealer, customerList, request, h.service.List, infallible(customerMessage))
	if err != nil {
		return nil, err
	}
	return &customerrecurrencev1.ListCustomersResponse{Customers: found, NextPageToken: next}, nil
}

// UpdateCustomer corrects a customer.
func (h *customers) UpdateCustomer(ctx context.Context, request *customerrecurrencev1.UpdateCustomerRequest) (*customerrecurrencev1.Customer, error) {
	sent, mask := request.GetCustomer(), request.GetUpdateMask()
	id, err := resourcename.ID[customer.ID](customerNames, "customer.name", sent.GetName())
	if err != nil {
		return nil, err
	}
	updated, err := h.service.Update(ctx, id, sent.GetEtag(), func(c *customer.Customer) error {
		merged, err := fieldmask.Merge(customerMessage(*c), sent, mask)
		if err != nil {
			return err
		}
		password := c.Profile.PortalPassword()
		if c.Profile, err = profileOf(merged); err != nil {
			return err
		}
		c.Inactive = merged.GetInactive()
		if portal := c.Profile.DeliveryPortal; portal != nil && portal.Password == "" && !slices.Contains(mask.GetPaths(), "delivery_portal.password") {
			portal.Password = password // messages do not contain it, so an update cannot send it back
		}
		return nil
	})
	return respond(updated, err, writtenMessage)
}

// DeleteCustomer removes a customer that has no recurrence.
func (h *customers) DeleteCustomer(ctx context.Context, request *customerrecurrencev1.DeleteCustomerRequest) (*emptypb.Empty, error) {
	id, err := resourcename.ID[customer.ID](customerNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, h.service.Delete(ctx, id, request.GetEtag())
}

func profileOf(m *customerrecurrencev1.Customer) (customer.Profile, error) {
	defaults, err := defaultsOf(m.GetDefaults())
	if err != nil {
		return customer.Profile{}, err
	}
	profile := customer.Profile{
		GrantorTaxID:           customer.TaxID(m.GetGrantorTaxId()),
		CustomerTaxID:          customer.TaxID(m.GetCustomerTaxId()),
		BusinessName:           m.GetBusinessName(),
		GivenName:              m.GetGivenName(),
		FirstSurname:           m.GetFirstSurname(),
		SecondSurname:          m.GetSecondSurname(),
		CustomerTypeID:         m.GetCustomerTypeId(),
		CitizenshipID:          m.GetCitizenshipId(),
		Contacts:               messagesOf(m.GetContacts(), contactOf),
		Address:                addressOf(m.GetAddress()),
		CustomerCode:           m.GetCustomerCode(),
		ForeignTaxRegistration: m.GetForeignTaxRegistration(),
		TaxResidence:           m.GetTaxResidence(),
		Settings:               settingsOf(m.GetSettings()),
		Defaults:               defaults,
	}
	if m.GetContact() != nil {
		contact := contactOf(m.GetContact())
		profile.Contact = &contact
	}
	if portal := m.GetDeliveryPortal(); portal != nil {
		profile.DeliveryPortal = &customer.DeliveryPortal{
			Enabled: portal.Enabled, URL: portal.GetUrl(), User: portal.GetUser(), Password: portal.GetPassword(),
		}
	}
	return profile, nil
}

func contactOf(m *customerrecurrencev1.Contact) customer.Contact {
	return customer.Contact{
		ID:                         customer.GUID(m.GetContactId()),
		Email:                      m.GetEmail(),
		Phone:                      m.GetPhone(),
		CellPhone:                  m.GetCellPhone(),
		PhonePrefix:                m.GetPhonePrefix(),
		CellPhonePrefix:            m.GetCellPhonePrefix(),
		ContactName:                m.GetContactName(),
		PhoneActive:                m.GetPhoneActive(),
		EmailActive:                m.GetEmailActive(),
		CellPhoneActive:            m.GetCellPhoneActive(),
		PaymentReceiptNotification: m.GetPaymentReceiptNotification(),
		NewDocumentNotification:    m.GetNewDocumentNotification(),
		CollectionNotification:     m.GetCollectionNotification(),
	}
}

func addressOf(m *customerrecurrencev1.Address) customer.Address {
	return customer.Address{
		Street:         m.GetStreet(),
		ExternalNumber: m.GetExternalNumber(),
		InternalNumber: m.GetInternalNumber(),
		District:       m.GetDistrict(),
		ZipCode:        m.GetZipCode(),
		Municipality:   m.GetMunicipality(),
		State:          m.GetState(),
		Country:        m.GetCountry(),
	}
}

func settingsOf(m *customerrecurrencev1.CustomerSettings) *customer.Settings {
	if m == nil {
		return nil
	}
	return &customer.Settings{
		Collaborative:     m.GetCollaborative(),
		ReceivePayments:   m.GetReceivePayments(),
		CollectionAdvance: m.GetCollectionAdvance(),
		PaymentDates: messagesOf(m.GetPaymentDates(), func(d *customerrecurrencev1.PaymentDate) customer.PaymentDate {
			return customer.PaymentDate{CutOffTime: customer.OffsetTime(d.GetCutOffTime()), PaymentTime: customer.OffsetTime(d.GetPaymentTime())}
		}),
	}
}

func defaultsOf(m *customerrecurrencev1.InvoiceDefaults) (*customer.InvoiceDefaults, error) {
	if m == nil {
		return nil, nil
	}
	defaults := &customer.InvoiceDefaults{
		SellerID:           customer.GUID(m.GetSellerId()),
		PaymentCondition:   m.PaymentCondition,
		ContactID:          customer.GUID(m.GetContactId()),
		PaymentWay:         m.GetPaymentWay(),
		PaymentMethod:      m.GetPaymentMethod(),
		CFDIUse:            m.GetCfdiUse(),
		CFDIUseV40:         m.GetCfdiUseV40(),
		FiscalRegime:       m.GetFiscalRegime(),
		FiscalRegimeV40:    m.GetFiscalRegimeV40(),
		CurrencyID:         m.CurrencyId,
		ExchangeRateTypeID: m.ExchangeRateTypeId,
		Logo:               m.GetLogo(),
	}
	if m.GetExchangeRate() != nil {
		rate, err := number("customer.defaults.exchange_rate", m.GetExchangeRate())
		if err != nil {
			return nil, err
		}
		defaults.ExchangeRate = &rate
	}
	return defaults, nil
}

func customerMessage(customer customer.Customer) *customerrecurrencev1.Customer {
	profile := customer.Profile
	message := &customerrecurrencev1.Customer{
		Name:                   customerNames.Format(customer.ID),
		Guid:                   string(customer.UID),
		GrantorTaxId:           string(profile.GrantorTaxID),
		CustomerTaxId:          string(profile.CustomerTaxID),
		BusinessName:           profile.BusinessName,
		GivenName:              profile.GivenName,
		FirstSurname:           profile.FirstSurname,
		SecondSurname:          profile.SecondSurname,
		CustomerTypeId:         profile.CustomerTypeID,
		CitizenshipId:          profile.CitizenshipID,
		Contacts:               messagesOf(profile.Contacts, contactMessage),
		Address:                addressMessage(profile.Address),
		CustomerCode:           profile.CustomerCode,
		ForeignTaxRegistration: profile.ForeignTaxRegistration,
		TaxResidence:           profile.TaxResidence,
		Settings:               settingsMessage(profile.Settings),
		Defaults:               defaultsMessage(profile.Defaults),
		Inactive:               customer.Inactive,
		Etag:                   customer.Etag(),
		CreateTime:             timestamppb.New(customer.CreateTime),
		UpdateTime:             timestamppb.New(customer.UpdateTime),
	}
	if profile.Contact != nil {
		message.Contact = contactMessage(*profile.Contact)
	}
	if portal := profile.DeliveryPortal; portal != nil {
		message.DeliveryPortal = &customerrecurrencev1.DeliveryPortal{Enabled: portal.Enabled, Url: portal.URL, User: portal.User}
	}
	showLife(customer.Life, message)
	return message
}

func contactMessage(contact customer.Contact) *customerrecurrencev1.Contact {
	return &customerrecurrencev1.Contact{
		ContactId:                  string(contact.ID),
		Email:                      contact.Email,
		Phone:                      contact.Phone,
		CellPhone:                  contact.CellPhone,
		PhonePrefix:                contact.PhonePrefix,
		CellPhonePrefix:            contact.CellPhonePrefix,
		ContactName:                contact.ContactName,
		PhoneActive:                contact.PhoneActive,
		EmailActive:                contact.EmailActive,
		CellPhoneActive:            contact.CellPhoneActive,
		PaymentReceiptNotification: contact.PaymentReceiptNotification,
		NewDocumentNotification:    contact.NewDocumentNotification,
		CollectionNotification:     contact.CollectionNotification,
	}
}

func addressMessage(address customer.Address) *customerrecurrencev1.Address {
	return &customerrecurrencev1.Address{
		Street:         address.Street,
		ExternalNumber: address.ExternalNumber,
		InternalNumber: address.InternalNumber,
		District:       address.District,
		ZipCode:        address.ZipCode,
		Municipality:   address.Municipality,
		State:          address.State,
		Country:        address.Country,
	}
}

func settingsMessage(settings *customer.Settings) *customerrecurrencev1.CustomerSettings {
	if settings == nil {
		return nil
	}
	return &customerrecurrencev1.CustomerSettings{
		Collaborative:     settings.Collaborative,
		ReceivePayments:   settings.ReceivePayments,
		CollectionAdvance: settings.CollectionAdvance,
		PaymentDates: messagesOf(settings.PaymentDates, func(d customer.PaymentDate) *customerrecurrencev1.PaymentDate {
			return &customerrecurrencev1.PaymentDate{CutOffTime: string(d.CutOffTime), PaymentTime: string(d.PaymentTime)}
		}),
	}
}

func defaultsMessage(defaults *customer.InvoiceDefaults) *customerrecurrencev1.InvoiceDefaults {
	if defaults == nil {
		return nil
	}
	message := &customerrecurrencev1.InvoiceDefaults{
		SellerId:           string(defaults.SellerID),
		PaymentCondition:   defaults.PaymentCondition,
		ContactId:          string(defaults.ContactID),
		PaymentWay:         defaults.PaymentWay,
		PaymentMethod:      defaults.PaymentMethod,
		CfdiUse:            defaults.CFDIUse,
		CfdiUseV40:         defaults.CFDIUseV40,
		FiscalRegime:       defaults.FiscalRegime,
		FiscalRegimeV40:    defaults.FiscalRegimeV40,
		CurrencyId:         defaults.CurrencyID,
		ExchangeRateTypeId: defaults.ExchangeRateTypeID,
		Logo:               defaults.Logo,
	}
	if defaults.ExchangeRate != nil {
		message.ExchangeRate = gtype.Decimal(*defaults.ExchangeRate)
	}
	return message
}
