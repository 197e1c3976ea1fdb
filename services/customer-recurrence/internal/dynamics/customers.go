package dynamics

import (
	"context"
	"strings"

	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/closing"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

type customerHandler struct {
	dynamicsv1.UnimplementedCustomerServiceServer
	Services
}

// The messages in the responses to successful requests.
const (
	found     = "El cliente se consultó correctamente."
	corrected = "El cliente se actualizó correctamente."
	cancelled = "El cliente se canceló correctamente."
)

// GetCustomer returns the customer of two tax ids.
func (h *customerHandler) GetCustomer(ctx context.Context, request *dynamicsv1.GetCustomerRequest) (*dynamicsv1.GetCustomerResponse, error) {
	one, err := h.Customers.GetNamed(ctx, customer.Named{
		GrantorTaxID: customer.TaxID(request.GetGrantorTaxId()), CustomerTaxID: customer.TaxID(request.GetCustomerTaxId()),
	})
	if err != nil {
		return nil, err
	}
	success, message := true, found
	return &dynamicsv1.GetCustomerResponse{Success: &success, Message: &message, MessageDetail: &dynamicsv1.StringList{}, Data: customerModel(one)}, nil
}

// UpdateCustomer corrects a customer.
func (h *customerHandler) UpdateCustomer(ctx context.Context, request *dynamicsv1.UpdateCustomerRequest) (*dynamicsv1.UpdateCustomerResponse, error) {
	sent := request.GetCustomer()
	read, err := correction(sent)
	if err != nil {
		return nil, err
	}
	named := customer.Named{
		GrantorTaxID: customer.TaxID(sent.GetGrantorTaxId()), CustomerTaxID: customer.TaxID(sent.GetCustomerTaxId()),
		UID: givenGUID(sent.GetCustomerId()), Code: sent.GetCustomerCode(), Members: "CustomerId or CustomerCode", UIDField: "customer.guid",
	}
	one, err := h.Customers.CorrectNamed(ctx, named, func(c *customer.Customer) error {
		read(&c.Profile)
		return nil
	})
	if err != nil {
		return nil, inCustomerTerms(err, "customer.")
	}
	success, message := true, corrected
	return &dynamicsv1.UpdateCustomerResponse{Success: &success, Message: &message, MessageDetail: &dynamicsv1.StringList{}, Data: customerModel(one)}, nil
}

// UpdateCustomerSettings replaces the settings of a customer. The answer leaves out the portal password.
func (h *customerHandler) UpdateCustomerSettings(ctx context.Context, request *dynamicsv1.UpdateCustomerSettingsRequest) (*dynamicsv1.UpdateCustomerSettingsResponse, error) {
	sent := request.GetCustomerSetting()
	named := customer.Named{GrantorTaxID: customer.TaxID(sent.GetGrantorTaxId()), CustomerTaxID: customer.TaxID(sent.GetCustomerTaxId())}
	one, err := h.Customers.CorrectNamed(ctx, named, func(c *customer.Customer) error {
		c.Profile.Settings = correctSettings(c.Profile.Settings, sent.GetSettings())
		return nil
	})
	if err != nil {
		return nil, inCustomerTerms(err, "customer_setting.")
	}
	data := customerModel(one)
	if portal := data.GetDeliveryPortal(); portal != nil {
		portal.PassDeliveryPortal = nil // no page documents it in this answer
	}
	success, message := true, corrected
	return &dynamicsv1.UpdateCustomerSettingsResponse{Success: &success, Message: &message, MessageDetail: &dynamicsv1.StringList{}, Data: data}, nil
}

// DeleteClient cancels a client with its recurrences.
func (h *customerHandler) DeleteClient(ctx context.Context, request *dynamicsv1.DeleteClientRequest) (*dynamicsv1.DeleteClientResponse, error) {
	one, err := h.Closing.End(ctx, closing.Step{ID: customer.NewID(request.GetClientId())})
	if err != nil {
		return nil, err
	}
	success, message := true, cancelled
	return &dynamicsv1.DeleteClientResponse{Success: &success, Message: &message, MessageDetail: &dynamicsv1.StringList{}, Data: customerModel(one)}, nil
}

// givenGUID returns a GUID, or an empty one for that of zeros, which stands for none.
func givenGUID(text string) customer.GUID {
	if strings.Trim(text, "0-") == "" {
		return ""
	}
	return customer.GUID(strings.ToLower(text))
}

// customerNames maps names of the domain's fields to the vendor's; of two that begin alike the longer comes
// first.
var customerNames = strings.NewReplacer(
	"contacts[", "customer_contact_infoes.items[", "contact.contact_id", "contact_info.customer_contact_infoes_id",
	"contact.phone_prefix", "contact_info.prefix_phone", "contact.cell_phone_prefix", "contact_info.prefix_cellphone", "contact.", "contact_info.",
	"].contact_id", "].customer_contact_infoes_id", "].phone_prefix", "].prefix_phone", "].cell_phone_prefix", "].prefix_cellphone",
	"defaults.cfdi_use_v40", "defaults.use_cfdiv40", "defaults.cfdi_use", "defaults.use_cfdi",
	"given_name", "name", "first_surname", "surname1", "second_surname", "surname2", "address.", "",
	"foreign_tax_registration", "num_reg_id_trib", "tax_residence", "residence_tax",
	"delivery_portal.url", "delivery_portal.url_delivery_portal", "delivery_portal.user", "delivery_portal.user_delivery_portal",
	"delivery_portal.password", "delivery_portal.pass_delivery_portal",
	"payment_dates[", "payment_dates.items[", "cut_off_time", "cut_off_date", "payment_time", "payment_date",
)

// inCustomerTerms changes the fields of an Invalid fault to their paths in the vendor's request, below a
// body.
func inCustomerTerms(err error, body string) error {
	return fault.Rename(err, func(field string) string {
		switch path := strings.TrimPrefix(field, "customer."); path {
		case "contact":
			return body + "contact_info"
		case "guid":
			return body + "customer_id"
		case "contacts":
			return body + "customer_contact_infoes"
		default:
			return body + customerNames.Replace(path)
		}
	})
}
