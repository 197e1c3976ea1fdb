package dynamics

import (
	"context"
	"strings"

	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/cfdi"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// UpdateFiscalData corrects the tax data of a customer.
func (h *customerHandler) UpdateFiscalData(ctx context.Context, request *dynamicsv1.UpdateFiscalDataRequest) (*dynamicsv1.UpdateFiscalDataResponse, error) {
	sent := request.GetFiscalData()
	named := customer.Named{GrantorTaxID: customer.TaxID(request.GetGrantorTaxId()), CustomerTaxID: customer.TaxID(sent.GetTaxId())}
	one, err := h.Customers.CorrectTaxData(ctx, named, func(c *customer.Customer) error { return correctFiscalData(&c.Profile, sent) })
	if err != nil {
		return nil, fault.Rename(err, func(field string) string {
			path := strings.TrimPrefix(field, "customer.")
			if own, ok := fiscalNames[path]; ok {
				path = own
			}
			return "fiscal_data." + path
		})
	}
	success, message := true, corrected
	return &dynamicsv1.UpdateFiscalDataResponse{Success: &success, Message: &message, MessageDetail: &dynamicsv1.StringList{}, Data: fiscalModel(one.Profile)}, nil
}

// fiscalNames maps the domain's fields to those of the tax data, where they differ.
var fiscalNames = map[string]string{
	"customer_tax_id": "tax_id", "defaults.fiscal_regime_v40": "tax_regime_code", "given_name": "name", "first_surname": "surname1",
	"second_surname": "surname2", "address.zip_code": "zip_code",
}

// correctFiscalData applies tax data to a profile. Members that are left out stay as they are, but a natural
// person's name and first surname must be given.
func correctFiscalData(p *customer.Profile, m *dynamicsv1.FiscalData) error {
	keep(m.BusinessName, &p.BusinessName)
	keep(m.Name, &p.GivenName)
	keep(m.Surname1, &p.FirstSurname)
	keep(m.Surname2, &p.SecondSurname)
	keep(m.ZipCode, &p.Address.ZipCode)
	var defaults customer.InvoiceDefaults
	if p.Defaults != nil {
		defaults = *p.Defaults
	}
	keep(m.TaxRegimeCode, &defaults.FiscalRegimeV40)
	p.Defaults = &defaults
	if rfc := string(p.CustomerTaxID); cfdi.Generic(rfc) || cfdi.PersonOf(rfc) != cfdi.Natural {
		return nil
	}
	v := (&fault.Violations{}).In("customer")
	for _, required := range []struct{ field, value string }{{"given_name", m.GetName()}, {"first_surname", m.GetSurname1()}} {
		if strings.TrimSpace(required.value) == "" {
			v.Add(required.field, reason.Required, "must be given for a natural person, whose RFC has 13 characters")
		}
	}
	return v.Err()
}

func fiscalModel(p customer.Profile) *dynamicsv1.FiscalData {
	model := &dynamicsv1.FiscalData{
		TaxId: text(string(p.CustomerTaxID)), BusinessName: text(p.BusinessName), Name: text(p.GivenName), Surname1: text(p.FirstSurname),
		Surname2: text(p.SecondSurname), ZipCode: text(p.Address.ZipCode),
	}
	if p.Defaults != nil {
		model.TaxRegimeCode = text(p.Defaults.FiscalRegimeV40)
	}
	return model
}

// documentDefaults is the message in the response to a successful request.
const documentDefaults = "Los valores predeterminados se consultaron correctamente."

// GetInvoiceDefaults returns what documents of a customer get.
func (h *customerHandler) GetInvoiceDefaults(ctx context.Context, request *dynamicsv1.GetInvoiceDefaultsRequest) (*dynamicsv1.GetInvoiceDefaultsResponse, error) {
	one, err := h.Customers.GetNamed(ctx, customer.Named{
		GrantorTaxID: customer.TaxID(request.GetGrantorTaxId()), CustomerTaxID: customer.TaxID(request.GetCustomerTaxId()),
	})
	if err != nil {
		return nil, err
	}
	success, message := true, documentDefaults
	return &dynamicsv1.GetInvoiceDefaultsResponse{
		Success: &success, Message: &message, MessageDetail: &dynamicsv1.StringList{}, Data: documentModel(one.Profile),
	}, nil
}

func documentModel(p customer.Profile) *dynamicsv1.InvoiceDefaults {
	if p.Defaults == nil {
		return &dynamicsv1.InvoiceDefaults{}
	}
	d := *p.Defaults
	model := &dynamicsv1.InvoiceDefaults{
		PaymentCondition: d.PaymentCondition, ContactInfo: text(string(d.ContactID)), SellerId: text(string(d.SellerID)),
		PaymentMethod: text(d.PaymentMethod), PaymentWay: text(d.PaymentWay), CfdiUse: text(d.CFDIUseV40), CurrencyId: d.CurrencyID,
	}
	if d.CFDIUseV40 == "" {
		model.CfdiUse = text(d.CFDIUse)
	}
	for _, contact := range p.AllContacts() {
		if d.ContactID == "" || contact.ID != d.ContactID {
			continue
		}
		if model.ContactInfoValue = text(contact.ContactName); contact.ContactName == "" {
			model.ContactInfoValue = text(contact.Email)
		}
		break
	}
	return model
}
