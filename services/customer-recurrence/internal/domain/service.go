package domain

import (
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Service is what can be done with customers, packages and recurrences. Every error is a fault, or trouble of the store;
// nothing is changed when one is returned.
type Service struct {
	mutation.Service[Reader, Writer]
}

// NewService is the service on a store, at the time of a clock.
func NewService(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}
