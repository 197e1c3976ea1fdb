package api

import (
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/platform/legacy"
)

// LegacyStates are how stores of earlier versions wrote states into the change feed. Only their upgrade reads it.
var LegacyStates = legacy.States{
	domain.CustomerType:   legacy.Of(shown[domain.Customer]),
	domain.PackageType:    legacy.Of(shown[domain.Package]),
	domain.RecurrenceType: legacy.Of(shown[domain.Recurrence]),
	domain.ChangeType:     legacy.Of(shown[domain.Change]),
}

func shown[T any](resource T) (proto.Message, error) { return Message(resource) }
