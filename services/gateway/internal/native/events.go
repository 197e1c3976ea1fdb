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

// EventStreamType is the media type of server-sent events. A native stream of messages that have a token is also told as such,
// whose ids are the tokens: a browser that loses the connection sends the last one back, and the stream goes on after it.
const EventStreamType = "text/event-stream"

const (
	lastEventID = "Last-Event-Id"

	tokenField protoreflect.Name = "token" // of a streamed message: marks its place
	afterField protoreflect.Name = "after" // of the request: begin after this token
)

// wantsEvents reports whether the caller asks for events.
func wantsEvents(header http.Header) bool {
	for accepted := range strings.SplitSeq(strings.Join(header.Values("Accept"), ","), ",") {
		if mediaType, _, err := mime.ParseMediaType(accepted); err == nil && mediaType == EventStreamType {
			return true
		}
	}
	return false
}

// lastEvent is the token of the last event that the caller saw, "" where it saw none or the method does not go on after one.
func lastEvent(asked *route.Route, header http.Header) string {
	if !asked.RPC.IsStreamingServer() || !wantsEvents(header) || asked.RPC.Input().Fields().ByName(afterField) == nil {
		return ""
	}
	return header.Get(lastEventID)
}

// eventStream writes the chunks of a stream as events, each message in native JSON.
type eventStream struct{ runtime.Marshaler }

// ContentType is that of events.
func (eventStream) ContentType(any) string { return EventStreamType }

// Delimiter ends an event.
func (eventStream) Delimiter() []byte { return []byte("\n") }

// Marshal writes a message as an event, a message of nothing but a token as an id alone, which no listener is told of, and
// a failure as an event named error.
func (e eventStream) Marshal(chunk any) ([]byte, error) {
	switch chunk := chunk.(type) {
	case map[string]any:
		message, ok := chunk["result"].(proto.Message)
		if !ok {
			return nil, fmt.Errorf("a chunk holds a %T, which is no message", chunk["result"])
		}
		return e.event(message)
	case map[string]proto.Message:
		return e.write("event: error\n", chunk["error"])
	default:
		return nil, fmt.Errorf("a %T is no chunk of a stream", chunk)
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
		return nil, fmt.Errorf("writing an event: %w", err)
	}
	return fmt.Appendf(nil, "%sdata: %s\n", head, bytes.ReplaceAll(data, []byte("\n"), []byte(" "))), nil
}
