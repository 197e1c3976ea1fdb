package api

import (
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/platform/legacy"
)

// LegacyStates are how stores of earlier versions wrote states into the change feed. Only their upgrade reads it.
var LegacyStates = legacy.States{
	"Customer":         legacy.Of(messageOf[domain.Customer]),
	"Package":          legacy.Of(messageOf[domain.Package]),
	"Recurrence":       legacy.Of(messageOf[domain.Recurrence]),
	"RecurrenceChange": legacy.Of(messageOf[domain.Change]),
}

func messageOf[T any](resource T) (proto.Message, error) { return Message(resource) }
