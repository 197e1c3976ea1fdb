package api

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/transfer"
)

// Message shows a resource as a message of the native API. Secrets are left out.
func Message(resource any) (proto.Message, error) {
	switch r := resource.(type) {
	case domain.Customer:
		return customerMessage(r), nil
	case domain.Package:
		return packageMessage(r), nil
	case domain.Recurrence:
		return recurrenceMessage(r), nil
	case domain.Change:
		return changeMessage(r), nil
	}
	return nil, fmt.Errorf("a %T has no message", resource)
}

// ReadMoved reads a resource that brings its name along, by the rules of its create request.
func ReadMoved(message proto.Message) (domain.Moved, error) {
	switch m := message.(type) {
	case *customerrecurrencev1.Customer:
		id, err := domain.ParseCustomerName("name", m.GetName())
		if err != nil {
			return nil, err
		}
		return moved("customer", &customerrecurrencev1.CreateCustomerRequest{Customer: m, CustomerId: string(id)}, newCustomer)
	case *customerrecurrencev1.Package:
		id, err := domain.ParsePackageName("name", m.GetName())
		if err != nil {
			return nil, err
		}
		return moved("package", &customerrecurrencev1.CreatePackageRequest{Package: m, PackageId: string(id)},
			func(request *customerrecurrencev1.CreatePackageRequest) (domain.NewPackage, error) {
				return newPackage(request), nil
			})
	case *customerrecurrencev1.Recurrence:
		customer, id, err := domain.ParseRecurrenceName("name", m.GetName())
		if err != nil {
			return nil, err
		}
		return moved("recurrence", &customerrecurrencev1.CreateRecurrenceRequest{
			Parent: domain.CustomerName(customer), Recurrence: m, RecurrenceId: string(id),
		}, newRecurrence)
	case *customerrecurrencev1.RecurrenceChange:
		return moved("", m, changeOf)
	}
	return nil, transfer.Unknown(message)
}

// moved reads a resource out of the request that would create it, which holds it in a field.
func moved[C proto.Message, M domain.Moved](field string, create C, read func(C) (M, error)) (domain.Moved, error) {
	if err := transfer.Check(create, field); err != nil {
		return nil, err
	}
	resource, err := read(create)
	return resource, transfer.WithoutField(err, field)
}

// changeOf reads a change that was made elsewhere.
func changeOf(m *customerrecurrencev1.RecurrenceChange) (change domain.Change, err error) {
	change.Customer, change.Recurrence, change.Version, err = domain.ParseChangeName("name", m.GetName())
	if err != nil {
		return change, err
	}
	if m.GetCreateTime() == nil || m.GetCreateTime().CheckValid() != nil {
		return change, fault.InvalidField("create_time", reason.InvalidTime, "must be when the change was made")
	}
	change.Actor, change.CreateTime = m.GetActor(), m.GetCreateTime().AsTime().Truncate(time.Microsecond)
	difference := &change.Difference
	*difference = domain.Difference{
		OldPackageID: domain.PackageID(m.GetOldPackageId()), NewPackageID: domain.PackageID(m.GetNewPackageId()),
		OldDisplayName: m.GetOldDisplayName(), NewDisplayName: m.GetNewDisplayName(),
		Added: contracted(m.GetAddedServices()), Removed: contracted(m.GetRemovedServices()),
	}
	for direction, shown := range directions {
		if shown == m.GetDirection() {
			difference.Direction = direction
		}
	}
	for _, c := range m.GetChangedServices() {
		difference.Changed = append(difference.Changed, domain.ChangedService{Old: contractedService(c.GetOldService()), New: contractedService(c.GetNewService())})
	}
	if difference.OldPrice, difference.OldCurrency, err = amount("old_price", m.GetOldPrice()); err != nil {
		return change, err
	}
	if difference.NewPrice, difference.NewCurrency, err = amount("new_price", m.GetNewPrice()); err != nil {
		return change, err
	}
	move, currency, err := amount("price_difference", m.GetPriceDifference())
	if err == nil && m.GetPriceDifference() != nil && currency != difference.NewCurrency {
		err = fault.InvalidField("price_difference", reason.AnotherCurrency, "must be in the currency of the new price")
	}
	difference.PriceDifference = move
	return change, err
}

func contracted(messages []*customerrecurrencev1.ContractedService) (services []domain.ContractedService) {
	for _, m := range messages {
		services = append(services, contractedService(m))
	}
	return services
}

func contractedService(m *customerrecurrencev1.ContractedService) domain.ContractedService {
	return domain.ContractedService{
		ServiceID: domain.ServiceID(m.GetServiceId()), TransactionLimit: m.GetTransactionLimit(), Value: m.GetValue(),
		ExternalServiceID: m.GetExternalServiceId(),
	}
}
