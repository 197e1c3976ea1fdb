package dynamics

import (
	"context"
	"errors"

	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
)

// The messages in the responses to successful requests.
const (
	recurrencesFound = "Las contrataciones se consultaron correctamente."
	recurrenceFound  = "La contratación se consultó correctamente."
	contracted       = "La contratación se registró correctamente."
)

// ListRecurrences returns what a client contracted.
func (h *handler) ListRecurrences(ctx context.Context, request *dynamicsv1.ListRecurrencesRequest) (*dynamicsv1.ListRecurrencesResponse, error) {
	id := customer.NewID(request.GetClientId())
	found, err := h.Recurrences.ListOf(ctx, id)
	if err != nil {
		return nil, inVendorTerms(missingClient(err), recurrence.Key{Customer: id})
	}
	list := &dynamicsv1.RecurrenceList{}
	for _, one := range found {
		list.Items = append(list.Items, recurrenceModel(one))
	}
	success, message := true, recurrencesFound
	return &dynamicsv1.ListRecurrencesResponse{Success: &success, Message: &message, MessageDetail: &dynamicsv1.StringList{}, Data: list}, nil
}

// GetRecurrence returns one recurrence. That of a customer that was merged is that of the customer that
// stands for it.
func (h *handler) GetRecurrence(ctx context.Context, request *dynamicsv1.GetRecurrenceRequest) (*dynamicsv1.GetRecurrenceResponse, error) {
	key := recurrence.Key{Customer: customer.NewID(request.GetClientId()), Recurrence: recurrence.NewID(request.GetRecurrenceId())}
	standing, err := h.Customers.Standing(ctx, key.Customer)
	if err != nil {
		return nil, inVendorTerms(missingClient(err), key)
	}
	found, err := h.Recurrences.Get(ctx, recurrence.Key{Customer: standing, Recurrence: key.Recurrence})
	if err != nil {
		return nil, inVendorTerms(err, key)
	}
	success, message := true, recurrenceFound
	return &dynamicsv1.GetRecurrenceResponse{Success: &success, Message: &message, MessageDetail: &dynamicsv1.StringList{}, Data: recurrenceModel(found)}, nil
}

// CreateRecurrence contracts a recurrence for a client.
func (h *handler) CreateRecurrence(ctx context.Context, request *dynamicsv1.CreateRecurrenceRequest) (*dynamicsv1.CreateRecurrenceResponse, error) {
	wanted := request.GetUpgradeDowngrade().GetRecurrence()
	if err := checkAsked(wanted); err != nil {
		return nil, err
	}
	revise, err := revision(wanted)
	if err != nil {
		return nil, err
	}
	key := recurrence.Key{Customer: customer.NewID(request.GetClientId())}
	if id := wanted.GetRecurrenceId(); id != "" {
		chosen, err := resourcename.ParseID(body+"recurrence_id", id)
		if err != nil {
			return nil, err
		}
		key.Recurrence = recurrence.ID(chosen)
	}
	asked, v := recurrence.Recurrence{Customer: key.Customer, ID: key.Recurrence}, (&fault.Violations{}).In("recurrence")
	if err := errors.Join(revise(&asked, v), v.Err()); err != nil {
		return nil, inVendorTerms(err, key)
	}
	created, err := h.Recurrences.Contract(ctx, asked, recurrence.Offer{Price: wanted.GetPrice() == nil, Services: wanted.GetServices() == nil})
	if err != nil {
		return nil, inVendorTerms(missingClient(err), key)
	}
	success, message := true, contracted
	return &dynamicsv1.CreateRecurrenceResponse{Success: &success, Message: &message, MessageDetail: &dynamicsv1.StringList{}, Data: recurrenceModel(created)}, nil
}

// missingClient marks a NotFound fault as that of the client.
func missingClient(err error) error {
	if errors.Is(err, fault.NotFound) {
		return fault.Wrap(errors.Join(recurrence.ErrNoCustomer, err), fault.NotFound, reason.NotFound, "the client does not exist")
	}
	return err
}

// recurrenceModel converts a recurrence to the vendor's form. Fields that are not set are null.
func recurrenceModel(r recurrence.Recurrence) *dynamicsv1.Recurrence {
	model := &dynamicsv1.Recurrence{
		RecurrenceId: text(string(r.ID)), PackageId: text(string(r.PackageID)), Name: text(r.DisplayName), Price: gtype.Decimal(r.Price),
		Services: &dynamicsv1.ServiceList{},
	}
	for _, service := range r.Services {
		model.Services.Items = append(model.Services.Items, &dynamicsv1.ContractedService{
			ServiceId: text(string(service.ServiceID)), TransactionLimit: &service.TransactionLimit, Value: text(service.Value),
			ServiceidExt: text(service.ExternalServiceID),
		})
	}
	return model
}
