package wire

import (
	"slices"
	"strings"
)

func (b *binder) readJSON(limits Limits, message model) error {
	found, err := readJSON(b.text, b.plan.strict(), limits, b.tree)
	if err != nil {
		return err
	}
	if !found || b.isNull(0) {
		return ErrNoModel
	}
	switch root := &b.tree.nodes[0]; {
	case b.plan.items != nil && root.kind == kindArray:
		b.jsonItems(message, b.plan.items, 0)
	case b.plan.items == nil && root.kind == kindObject:
		b.jsonObject(message, b.plan, 0)
	default:
		return &syntaxError{text: "The body is not the kind of value it should be", offset: 0}
	}
	b.validate(message, b.plan)
	return nil
}

// isNull reports whether a node binds to null. Json.NET also treats an empty text as null.
func (b *binder) isNull(index int32) bool {
	switch n := &b.tree.nodes[index]; n.kind {
	case kindNull, kindUndefined:
		return true
	case kindString:
		return n.text == "" && !b.plan.strict()
	default:
		return false
	}
}

// jsonObject binds the members of an object. In the tree of a form, values are texts that are
// converted by the rules of forms.
func (b *binder) jsonObject(message model, plan *modelPlan, object int32) {
	for index := b.tree.nodes[object].first; index != none; index = b.tree.nodes[index].next {
		field := plan.jsonField(b.tree.nodes[index].name)
		if field == nil {
			continue
		}
		b.enter(field, -1)
		b.jsonMember(message, field, index)
		b.leave()
	}
	if plan.nullMask != nil {
		b.nullMask(message, plan, object)
	}
}

// nullMask records the members whose final value is null.
func (b *binder) nullMask(message model, plan *modelPlan, object int32) {
	var named []string
	for index := b.tree.nodes[object].first; index != none; index = b.tree.nodes[index].next {
		field := plan.jsonField(b.tree.nodes[index].name)
		if field == nil || !b.isNull(index) || message.has(field) {
			continue
		}
		if name := string(field.desc.Name()); !slices.Contains(named, name) {
			named = append(named, name)
			put(message, plan.nullMask, name)
		}
	}
}

func (b *binder) jsonMember(message model, field *fieldPlan, index int32) {
	kind := b.tree.nodes[index].kind
	switch items := field.listItems(); {
	case items != nil && kind == kindArray:
		if b.plan.strict() {
			message.clear(field)
		}
		holder, items := listHolder(message, field)
		b.jsonItems(holder, items, index)
	case items == nil && field.kind == valueMessage && kind == kindObject:
		b.jsonObject(message.child(field), field.message, index)
	case items != nil || field.kind == valueMessage:
		if !b.isNull(index) {
			b.invalid(b.tree.nodes[index].shown())
			return
		}
		message.clear(field)
	case b.format == Form:
		b.formScalar(message, field, index)
	case b.plan.strict():
		b.strictScalar(message, field, &b.tree.nodes[index])
	default:
		b.netScalar(message, field, &b.tree.nodes[index])
	}
}

// jsonItems appends the items of an array. A null item in a list of models becomes an empty model.
func (b *binder) jsonItems(holder model, items *fieldPlan, array int32) {
	position := holder.at(items).Len()
	for index := b.tree.nodes[array].first; index != none; index = b.tree.nodes[index].next {
		b.enter(nil, position)
		b.jsonItem(holder, items, index)
		b.leave()
		position++
	}
}

func (b *binder) jsonItem(holder model, items *fieldPlan, index int32) {
	switch {
	case items.kind != valueMessage && b.format == Form:
		b.formScalar(holder, items, index)
	case items.kind != valueMessage && b.plan.strict():
		b.strictScalar(holder, items, &b.tree.nodes[index])
	case items.kind != valueMessage:
		b.netScalar(holder, items, &b.tree.nodes[index])
	case b.tree.nodes[index].kind == kindObject:
		b.jsonObject(holder.appended(items), items.message, index)
	case b.isNull(index):
		holder.appended(items)
	default:
		b.invalid(b.tree.nodes[index].shown())
	}
}

// netNull handles null for a scalar as Json.NET does.
func (b *binder) netNull(message model, field *fieldPlan) {
	switch {
	case field.repeated && field.kind == valueText:
		put(message, field, "")
	case field.repeated || field.kind != valueText && !field.nullable:
		b.null()
	default:
		message.clear(field)
	}
}

// netScalar converts a value as Json.NET does.
func (b *binder) netScalar(message model, field *fieldPlan, n *node) {
	if n.kind == kindNull || n.kind == kindString && n.text == "" && field.kind != valueText {
		b.netNull(message, field)
		return
	}
	ok := false
	switch field.kind {
	case valueText:
		var text string
		if text, ok = netText(n); ok {
			put(message, field, text)
		}
	case valueBool:
		var value bool
		if value, ok = netBool(n); ok {
			put(message, field, value)
		}
	case valueInt32, valueInt64:
		var value int64
		if value, ok = netInteger(n, field.bits()); ok {
			setInteger(message, field, value)
		}
	case valueEnum:
		var value int64
		if value, ok = b.netEnum(field, n); ok {
			putEnum(message, field, value)
		}
	case valueDecimal:
		var text string
		if text, ok = netDecimal(n); ok {
			putDecimal(message, field, text)
		}
	case valueGUID, valueDateTime:
		if n.kind == kindString {
			ok = b.setFormatted(message, field, n.text)
		}
	}
	if !ok {
		b.invalid(n.shown())
	}
}

func (f *fieldPlan) bits() int {
	if f.kind == valueInt32 {
		return 32
	}
	return 64
}

func setInteger(message model, field *fieldPlan, value int64) {
	if field.kind == valueInt32 {
		put(message, field, int32(value))
		return
	}
	put(message, field, value)
}

// setFormatted sets a GUID or a date and time, and reports whether it is valid.
func (b *binder) setFormatted(message model, field *fieldPlan, text string) bool {
	parse := parseDateTime
	if field.kind == valueGUID {
		parse = parseGUID
	}
	value, ok := parse(text)
	if ok {
		put(message, field, value)
	}
	return ok
}

func netText(n *node) (string, bool) {
	switch n.kind {
	case kindString, kindWord:
		return n.text, true
	case kindBool:
		if n.text == "true" {
			return "True", true
		}
		return "False", true
	case kindNumber:
		return netNumberText(n.text), true
	default:
		return "", false
	}
}

func netBool(n *node) (value, ok bool) {
	switch n.kind {
	case kindBool:
		return n.text == "true", true
	case kindString:
		return parseNetBool(n.text)
	case kindNumber:
		text := netNumberText(n.text)
		return text != "0", true
	default:
		return false, false
	}
}

// parseNetBool parses a text as .NET's Boolean.Parse does.
func parseNetBool(text string) (value, ok bool) {
	text = strings.TrimSpace(text)
	return strings.EqualFold(text, "true"), strings.EqualFold(text, "true") || strings.EqualFold(text, "false")
}

func netInteger(n *node, bits int) (int64, bool) {
	switch n.kind {
	case kindNumber:
		return jsonInteger(n.text, bits)
	case kindString:
		return parseInteger(n.text, bits)
	default:
		return 0, false
	}
}

func netDecimal(n *node) (string, bool) {
	switch {
	case n.kind == kindString:
		return parseDecimal(n.text, styleSpace|styleTrailingSign)
	case n.kind != kindNumber:
		return "", false
	case isBased(n.text):
		value, ok := parseBased(n.text, 64)
		if !ok {
			return "", false
		}
		return formatInteger(value), true
	default:
		return parseDecimal(n.text, styleExponent)
	}
}
