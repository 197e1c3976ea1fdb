package rpc

import (
	"testing"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
)

// Whatever a message was generated with, a call in the process hands it over whole, unknown fields included.
func TestMessagesAreHandedOverWhole(t *testing.T) {
	unknown := &emptypb.Empty{}
	unknown.ProtoReflect().SetUnknown([]byte{0x78, 1})
	for _, from := range []proto.Message{
		&httpbody.HttpBody{ContentType: "text/csv", Data: []byte("a,b")},
		&changesv1.ListChangesRequest{PageSize: 3, PageToken: "x"},
		wrapperspb.String("x"), &emptypb.Empty{}, unknown,
	} {
		into := from.ProtoReflect().New().Interface()
		if err := handOver(from, into); err != nil || !proto.Equal(from, into) {
			t.Errorf("%T: got %v and %v, want %v", from, into, err, from)
		}
	}
}
