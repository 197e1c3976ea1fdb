// Package legacy upgrades stores of versions whose change feed kept states as JSON of the services' own types. A service
// adds Migration to its migrations, with a table of how its types were written; nothing else uses that table.
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

// State reads a state that was written as JSON and is the message that shows it.
type State func(state []byte) (proto.Message, error)

// States are how states were written, by resource type.
type States map[string]State

// Of is the State of a type whose JSON is unchanged: it is read into a value, which message shows.
func Of[T any](message func(T) (proto.Message, error)) State {
	return func(state []byte) (proto.Message, error) {
		var resource T
		if err := json.Unmarshal(state, &resource); err != nil {
			return nil, fmt.Errorf("reading the JSON: %w", err)
		}
		return message(resource)
	}
}

// Migrations are a service's migrations with the step, under a number of the service's, that turns the states of its
// change feed into messages of the native API.
func Migrations(files fs.FS, version int64, states States) fs.FS {
	all := maps.Clone(states)
	all["WebhookEndpoint"] = webhooks.LegacyState
	return database.WithSteps(files, database.Step{Version: version, Name: "native_feed_states", Run: all.upgrade})
}

func (s States) packed(typ, state string) (feed.State, error) {
	read, known := s[typ]
	if !known {
		return nil, fmt.Errorf("the type %q is not known here", typ)
	}
	message, err := read([]byte(state))
	if err != nil {
		return nil, err
	}
	return feed.Pack(message)
}
