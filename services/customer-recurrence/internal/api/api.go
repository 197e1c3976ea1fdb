// Package api serves the native API, continuo.customerrecurrence.v1. It translates between messages
// and the domain and contains no rules.
package api

import (
	"github.com/govalues/decimal"
	googledecimal "google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/closing"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
)

// Services are the domain services that the handlers call.
type Services struct {
	Customers   *customer.Service
	Closing     *closing.Service
	Packages    *catalogue.Service
	Recurrences *recurrence.Service
	Usage       *usage.Service
	Settings    *settings.Service
}

// Register adds the native services to a server. sealer seals the page tokens of lists.
func Register(registrar grpc.ServiceRegistrar, services Services, sealer aip.Sealer) {
	customerrecurrencev1.RegisterCustomerServiceServer(registrar, &customers{service: services.Customers, closing: services.Closing, sealer: sealer})
	customerrecurrencev1.RegisterPackageServiceServer(registrar, &packages{service: services.Packages, sealer: sealer})
	customerrecurrencev1.RegisterServiceServiceServer(registrar, &soldServices{service: services.Packages, sealer: sealer})
	customerrecurrencev1.RegisterRecurrenceServiceServer(registrar, &recurrences{service: services.Recurrences, sealer: sealer})
	customerrecurrencev1.RegisterRecurrenceChangeServiceServer(registrar, &changing{service: services.Recurrences, sealer: sealer})
	customerrecurrencev1.RegisterUsageServiceServer(registrar, &usages{service: services.Usage, sealer: sealer})
	customerrecurrencev1.RegisterRecurrenceSettingsServiceServer(registrar, &settingsHandler{service: services.Settings})
}

// messagesOf converts items to messages, or messages to items. It returns nil for none, as the store
// does, so that an update that sets what is set already is noticed.
func messagesOf[T, M any](items []T, message func(T) M) []M {
	if len(items) == 0 {
		return nil
	}
	messages := make([]M, len(items))
	for i, item := range items {
		messages[i] = message(item)
	}
	return messages
}

// number parses a decimal. Errors are Invalid faults on field.
func number(field string, value *googledecimal.Decimal) (decimal.Decimal, error) {
	read, err := gtype.FromDecimal(value)
	if err != nil {
		return decimal.Decimal{}, fault.InvalidField(field, reason.InvalidDecimal, "must be a decimal number of at most 19 digits")
	}
	return read, nil
}

// amount parses a price and its currency. Errors are Invalid faults on field.
func amount(field string, value *money.Money) (decimal.Decimal, recurrence.Currency, error) {
	read, currency, err := gtype.FromMoney(value)
	if err != nil {
		return decimal.Decimal{}, "", fault.InvalidField(field, reason.InvalidAmount,
			"must have at most 19 digits, and units and nanos of one sign")
	}
	return read, recurrence.Currency(currency), nil
}

// amountMessage returns a price in its currency as a message. Every valid price fits.
func amountMessage(value decimal.Decimal, currency recurrence.Currency) *money.Money {
	message, _ := gtype.Money(value, string(currency))
	return message
}

// respond converts a resource to a message, or passes err on.
func respond[T, M any](resource T, err error, message func(T) M) (M, error) {
	if err != nil {
		var none M
		return none, err
	}
	return message(resource), nil
}

// infallible adapts message to the form that lists take, which can fail.
func infallible[T, M any](message func(T) M) func(T) (M, error) {
	return func(resource T) (M, error) { return message(resource), nil }
}
