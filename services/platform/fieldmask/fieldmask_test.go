package fieldmask_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"pgregory.net/rapid"

	webhooksv1 "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/fieldmask"
)

// present is the current resource in the tests.
const present = `
	name: "workOrders/1" customer: "C-1" title: "Install" urgent: true billable: true create_time: 7 etag: "1" percent: 5
	address { street: "Calle 1" city: "Leon" geocode: "21,-101" country: "MX" } tags: ["a", "b"] visits { city: "Leon" } nickname { value: "in" }
	labels { key: "k" value: "v" }`

// with returns the current resource with other values for some fields.
func with(t *testing.T, text string, without ...protoreflect.Name) *dynamicpb.Message {
	t.Helper()
	message, other := order(t, present), order(t, text)
	for _, name := range without {
		message.Clear(workOrder.Fields().ByName(name))
	}
	other.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		message.Set(field, value)
		return true
	})
	return message
}

func TestMergeChangesNamedFields(t *testing.T) {
	const address = `address { street: "Calle 1" city: "Leon" geocode: "21,-101" country: "MX" }`
	for name, test := range map[string]struct {
		sent string
		mask []string
		want *dynamicpb.Message
	}{
		"a field":                {`title: "Repair" urgent: false`, []string{"title"}, with(t, `title: "Repair"`)},
		"an empty field":         {``, []string{"title"}, with(t, ``, "title")},
		"false":                  {`urgent: false`, []string{"urgent"}, with(t, ``, "urgent")},
		"false that is present":  {`billable: false`, []string{"billable"}, with(t, `billable: false`)},
		"nothing for presence":   {``, []string{"billable"}, with(t, ``, "billable")},
		"a wrapper":              {`nickname { value: "" }`, []string{"nickname"}, with(t, `nickname { value: "" }`)},
		"no wrapper":             {``, []string{"nickname"}, with(t, ``, "nickname")},
		"a list":                 {`tags: ["c"] visits { street: "x" geocode: "y" }`, []string{"tags", "visits"}, with(t, `tags: ["c"] visits { street: "x" geocode: "y" }`)},
		"no list":                {``, []string{"tags"}, with(t, ``, "tags")},
		"a map":                  {`labels { key: "l" value: "w" }`, []string{"labels"}, with(t, `labels { key: "l" value: "w" }`)},
		"a message":              {`address { city: "Silao" geocode: "0,0" country: "MX" }`, []string{"address"}, with(t, `address { city: "Silao" geocode: "21,-101" country: "MX" }`)},
		"no message":             {``, []string{"address"}, with(t, ``, "address")},
		"a nested field":         {`address { city: "Silao" street: "x" }`, []string{"address.city"}, with(t, `address { street: "Calle 1" city: "Silao" geocode: "21,-101" country: "MX" }`)},
		"an empty nested field":  {`address { street: "x" }`, []string{"address.city"}, with(t, `address { street: "Calle 1" geocode: "21,-101" country: "MX" }`)},
		"a nested field of none": {``, []string{"address.street"}, with(t, `address { city: "Leon" geocode: "21,-101" country: "MX" }`)},
		"a field in a wrapper":   {`nickname { value: "x" }`, []string{"nickname.value"}, with(t, `nickname { value: "x" }`)},
		"another of a oneof":     {`amount: "3"`, []string{"amount"}, with(t, `amount: "3"`, "percent")},
		"the other of a oneof":   {`percent: 5`, []string{"amount"}, with(t, ``)},
		"twice the same":         {`title: "x"`, []string{"title", "title"}, with(t, `title: "x"`)},
		"a part and the whole":   {`address { city: "Silao" }`, []string{"address.city", "address"}, with(t, `address { city: "Silao" geocode: "21,-101" country: "MX" }`)},
		"an unchanged immutable": {`customer: "C-1" address { country: "MX" } title: "x"`, []string{"customer", "address.country", "title"}, with(t, `title: "x"`)},
		"what is sent":           {`name: "other" etag: "9" create_time: 9 title: "x" customer: "C-1"`, nil, with(t, `title: "x"`)},
		"what is sent of a list": {`tags: ["c"]`, nil, with(t, `tags: ["c"]`)},
		"what is sent nested":    {`address { city: "Silao" }`, nil, with(t, `address { city: "Silao" geocode: "21,-101" country: "MX" }`)},
		"what is sent false":     {`billable: false`, nil, with(t, `billable: false`)},
		"what is sent back":      {present, nil, with(t, ``)},
		"all sent back":          {present, []string{"*"}, with(t, ``)},
		"all": {`title: "x" billable: false`, []string{"*"}, order(t,
			`name: "workOrders/1" customer: "C-1" title: "x" billable: false create_time: 7 etag: "1"`)},
		"all and more": {`customer: "C-1" ` + address, []string{"title", "*"}, order(t,
			`name: "workOrders/1" customer: "C-1" create_time: 7 etag: "1" `+address)},
	} {
		t.Run(name, func(t *testing.T) {
			before, sent := order(t, present), order(t, test.sent)
			got, err := fieldmask.Merge(before, sent, &fieldmaskpb.FieldMask{Paths: test.mask})
			if err != nil || !proto.Equal(got, test.want) {
				t.Errorf("got  %v (%v)\nwant %v", got, err, test.want)
			}
			if !proto.Equal(before, order(t, present)) || !proto.Equal(sent, order(t, test.sent)) {
				t.Error("Merge must not change its arguments")
			}
		})
	}
}

func TestMergeRejectsInvalidUpdates(t *testing.T) {
	unknown := func(paths ...string) (violations []fault.Violation) {
		for _, path := range paths {
			violations = append(violations, fault.Violation{Field: "update_mask", Reason: "UNKNOWN_FIELD", Description: path + " cannot be changed by an update"})
		}
		return violations
	}
	immutable := func(field string) fault.Violation {
		return fault.Violation{Field: field, Reason: "IMMUTABLE_FIELD", Description: "cannot be changed by an update; omit it or send its current value"}
	}
	nothing := []fault.Violation{{Field: "work_order", Reason: "NOTHING_TO_CHANGE",
		Description: "contains no field to change; to clear a field, name it in update_mask"}}
	for name, test := range map[string]struct {
		sent string
		mask []string
		want []fault.Violation
	}{
		"unknown":             {`title: "x"`, []string{"colour", "title", ""}, unknown("colour", "")},
		"unknown beside all":  {`title: "x"`, []string{"*", "colour"}, unknown("colour")},
		"in spelling of JSON": {``, []string{"createTime"}, unknown("createTime")},
		"the service's own":   {``, []string{"name", "create_time", "etag"}, unknown("name", "create_time", "etag")},
		"immutable":           {`customer: "C-2"`, []string{"customer", "title"}, []fault.Violation{immutable("work_order.customer")}},
		"immutable emptied":   {``, []string{"customer"}, []fault.Violation{immutable("work_order.customer")}},
		"immutable nested":    {`address { country: "US" }`, []string{"address.country", "colour"}, append([]fault.Violation{immutable("work_order.address.country")}, unknown("colour")...)},
		"below unchangeable":  {``, []string{"name.x", "customer.x", "address.geocode"}, unknown("name.x", "customer.x", "address.geocode")},
		"below what has none": {``, []string{"title.x", "tags.x", "tags.0", "visits.city", "labels.k", "address.", "address.x"}, unknown("title.x", "tags.x", "tags.0", "visits.city", "labels.k", "address.", "address.x")},
		"nothing":             {``, nil, nothing},
		"nothing to change":   {`name: "x" etag: "9" create_time: 9 customer: "C-1"`, nil, nothing},
		"another immutable":   {`customer: "C-2" title: "x"`, nil, []fault.Violation{immutable("work_order.customer")}},
		"another and nothing": {`customer: "C-2"`, nil, []fault.Violation{immutable("work_order.customer")}},
		"another among all":   {`customer: "C-2" address { country: "US" }`, []string{"*"}, []fault.Violation{immutable("work_order.customer"), immutable("work_order.address.country")}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := fieldmask.Merge(order(t, present), order(t, test.sent), &fieldmaskpb.FieldMask{Paths: test.mask})
			refused, ok := fault.As(err)
			if !ok || refused.Kind != fault.Invalid || !slices.Equal(refused.Violations, test.want) {
				t.Errorf("got %v, %v; want %v", got, err, test.want)
			}
		})
	}
}

func TestWholeReplacesAllFields(t *testing.T) {
	if got := fieldmask.Whole(nil).GetPaths(); !slices.Equal(got, []string{"*"}) {
		t.Errorf("without a mask: got %q", got)
	}
	if got := fieldmask.Whole(&fieldmaskpb.FieldMask{Paths: []string{"url"}}).GetPaths(); !slices.Equal(got, []string{"url"}) {
		t.Errorf("with a mask: got %q", got)
	}
	if _, err := fieldmask.Merge(&webhooksv1.WebhookEndpoint{}, nil, nil); err == nil {
		t.Error("an empty update must change nothing")
	}
}

// drawOrder draws a work order.
func drawOrder(t *rapid.T, name string) *dynamicpb.Message {
	message := dynamicpb.NewMessage(workOrder)
	for i := range workOrder.Fields().Len() {
		field := workOrder.Fields().Get(i)
		part := dynamicpb.NewMessage(workOrder)
		if err := prototext.Unmarshal([]byte(drawField(t, string(field.Name()), name)), part); err != nil {
			t.Fatal(err)
		}
		if part.Has(field) {
			message.Set(field, part.Get(field))
		}
	}
	return message
}

func drawField(t *rapid.T, field, name string) string {
	values := map[string][]string{
		"urgent": {"true"}, "billable": {"true", "false"}, "percent": {"1", "0"}, "create_time": {"1", "2"},
		"tags": {`["a"]`, `["b", "a"]`}, "nickname": {`{}`, `{ value: "x" }`}, "labels": {`{ key: "a" value: "b" }`, `{ key: "c" }`},
		"address": {`{}`, `{ city: "x" }`, `{ street: "y" geocode: "g" }`, `{ city: "z" geocode: "h" }`}, "visits": {`{}`, `{ city: "x" geocode: "g" }`},
		// Immutable fields have a single value, so that no update is rejected for them.
		"customer": {`"C-1"`},
	}[field]
	if values == nil {
		values = []string{`"x"`, `"y"`}
	}
	if field != "customer" && rapid.Bool().Draw(t, name+" lacks "+field) {
		return ""
	}
	return field + ": " + rapid.SampledFrom(values).Draw(t, name+"."+field)
}

func TestMergeProperties(t *testing.T) {
	merge := func(t *rapid.T, present, sent *dynamicpb.Message, mask ...string) *dynamicpb.Message {
		merged, err := fieldmask.Merge(present, sent, &fieldmaskpb.FieldMask{Paths: mask})
		if refused, ok := fault.As(err); ok && refused.Reason == "NOTHING_TO_CHANGE" && len(mask) == 0 {
			return present
		}
		if err != nil {
			t.Fatal(err)
		}
		return merged
	}
	rapid.Check(t, func(t *rapid.T) {
		present, sent := drawOrder(t, "present"), drawOrder(t, "sent")
		paths := append([]string{"*", "address.city", "address.street", "nickname.value"}, changeable...)
		mask := rapid.SliceOfN(rapid.SampledFrom(paths), 0, 4).Draw(t, "mask")
		once := merge(t, present, sent, mask...)
		if twice := merge(t, once, sent, mask...); !proto.Equal(once, twice) {
			t.Fatalf("applied once: %v, twice: %v", once, twice)
		}
		if same := merge(t, present, present, mask...); !proto.Equal(same, present) {
			t.Fatalf("sent back unchanged: got %v, want %v", same, present)
		}
		// At most one member of the oneof is sent, so the mask of all names includes both.
		if all, named := merge(t, present, sent, "*"), merge(t, present, sent, changeable...); !proto.Equal(all, named) {
			t.Fatalf("mask *: %v, mask of all fields: %v", all, named)
		}
		for i := range workOrder.Fields().Len() {
			field := workOrder.Fields().Get(i)
			if !slices.Contains(changeable, string(field.Name())) && !once.Get(field).Equal(present.Get(field)) {
				t.Fatalf("%s changed to %v", field.Name(), once.Get(field))
			}
		}
	})
}
