package api

import (
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/legacy"
)

// LegacyStates describes the change feed states written by earlier versions. Only the migration
// that converts them uses it.
var LegacyStates = legacy.States{
	"Customer":         legacy.Of(messageOf[customer.Customer]),
	"Package":          legacy.Of(messageOf[catalogue.Package]),
	"Recurrence":       legacy.Of(messageOf[recurrence.Recurrence]),
	"RecurrenceChange": legacy.Of(messageOf[recurrence.Change]),
}

func messageOf[T any](resource T) (proto.Message, error) { return Message(resource) }
