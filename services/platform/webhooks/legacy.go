package webhooks

import (
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/proto"
)

// LegacyState converts the state of an endpoint from the JSON of earlier versions.
func LegacyState(state []byte) (proto.Message, error) {
	var read endpoint
	if err := json.Unmarshal(state, &read); err != nil {
		return nil, fmt.Errorf("reading the JSON of a webhook endpoint: %w", err)
	}
	return read.message(), nil
}
