package api

import (
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

// Render is the state in an entry of the change feed as a message of the native API.
func Render(entry feed.Entry) (proto.Message, error) {
	switch entry.Type {
	case domain.CustomerType:
		return rendered(entry, customerMessage)
	case domain.PackageType:
		return rendered(entry, packageMessage)
	case domain.RecurrenceType:
		return rendered(entry, recurrenceMessage)
	case domain.ChangeType:
		return rendered(entry, changeMessage)
	}
	return nil, fmt.Errorf("the change feed holds an unknown type of resource, %q", entry.Type)
}

func rendered[T any, M proto.Message](entry feed.Entry, message func(T) M) (proto.Message, error) {
	var state T
	if err := json.Unmarshal(entry.State, &state); err != nil {
		return nil, fmt.Errorf("reading the state of %s: %w", entry.Resource, err)
	}
	return message(state), nil
}
