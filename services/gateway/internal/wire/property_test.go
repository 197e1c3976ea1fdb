package wire_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// vendors lists the proto packages of the three contracts, which other tests link.
var vendors = []protoreflect.FullName{"dynamics.v1", "sedona.v1", "crmcom.v2"}

// bodies returns the messages that are request or response bodies in a contract.
func bodies(t *testing.T) []protoreflect.MessageDescriptor {
	var found []protoreflect.MessageDescriptor
	add := func(message protoreflect.MessageDescriptor, field string) {
		if field != "*" && field != "" {
			message = message.Fields().ByName(protoreflect.Name(field)).Message()
		}
		if message.Fields().Len() > 0 && !slices.Contains(found, message) {
			found = append(found, message)
		}
	}
	for _, vendor := range vendors {
		protoregistry.GlobalFiles.RangeFilesByPackage(vendor, func(file protoreflect.FileDescriptor) bool {
			for i := range file.Services().Len() {
				methods := file.Services().Get(i).Methods()
				for j := range methods.Len() {
					rule, _ := proto.GetExtension(methods.Get(j).Options(), annotations.E_Http).(*annotations.HttpRule)
					if rule.GetBody() != "" {
						add(methods.Get(j).Input(), rule.GetBody())
					}
					add(methods.Get(j).Output(), rule.GetResponseBody())
				}
			}
			return true
		})
	}
	if len(found) < 10 {
		t.Fatalf("got only %d bodies", len(found))
	}
	return found
}

func TestMessagesRoundTrip(t *testing.T) {
	for _, desc := range bodies(t) {
		body, err := protoregistry.GlobalTypes.FindMessageByName(desc.FullName())
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range []wire.Format{wire.JSON, wire.XML} {
			if format == wire.XML && desc.ParentFile().Package() == "crmcom.v2" {
				continue
			}
			t.Run(fmt.Sprintf("%s as %s", desc.FullName(), format), rapid.MakeCheck(func(t *rapid.T) {
				message := body.New()
				fill(t, message, format)
				want := message.Interface()
				text, err := wire.Append(nil, format, want)
				if err != nil {
					t.Fatal(err)
				}
				got := body.New().Interface()
				if err := wire.Read(format, text, wire.DefaultLimits, got); err != nil {
					t.Fatalf("%v in %s", err, text)
				}
				plain(got.ProtoReflect())
				plain(want.ProtoReflect())
				if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
					t.Fatalf("%s\n%s", text, diff)
				}
			}))
		}
	}
}

func fieldWire(field protoreflect.FieldDescriptor) *optionsv1.FieldWire {
	options, _ := proto.GetExtension(field.Options(), optionsv1.E_FieldWire).(*optionsv1.FieldWire)
	return options
}

// fill sets random values that the wire format can represent. Non-nullable value types always have
// a value.
func fill(t *rapid.T, message protoreflect.Message, format wire.Format) {
	fields := message.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		options := fieldWire(field)
		if options.GetProjection() || options.GetNullMask() {
			continue
		}
		name := string(field.Name())
		reference := field.Kind() == protoreflect.MessageKind && field.Message().FullName() != "google.type.Decimal" ||
			field.Kind() == protoreflect.StringKind && options.GetFormat() == optionsv1.Format_FORMAT_UNSPECIFIED
		strict := strings.HasPrefix(string(message.Descriptor().FullName()), "crmcom.")
		if !field.IsList() && (reference || options.GetNullable() || strict) && !options.GetRequired() && !rapid.Bool().Draw(t, name+" set") {
			continue
		}
		if field.IsList() {
			for range rapid.IntRange(0, 3).Draw(t, name+" items") {
				list := message.Mutable(field).List()
				if field.Kind() == protoreflect.MessageKind {
					fill(t, list.AppendMutable().Message(), format)
				} else {
					list.Append(scalarValue(t, field, options, format))
				}
			}
			continue
		}
		switch {
		case field.Kind() != protoreflect.MessageKind:
			message.Set(field, scalarValue(t, field, options, format))
		case reference:
			fill(t, message.Mutable(field).Message(), format)
		default:
			value := message.Mutable(field).Message()
			value.Set(value.Descriptor().Fields().ByName("value"), protoreflect.ValueOfString(decimalText.Draw(t, name)))
		}
	}
}

var (
	decimalText = rapid.StringMatching(`-?[1-9][0-9]{0,13}(\.[0-9]{1,14})?|0(\.[0-9]{1,28})?`)
	guidText    = rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	dateText    = rapid.StringMatching(`[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{0,6}[1-9])?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])?`)
)

func scalarValue(t *rapid.T, field protoreflect.FieldDescriptor, options *optionsv1.FieldWire, format wire.Format) protoreflect.Value {
	name := string(field.Name())
	switch field.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(rapid.Bool().Draw(t, name))
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(rapid.Int32().Draw(t, name))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(rapid.Int64().Draw(t, name))
	}
	switch options.GetFormat() {
	case optionsv1.Format_FORMAT_GUID:
		return protoreflect.ValueOfString(guidText.Draw(t, name))
	case optionsv1.Format_FORMAT_DATE_TIME:
		return protoreflect.ValueOfString(dateText.Draw(t, name))
	}
	most := -1
	if options.GetMaxLength() > 0 {
		most = int(options.GetMaxLength())
	}
	if options.GetMaxSize() > 0 {
		most = int(options.GetMaxSize())
	}
	if options.GetPattern() != "" {
		bounded := strings.Replace(options.GetPattern(), "*", fmt.Sprintf("{%d,%d}", options.GetMinSize(), most), 1)
		return protoreflect.ValueOfString(rapid.StringMatching(bounded).Filter(func(text string) bool { return len(text) <= most }).Draw(t, name))
	}
	text := rapid.StringN(0, most, most).Draw(t, name)
	for runes := []rune(text); most > 0 && len(utf16.Encode(runes)) > most; { // the vendor counts UTF-16 units
		runes = runes[:len(runes)-1]
		text = string(runes)
	}
	if format == wire.XML {
		text = strings.Map(func(char rune) rune {
			if char < ' ' && char != '\t' && char != '\n' && char != '\r' || char == '\uFFFE' || char == '\uFFFF' {
				return '?'
			}
			return char
		}, text)
	}
	if options.GetRequired() && strings.TrimSpace(text) == "" {
		text = "x"
	}
	return protoreflect.ValueOfString(strings.ToValidUTF8(text, "?"))
}

// plain removes what the wire format adds: the fraction of whole decimals and the null mask.
func plain(message protoreflect.Message) {
	if message.Descriptor().FullName() == "google.type.Decimal" {
		field := message.Descriptor().Fields().ByName("value")
		message.Set(field, protoreflect.ValueOfString(strings.TrimSuffix(message.Get(field).String(), ".0")))
		return
	}
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case fieldWire(field).GetNullMask():
			message.Clear(field)
		case field.Kind() != protoreflect.MessageKind:
		case field.IsList():
			for i := range value.List().Len() {
				plain(value.List().Get(i).Message())
			}
		default:
			plain(value.Message())
		}
		return true
	})
}
