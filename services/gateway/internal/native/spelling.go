package native

import (
	"regexp"
	"strings"
	"sync"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// Services name fields as protos do, REST names them as JSON does. spell changes the names in a
// failure, and in what it says, to the latter. Names within quotation marks are the caller's, and
// those in filters and orders stay, since both are written in proto names.
func spell(asked *route.Route, failed *failure.Failure) {
	if asked == nil {
		return
	}
	request := asked.RPC.Input()
	failed.Message = respell(request, failed.Message)
	for i, detail := range failed.Details {
		bad := &errdetails.BadRequest{}
		if !detail.MessageIs(bad) || detail.UnmarshalTo(bad) != nil {
			continue
		}
		var before, after []string
		for _, violation := range bad.GetFieldViolations() {
			before = append(before, respell(request, violation.GetField()+": "+violation.GetDescription()))
			if !inProtoNames(violation.GetField()) {
				violation.Description = respell(request, violation.GetDescription())
			}
			violation.Field = jsonPath(request, violation.GetField())
			after = append(after, violation.GetField()+": "+violation.GetDescription())
		}
		if strings.Join(before, "; ") == failed.Message {
			failed.Message = strings.Join(after, "; ")
		}
		if respelled, err := anypb.New(bad); err == nil {
			failed.Details[i] = respelled
		}
	}
}

// inProtoNames reports whether the value of a parameter is written in proto names.
func inProtoNames(field string) bool { return field == "filter" || field == "order_by" }

// jsonPath spells the path of a field: `recurring_line.rates[0].start_date` and `labels["a_b"]`
// become `recurringLine.rates[0].startDate` and `labels["a_b"]`.
func jsonPath(message protoreflect.MessageDescriptor, path string) string {
	var spelled strings.Builder
	for path != "" {
		end := strings.IndexAny(path, ".[")
		if end < 0 {
			end = len(path)
		}
		name := path[:end]
		var field protoreflect.FieldDescriptor
		if message != nil {
			field = message.Fields().ByName(protoreflect.Name(name))
		}
		if field == nil {
			spelled.WriteString(lowerCamel(name))
			message = nil
		} else {
			spelled.WriteString(field.JSONName())
			message = elementOf(field)
		}
		path = path[end:]
		for strings.HasPrefix(path, "[") {
			end := subscriptEnd(path)
			spelled.WriteString(path[:end])
			path = path[end:]
		}
		if rest, more := strings.CutPrefix(path, "."); more {
			spelled.WriteByte('.')
			path = rest
		}
	}
	return spelled.String()
}

// elementOf returns the message that a path goes on in, or nil.
func elementOf(field protoreflect.FieldDescriptor) protoreflect.MessageDescriptor {
	if field.IsMap() {
		return field.MapValue().Message()
	}
	return field.Message()
}

// subscriptEnd returns the length of the subscript at the start of a path. A key is quoted.
func subscriptEnd(path string) int {
	quoted := false
	for i := 1; i < len(path); i++ {
		switch {
		case quoted && path[i] == '\\':
			i++
		case path[i] == '"':
			quoted = !quoted
		case path[i] == ']' && !quoted:
			return i + 1
		}
	}
	return len(path)
}

// lowerCamel spells a name as protoc does.
func lowerCamel(name string) string {
	first, rest, more := strings.Cut(name, "_")
	for more {
		var word string
		word, rest, more = strings.Cut(rest, "_")
		if word != "" && word[0] >= 'a' && word[0] <= 'z' {
			word = string(word[0]-'a'+'A') + word[1:]
		}
		first += word
	}
	return first
}

// protoName matches a quoted text, which stays, or a name of several words.
var protoName = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b`)

// respell spells the names of fields in a text.
func respell(request protoreflect.MessageDescriptor, text string) string {
	names := namesOf(request)
	return protoName.ReplaceAllStringFunc(text, func(found string) string {
		if spelled, isField := names[found]; isField {
			return spelled
		}
		return found
	})
}

// fieldNames caches the JSON names of all fields that a request can hold, by their proto names.
var fieldNames sync.Map

func namesOf(request protoreflect.MessageDescriptor) map[string]string {
	if known, ok := fieldNames.Load(request.FullName()); ok {
		return known.(map[string]string) //nolint:forcetypeassert // stored below
	}
	names := map[string]string{}
	collect(names, request, map[protoreflect.FullName]bool{})
	fieldNames.Store(request.FullName(), names)
	return names
}

func collect(names map[string]string, message protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) {
	if seen[message.FullName()] {
		return
	}
	seen[message.FullName()] = true
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		names[string(field.Name())] = field.JSONName()
		if below := elementOf(field); below != nil {
			collect(names, below, seen)
		}
	}
}
