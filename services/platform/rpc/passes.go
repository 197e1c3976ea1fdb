package rpc

import (
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	rulespb "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/runtime/protoimpl"
)

// passes reports whether a message is sure to satisfy the rules of its protos, and to have no text with
// U+0000. It reads the structs of messages and knows the simple rules, which takes a tenth of the time that
// protovalidate and a walk over the fields take. If it returns false, they decide: the message has a
// mistake, or a rule that is not known here. So they alone say what the rules mean and how a mistake is
// reported.
func passes(message proto.Message) bool {
	value := reflect.ValueOf(message)
	if value.Kind() != reflect.Pointer || value.IsNil() || value.Elem().Kind() != reflect.Struct {
		return false
	}
	return checkOf(value.Type().Elem(), message.ProtoReflect().Descriptor()).passes(value.Elem())
}

// messageCheck is what a message type is checked for.
type messageCheck struct {
	// unknown means that all messages of the type are left to protovalidate.
	unknown bool
	// fields are those that have rules, or texts and messages, which may contain U+0000.
	fields []fieldCheck
}

// fieldCheck is what a field is checked for.
type fieldCheck struct {
	// at is the index of the field in the struct.
	at int
	// unknown means that any value is left to protovalidate.
	unknown bool
	// required is the rule. skipsZero means that the other rules do not apply to a field that is not set.
	required, skipsZero bool
	// list means that minItems and maxItems bound a list, whose items are checked for the rest.
	list               bool
	minItems, maxItems uint64
	// message checks a message, and amount the text in its field `value`; nil for others.
	message *messageCheck
	amount  *textCheck
	// text checks a text, and number an integer or an enum; nil for others.
	text   *textCheck
	number *numberCheck
}

type textCheck struct {
	// at is the index of the text in the message of an amount.
	at int
	// min is the least number of characters, and max the largest number of bytes, which is stricter than
	// the same number of characters.
	min, max uint64
	patterns []*regexp.Regexp
}

type numberCheck struct {
	min, max int64
	// defined are the numbers of an enum that may have no others, or nil.
	defined map[int64]bool
}

func (m *messageCheck) passes(value reflect.Value) bool {
	if m.unknown {
		return false
	}
	for i := range m.fields {
		if f := &m.fields[i]; !f.passes(value.Field(f.at)) {
			return false
		}
	}
	return true
}

func (f *fieldCheck) passes(value reflect.Value) bool {
	if f.list {
		return f.listPasses(value)
	}
	if value.IsZero() && (f.required || f.skipsZero) {
		return !f.required
	}
	if f.unknown {
		return false
	}
	if value.Kind() == reflect.Pointer {
		value = value.Elem()
	}
	return f.valuePasses(value)
}

func (f *fieldCheck) listPasses(value reflect.Value) bool {
	count := value.Len()
	if count == 0 && (f.required || f.skipsZero) {
		return !f.required
	}
	if f.unknown || uint64(count) < f.minItems || uint64(count) > f.maxItems { //nolint:gosec // a length
		return false
	}
	for i := range count {
		item := value.Index(i)
		if item.Kind() == reflect.Pointer {
			item = item.Elem() // not valid for nil
		}
		if !item.IsValid() || !f.valuePasses(item) {
			return false
		}
	}
	return true
}

func (f *fieldCheck) valuePasses(value reflect.Value) bool {
	switch {
	case f.text != nil:
		return f.text.passes(value.String())
	case f.number != nil:
		return f.number.passes(value.Int())
	case f.amount != nil && !f.amount.passes(value.Field(f.amount.at).String()):
		return false
	}
	return f.message == nil || f.message.passes(value)
}

func (t *textCheck) passes(text string) bool {
	if uint64(len(text)) > t.max || strings.IndexByte(text, 0) >= 0 {
		return false
	}
	if t.min > 0 && (text == "" || t.min > 1 && uint64(utf8.RuneCountInString(text)) < t.min) { //nolint:gosec // a length
		return false
	}
	for _, pattern := range t.patterns {
		if !pattern.MatchString(text) {
			return false
		}
	}
	return true
}

func (n *numberCheck) passes(number int64) bool {
	return number >= n.min && number <= n.max && (n.defined == nil || n.defined[number])
}

// checks holds a *messageCheck for each generated struct.
var checks sync.Map

func checkOf(of reflect.Type, desc protoreflect.MessageDescriptor) *messageCheck {
	if known, ok := checks.Load(of); ok {
		return known.(*messageCheck) //nolint:forcetypeassert // stored below
	}
	planned := checkPlanner{}
	planned.message(of, desc)
	for of, check := range planned {
		checks.LoadOrStore(of, check)
	}
	known, _ := checks.Load(of)
	return known.(*messageCheck) //nolint:forcetypeassert // stored above
}

// checkPlanner finds what messages are checked for. Messages may contain each other.
type checkPlanner map[reflect.Type]*messageCheck

func (p checkPlanner) message(of reflect.Type, desc protoreflect.MessageDescriptor) *messageCheck {
	if known, ok := p[of]; ok {
		return known
	}
	check := &messageCheck{unknown: !isPlain(of) || hasRulesOfItsOwn(desc)}
	p[of] = check
	if check.unknown {
		return check
	}
	at, oneofs := placesOf(of)
	for i := range desc.Fields().Len() {
		field := desc.Fields().Get(i)
		place, ok := at[field.Number()]
		if !ok { // a part of a oneof
			rules, err := protovalidate.ResolveFieldRules(field)
			check.unknown = check.unknown || err != nil || rules.GetRequired()
		} else if planned, needed := p.field(of.Field(place).Type, field); needed {
			planned.at = place
			check.fields = append(check.fields, planned)
		}
	}
	for _, place := range oneofs { // whichever part it has
		check.fields = append(check.fields, fieldCheck{at: place, skipsZero: true, unknown: true})
	}
	return check
}

// isPlain reports whether all fields of a message are exported fields of its struct, also if another module
// generated it, before structs told so.
func isPlain(of reflect.Type) bool {
	return isOpen(of) || of.NumField() > 0 && of.Field(0).Type == reflect.TypeFor[protoimpl.MessageState]() && of.Field(0).Tag == ""
}

// hasRulesOfItsOwn reports whether a message has rules besides those of its fields.
func hasRulesOfItsOwn(desc protoreflect.MessageDescriptor) bool {
	if rules, err := protovalidate.ResolveMessageRules(desc); err != nil || proto.Size(rules) > 0 {
		return true
	}
	for i := range desc.Oneofs().Len() {
		if rules, err := protovalidate.ResolveOneofRules(desc.Oneofs().Get(i)); err != nil || proto.Size(rules) > 0 {
			return true
		}
	}
	return false
}

// placesOf returns the indexes of the fields in an open struct by their numbers, and those of oneofs.
func placesOf(of reflect.Type) (at map[protoreflect.FieldNumber]int, oneofs []int) {
	at = map[protoreflect.FieldNumber]int{}
	for i := range of.NumField() {
		tag := of.Field(i).Tag
		if tag.Get("protobuf_oneof") != "" {
			oneofs = append(oneofs, i)
		}
		if parts := strings.Split(tag.Get("protobuf"), ","); len(parts) > 1 {
			number, err := strconv.ParseInt(parts[1], 10, 32)
			if err == nil {
				at[protoreflect.FieldNumber(number)] = i
			}
		}
	}
	return at, oneofs
}

// field returns what a field is checked for. It is not needed if no value can be wrong.
func (p checkPlanner) field(of reflect.Type, desc protoreflect.FieldDescriptor) (check fieldCheck, needed bool) {
	rules, err := protovalidate.ResolveFieldRules(desc)
	has := err != nil || proto.Size(rules) > 0
	if desc.IsMap() {
		return fieldCheck{skipsZero: !has, unknown: true}, true
	}
	check = fieldCheck{list: desc.IsList(), maxItems: math.MaxUint64, skipsZero: desc.HasPresence()}
	if check.list {
		of = of.Elem()
	}
	switch desc.Kind() {
	case protoreflect.StringKind:
		check.text = &textCheck{max: math.MaxUint64}
	case protoreflect.MessageKind:
		of = of.Elem()
		check.message = p.message(of, desc.Message())
	case protoreflect.Int32Kind, protoreflect.Int64Kind, protoreflect.EnumKind:
		check.number = &numberCheck{min: math.MinInt64, max: math.MaxInt64}
	case protoreflect.GroupKind:
		check.unknown = true
	case protoreflect.BytesKind: // an empty slice need not be nil
		check.unknown = has
	}
	if has && !check.unknown {
		check.unknown = err != nil || !check.learn(of, desc, rules)
	}
	return check, has || check.unknown || check.text != nil || check.message != nil
}

// learn adds rules to a check, and reports whether it knows all of them.
func (f *fieldCheck) learn(of reflect.Type, desc protoreflect.FieldDescriptor, rules *rulespb.FieldRules) bool {
	return learnEach(rules, func(rule protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch rule.Name() {
		case "required":
			f.required = value.Bool()
			return true
		case "ignore":
			f.skipsZero = true
			return value.Enum() == rulespb.Ignore_IGNORE_IF_ZERO_VALUE.Number()
		case "cel":
			return f.learnAmount(of, desc, rules.GetCel())
		case "repeated":
			return f.list && f.learnList(rules.GetRepeated())
		case "string":
			return !f.list && f.text != nil && f.text.learn(rules.GetString())
		case "int32", "int64", "enum":
			return !f.list && f.number != nil && f.number.learn(desc, value.Message())
		}
		return false
	})
}

// learnEach learns the rules of a message of rules one by one, and reports whether it knows all of them.
func learnEach(rules proto.Message, learn func(protoreflect.FieldDescriptor, protoreflect.Value) bool) bool {
	known := len(rules.ProtoReflect().GetUnknown()) == 0
	rules.ProtoReflect().Range(func(rule protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		known = learn(rule, value) && known
		return true
	})
	return known
}

func (f *fieldCheck) learnList(rules *rulespb.RepeatedRules) bool {
	return learnEach(rules, func(rule protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch rule.Name() {
		case "min_items":
			f.minItems = value.Uint()
			return true
		case "max_items":
			f.maxItems = value.Uint()
			return true
		case "items":
			return f.text != nil && learnEach(rules.GetItems(), func(rule protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
				return rule.Name() == "string" && f.text.learn(rules.GetItems().GetString())
			})
		}
		return false
	})
}

// learnAmount learns a rule on the field `value` of a message.
func (f *fieldCheck) learnAmount(of reflect.Type, desc protoreflect.FieldDescriptor, rules []*rulespb.Rule) bool {
	if f.message == nil || f.list || len(rules) != 1 || !isPlain(of) {
		return false
	}
	value := desc.Message().Fields().ByName("value")
	if value == nil || value.Kind() != protoreflect.StringKind || value.HasPresence() || value.IsList() {
		return false
	}
	at, _ := placesOf(of)
	expression, found := strings.CutPrefix(rules[0].GetExpression(), "this.value.")
	f.amount = &textCheck{at: at[value.Number()], max: math.MaxUint64}
	return found && f.amount.learnExpression("this."+expression)
}

func (t *textCheck) learn(rules *rulespb.StringRules) bool {
	return learnEach(rules, func(rule protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case rule.IsExtension():
			return learnPredefined(rule, value, t.learnExpression)
		case rule.Name() == "min_len":
			t.min = max(t.min, value.Uint())
			return true
		case rule.Name() == "max_len", rule.Name() == "max_bytes":
			t.max = min(t.max, value.Uint())
			return true
		}
		return false
	})
}

// Expressions of rules on texts that are known.
var (
	matchesExpression = regexp.MustCompile(`^this\.matches\('([^'\\]*)'\)$`)
	sizeExpression    = regexp.MustCompile(`^size\((?:this|bytes\(this\))\) <= ([0-9]{1,9})$`)
)

func (t *textCheck) learnExpression(expression string) bool {
	if found := matchesExpression.FindStringSubmatch(expression); found != nil {
		pattern, err := regexp.Compile(found[1]) // CEL's patterns are those of RE2 too
		t.patterns = append(t.patterns, pattern)
		return err == nil
	}
	if found := sizeExpression.FindStringSubmatch(expression); found != nil {
		most, err := strconv.ParseUint(found[1], 10, 64)
		t.max = min(t.max, most)
		return err == nil
	}
	return false
}

// learnPredefined learns a rule of our own, which is an expression that `!rule || ` begins.
func learnPredefined(rule protoreflect.FieldDescriptor, value protoreflect.Value, learn func(expression string) bool) bool {
	predefined, err := protovalidate.ResolvePredefinedRules(rule)
	if err != nil || rule.Kind() != protoreflect.BoolKind || len(predefined.GetCel()) != 1 {
		return false
	}
	if !value.Bool() {
		return true
	}
	expression, found := strings.CutPrefix(predefined.GetCel()[0].GetExpression(), "!rule || ")
	return found && learn(expression)
}

func (n *numberCheck) learn(desc protoreflect.FieldDescriptor, rules protoreflect.Message) bool {
	return learnEach(rules.Interface(), func(rule protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case rule.IsExtension():
			return learnPredefined(rule, value, func(expression string) bool {
				n.min = max(n.min, 0)
				return expression == "this >= 0"
			})
		case rule.Name() == "defined_only" && desc.Enum() != nil:
			n.defined = numbersOf(desc.Enum())
			return value.Bool()
		case rule.Name() == "gte" && desc.Enum() == nil:
			n.min = max(n.min, value.Int())
			return true
		case rule.Name() == "lte" && desc.Enum() == nil:
			n.max = min(n.max, value.Int())
			return true
		}
		return false
	})
}

func numbersOf(enum protoreflect.EnumDescriptor) map[int64]bool {
	numbers := map[int64]bool{}
	for i := range enum.Values().Len() {
		numbers[int64(enum.Values().Get(i).Number())] = true
	}
	return numbers
}
