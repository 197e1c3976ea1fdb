package wire

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode"
)

// binder binds the tree of one body to one message.
type binder struct {
	format Format
	plan   *modelPlan
	text   string
	tree   *tree
	failed ModelError
	// path leads from the model to the current member. It begins in memory of the tree.
	path []step
}

// step is a member and, for a list item, its index; otherwise the index is -1.
type step struct {
	field *fieldPlan
	index int
}

func (b *binder) enter(field *fieldPlan, index int) { b.path = append(b.path, step{field, index}) }
func (b *binder) leave()                            { b.path = b.path[:len(b.path)-1] }

// rootKey returns the key of the whole body.
func (b *binder) rootKey() string {
	if b.plan.strict() {
		return ""
	}
	return modelKey
}

// key returns the key of the current member.
func (b *binder) key() string {
	key := []byte(b.rootKey())
	for _, step := range b.path {
		if step.field != nil {
			if len(key) > 0 {
				key = append(key, '.')
			}
			key = append(key, step.field.json...)
		}
		if step.index >= 0 {
			key = append(key, '[')
			key = strconv.AppendInt(key, int64(step.index), 10)
			key = append(key, ']')
		}
	}
	return string(key)
}

// name returns the name of the current member.
func (b *binder) name() string {
	for i := len(b.path) - 1; i >= 0; i-- {
		if b.path[i].field != nil {
			return b.path[i].field.json
		}
	}
	return b.rootKey()
}

// refuse converts a syntax error to a ModelError.
func (b *binder) refuse(err *syntaxError) error {
	return &ModelError{Fields: []FieldError{{Key: b.rootKey(), Messages: []string{err.describe(b.text)}}}}
}

// invalid records that a value does not convert to the member's type.
func (b *binder) invalid(value string) {
	b.failed.add(b.key(), false, fmt.Sprintf(invalidText, quoted(value), b.name()))
}

// null records a null for a member that cannot be null.
func (b *binder) null() { b.failed.add(b.key(), false, valueNeededText) }

// validate checks the model's rules on a bound message, as DataAnnotations does.
func (b *binder) validate(message model, plan *modelPlan) {
	for _, field := range plan.ruled {
		b.enter(field, -1)
		switch {
		case field.repeated:
			b.validateItems(message.at(field), field)
		case field.kind == valueMessage && message.has(field):
			child := message.child(field)
			if items := field.message.items; items != nil {
				b.validateItems(child.at(items), items)
			} else {
				b.validate(child, field.message)
			}
		}
		b.check(message, field)
		b.leave()
	}
}

func (b *binder) validateItems(list reflect.Value, items *fieldPlan) {
	if items.kind != valueMessage || len(items.message.ruled) == 0 {
		return
	}
	for i := range list.Len() {
		b.enter(nil, i)
		b.validate(modelAt(list.Index(i)), items.message)
		b.leave()
	}
}

// check applies the rules of a member, unless it already has an error.
func (b *binder) check(message model, field *fieldPlan) {
	if !field.isRuled() {
		return
	}
	text := ""
	if field.kind <= valueDateTime && !field.repeated {
		text = scalar(message.at(field)).String()
	}
	missing := field.required && !b.present(message, field, text)
	tooLong := field.maxLength > 0 && len(text) > field.maxLength && utf16Length(text) > field.maxLength
	tooShort := len(text) < 3*field.minSize && utf16Length(text) < field.minSize && message.has(field)
	unmatched := field.pattern != nil && text != "" && !field.pattern.MatchString(text)
	if !missing && !tooLong && !tooShort && !unmatched {
		return
	}
	key := b.key()
	if b.failed.tainted(key) {
		return
	}
	if missing {
		b.failed.add(key, true, fmt.Sprintf(requiredText, field.json))
	}
	if tooLong {
		b.failed.add(key, false, fmt.Sprintf(field.maxLengthText, field.json, field.maxLength))
	}
	if tooShort {
		b.failed.add(key, false, fmt.Sprintf(minSizeText, field.json, field.minSize))
	}
	if unmatched {
		b.failed.add(key, false, fmt.Sprintf(patternText, field.json, field.source))
	}
}

// present reports whether [Required] is satisfied: the value is not null and not a blank text. A
// non-nullable value type is always present.
func (b *binder) present(message model, field *fieldPlan, text string) bool {
	switch {
	case field.kind == valueText:
		return strings.TrimFunc(text, unicode.IsSpace) != ""
	case field.repeated, field.kind != valueMessage && !field.nullable && !b.plan.strict():
		return true
	default:
		return message.has(field)
	}
}

// listHolder returns the message and the field that hold the items of a list: those given, or those
// of the list's wrapper message, which it creates.
func listHolder(message model, field *fieldPlan) (model, *fieldPlan) {
	if field.repeated {
		return message, field
	}
	return message.child(field), field.message.items
}
