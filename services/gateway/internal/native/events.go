package native

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// EventStreamType is the media type of server-sent events. Native streams of messages with a token
// are also available as events whose ids are the tokens. A browser that reconnects sends the last
// id, and the stream resumes after it.
const EventStreamType = "text/event-stream"

const (
	lastEventID = "Last-Event-Id"

	tokenField protoreflect.Name = "token" // of a streamed message: its position
	afterField protoreflect.Name = "after" // of the request: where to resume
)

// wantsEvents reports whether the caller accepts events.
func wantsEvents(header http.Header) bool {
	for accepted := range strings.SplitSeq(strings.Join(header.Values("Accept"), ","), ",") {
		if mediaType, _, err := mime.ParseMediaType(accepted); err == nil && mediaType == EventStreamType {
			return true
		}
	}
	return false
}

// lastEvent returns the token of the last event that the caller received, or "" if there is none or
// the method cannot resume.
func lastEvent(asked *route.Route, header http.Header) string {
	if !asked.RPC.IsStreamingServer() || !wantsEvents(header) || asked.RPC.Input().Fields().ByName(afterField) == nil {
		return ""
	}
	return header.Get(lastEventID)
}

// eventStream encodes the chunks of a stream as events, with messages in native JSON.
type eventStream struct{ runtime.Marshaler }

// ContentType returns the media type of events.
func (eventStream) ContentType(any) string { return EventStreamType }

// Delimiter returns the end of an event.
func (eventStream) Delimiter() []byte { return []byte("\n") }

// Marshal encodes a message as an event. A message with only a token becomes an id without data,
// which browsers do not dispatch. A failure becomes an event named error.
func (e eventStream) Marshal(chunk any) ([]byte, error) {
	switch chunk := chunk.(type) {
	case map[string]any:
		message, ok := chunk["result"].(proto.Message)
		if !ok {
			return nil, fmt.Errorf("a chunk contains a %T, which is not a message", chunk["result"])
		}
		return e.event(message)
	case map[string]proto.Message:
		return e.write("event: error\n", chunk["error"])
	default:
		return nil, fmt.Errorf("a %T is not a chunk of a stream", chunk)
	}
}

func (e eventStream) event(message proto.Message) ([]byte, error) {
	content := message.ProtoReflect()
	token := content.Descriptor().Fields().ByName(tokenField)
	if token == nil {
		return e.write("", message)
	}
	id := "id: " + strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(content.Get(token).String()) + "\n"
	heartbeat := true
	content.Range(func(field protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		heartbeat = field == token
		return heartbeat
	})
	if heartbeat {
		return []byte(id), nil
	}
	return e.write(id, message)
}

func (e eventStream) write(head string, message proto.Message) ([]byte, error) {
	data, err := e.Marshaler.Marshal(message)
	if err != nil {
		return nil, fmt.Errorf("encoding an event: %w", err)
	}
	return fmt.Appendf(nil, "%sdata: %s\n", head, bytes.ReplaceAll(data, []byte("\n"), []byte(" "))), nil
}
