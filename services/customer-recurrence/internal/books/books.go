// Package books imports and exports all resources of a tenant.
package books

import (
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Reader reads all resources of one tenant.
type Reader interface {
	customer.Reader
	catalogue.Reader
	recurrence.Reader
	usage.Reader
}

// Writer reads and writes all resources of one tenant.
type Writer interface {
	customer.Writer
	catalogue.Writer
	recurrence.Writer
	usage.Writer
	settings.Writer
}

// Service imports and exports resources.
type Service struct {
	mutation.Service[Reader, Writer]
}

// NewService returns a service on a store that takes the time from clock.
func NewService(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}
