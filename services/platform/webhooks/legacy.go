package webhooks

import (
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/proto"
)

// LegacyState is the message of an endpoint's state in a change feed that kept states as JSON.
func LegacyState(state []byte) (proto.Message, error) {
	var read endpoint
	if err := json.Unmarshal(state, &read); err != nil {
		return nil, fmt.Errorf("reading the JSON of a webhook endpoint: %w", err)
	}
	return read.message(), nil
}
