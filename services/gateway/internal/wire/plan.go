package wire

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
)

// valueKind is the type of a field's values.
type valueKind uint8

const (
	// These are texts of the message.
	valueText valueKind = iota
	valueGUID
	valueDateTime
	// These are not.
	valueBool
	valueInt32
	valueInt64
	valueEnum
	valueDecimal
	valueMessage
)

// modelPlan is the compiled description of a message type.
type modelPlan struct {
	framework optionsv1.Framework
	// goType is the generated type, a pointer to a struct.
	goType reflect.Type
	// xmlName is the XML name of the type; space is its namespace and that of its members.
	xmlName, space string
	// fields are the fields on the wire in declaration order; ordered are the same fields in the
	// order of XML.
	fields, ordered []*fieldPlan
	byJSON          map[string]*fieldPlan
	// byFolded finds a field by its JSON name in lower case.
	byFolded map[string]*fieldPlan
	byXML    map[string]*fieldPlan
	// items is the field of the items if the message represents a list, or nil.
	items *fieldPlan
	// projection and nullMask are nil if the message has none.
	projection, nullMask *fieldPlan
	// ruled are the fields that have rules such as [Required] and [StringLength], or messages with such
	// fields.
	ruled []*fieldPlan
}

// fieldPlan is the compiled description of a field.
type fieldPlan struct {
	desc  protoreflect.FieldDescriptor
	index int
	// at is the index of the field in the generated struct.
	at int
	// json is the JSON name, folded the name in lower case, and jsonMember the encoded form
	// `,"name":`.
	json, folded, jsonMember string
	// xml is the name of the element, item the name of the element of a list item.
	xml, item string
	kind      valueKind
	// repeated means that the field is a list without a wrapper message.
	repeated bool
	// message is the plan of a message field, of list items, or of the list's wrapper; nil for
	// scalars.
	message            *modelPlan
	nullable, required bool
	maxLength          int
	// maxLengthText is the message about a text that is longer.
	maxLengthText string
	// minSize is the least length of a text that is not null.
	minSize int
	// pattern is what the whole of a text matches unless it is empty, or nil; source is how the vendor
	// writes it.
	pattern *regexp.Regexp
	source  string
	format  optionsv1.Format
	// enum is nil unless the kind is valueEnum.
	enum *enumPlan
}

// isRuled reports whether the field has a rule of its own.
func (f *fieldPlan) isRuled() bool {
	return f.required || f.maxLength > 0 || f.minSize > 0 || f.pattern != nil
}

// listItems returns the field of the items if the field is a list, or nil.
func (f *fieldPlan) listItems() *fieldPlan {
	if f.repeated {
		return f
	}
	if f.kind == valueMessage {
		return f.message.items
	}
	return nil
}

// plans caches a *modelPlan or an error for each message descriptor.
var plans sync.Map

const decimalName protoreflect.FullName = "google.type.Decimal"

// planOf compiles the options of a message type on first use.
func planOf(desc protoreflect.MessageDescriptor) (*modelPlan, error) {
	if known, ok := plans.Load(desc); ok {
		if plan, ok := known.(*modelPlan); ok {
			return plan, nil
		}
		return nil, known.(error)
	}
	built := planner{}
	plan, err := built.model(desc)
	if err != nil {
		err = fmt.Errorf("compiling the wire options of %s: %w", desc.FullName(), err)
		plans.Store(desc, err)
		return nil, err
	}
	built.markRuled()
	for desc, plan := range built {
		plans.LoadOrStore(desc, plan)
	}
	return plan, nil
}

// planner holds the plans under construction, since message types may refer to each other.
type planner map[protoreflect.MessageDescriptor]*modelPlan

func (p planner) model(desc protoreflect.MessageDescriptor) (*modelPlan, error) {
	if plan, ok := p[desc]; ok {
		return plan, nil
	}
	file, _ := proto.GetExtension(desc.ParentFile().Options(), optionsv1.E_FileWire).(*optionsv1.FileWire)
	if file.GetFramework() == optionsv1.Framework_FRAMEWORK_UNSPECIFIED {
		return nil, fmt.Errorf("%s does not name a framework", desc.ParentFile().Path())
	}
	wire, _ := proto.GetExtension(desc.Options(), optionsv1.E_MessageWire).(*optionsv1.MessageWire)
	plan := &modelPlan{
		framework: file.GetFramework(),
		xmlName:   wire.GetXmlName(),
		space:     file.GetXmlNamespace(),
		byJSON:    map[string]*fieldPlan{},
		byFolded:  map[string]*fieldPlan{},
		byXML:     map[string]*fieldPlan{},
	}
	if plan.xmlName == "" {
		plan.xmlName = string(desc.Name())
	}
	goType, indexes, err := generated(desc)
	if err != nil {
		return nil, err
	}
	plan.goType, p[desc] = goType, plan
	for i := range desc.Fields().Len() {
		field := desc.Fields().Get(i)
		at, found := indexes[field.Number()]
		if !found {
			return nil, fmt.Errorf("%s has no field in its Go type", field.FullName())
		}
		if err := p.member(plan, field, at); err != nil {
			return nil, err
		}
	}
	if len(plan.fields) > maxFields {
		return nil, fmt.Errorf("%s has more than %d fields", desc.FullName(), maxFields)
	}
	if wire.GetList() {
		if len(plan.fields) != 1 || !plan.fields[0].repeated {
			return nil, fmt.Errorf("%s represents a list and must have exactly one repeated field", desc.FullName())
		}
		plan.items = plan.fields[0]
	}
	plan.ordered = plan.fields
	if plan.framework == optionsv1.Framework_FRAMEWORK_ASPNET_DATA_CONTRACT {
		plan.ordered = slices.Clone(plan.fields)
		slices.SortFunc(plan.ordered, func(a, b *fieldPlan) int { return strings.Compare(a.xml, b.xml) })
	}
	return plan, nil
}

func (p planner) member(plan *modelPlan, desc protoreflect.FieldDescriptor, at int) error {
	wire, _ := proto.GetExtension(desc.Options(), optionsv1.E_FieldWire).(*optionsv1.FieldWire)
	if wire.GetProjection() || wire.GetNullMask() {
		if !desc.IsList() || desc.Kind() != protoreflect.StringKind {
			return fmt.Errorf("%s must be a repeated string", desc.FullName())
		}
		if wire.GetProjection() {
			plan.projection = &fieldPlan{desc: desc, at: at}
		} else {
			plan.nullMask = &fieldPlan{desc: desc, at: at}
		}
		return nil
	}
	field := &fieldPlan{
		desc:      desc,
		at:        at,
		index:     len(plan.fields),
		json:      desc.JSONName(),
		xml:       wire.GetXmlName(),
		repeated:  desc.IsList(),
		nullable:  wire.GetNullable(),
		required:  wire.GetRequired(),
		maxLength: int(max(wire.GetMaxLength(), wire.GetMaxSize())),
		minSize:   int(wire.GetMinSize()),
		source:    wire.GetPattern(),
		format:    wire.GetFormat(),
	}
	field.maxLengthText = maxLengthText
	if wire.GetMaxSize() > 0 {
		field.maxLengthText = maxSizeText
	}
	if field.source != "" {
		var err error
		if field.pattern, err = regexp.Compile(`^(?:` + field.source + `)$`); err != nil {
			return fmt.Errorf("the pattern of %s: %w", desc.FullName(), err)
		}
	}
	field.folded = fold(field.json)
	field.jsonMember = "," + string(appendJSONText(nil, field.json)) + ":"
	if field.xml == "" {
		field.xml = field.json
	}
	if err := p.value(plan, field); err != nil {
		return fmt.Errorf("%s: %w", desc.FullName(), err)
	}
	plan.fields = append(plan.fields, field)
	plan.byJSON[field.json] = field
	if _, taken := plan.byFolded[field.folded]; !taken {
		plan.byFolded[field.folded] = field
	}
	plan.byXML[field.xml] = field
	return nil
}

// value determines the type of a field's values.
func (p planner) value(plan *modelPlan, field *fieldPlan) error {
	desc := field.desc
	if desc.IsMap() {
		return errors.New("maps are not supported")
	}
	switch desc.Kind() {
	case protoreflect.StringKind:
		field.item = "string"
		switch field.format {
		case optionsv1.Format_FORMAT_GUID:
			field.kind, field.item = valueGUID, "guid"
		case optionsv1.Format_FORMAT_DATE_TIME:
			field.kind, field.item = valueDateTime, "dateTime"
		default:
			field.kind = valueText
		}
	case protoreflect.BoolKind:
		field.kind, field.item = valueBool, "boolean"
	case protoreflect.Int32Kind:
		field.kind, field.item = valueInt32, "int"
	case protoreflect.Int64Kind:
		field.kind, field.item = valueInt64, "long"
	case protoreflect.EnumKind:
		var err error
		if field.enum, err = enumOf(plan, desc.Enum()); err != nil {
			return err
		}
		field.kind, field.item = valueEnum, string(desc.Enum().Name())
	case protoreflect.MessageKind:
		return p.message(plan, field)
	default:
		return fmt.Errorf("fields of type %s are not supported", desc.Kind())
	}
	if field.repeated && plan.framework == optionsv1.Framework_FRAMEWORK_ASPNET_DATA_CONTRACT {
		return errors.New("lists of scalars are not supported for DataContractSerializer")
	}
	return nil
}

func (p planner) message(plan *modelPlan, field *fieldPlan) error {
	desc := field.desc.Message()
	if desc.FullName() == decimalName {
		field.kind, field.item = valueDecimal, "decimal"
		return nil
	}
	field.kind = valueMessage
	var err error
	if field.message, err = p.model(desc); err != nil {
		return err
	}
	if field.message.framework != plan.framework || field.message.space != plan.space {
		return fmt.Errorf("%s belongs to another framework or namespace", desc.FullName())
	}
	field.item = field.message.xmlName
	return nil
}

// markRuled finds the fields that have rules or contain a message that does.
func (p planner) markRuled() {
	for changed := true; changed; {
		changed = false
		for _, plan := range p {
			var ruled []*fieldPlan
			for _, field := range plan.fields {
				if field.isRuled() || field.message != nil && len(field.message.ruled) > 0 {
					ruled = append(ruled, field)
				}
			}
			changed = changed || len(ruled) > len(plan.ruled)
			plan.ruled = ruled
		}
	}
}

// jsonField finds a field by a member's name: exactly, or unless strict also ignoring ASCII case.
func (m *modelPlan) jsonField(name string) *fieldPlan {
	if field, ok := m.byJSON[name]; ok {
		return field
	}
	if m.strict() {
		return nil
	}
	return m.byFolded[fold(name)]
}

// strict reports whether the framework is not a .NET one.
func (m *modelPlan) strict() bool { return m.framework == optionsv1.Framework_FRAMEWORK_STRICT_JSON }

// fold converts a name to lower case. Member names have only ASCII letters.
func fold(name string) string {
	for i := range len(name) {
		if name[i] >= 'A' && name[i] <= 'Z' {
			return foldBytes(name)
		}
	}
	return name
}

func foldBytes(name string) string {
	folded := []byte(name)
	for i, c := range folded {
		if c >= 'A' && c <= 'Z' {
			folded[i] = c + 'a' - 'A'
		}
	}
	return string(folded)
}
