package rpc

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
)

func TestFieldWithNULFindsNestedTexts(t *testing.T) {
	object := func(value *structpb.Value) proto.Message {
		return &structpb.Struct{Fields: map[string]*structpb.Value{"k": value}}
	}
	for want, message := range map[string]proto.Message{
		"":                         wrapperspb.String("plain"),
		"value":                    wrapperspb.String("a\x00b"),
		"resource_types[1]":        &changesv1.WatchChangesRequest{ResourceTypes: []string{"a", "\x00"}},
		`fields["k"].string_value`: object(structpb.NewStringValue("\x00")),
		"change.actor":             &changesv1.WatchChangesResponse{Change: &changesv1.Change{Actor: "\x00"}},
		`fields["k"].list_value.values[0].string_value`: object(structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{structpb.NewStringValue("\x00")}})),
	} {
		if got := fieldWithNUL(message.ProtoReflect()); got != want {
			t.Errorf("got path %q, want %q", got, want)
		}
	}
}
