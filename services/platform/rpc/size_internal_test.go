package rpc

import (
	"runtime"
	"strings"
	"testing"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/structpb"

	crv1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	rbv1 "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
)

// TestSizeInMemoryIsABound unmarshals messages that take many times their bytes, and compares what that
// allocates with the size that is reserved.
func TestSizeInMemoryIsABound(t *testing.T) {
	repeat := strings.Repeat
	for name, test := range map[string]struct {
		text string
		into proto.Message
	}{
		"empty contacts": {repeat("\x62\x00", 100_000), &crv1.Customer{}},
		"empty services": {repeat("\x0a\x00", 100_000), &dynamicsv1.ServiceList{}},
		"few services":   {repeat("\x0a\x00", 100), &dynamicsv1.ServiceList{}},
		"empty names":    {repeat("\x0a\x00", 100_000), &fieldmaskpb.FieldMask{}},
		"empty members":  {repeat("\x0a\x00", 100_000), &structpb.Struct{}},
		"packed numbers": {"\x2a\xa0\x8d\x06" + repeat("\x01", 100_000), &rbv1.BillingSchedule{}},
		"unknown fields": {repeat("\xa0\x7d\x00", 100_000), &crv1.Customer{}},
		"a long text":    {"\x0a\xa0\x8d\x06" + repeat("a", 100_000), &crv1.Customer{}},
	} {
		data := mem.BufferSlice{mem.SliceBuffer(test.text)}
		most := sizeInMemory(data, test.into.ProtoReflect().Descriptor())
		// The first message of a type also takes what describes the type.
		if err := proto.Unmarshal([]byte("\x0a\x00"), test.into.ProtoReflect().New().Interface()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_ = newCodec().Unmarshal(data, test.into) // also what is malformed takes memory
		runtime.ReadMemStats(&after)
		if took := int64(after.TotalAlloc - before.TotalAlloc); took > most {
			t.Errorf("%s: %d bytes took %d, reserved %d", name, len(test.text), took, most)
		} else {
			t.Logf("%s: %d bytes took %d, reserved %d", name, len(test.text), took, most)
		}
	}
}
