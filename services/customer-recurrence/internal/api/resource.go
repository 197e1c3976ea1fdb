package api

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/platform/transfer"
)

// Message converts a resource to a message of the native API. Secrets are left out.
func Message(resource any) (proto.Message, error) {
	switch r := resource.(type) {
	case customer.Customer:
		return customerMessage(r), nil
	case catalogue.Package:
		return packageMessage(r), nil
	case catalogue.Sold:
		return soldMessage(r), nil
	case recurrence.Recurrence:
		return recurrenceMessage(r), nil
	case recurrence.Change:
		return changeMessage(r), nil
	case recurrence.ScheduledChange:
		return scheduledMessage(r), nil
	case usage.Total:
		return totalMessage(r), nil
	case usage.Alert:
		return alertMessage(r), nil
	case settings.Settings:
		return recurrenceSettingsMessage(r), nil
	}
	return nil, fmt.Errorf("a %T has no message", resource)
}

// ReadResource parses a resource to import, by the rules of its create request.
func ReadResource(message proto.Message) (any, error) {
	switch m := message.(type) {
	case *customerrecurrencev1.Customer:
		id, err := resourcename.ID[string](customerNames, "name", m.GetName())
		if err != nil {
			return nil, err
		}
		return readNew("customer", &customerrecurrencev1.CreateCustomerRequest{Customer: m, CustomerId: id}, importedCustomer)
	case *customerrecurrencev1.Package:
		id, err := resourcename.ID[string](packageNames, "name", m.GetName())
		if err != nil {
			return nil, err
		}
		return readNew("package", &customerrecurrencev1.CreatePackageRequest{Package: m, PackageId: id}, newPackage)
	case *customerrecurrencev1.Service:
		id, err := resourcename.ID[string](serviceNames, "name", m.GetName())
		if err != nil {
			return nil, err
		}
		return readNew("service", &customerrecurrencev1.CreateServiceRequest{Service: m, ServiceId: id}, newService)
	case *customerrecurrencev1.Recurrence:
		key, err := recurrenceKey("name", m.GetName())
		if err != nil {
			return nil, err
		}
		return readNew("recurrence", &customerrecurrencev1.CreateRecurrenceRequest{
			Parent: customerNames.Format(key.Customer), Recurrence: m, RecurrenceId: string(key.Recurrence),
		}, importedRecurrence)
	case *customerrecurrencev1.RecurrenceChange:
		return readNew("", m, changeOf)
	case *customerrecurrencev1.ScheduledChange:
		return readNew("", m, scheduledOf)
	case *customerrecurrencev1.UsageTotal:
		return readNew("", m, totalOf)
	case *customerrecurrencev1.UsageAlert:
		return readNew("", m, alertOf)
	case *customerrecurrencev1.RecurrenceSettings:
		return readNew("recurrence_settings", &customerrecurrencev1.UpdateRecurrenceSettingsRequest{RecurrenceSettings: m},
			func(request *customerrecurrencev1.UpdateRecurrenceSettingsRequest) (read settings.Settings, _ error) {
				readSettings(request.GetRecurrenceSettings(), &read)
				return read, nil
			})
	}
	return nil, transfer.Unknown(message)
}

// readNew parses a resource as the given field of the request that would create it.
func readNew[C proto.Message, R any](field string, create C, read func(C) (R, error)) (any, error) {
	if err := transfer.Check(create, field); err != nil {
		return nil, err
	}
	resource, err := read(create)
	return resource, transfer.WithoutField(err, field)
}

// FieldOf returns the name of the field that holds the resource in its create request.
func FieldOf(resource any) string {
	switch resource.(type) {
	case customer.Customer:
		return "customer"
	case recurrence.Recurrence:
		return "recurrence"
	case catalogue.Package:
		return "package"
	case catalogue.Sold:
		return "service"
	case settings.Settings:
		return "recurrence_settings"
	}
	return ""
}
