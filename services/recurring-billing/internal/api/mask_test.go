package api

import (
	"maps"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

// TestWhatIsSetWholeIsSetWhole: a field of a resource that is set whole is either only ever answered or can be named.
func TestWhatIsSetWholeIsSetWhole(t *testing.T) {
	for _, of := range []struct {
		message    proto.Message
		changeable []string
	}{
		{&pb.BillingProfile{}, slices.Collect(maps.Keys(profileFields))},
		{&pb.BillingSchedule{}, slices.Collect(maps.Keys(scheduleFields))},
	} {
		described := of.message.ProtoReflect().Descriptor().Fields()
		for i := range described.Len() {
			if field := described.Get(i); answered(field) == slices.Contains(of.changeable, string(field.Name())) {
				t.Errorf("%s can be changed: %v", field.FullName(), !answered(field))
			}
		}
	}
}
