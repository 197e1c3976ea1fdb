package native

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/platform/fieldmask"
)

const updateMask protoreflect.Name = "update_mask"

// sentMask returns the update mask of a PATCH without one: the members that the body holds, in proto
// names. It returns "" for other requests. What updates ignore, such as the etag, is left out, so that
// callers may send a resource back as they read it.
func sentMask(asked *route.Route, body []byte) (string, *failure.Failure) {
	model := asked.Model()
	if asked.HTTPMethod != http.MethodPatch || model == nil || asked.RPC.Input().Fields().ByName(updateMask) == nil {
		return "", nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(withoutMark(body), &members); err == nil && utf8.Valid(body) {
		if paths := sentPaths(nil, "", model, members); len(paths) > 0 {
			return strings.Join(paths, ","), nil
		}
	}
	return "", nothingSent(asked, model, body)
}

// sentPaths appends the paths of the members of an object below a path. An object of ours is a part
// whose members count, unless it is empty; everything else changes as a whole.
func sentPaths(paths []string, below string, message protoreflect.MessageDescriptor, members map[string]json.RawMessage) []string {
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		value, sent := members[field.JSONName()]
		if !sent {
			value, sent = members[string(field.Name())]
		}
		if !sent || fieldmask.Ignored(field) {
			continue
		}
		path := below + string(field.Name())
		var parts map[string]json.RawMessage
		if fieldmask.Nests(field) && json.Unmarshal(value, &parts) == nil && len(parts) > 0 {
			paths = sentPaths(paths, path+".", field.Message(), parts)
			continue
		}
		paths = append(paths, path)
	}
	return paths
}

// nothingSent returns the failure of a body that names nothing to change: that of binding it, if it
// does not bind.
func nothingSent(asked *route.Route, model protoreflect.MessageDescriptor, body []byte) *failure.Failure {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(model.FullName())
	if err != nil {
		return failure.Internal()
	}
	if err := bind(body, kind.New().Interface()); err != nil {
		return unbound(asked, err)
	}
	bad := findings{}
	bad.refuse(bodyName(asked), string(reason.NothingToChange), "contains no field to change; to clear a field, send it as null")
	return bad.failure()
}
