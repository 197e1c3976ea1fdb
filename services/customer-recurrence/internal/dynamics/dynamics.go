// Package dynamics serves the vendor contract dynamics.v1 (`PUT
// api/dynamics/clients/{client_id}/recurrences/{recurrence_id}` and its siblings). It translates between the
// vendor's messages and the domain and contains no rules.
package dynamics

import (
	"context"
	"errors"
	"strings"

	"google.golang.org/grpc"

	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/closing"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/plan"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Services are the domain services that the handlers call.
type Services struct {
	Customers   *customer.Service
	Closing     *closing.Service
	Recurrences *recurrence.Service
	Plans       *plan.Service
}

// Register adds the vendor's services to a server.
func Register(registrar grpc.ServiceRegistrar, services Services) {
	dynamicsv1.RegisterRecurrenceServiceServer(registrar, &handler{Services: services})
	dynamicsv1.RegisterCustomerServiceServer(registrar, &customerHandler{Services: services})
	dynamicsv1.RegisterGrantorServiceServer(registrar, &grantorHandler{Services: services})
}

type handler struct {
	dynamicsv1.UnimplementedRecurrenceServiceServer
	Services
}

// updated is the message in the response to a successful update.
const updated = "La contratación se actualizó correctamente."

// UpdateRecurrence changes a recurrence and returns the whole customer.
func (h *handler) UpdateRecurrence(ctx context.Context, request *dynamicsv1.UpdateRecurrenceRequest) (*dynamicsv1.UpdateRecurrenceResponse, error) {
	wanted := request.GetUpgradeDowngrade().GetRecurrence()
	if err := checkAsked(wanted); err != nil {
		return nil, err
	}
	revise, err := revision(wanted)
	if err != nil {
		return nil, err
	}
	key := recurrence.Key{Customer: customer.NewID(request.GetClientId()), Recurrence: recurrence.NewID(request.GetRecurrenceId())}
	changed, err := h.update(ctx, recurrence.Update{
		Key:       key,
		Revise:    revise,
		Requested: recurrence.Requested{Package: wanted.PackageId != nil, Services: wanted.GetServices() != nil},
	})
	if err != nil {
		return nil, inVendorTerms(err, key)
	}
	success, message := true, updated
	return &dynamicsv1.UpdateRecurrenceResponse{
		Success:       &success,
		Message:       &message,
		MessageDetail: &dynamicsv1.StringList{},
		Data:          customerModel(changed.Customer),
	}, nil
}

// update updates a recurrence. The recurrences of a customer that was merged are those of the customer
// that stands for it.
func (h *handler) update(ctx context.Context, update recurrence.Update) (recurrence.Updated, error) {
	changed, err := h.Recurrences.Update(ctx, update)
	if !errors.Is(err, fault.NotFound) || errors.Is(err, recurrence.ErrNoCustomer) {
		return changed, err
	}
	standing, other := h.Customers.Standing(ctx, update.Key.Customer)
	if errors.Is(other, fault.FailedPrecondition) {
		return changed, other
	}
	if other != nil || standing == update.Key.Customer {
		return changed, err
	}
	update.Key.Customer = standing
	return h.Recurrences.Update(ctx, update)
}

// checkAsked refuses a body that asks for nothing: without its recurrence, or with one whose members
// have other names. A success would make the caller believe that the recurrence was changed.
func checkAsked(wanted *dynamicsv1.Recurrence) error {
	field := strings.TrimSuffix(body, ".")
	switch {
	case wanted == nil:
		return fault.InvalidField(field, reason.Required, "must be given: the body holds the recurrence under this name")
	case wanted.PackageId == nil && wanted.Name == nil && wanted.Price == nil && wanted.Services == nil:
		return fault.InvalidField(field, reason.NothingToChange, "has nothing to change: give package_id, name, price or services")
	}
	return nil
}

// body is the path of the recurrence within the request.
const body = "upgrade_downgrade.recurrence."

// owner is the domain's field of the customer that contracts a recurrence.
const owner = "parent"

// vendorNames maps domain field names to the vendor's, where they differ.
var vendorNames = map[string]string{"display_name": "name", "external_service_id": "serviceid_ext"}

// inVendorTerms changes the fields of an Invalid fault to their paths in the vendor's request, and
// a NotFound fault to the vendor's text.
func inVendorTerms(err error, key recurrence.Key) error {
	if errors.Is(err, fault.NotFound) {
		missing := "customers/" + string(key.Customer)
		if !errors.Is(err, recurrence.ErrNoCustomer) {
			missing += "/recurrences/" + string(key.Recurrence)
		}
		return fault.Wrap(err, fault.NotFound, reason.NotFound, "%s does not exist", missing)
	}
	return fault.Rename(err, func(field string) string {
		if field == owner {
			return "client_id"
		}
		path := strings.Split(strings.TrimPrefix(field, "recurrence."), ".")
		for i, name := range path {
			if vendor, other := vendorNames[name]; other {
				path[i] = vendor
			}
		}
		return body + strings.Replace(strings.Join(path, "."), "services[", "services.items[", 1)
	})
}
