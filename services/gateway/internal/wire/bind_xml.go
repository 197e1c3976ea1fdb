package wire

import optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"

// maxFields limits the number of fields of a message.
const maxFields = 256

func (b *binder) readXML(limits Limits, message model) error {
	if err := readXML(b.text, b.plan.space, limits, b.tree); err != nil {
		return err
	}
	root := &b.tree.nodes[0]
	if root.name != b.plan.xmlName || root.foreign {
		return &syntaxError{text: "The root element '" + quoted(root.name) + "' is not the one expected, '" +
			b.plan.xmlName + "' in the namespace '" + b.plan.space + "'"}
	}
	if root.nil == nilTrue {
		return ErrNoModel
	}
	if b.plan.items != nil {
		b.xmlItems(message, b.plan.items, 0)
	} else {
		b.xmlObject(message, b.plan, 0)
	}
	// If an element does not bind, the framework has no model to validate.
	if len(b.failed.Fields) == 0 {
		b.validate(message, b.plan)
	}
	return nil
}

// dataContract reports whether DataContractSerializer reads, rather than XmlSerializer.
func (b *binder) dataContract() bool {
	return b.plan.framework == optionsv1.Framework_FRAMEWORK_ASPNET_DATA_CONTRACT
}

// xmlObject binds the child elements of an element.
func (b *binder) xmlObject(message model, plan *modelPlan, element int32) {
	if !b.xmlTyped(plan, element) {
		return
	}
	if b.tree.nodes[element].stray && b.dataContract() {
		b.invalid(b.tree.nodes[element].text)
		return
	}
	var seen [maxFields]bool
	for index := b.tree.nodes[element].first; index != none; index = b.tree.nodes[index].next {
		n := &b.tree.nodes[index]
		field := plan.byXML[n.name]
		if field == nil || n.foreign {
			continue
		}
		if items := field.listItems(); items == nil || b.dataContract() {
			if seen[field.index] {
				continue
			}
			seen[field.index] = true
		}
		b.enter(field, -1)
		b.xmlMember(message, field, index)
		b.leave()
	}
}

// xmlTyped reports whether the xsi:type of an element, if present, is that of the model. No other
// type is accepted.
func (b *binder) xmlTyped(plan *modelPlan, element int32) bool {
	named, given := b.tree.types[element]
	if !given || named.local == plan.xmlName && named.space == plan.space {
		return true
	}
	b.invalid(named.local)
	return false
}

func (b *binder) xmlMember(message model, field *fieldPlan, index int32) {
	null, ok := b.xmlNull(field, index)
	if !ok {
		b.invalid("nil")
		return
	}
	if null {
		if field.kind != valueText && field.kind != valueMessage && !field.nullable && !field.repeated {
			b.null()
		}
		return
	}
	switch items := field.listItems(); {
	case items != nil:
		holder, items := listHolder(message, field)
		b.xmlItems(holder, items, index)
	case field.kind == valueMessage:
		b.xmlObject(message.child(field), field.message, index)
	default:
		b.xmlText(message, field, index)
	}
}

// xmlNull reports whether an element is nil. XmlSerializer checks this for lists and nullable value
// types only. ok is false if xsi:nil is invalid.
func (b *binder) xmlNull(field *fieldPlan, index int32) (null, ok bool) {
	state := b.tree.nodes[index].nil
	asked := b.dataContract() || field.listItems() != nil || field.nullable && field.kind != valueText
	if !asked || state == nilAbsent {
		return false, true
	}
	return true, state == nilTrue
}

// xmlItems appends the items of an element. A nil item in a list of models becomes an empty model.
func (b *binder) xmlItems(holder model, items *fieldPlan, element int32) {
	if b.tree.nodes[element].stray && b.dataContract() {
		b.invalid(b.tree.nodes[element].text)
		return
	}
	position := holder.at(items).Len()
	for index := b.tree.nodes[element].first; index != none; index = b.tree.nodes[index].next {
		n := &b.tree.nodes[index]
		if n.name != items.item || n.foreign {
			continue
		}
		b.enter(nil, position)
		switch {
		case n.nil == nilInvalid:
			b.invalid("nil")
		case items.kind == valueMessage:
			item := holder.appended(items)
			if n.nil != nilTrue {
				b.xmlObject(item, items.message, index)
			}
		case n.nil == nilTrue:
			b.netNull(holder, items)
		default:
			b.xmlText(holder, items, index)
		}
		b.leave()
		position++
	}
}

// xmlText binds an element that contains only text. XmlSerializer also rejects text after a
// comment.
func (b *binder) xmlText(message model, field *fieldPlan, index int32) {
	n := &b.tree.nodes[index]
	if n.first != none || n.broken && !b.dataContract() {
		b.invalid(n.text)
		return
	}
	b.xmlScalar(message, field, n.text)
}
