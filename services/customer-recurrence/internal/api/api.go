// Package api serves the native API, continuo.customerrecurrence.v1: it translates between messages and the domain and
// decides nothing.
package api

import (
	"github.com/govalues/decimal"
	googledecimal "google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/page"
)

// Register adds the native services to a server.
func Register(registrar grpc.ServiceRegistrar, service *domain.Service) {
	customerrecurrencev1.RegisterCustomerServiceServer(registrar, &customers{service: service})
	customerrecurrencev1.RegisterPackageServiceServer(registrar, &packages{service: service})
	customerrecurrencev1.RegisterRecurrenceServiceServer(registrar, &recurrences{service: service})
}

// cursor is what a page token holds: the list it belongs to and the key of the last item answered.
type cursor[K any] struct {
	List  string `json:"list"`
	After K      `json:"after"`
}

// after is the key that a page begins after; the token must be one of the same list.
func after[K any](token, list string) (K, error) {
	var from cursor[K]
	if err := page.Decode(token, &from); err != nil {
		return from.After, err
	}
	if token != "" && from.List != list {
		return from.After, fault.InvalidField("page_token", reason.InvalidPageToken, "is not a token of this list; start again without one")
	}
	return from.After, nil
}

// next is the token of the page after an item, or "" if there is none.
func next[T, K any](list string, items []T, more bool, key func(T) K) (string, error) {
	if !more {
		return "", nil
	}
	return page.Encode(cursor[K]{List: list, After: key(items[len(items)-1])})
}

// mapped is the items as messages.
func mapped[T, M any](items []T, message func(T) M) []M {
	messages := make([]M, len(items))
	for i, item := range items {
		messages[i] = message(item)
	}
	return messages
}

// number reads a decimal; an error is an Invalid fault on field.
func number(field string, value *googledecimal.Decimal) (decimal.Decimal, error) {
	read, err := gtype.FromDecimal(value)
	if err != nil {
		return decimal.Decimal{}, fault.InvalidField(field, reason.InvalidDecimal, "must be a decimal number of at most 19 digits")
	}
	return read, nil
}

// amount reads a price and its currency; an error is an Invalid fault on field.
func amount(field string, value *money.Money) (decimal.Decimal, domain.Currency, error) {
	read, currency, err := gtype.FromMoney(value)
	if err != nil {
		return decimal.Decimal{}, "", fault.InvalidField(field, reason.InvalidAmount,
			"must have at most 19 digits, and units and nanos of one sign")
	}
	return read, domain.Currency(currency), nil
}

// amountMessage is a price in its currency. The bounds of prices fit into the message.
func amountMessage(value decimal.Decimal, currency domain.Currency) *money.Money {
	message, _ := gtype.Money(value, string(currency))
	return message
}
