package rpc

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/structpb"

	_ "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	_ "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	_ "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	_ "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	_ "github.com/continuo-billing/continuo/gen/go/sedona/v1"
)

// TestWhatPassesIsValid compares passes with protovalidate and the walk over the fields, for random values
// of every message there is: what passes has to be valid.
func TestWhatPassesIsValid(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	passed, refused, types := 0, 0, 0
	protoregistry.GlobalTypes.RangeMessages(func(of protoreflect.MessageType) bool {
		if !strings.HasPrefix(string(of.Descriptor().ParentFile().Package()), "google.") {
			types++
		}
		for range 60 {
			message := of.New()
			fill(random, message, 3)
			passing, err := passes(message.Interface()), checkRules(message.Interface())
			switch {
			case passing && err != nil:
				t.Fatalf("%s passes, and is refused with %v: %v", of.Descriptor().FullName(), err, message)
			case passing:
				passed++
			case err == nil:
				refused++
			}
		}
		return true
	})
	if types < 500 || passed < 3*refused {
		t.Errorf("of %d types, %d values passed, and %d had to be looked at although they are valid", types, passed, refused)
	}
}

// fill sets some fields of a message at random, most of them to what is near a bound of some rule.
func fill(random *rand.Rand, message protoreflect.Message, depth int) {
	fields := message.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if random.IntN(3) == 0 && message.Descriptor().FullName() != "google.type.Decimal" || depth == 0 && field.Message() != nil {
			continue
		}
		switch {
		case field.IsMap():
		case field.IsList():
			list := message.Mutable(field).List()
			for range random.IntN(3) {
				if field.Message() != nil {
					fill(random, list.AppendMutable().Message(), depth-1)
				} else {
					list.Append(randomScalar(random, field))
				}
			}
		case field.Message() != nil:
			fill(random, message.Mutable(field).Message(), depth-1)
		default:
			message.Set(field, randomScalar(random, field))
		}
	}
}

var texts = []string{
	"", "a", "1", "0.5", "-1", "1e5", "A\x00", "items/A1", "billTos/1", "recurringLines/12", "MX", "USD", "XAXX010101000", "CUSTOM1",
	"2026-02-01T12:00:00Z", "2026-02-01", "rateIncreases/-", "a@example.com", "https://example.com", "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
}

func randomScalar(random *rand.Rand, field protoreflect.FieldDescriptor) protoreflect.Value {
	number := []int64{0, 1, -1, 2, 12, 31, 32, 1000, 1001, math.MaxInt32}[random.IntN(10)]
	switch field.Kind() {
	case protoreflect.StringKind:
		if random.IntN(6) == 0 {
			size := []int{1, 2, 25, 26, 40, 100, 101, 128, 129, 255, 256, 500, 501, 1000, 1024, 1025, 4000, 4001}[random.IntN(18)]
			return protoreflect.ValueOfString(strings.Repeat([]string{"a", "ñ"}[random.IntN(2)], size))
		}
		return protoreflect.ValueOfString(texts[random.IntN(len(texts))])
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(texts[random.IntN(len(texts))]))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(number > 0)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(number)) //nolint:gosec // fits
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(int32(number)) //nolint:gosec // fits
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(number)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(uint32(number)) //nolint:gosec // as good as any
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(uint64(number)) //nolint:gosec // as good as any
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(float32(number))
	default:
		return protoreflect.ValueOfFloat64(float64(number))
	}
}

// TestPassesKnowsTheRulesOfTheHotPath makes sure that a vendor's update is not left to protovalidate, unless
// something is wrong with it.
func TestPassesKnowsTheRulesOfTheHotPath(t *testing.T) {
	update := func(change func(*dynamicsv1.Recurrence)) *dynamicsv1.UpdateRecurrenceRequest {
		recurrence := &dynamicsv1.Recurrence{
			Name: proto.String("ñ"), Price: &decimal.Decimal{Value: "499.00"},
			Services: &dynamicsv1.ServiceList{Items: []*dynamicsv1.ContractedService{{ServiceId: proto.String("a")}}},
		}
		change(recurrence)
		return &dynamicsv1.UpdateRecurrenceRequest{
			ClientId: "C-1001", RecurrenceId: "R-5001", UpgradeDowngrade: &dynamicsv1.UpgradeDowngrade{Recurrence: recurrence},
		}
	}
	for name, test := range map[string]struct {
		message proto.Message
		want    bool
	}{
		"whole":           {update(func(*dynamicsv1.Recurrence) {}), true},
		"without members": {&dynamicsv1.UpdateRecurrenceRequest{ClientId: "a", RecurrenceId: "b", UpgradeDowngrade: &dynamicsv1.UpgradeDowngrade{}}, true},
		"without a body":  {&dynamicsv1.UpdateRecurrenceRequest{ClientId: "a", RecurrenceId: "b"}, false},
		"without an id":   {&dynamicsv1.UpdateRecurrenceRequest{ClientId: "a", UpgradeDowngrade: &dynamicsv1.UpgradeDowngrade{}}, false},
		"a long name":     {update(func(r *dynamicsv1.Recurrence) { r.Name = proto.String(strings.Repeat("a", 1001)) }), false},
		"U+0000":          {update(func(r *dynamicsv1.Recurrence) { r.Services.Items[0].Value = proto.String("\x00") }), false},
		"a wrong price":   {update(func(r *dynamicsv1.Recurrence) { r.Price.Value = "x" }), false},
		"no price":        {update(func(r *dynamicsv1.Recurrence) { r.Price.Value = "" }), false},
		"an absent item":  {update(func(r *dynamicsv1.Recurrence) { r.Services.Items = append(r.Services.Items, nil) }), false},
		"10000 services":  {update(func(r *dynamicsv1.Recurrence) { r.Services.Items = services(10000) }), true},
		"10001 services":  {update(func(r *dynamicsv1.Recurrence) { r.Services.Items = services(10001) }), false},
		"a nil message":   {(*dynamicsv1.UpdateRecurrenceRequest)(nil), false},
		"a map":           {&structpb.Struct{Fields: map[string]*structpb.Value{"a": structpb.NewStringValue("\x00")}}, false},
		"a oneof":         {structpb.NewStringValue("\x00"), false},
	} {
		if got := passes(test.message); got != test.want {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

func services(count int) []*dynamicsv1.ContractedService {
	return slices.Repeat([]*dynamicsv1.ContractedService{{ServiceId: proto.String("a")}}, count)
}

// BenchmarkValidate measures the check of a vendor's update, and what it would take without passes.
func BenchmarkValidate(b *testing.B) {
	message := &dynamicsv1.UpdateRecurrenceRequest{
		ClientId: "C-1001", RecurrenceId: "R-5001", UpgradeDowngrade: &dynamicsv1.UpgradeDowngrade{Recurrence: &dynamicsv1.Recurrence{
			Name: proto.String("Paquete"), Price: &decimal.Decimal{Value: "499.00"},
			Services: &dynamicsv1.ServiceList{Items: []*dynamicsv1.ContractedService{
				{ServiceId: proto.String("a"), TransactionLimit: proto.Int32(1), Value: proto.String("b")}, {ServiceId: proto.String("c")},
			}},
		}},
	}
	for name, check := range map[string]func(proto.Message) error{"Validate": Validate, "Rules": checkRules} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := check(message); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
