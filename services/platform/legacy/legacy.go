// Package legacy upgrades the stores of earlier versions, whose change feed kept states as JSON of
// the services' own types. A service adds Migration to its migrations, with a table of its types;
// nothing else uses that table.
package legacy

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"

	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/webhooks"
)

// State converts a state from JSON to its message.
type State func(state []byte) (proto.Message, error)

// States maps resource types to the conversion of their states.
type States map[string]State

// Of returns the State of a type whose JSON has not changed. It decodes the JSON and converts the
// result with message.
func Of[T any](message func(T) (proto.Message, error)) State {
	return func(state []byte) (proto.Message, error) {
		var resource T
		if err := json.Unmarshal(state, &resource); err != nil {
			return nil, fmt.Errorf("reading the JSON: %w", err)
		}
		return message(resource)
	}
}

// Migrations returns a service's migrations with an additional step, numbered version, that
// converts the states of the change feed to messages of the native API.
func Migrations(files fs.FS, version int64, states States) fs.FS {
	all := maps.Clone(states)
	all["WebhookEndpoint"] = webhooks.LegacyState
	return database.WithSteps(files, database.Step{Version: version, Name: "native_feed_states", Run: all.upgrade})
}

func (s States) packed(typ, state string) (feed.State, error) {
	read, known := s[typ]
	if !known {
		return nil, fmt.Errorf("unknown resource type %q", typ)
	}
	message, err := read([]byte(state))
	if err != nil {
		return nil, err
	}
	return feed.Pack(message)
}
