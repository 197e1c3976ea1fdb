package wire

import (
	"reflect"
	"strings"
	"unicode/utf8"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
)

// projection selects which fields of an object, and recursively of its members, are written. Nil
// selects all.
type projection map[string]projection

// projected returns the projection in a message's own field. It consists of JSON names, with dotted
// paths into objects and list items. A name without a path selects the whole member and overrides
// paths into it.
func projected(message model, plan *modelPlan) projection {
	if plan.projection == nil {
		return nil
	}
	paths := message.at(plan.projection)
	if paths.Len() == 0 {
		return nil
	}
	chosen := projection{}
	for i := range paths.Len() {
		at := chosen
		names := strings.Split(paths.Index(i).String(), ".")
		for depth, name := range names {
			below, known := at[name]
			switch {
			case known && below == nil:
			case depth == len(names)-1:
				at[name] = nil
			case !known:
				below = projection{}
				at[name] = below
			}
			if below == nil {
				break
			}
			at = below
		}
	}
	return chosen
}

func appendJSON(dst []byte, message model, plan *modelPlan) ([]byte, error) {
	if plan.items != nil {
		return appendJSONItems(dst, message.at(plan.items), plan.items, nil)
	}
	return appendJSONObject(dst, message, plan, nil)
}

func appendJSONObject(dst []byte, message model, plan *modelPlan, chosen projection) ([]byte, error) {
	if chosen == nil {
		chosen = projected(message, plan)
	}
	dst = append(dst, '{')
	start := len(dst)
	for _, field := range plan.fields {
		var below projection
		if chosen != nil {
			var named bool
			if below, named = chosen[field.json]; !named {
				continue
			}
		}
		member := field.jsonMember
		if len(dst) == start {
			member = member[1:]
		}
		dst = append(dst, member...)
		value := message.at(field)
		if plan.isNull(value, field) {
			dst = append(dst, "null"...)
			continue
		}
		var err error
		if dst, err = appendJSONField(dst, value, field, below); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

func appendJSONField(dst []byte, value reflect.Value, field *fieldPlan, below projection) ([]byte, error) {
	switch {
	case field.repeated:
		return appendJSONItems(dst, value, field, below)
	case field.kind == valueMessage && field.message.items != nil:
		items := field.message.items
		return appendJSONItems(dst, modelAt(value).at(items), items, below)
	default:
		return appendJSONValue(dst, value, field, below)
	}
}

func appendJSONItems(dst []byte, list reflect.Value, items *fieldPlan, below projection) ([]byte, error) {
	dst = append(dst, '[')
	for i := range list.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendJSONValue(dst, list.Index(i), items, below); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func appendJSONValue(dst []byte, value reflect.Value, field *fieldPlan, below projection) ([]byte, error) {
	switch field.kind {
	case valueMessage:
		return appendJSONObject(dst, modelAt(value), field.message, below)
	case valueText:
		return appendJSONText(dst, scalar(value).String()), nil
	case valueGUID, valueDateTime:
		return appendJSONText(dst, formatted(field, scalar(value).String())), nil
	case valueDecimal:
		text, err := decimalText(field, value)
		if err != nil {
			return nil, err
		}
		dst = append(dst, text...)
		if field.writesFraction() && strings.IndexByte(text, '.') < 0 {
			dst = append(dst, ".0"...)
		}
		return dst, nil
	default:
		return appendPlain(dst, field, value), nil
	}
}

// writesFraction reports whether a whole decimal is written as `4.0`, as Json.NET writes a
// System.Decimal.
func (f *fieldPlan) writesFraction() bool { return f.format == optionsv1.Format_FORMAT_DECIMAL }

const hexDigits = "0123456789abcdef"

// plainInJSON holds the ASCII characters that are written as they are.
var plainInJSON = func() (plain [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		plain[c] = c != '"' && c != '\\'
	}
	return plain
}()

// appendJSONText appends a quoted text with the escapes of Json.NET: quotes, backslashes, control
// characters, and the additional line ends of JavaScript. Invalid UTF-8 becomes U+FFFD.
func appendJSONText(dst []byte, text string) []byte {
	dst = append(dst, '"')
	plain := 0
	for i := 0; i < len(text); {
		c := text[i]
		if plainInJSON[c] {
			i++
			continue
		}
		char, size := utf8.DecodeRuneInString(text[i:])
		if c >= utf8.RuneSelf && char != '\u0085' && char != '\u2028' && char != '\u2029' && (char != utf8.RuneError || size > 1) {
			i += size
			continue
		}
		dst = append(dst, text[plain:i]...)
		dst = appendJSONEscape(dst, char)
		i += size
		plain = i
	}
	return append(append(dst, text[plain:]...), '"')
}

func appendJSONEscape(dst []byte, char rune) []byte {
	switch char {
	case '"', '\\':
		return append(dst, '\\', byte(char))
	case '\b':
		return append(dst, `\b`...)
	case '\t':
		return append(dst, `\t`...)
	case '\n':
		return append(dst, `\n`...)
	case '\f':
		return append(dst, `\f`...)
	case '\r':
		return append(dst, `\r`...)
	case utf8.RuneError:
		return utf8.AppendRune(dst, char)
	default:
		return append(dst, '\\', 'u', hexDigits[char>>12&15], hexDigits[char>>8&15], hexDigits[char>>4&15], hexDigits[char&15])
	}
}
